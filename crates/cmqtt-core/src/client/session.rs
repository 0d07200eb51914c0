//! What a [`Session`](crate::Session) needs of its client beyond what everybody may ask.

use at_proto::cmqtt::TopicFilter;
use at_proto::tls::StoreFile;
use at_proto::{InfoLines, network};

use super::requests::{check, check_len};
use super::{Client, Item};
use crate::config::Config;
use crate::flow::Flow;
use crate::request::{Cause, RequestError, RequestId};
use crate::session::{Doubt, Plan};
use crate::storage::Span;
use crate::time::Instant;

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// The bytes to write now.
    pub(crate) fn unsent(&self) -> &[u8] {
        self.outgoing.unsent()
    }

    /// How much of a file has gone to the modem, while some of it is going.
    pub(crate) fn file_progress(&self) -> Option<(usize, usize)> {
        let running = self
            .running
            .as_ref()
            .filter(|running| matches!(running.flow, Flow::File(_)))?;
        let (from, to) = running.data;
        let of = to.checked_sub(from).filter(|&of| of > 0)?;
        if !self.outgoing.in_data() {
            return None;
        }
        Some((of.saturating_sub(self.outgoing.unsent().len()), of))
    }

    /// The next request first finds out whether the modem is in step. Where it may be in the middle of data that nobody
    /// remembers, that makes up for as many as a command can have; surplus ones are empty command lines.
    pub(crate) fn doubt(&mut self, doubt: Doubt) {
        self.line.in_step &= doubt == Doubt::Nothing;
        if doubt == Doubt::Data {
            self.line.owed = MOST_DATA;
        }
    }

    /// Ends the request that runs wherever it is; the next one first finds out whether the modem is in step.
    pub(crate) fn abandon(&mut self) {
        self.give_up(Cause::LetGo);
    }

    /// The command that runs.
    pub(crate) fn command_name(&self) -> Option<&'static str> {
        let running = self.running.as_ref()?;
        Some(running.exchange.dialogue().name)
    }

    /// What is known of the modem, and the information lines of the last answer.
    pub(crate) fn config_and_information(&mut self) -> (&mut Config, InfoLines<'_>) {
        (&mut self.config, self.information.lines())
    }

    /// Names another request.
    pub(crate) const fn take_id(&mut self) -> RequestId {
        let id = RequestId(self.next_id);
        self.next_id = self.next_id.wrapping_add(1);
        id
    }

    /// What the modem takes is what its family does, until it is asked again.
    pub(crate) const fn forget_limits(&mut self) {
        self.config.limits = self.config.family.facts().limits;
    }

    /// Whether a request runs, or its end was not told yet.
    pub(crate) fn is_busy(&self) -> bool {
        let ends = |item: &Item| matches!(item, Item::Done { .. } | Item::Failed { .. });
        self.running.is_some() || self.news.iter().any(ends)
    }

    /// Whether a network's line says that a packet data context ended.
    pub(crate) fn is_deactivation(&self, span: Span) -> bool {
        network::Urc::decode(self.received.get(span)).is_some_and(|urc| urc.is_deactivation())
    }

    /// Whether this line says that there is no SIM.
    pub(crate) fn is_no_sim(&self, span: Span) -> bool {
        network::Urc::decode(self.received.get(span)) == Some(network::Urc::SimNotAvailable)
    }

    /// Whether this modem takes what a plan asks for.
    pub(crate) fn check_plan(&self, plan: &Plan<'_>) -> Result<(), RequestError> {
        let limits = &self.config.limits;
        self.check_client(plan.connection.client)?;
        self.check_client_id(plan.id)?;
        self.check_connection(&plan.connection)?;
        if let Some(will) = &plan.will {
            self.check_will(will.topic, will.message)?;
        }
        if let Some(tls) = &plan.tls {
            check("the TLS context", u32::from(tls.context), limits.ssl_context)?;
            if let Some(seconds) = tls.negotiation {
                check("the negotiation time", u32::from(seconds), NEGOTIATION)?;
            }
        }
        let filter = |filter: &TopicFilter<'_>| {
            check_len("the topic filter's length", filter.as_bytes(), limits.filter_len).map(|_| ())
        };
        plan.filters.iter().try_for_each(|(text, _)| filter(text))
    }
}

impl<M> Client<M> {
    pub(crate) const fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The time by which deadlines are judged.
    pub(crate) const fn judged(&self) -> Instant {
        self.clock.judged()
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }
}

/// `negotiatetime`, in seconds (the sibling manuals' AT+CSSLCFG).
const NEGOTIATION: at_proto::Ranges = at_proto::Ranges::span(10, 300);

/// The most bytes that a prompt asks for: CCERTDOWN's, and as many are PAYLOAD's (the vendor's note, section 3.2.11).
pub(crate) const MOST_DATA: usize = StoreFile::LEN.max() as usize;

#[cfg(test)]
mod tests;
