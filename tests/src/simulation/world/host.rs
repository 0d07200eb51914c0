//! What an application asks of its session, and what else a scenario lets happen.

use std::sync::OnceLock;
use std::time::Duration;

use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
use cmqtt_core::{Connection, Network, OnUnknown, Plan, Publication, RequestError, RequestId, Will};
use cmqtt_sim::Direction;
use cmqtt_sim::broker::Message;

use super::World;
use crate::plans::{ID, SERVER};
use crate::simulation::ledger::Check;
use crate::simulation::message::{Make, TOPICS};
use crate::simulation::scenario::What;
use crate::simulation::tally::Tally;

impl World<'_> {
    pub(super) fn happen(&mut self, what: What) -> Check {
        if self.is_suspended() && what.is_of_the_program() {
            self.ask_later(what);
            return Ok(());
        }
        if self.trace {
            self.print("#", &what);
        }
        if !self.is_suspended() {
            // What is asked of a session comes at a time that it knows of.
            self.session.handle_timeout(self.instant());
            self.session_due = Some(self.now);
            self.pace.at(self.now);
            self.pace.reason(1);
        }
        if matches!(
            what,
            What::Keep | What::LetGo | What::BringUp | What::TakeDown | What::Ask(_) | What::Reset
        ) {
            self.disturb();
        }
        match what {
            What::Deliver {
                number,
                qos,
                again,
                topic,
                size,
                style,
            } => {
                let make = Make { topic, size, style };
                self.deliver(number, qos, again, make)?;
            }
            What::Outside { number, qos, .. } => {
                self.ledger.published(number, self.now);
                let topic = TOPICS[4];
                let message = Message::new(topic, self.ledger.payload(number), qos);
                let published = self
                    .network
                    .with_broker(self.now, |broker| broker.publish_from_outside(self.now, message));
                published.expect("a topic");
                self.touch_modem();
            }
            What::Keep => {
                let healing = self.scenario.healing();
                let plan = self.plan();
                let kept = self.session.keep(&plan, &Network::default(), &healing);
                if !self.session.is_connected() {
                    self.ledger.standing.ended(self.now);
                }
                self.refused(kept.err())?;
            }
            What::LetGo => {
                self.session.let_go();
                self.ledger.standing.ended(self.now);
                self.ledger.let_go();
            }
            What::BringUp => {
                let plan = self.plan();
                let request = self.session.bring_up(&plan);
                self.requested(request, None)?;
            }
            What::TakeDown => {
                let request = self.session.take_down(0);
                if request.is_ok() {
                    self.ledger.standing.ended(self.now);
                    self.ledger.let_go();
                }
                self.requested(request, None)?;
            }
            What::Publish { number, qos } => {
                let publication = Publication {
                    client: 0,
                    topic: Topic::new(TOPICS[0]).expect("a topic"),
                    payload: self.ledger.payload(number),
                    qos,
                    retain: false,
                    timeout: 60,
                };
                let request = self
                    .session
                    .client()
                    .and_then(|client| client.publish(&publication));
                self.requested(request, Some(number))?;
            }
            What::Ask(which) => {
                let request = match which % 4 {
                    0 => self.session.identify(None),
                    1 => self.session.wait_for_network(&Network::default()),
                    2 => self.session.client().and_then(cmqtt_core::Client::learn_limits),
                    _ => self.session.client().and_then(|client| client.disconnect(0, 120)),
                };
                self.requested(request, None)?;
            }
            What::Reset => {
                let now = self.instant();
                // What lies in the port is lost with it.
                let _ = self.wire.receive(self.now, Direction::ToHost);
                self.session.handle_reset(now);
                Tally::count(&mut self.ledger.tally.faults, "port-reset");
            }
            What::Suspend(millis) => {
                Tally::count(&mut self.ledger.tally.faults, "suspend");
                self.forbidden.disturbed();
                self.suspend(Duration::from_millis(millis.into()));
            }
            What::Weather(weather) => self.weather(weather),
        }
        Ok(())
    }

    /// Hands a message over. `false`: it was not taken.
    pub(super) fn deliver(
        &mut self,
        number: u32,
        qos: QoS,
        again: bool,
        make: Make,
    ) -> Result<bool, (&'static str, String)> {
        let on_unknown = if again {
            OnUnknown::SendAgain
        } else {
            OnUnknown::ByQos
        };
        let publication = Publication {
            client: 0,
            topic: Topic::new(make.topic()).expect("a topic"),
            payload: self.ledger.payload(number),
            qos,
            retain: false,
            timeout: self.scenario.host.timeout(),
        };
        let taken = self.session.deliver(&publication, on_unknown);
        self.session_due = Some(self.now);
        match taken {
            Ok(id) => {
                self.ledger.open(id, Some(number))?;
                Ok(true)
            }
            Err(error) => {
                let name = match error {
                    RequestError::QueueFull { .. } => "not taken: queue full",
                    RequestError::NotKept => "not taken: not kept",
                    RequestError::NoRoom { .. } => "not taken: no room",
                    _ => "not taken",
                };
                Tally::count(&mut self.ledger.tally.deliveries, name);
                Ok(false)
            }
        }
    }

    pub(super) fn requested(
        &mut self,
        request: Result<RequestId, RequestError>,
        message: Option<u32>,
    ) -> Check {
        self.session_due = Some(self.now);
        match request {
            Ok(id) => self.ledger.open(id, message),
            Err(error) => self.refused(Some(error)),
        }
    }

    pub(super) fn refused(&mut self, error: Option<RequestError>) -> Check {
        let name = match error {
            None => return Ok(()),
            Some(RequestError::Busy) => "not taken: busy",
            Some(RequestError::LateResult { .. }) => "not taken: late result",
            Some(_) => "not taken",
        };
        Tally::count(&mut self.ledger.tally.requests, name);
        Ok(())
    }

    pub(super) fn plan(&self) -> Plan<'static> {
        let host = self.scenario.host;
        Plan {
            id: ClientId::new(ID).expect("an identifier"),
            connection: Connection {
                client: 0,
                server: ServerAddress::new(SERVER).expect("an address"),
                keep_alive: KeepAlive::new(host.keep_alive.into()).expect("a time"),
                clean_session: host.clean_session,
                login: None,
            },
            version: None,
            tls: None,
            will: host.will.then(|| Will {
                topic: Topic::new("will").expect("a topic"),
                message: b"gone",
                qos: QoS::AtMostOnce,
            }),
            filters: filters(),
        }
    }
}

fn filters() -> &'static [(TopicFilter<'static>, QoS)] {
    static FILTERS: OnceLock<Vec<(TopicFilter<'static>, QoS)>> = OnceLock::new();
    FILTERS.get_or_init(|| vec![(TopicFilter::new("in/#").expect("a filter"), QoS::AtLeastOnce)])
}
