//! Command lines as they were typed.

use std::time::Duration;

use at_proto::{Command, DecodeError, Dialogue, Encode, Encoder, InfoLines, InfoShape};

use crate::arguments::Usage;
use crate::decode::command_line::Answers;
use crate::decode::recognise;

/// A command line, what follows its prompt, and what is known of its conversation.
#[derive(Debug)]
pub(super) struct Raw<'a> {
    /// What stands behind `AT`.
    text: &'a [u8],
    data: &'a [u8],
    dialogue: Dialogue,
}

impl<'a> Raw<'a> {
    /// Each command with its data, in order. A command that is not known to ask for data gets none; one that is not
    /// known at all gets what is there.
    pub(super) fn all(
        commands: &'a [String],
        data: &'a [String],
        budget: Option<Duration>,
    ) -> Result<Vec<Self>, Usage> {
        let mut data = data.iter().map(String::as_bytes);
        let raws = (1..).zip(commands).map(|(number, command)| {
            let mut raw = Self::new(command, &mut data).map_err(|reason| Usage::Wrong {
                place: format!("command {number}"),
                reason,
            })?;
            raw.dialogue.budget = budget.unwrap_or(raw.dialogue.budget);
            Ok::<_, Usage>(raw)
        });
        let raws = raws.collect::<Result<_, _>>()?;
        match data.next() {
            Some(_) => Err(Usage::Missing("--data: no command is left that asks for data")),
            None => Ok(raws),
        }
    }

    fn new(line: &'a str, data: &mut impl Iterator<Item = &'a [u8]>) -> Result<Self, String> {
        let recognised = recognise(line.as_bytes(), false);
        let is_known = recognised
            .as_ref()
            .is_some_and(|recognised| recognised.answers == Answers::Known);
        let mut dialogue = recognised.map_or_else(
            || Dialogue::new("AT").info(InfoShape::Any),
            |recognised| recognised.dialogue,
        );
        // An error begins with the name.
        if dialogue.name.is_empty() {
            dialogue.name = "AT";
        }
        let data = match dialogue.prompt {
            Some(len) => {
                let data = data
                    .next()
                    .ok_or_else(|| format!("it asks for {len} bytes of data; give them with --data"))?;
                if u32::try_from(data.len()) != Ok(len) {
                    return Err(format!(
                        "it announces {len} bytes of data, but --data has {}",
                        data.len()
                    ));
                }
                data
            }
            None if is_known => &[],
            None => {
                let data = data.next().unwrap_or_default();
                dialogue.prompt = u32::try_from(data.len()).ok().filter(|&len| len > 0);
                data
            }
        };
        Ok(Self {
            text: line.as_bytes().get(2..).unwrap_or_default(),
            data,
            dialogue,
        })
    }
}

impl Encode for Raw<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.bytes(self.text);
    }

    fn data(&self) -> &[u8] {
        self.data
    }

    fn dialogue(&self) -> Dialogue {
        self.dialogue
    }
}

impl Command for Raw<'_> {
    const NAME: &'static str = "AT";
    type Reply<'a> = ();

    fn decode(&self, _: InfoLines<'_>) -> Result<(), DecodeError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_name_for_errors() {
        let lines = [
            "AT",
            "ATI",
            "AT+FOO",
            "AT+CSQ;+FOO",
            "AT$QCPDPP=1",
            "AT+FOO=\"x\"",
        ]
        .map(str::to_owned);
        let raws = Raw::all(&lines, &[], None).expect("commands");
        let names: Vec<_> = raws.iter().map(|raw| raw.dialogue.name).collect();
        assert!(names.iter().all(|name| !name.is_empty()), "{names:?}");
    }
}
