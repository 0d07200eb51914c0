//! A message whose publishes end connections: brokers close the connection at what their policy forbids.

use at_proto::cmqtt::ResultCode;

use super::Keeper;
use crate::request::{Cause, RequestId};
use crate::session::healing::Loss;

/// A message whose publishes end connections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Killer {
    message: RequestId,
    /// How many connections in a row. Each was up again before the next publish, and no other message was published.
    times: u8,
    /// The first result code of its PUB, and the last end's.
    first: Option<ResultCode>,
    last: Option<ResultCode>,
}

impl Keeper {
    /// A connection that a publish has ended was lost to that.
    pub(super) fn attribute(&self, loss: Loss) -> Loss {
        let cause = match loss {
            Loss::Connection(cause) => Some(cause),
            Loss::Found(failure) if failure.cause == Cause::NotConnected => None,
            _ => return loss,
        };
        match self.killer.filter(|_| self.is_killed) {
            Some(Killer { message, last, .. }) => Loss::ByPublish {
                message,
                code: last,
                cause,
            },
            None => loss,
        }
    }

    /// The connection ended at a publish, with this code if it had one.
    pub(in crate::session) fn on_killed(&mut self, message: RequestId, code: Option<ResultCode>) {
        let before = self.killer.filter(|killer| killer.message == message);
        self.killer = Some(Killer {
            message,
            times: before.map_or(0, |killer| killer.times).saturating_add(1),
            first: before.map_or(code, |killer| killer.first.or(code)),
            last: code,
        });
        self.is_killed = true;
    }

    /// Why the message fails, if it has ended so many connections.
    pub(in crate::session) fn refusal(&self, message: RequestId) -> Option<Cause> {
        let killer = self.killer.filter(|killer| killer.message == message)?;
        (killer.times >= KILLS).then_some(Cause::RefusedByBroker(killer.first))
    }
}

/// How many connections in a row the same message may end before the broker is taken to refuse it. One may be chance, or a
/// broker that restarts.
pub(crate) const KILLS: u8 = 3;
