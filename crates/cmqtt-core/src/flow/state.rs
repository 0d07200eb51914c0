//! Whether a client is connected: `AT+CMQTTDISC?` (the vendor's note, section 3.2.9). "Connected" and the late success
//! of a DISC that was given up are the same bytes, so while one is owed two answers in a row have to agree.

use at_proto::cmqtt::{ConnectionState, Disconnect};
use at_proto::{EncodeError, InfoLines, Read};

use super::{Next, Step, step};

#[derive(Clone, Copy, Debug)]
pub(crate) struct AskState {
    client: u8,
    /// A DISC was given up and may still deliver its result.
    doubtful: bool,
    /// What the answer before said.
    before: Option<bool>,
    answers: u8,
}

impl AskState {
    pub(crate) const fn new(client: u8, doubtful: bool) -> Self {
        Self {
            client,
            doubtful,
            before: None,
            answers: 0,
        }
    }

    pub(super) fn write(&self, line: &mut [u8]) -> Result<Step, EncodeError> {
        step(&Read::<Disconnect>::new(), (0, 0), line)
    }

    pub(super) fn next(&mut self, information: InfoLines<'_>) -> Next {
        if !self.doubtful {
            return Next::Done;
        }
        let state = self.state(information);
        if state.is_some() && state == self.before {
            return Next::Done;
        }
        self.before = state;
        self.answers = self.answers.saturating_add(1);
        if self.answers < MAX_ANSWERS {
            Next::Command
        } else {
            Next::Contradiction
        }
    }

    /// What the answer says of the client, if it says one thing.
    fn state(&self, information: InfoLines<'_>) -> Option<bool> {
        let mut states = information
            .all::<ConnectionState>()
            .ok()?
            .filter_map(Result::ok)
            .filter(|state| state.client == self.client);
        let state = states.next()?.connected;
        states.next().is_none().then_some(state)
    }
}

/// Answers that are asked for before the question is given up.
const MAX_ANSWERS: u8 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(doubtful: bool, answers: &[&str], end: Next) {
        let mut ask = AskState::new(0, doubtful);
        for (index, answer) in answers.iter().enumerate() {
            let next = ask.next(InfoLines::new(answer.as_bytes()));
            let last = index + 1 == answers.len();
            assert_eq!(
                next,
                if last { end } else { Next::Command },
                "after answer {index}"
            );
        }
    }

    #[test]
    fn one_answer_is_enough_when_nothing_is_owed() {
        check(false, &["+CMQTTDISC: 0,0\n"], Next::Done);
    }

    #[test]
    fn two_answers_in_a_row_have_to_agree_when_a_disc_is_owed() {
        check(
            true,
            &["+CMQTTDISC: 0,0\n", "+CMQTTDISC: 0,1\n", "+CMQTTDISC: 0,1\n"],
            Next::Done,
        );
        check(true, &["+CMQTTDISC: 0,0\n", "+CMQTTDISC: 0,0\n"], Next::Done);
    }

    #[test]
    fn an_answer_with_two_lines_for_the_client_says_nothing() {
        let both = "+CMQTTDISC: 0,0\n+CMQTTDISC: 0,1\n";
        check(
            true,
            &[both, "+CMQTTDISC: 0,1\n", "+CMQTTDISC: 0,1\n"],
            Next::Done,
        );
        check(
            true,
            &["+CMQTTDISC: 0,0\n+CMQTTDISC: 1,1\n", "+CMQTTDISC: 0,0\n"],
            Next::Done,
        );
    }

    #[test]
    fn answers_that_never_agree_end_too() {
        check(
            true,
            &[
                "+CMQTTDISC: 0,0\n",
                "+CMQTTDISC: 0,1\n",
                "+CMQTTDISC: 0,0\n",
                "",
                "+CMQTTDISC: 0,0\n",
            ],
            Next::Contradiction,
        );
    }
}
