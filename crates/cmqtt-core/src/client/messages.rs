//! The client's ear for received messages (the vendor's note, section 3.3.2).

use at_proto::BehindBlock;
use at_proto::cmqtt::Urc;

use super::{Client, Item};
use crate::inbox::{Broken, Part, Taken};
use crate::request::Cause;
use crate::storage::Span;
use crate::timer::MESSAGE_PAUSE;

/// A block that nobody wants is counted and skipped up to this length, so that no byte of it is read as a line. An
/// announcement beyond it is noise: 10240 bytes are the most that any family sends.
const MAX_SKIPPED: u32 = 65_535;

/// CR and LF.
const LINE_END: usize = 2;

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    /// `+CMQTTRXSTART`: a message begins.
    pub(super) fn on_message_start(&mut self, client: u8, topic_len: u32, payload_len: u32) {
        self.drop_message(Broken::Interrupted);
        if self.inbox.start(client, topic_len, payload_len) {
            self.news.push(Item::MessageStart {
                client,
                topic_len,
                payload_len,
            });
        }
        self.timers.set_message(self.clock.now() + MESSAGE_PAUSE);
    }

    /// `+CMQTTRXTOPIC` or `+CMQTTRXPAYLOAD`: so many bytes follow, whatever they are.
    pub(super) fn on_chunk(&mut self, client: u8, part: Part, len: u32) {
        if let Err(cause) = self.inbox.chunk(client, part, len) {
            if let Some(client) = self.inbox.give_up(client, part) {
                self.news.push(Item::MessageBroken { client, cause });
            }
            if len > MAX_SKIPPED {
                self.timers.clear_message(self.clock.now());
                return;
            }
        }
        self.framer.expect_block(len as usize);
        self.timers.set_message(self.clock.now() + MESSAGE_PAUSE);
    }

    /// Bytes of a chunk.
    pub(super) fn on_block(&mut self, span: Span, last: bool) {
        if let Taken::Piece { client, part, offset } = self.inbox.block(self.received.get(span)) {
            self.news.push(Item::MessagePiece {
                client,
                part,
                offset,
                span,
            });
        }
        if last && !self.inbox.is_receiving() {
            self.timers.clear_message(self.clock.now());
        }
    }

    /// A line, or what was too long for one: the first behind a chunk shows whether that had the length that was announced.
    pub(super) fn check_chunk(&mut self, len: usize, is_header: bool) {
        if let Some(behind) = self.framer.behind_block()
            && let Err(cause) = self.inbox.line_behind(behind, is_header)
        {
            let rest = [Part::Topic, Part::Payload]
                .into_iter()
                .find_map(|part| self.inbox.awaited(part));
            self.drop_message(cause);
            if behind == BehindBlock::Nothing {
                // The chunk was longer than announced: what comes now is its rest, and may look like any answer.
                self.give_up(Cause::Damaged);
                let come = u32::try_from(len.saturating_add(LINE_END)).unwrap_or(u32::MAX);
                self.skip(rest.map_or(0, |(_, rest)| rest.saturating_sub(come)));
            }
        }
    }

    /// So many bytes are a message's that is given up, if they come soon.
    fn skip(&mut self, len: u32) {
        if (1..=MAX_SKIPPED).contains(&len) {
            self.framer.expect_block(len as usize);
            self.timers.set_message(self.clock.now() + MESSAGE_PAUSE);
        }
    }

    /// A line of nobody's came where a chunk is due. If it announced that, and one byte of it was hit, the chunk is skipped:
    /// its bytes would be read as lines.
    pub(super) fn skip_damaged_chunk(&mut self, span: Span) {
        for part in [Part::Topic, Part::Payload] {
            let Some((client, len)) = self.inbox.awaited(part) else {
                continue;
            };
            let announcement = match part {
                Part::Topic => Urc::MessageTopic { client, len },
                Part::Payload => Urc::MessagePayload { client, len },
            };
            let Some(len) = announcement.damaged_len_in(self.received.get(span)) else {
                continue;
            };
            self.drop_message(Broken::Inconsistent);
            return self.skip(len);
        }
    }

    /// `+CMQTTRXEND`: the message is complete, or was damaged.
    pub(super) fn on_message_end(&mut self, client: u8) {
        self.timers.clear_message(self.clock.now());
        if self.inbox.ends_given_up() {
            return;
        }
        self.news.push(match self.inbox.end(client) {
            Ok(Some(whole)) => Item::Message(whole),
            Ok(None) => Item::MessageEnd { client },
            Err(cause) => Item::MessageBroken { client, cause },
        });
    }

    /// The rest of a message did not come.
    pub(super) fn on_pause(&mut self) {
        let in_block = self.framer.in_block();
        if in_block {
            self.framer.reset();
        }
        self.drop_message(Broken::Unfinished);
        if in_block {
            // What comes now may be the rest all the same, and look like any answer.
            self.give_up(Cause::Damaged);
        }
    }

    /// Drops the message that is coming in, if one is.
    pub(super) fn drop_message(&mut self, cause: Broken) {
        self.timers.clear_message(self.clock.now());
        if let Some(client) = self.inbox.abandon() {
            self.news.push(Item::MessageBroken { client, cause });
        }
    }

    /// A URC of the MQTT service.
    pub(super) fn on_urc(&mut self, urc: Urc) {
        match urc {
            Urc::MessageStart {
                client,
                topic_len,
                payload_len,
            } => {
                self.on_message_start(client, topic_len, payload_len);
            }
            Urc::MessageTopic { client, len } => self.on_chunk(client, Part::Topic, len),
            Urc::MessagePayload { client, len } => self.on_chunk(client, Part::Payload, len),
            Urc::MessageEnd { client } => self.on_message_end(client),
            Urc::ConnectionLost { client, cause } => self.news.push(Item::ConnectionLost { client, cause }),
            Urc::NoNetwork => {
                self.line.serves = false;
                self.news.push(Item::NoNetwork);
            }
            Urc::Ping { client, code } => self.news.push(Item::KeepAliveFailed { client, code }),
        }
    }
}
