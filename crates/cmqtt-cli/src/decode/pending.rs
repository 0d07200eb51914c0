//! The command that waits for its answer.

use at_proto::{Awaiting, Claim, Dialogue, Exchange, Line, Refusal, WaitingFor};

use super::command_line::{Answers, Recognised};

/// A command that was sent and has not ended, as far as the log shows.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    exchange: Exchange,
    sent: Vec<u8>,
    name: Vec<u8>,
    answers: Answers,
    /// Of several commands on the line those that are known.
    parts: Vec<Dialogue>,
    /// One of them said why it fails: the rest of the line is not carried out.
    refused: bool,
    /// The modem repeats its commands: nothing in front of the echo is an answer.
    echo_due: bool,
    /// A line that belongs to it came behind it.
    answered: bool,
    /// Its result URC came, which says why it fails.
    has_result: bool,
}

impl Pending {
    /// `echoes` says that the modem repeats its commands: then nothing in front of the echo is an answer.
    pub(crate) fn new(command: &Recognised, sent: &[u8], echoes: bool) -> Self {
        Self {
            exchange: Exchange::new(command.dialogue, echoes),
            sent: sent.to_vec(),
            name: command.name.clone(),
            answers: command.answers,
            parts: command.parts.clone(),
            refused: false,
            echo_due: echoes,
            answered: false,
            has_result: false,
        }
    }

    /// The command's name in capital letters.
    pub(crate) fn name(&self) -> &[u8] {
        &self.name
    }

    /// What `ERROR` most likely means, unless a result code said so before.
    pub(crate) fn bare_error_cause(&self) -> Option<&'static str> {
        let name = str::from_utf8(&self.name).ok().filter(|_| !self.has_result)?;
        at_proto::bare_error_cause(name)
    }

    /// Its result URC came.
    pub(crate) const fn note_result(&mut self) {
        self.has_result = true;
    }

    /// The bytes that follow the prompt, while a prompt is awaited.
    pub(crate) fn awaits_data(&self) -> Option<u32> {
        matches!(self.exchange.awaiting(), Awaiting::Prompt)
            .then_some(self.exchange.dialogue().prompt)
            .flatten()
    }

    /// Whether a prompt can come that was not foreseen, for a command that is not known.
    pub(crate) const fn may_prompt(&self) -> bool {
        !matches!(self.answers, Answers::Known)
    }

    /// Whether its data are a file, which may be a key.
    pub(crate) fn stores_file(&self) -> bool {
        self.name == b"+CCERTDOWN"
    }

    /// The prompt came, and the data may have.
    pub(crate) const fn prompted(&mut self) {
        self.exchange.prompted();
        self.exchange.data_sent();
        self.answered = true;
    }

    /// Whether it ends with the result URC of this command.
    pub(crate) fn has_result_urc(&self, command: &str) -> bool {
        self.exchange
            .dialogue()
            .result
            .is_some_and(|result| result.name == command)
    }

    /// What it does to the echo.
    pub(crate) const fn switches_echo(&self) -> Option<bool> {
        self.exchange.dialogue().echo
    }

    /// Whether a line is the command line, not seen a second time yet.
    pub(crate) fn is_echo(&self, line: &[u8]) -> bool {
        !self.answered && !self.exchange.echoed() && line == self.sent
    }

    /// Whether a line begins with the echo, and an answer follows without a line end.
    pub(crate) fn is_glued_echo(&self, line: &[u8]) -> bool {
        let answer = line.strip_prefix(&self.sent[..]).unwrap_or_default();
        let answers = matches!(answer, [b'+' | b'*' | b'>', ..])
            || answer.starts_with(b"OK")
            || answer.starts_with(b"ERROR");
        answers && !self.exchange.echoed()
    }

    /// Whether the command line came back.
    pub(crate) const fn echoed(&self) -> bool {
        self.exchange.echoed()
    }

    /// The command line came back.
    pub(crate) fn note_echo(&mut self) {
        let _ = self.exchange.line(&self.sent, &self.sent, false);
    }

    /// What a line is to the command. `unsolicited` says that it reads as a URC.
    pub(crate) fn claim(&mut self, line: &[u8], unsolicited: bool) -> Claim {
        let own = match self.answers {
            Answers::Known | Answers::Any => true,
            Answers::Named => self.has_name(line),
        };
        let claim = match self.part(line) {
            Some(claim) => claim,
            None => self.exchange.line(line, &self.sent, unsolicited || !own),
        };
        self.answered |= !matches!(claim, Claim::NotMine);
        if self.refused
            && claim == Claim::Progress
            && self.exchange.waiting_for() == WaitingFor::ResultAfterError
        {
            return Claim::Failed(Refusal::Error);
        }
        claim
    }

    /// What a line is to one of several commands, before the final result code: an answer by its name, or why the
    /// command fails.
    fn part(&mut self, line: &[u8]) -> Option<Claim> {
        let open = matches!(
            self.exchange.waiting_for(),
            WaitingFor::Prompt | WaitingFor::Data | WaitingFor::Final
        );
        let line = Line::classify(line);
        let Line::Named { name, rest } = line else {
            return None;
        };
        if !open || (self.echo_due && !self.exchange.echoed()) {
            return None;
        }
        if self.parts.iter().any(|part| part.info.accepts(&line, true)) {
            return Some(Claim::Information);
        }
        let mut reasons = self.parts.iter().filter_map(|part| part.error?.code(name, rest));
        let code = reasons.next()?;
        self.refused |= code != 0;
        Some(Claim::Information)
    }

    /// Whether a line that was not claimed, for its echo is missing, would be an answer otherwise.
    pub(crate) fn would_answer(&self, line: &[u8]) -> bool {
        match self.answers {
            Answers::Known => self.exchange.dialogue().info.accepts(&Line::classify(line), true),
            Answers::Named | Answers::Any => {
                let classified = Line::classify(line);
                self.has_name(line) || self.parts.iter().any(|part| part.info.accepts(&classified, true))
            }
        }
    }

    fn has_name(&self, line: &[u8]) -> bool {
        matches!(Line::classify(line), Line::Named { name, .. } if name.eq_ignore_ascii_case(&self.name))
    }
}
