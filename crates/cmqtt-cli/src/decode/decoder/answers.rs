//! What the modem says, by the command that is pending.

use std::io::{self, Read};

use at_proto::cmqtt::{ResultUrc, Urc};
use at_proto::{Claim, FinalResult, Line};

use crate::decode::command_line::{self, recognise};
use crate::decode::describe;
use crate::decode::echo::Echo;
use crate::decode::frame::{Fields, Kind, Side};
use crate::decode::message::Message;
use crate::decode::pending::Pending;

use super::{Decoder, Said};

impl<R: Read> Decoder<R> {
    /// A line of the modem, or of nobody.
    pub(super) fn modem(&mut self, said: &Said<'_>, text: &[u8]) -> io::Result<()> {
        if let Some(at) = command_line::glued_command(text) {
            // Who began the line and who ended it are two: it is nobody's. What was sent on it is pending.
            let sent = text.get(at..).unwrap_or_default().to_vec();
            self.unknown(
                said,
                Some("two lines run together, the second of them a command".to_owned()),
            );
            if let Some(command) = recognise(&sent, self.secrets.shown()) {
                self.pending = Some(Pending::new(&command, &sent, self.echo == Echo::On));
                self.glued = Some(sent);
            }
            return Ok(());
        }
        if let Some(pending) = self
            .pending
            .as_mut()
            .filter(|pending| pending.is_glued_echo(text))
        {
            pending.note_echo();
            self.unknown(
                said,
                Some("the command's echo and an answer run together".to_owned()),
            );
            return Ok(());
        }
        if is_run_together(text) {
            self.unknown(said, Some("an answer and a final result run together".to_owned()));
            return Ok(());
        }
        let line = Line::classify(text);
        let result = ResultUrc::decode(text);
        let urc = describe::urc(text);
        let claim = match &mut self.pending {
            Some(pending) => pending.claim(text, urc.is_some() || result.is_some()),
            None => Claim::NotMine,
        };
        if !matches!(claim, Claim::NotMine) {
            self.sent = None;
        }
        match (claim, line) {
            (_, Line::Final(result)) => {
                let idle = self.pending.is_none();
                let mut fields = describe::final_result(result);
                if result == FinalResult::Error && !matches!(claim, Claim::NotMine) {
                    let cause = self.pending.as_ref().and_then(Pending::bare_error_cause);
                    fields = fields.maybe("likely_cause", cause);
                }
                self.ends(claim);
                let note =
                    (idle && self.has_commands).then(|| "no command is pending that it ends".to_owned());
                self.frame(Kind::Final, said, Some(Side::Modem), fields, note);
            }
            (Claim::Information, _) => self.information(said, text, result),
            (Claim::NotMine, _) => return self.unclaimed(said, text, urc, result),
            (Claim::Damaged, _) => {
                self.ends(claim);
                self.unknown(said, Some("the pending command's result, damaged".to_owned()));
            }
            (Claim::Echo, _) => self.frame(Kind::Echo, said, Some(Side::Modem), Fields::default(), None),
            (claim, _) => {
                let ends =
                    |pending: &Pending| result.is_some_and(|result| pending.has_result_urc(result.command));
                let is_urc = self.pending.as_ref().is_some_and(ends);
                if let Some(pending) = self.pending.as_mut().filter(|_| is_urc) {
                    pending.note_result();
                }
                self.ends(claim);
                let fields = result.map(describe::result).unwrap_or_default();
                let kind = if is_urc { Kind::Urc } else { Kind::Information };
                self.frame(kind, said, Some(Side::Modem), fields, None);
            }
        }
        Ok(())
    }

    /// A line that is not the pending command's.
    fn unclaimed(
        &mut self,
        said: &Said<'_>,
        text: &[u8],
        urc: Option<Fields>,
        result: Option<ResultUrc>,
    ) -> io::Result<()> {
        if let Some(fields) = urc {
            return self.urc(said, text, fields);
        }
        if let Some(result) = result {
            let answer = result.command == "+CMQTTDISC" && result.code.0 <= 1;
            let note = answer.then(|| {
                let state = if result.code.0 == 0 {
                    "connected"
                } else {
                    "not connected"
                };
                format!("as an answer to AT+CMQTTDISC? the same line means: {state}")
            });
            self.frame(Kind::Urc, said, Some(Side::Modem), describe::result(result), note);
            return Ok(());
        }
        let answers = self
            .pending
            .as_ref()
            .is_some_and(|pending| pending.would_answer(text));
        let read = describe::information(text, self.secrets.shown());
        // Some firmware reports the signal unasked, so only a log without commands leaves no doubt about it.
        let late = read.is_some() && !(self.has_commands && text.starts_with(b"+CSQ"));
        if answers || late {
            self.information(said, text, result);
        } else if self.pending.is_none() && is_late_result(text, &self.ended) {
            let fields = Fields::meaning("comes after the end of the command of its name");
            self.frame(Kind::Urc, said, Some(Side::Modem), fields, None);
        } else {
            self.unknown(said, None);
        }
        Ok(())
    }

    /// An answer, or the reason why one of several commands fails.
    fn information(&mut self, said: &Said<'_>, text: &[u8], result: Option<ResultUrc>) {
        let fields = describe::information(text, self.secrets.shown())
            .or_else(|| result.map(describe::result))
            .unwrap_or_default();
        self.frame(Kind::Information, said, Some(Side::Modem), fields, None);
    }

    fn urc(&mut self, said: &Said<'_>, text: &[u8], fields: Fields) -> io::Result<()> {
        if at_proto::network::Urc::decode(text).is_some_and(|urc| urc.is_boot()) {
            self.pending = None;
            // Most modems repeat their commands again after a restart.
            self.echo = Echo::Unknown;
            self.message = Message::new();
        }
        let Some(urc) = Urc::decode(text) else {
            self.frame(Kind::Urc, said, Some(Side::Modem), fields, None);
            return Ok(());
        };
        let note = self.message.line(urc);
        self.frame(Kind::Urc, said, Some(Side::Modem), fields, note);
        match urc {
            Urc::MessageTopic { client, len } => self.received(said, client, len, "topic"),
            Urc::MessagePayload { client, len } => self.received(said, client, len, "payload"),
            _ => Ok(()),
        }
    }

    /// The pending command has ended, if the claim says so.
    fn ends(&mut self, claim: Claim) {
        if !claim.is_end() {
            return;
        }
        if let Some(pending) = self.pending.take() {
            self.echo.answered(pending.echoed());
            if let (Claim::Done, Some(on)) = (claim, pending.switches_echo()) {
                self.echo.switched(on);
            }
            self.ended = pending.name().to_vec();
        }
    }
}

/// Whether a final result stands directly behind an answer: `+CSQ: 27,99OK`.
fn is_run_together(text: &[u8]) -> bool {
    let results = [&b"OK"[..], b"ERROR"].into_iter();
    let mut before = results.filter_map(|result| text.strip_suffix(result));
    matches!(text, [b'+' | b'*', ..])
        && before.any(|before| matches!(before.last(), Some(b'"' | b'0'..=b'9')))
}

/// Whether a line is the result that comes after the end of a command that is not known: `+NETOPEN: 0`.
fn is_late_result(text: &[u8], ended: &[u8]) -> bool {
    let Line::Named { name, rest } = Line::classify(text) else {
        return false;
    };
    !ended.is_empty()
        && name.eq_ignore_ascii_case(ended)
        && !rest.is_empty()
        && rest
            .iter()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b',' | b' '))
}
