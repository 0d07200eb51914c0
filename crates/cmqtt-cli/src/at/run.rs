//! The sending itself. What goes over the line is written down as `--trace` writes it, and read as `cmqtt decode` reads it.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anstream::adapter::strip_bytes;
use anstream::{AutoStream, ColorChoice};
use at_proto::{Command, DecodeError, Dialogue, Encode, Encoder, InfoLines};
use cmqtt_tokio::Error;

use super::Arguments;
use crate::decode::{Decoder, Reader, columns, json, recognise};
use crate::exit::End;
use crate::modem::{Failure, Wire, complain, run as run_async};

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    let planned = arguments
        .modem
        .config_file()
        .and_then(|file| Ok((arguments.modem.plan(file.as_ref())?, arguments.commands()?)));
    let (plan, commands) = match planned {
        Ok(planned) => planned,
        Err(usage) => {
            complain(NAME, &usage);
            return ExitCode::from(End::Usage.status());
        }
    };
    run_async(NAME, false, async {
        let written = Written::default();
        let wire = Wire::open(&plan, written.clone())?;
        let mut end = End::Done;
        for (number, command) in (1..).zip(&commands) {
            let raw = Raw::new(
                command,
                arguments.data.as_deref().unwrap_or_default().as_bytes(),
                arguments.wait,
            );
            let sent = wire.client.command(&raw, |()| ()).await;
            arguments.print(&written)?;
            match sent {
                Ok(()) => {}
                // The modem's own words were printed.
                Err(Error::Failed(failure)) if failure.is_refusal() => {
                    end = End::Failed;
                    break;
                }
                Err(error) => {
                    return Err(Failure::NotSent {
                        place: format!("command {number}"),
                        error: Box::new(error),
                    });
                }
            }
        }
        if let Some(time) = arguments.listen {
            tokio::time::sleep(time).await;
            arguments.print(&written)?;
        }
        Ok(end)
    })
}

impl Arguments {
    /// Prints what was written down since the last time.
    fn print(&self, written: &Written) -> Result<(), Failure> {
        let log = strip_bytes(&std::mem::take(&mut *written.lock())).into_vec();
        let stdout = io::stdout();
        let colour = !self.json && AutoStream::choice(&stdout) != ColorChoice::Never && stdout.is_terminal();
        let mut out = stdout.lock();
        for frame in Decoder::new(Reader::new(log.as_slice()), false) {
            let frame = frame.map_err(Failure::Output)?;
            let printed = if self.json {
                json(&frame, &mut out)
            } else {
                columns(&frame, colour, &mut out)
            };
            printed.map_err(Failure::Output)?;
        }
        out.flush().map_err(Failure::Output)
    }
}

/// A command line as it was typed, and what is known of its conversation.
struct Raw<'a> {
    /// What stands behind `AT`.
    text: &'a [u8],
    data: &'a [u8],
    dialogue: Dialogue,
}

impl<'a> Raw<'a> {
    fn new(line: &'a str, data: &'a [u8], budget: Option<Duration>) -> Self {
        let known = recognise(line.as_bytes(), false).map(|recognised| recognised.dialogue);
        let mut dialogue = known.unwrap_or_else(|| Dialogue::new("AT").info(at_proto::InfoShape::Any));
        if let Some(budget) = budget {
            dialogue.budget = budget;
        }
        // A command that is not known may ask for data all the same.
        if dialogue.prompt.is_none() && !data.is_empty() {
            dialogue.prompt = u32::try_from(data.len()).ok();
        }
        Self {
            text: line.as_bytes().get(2..).unwrap_or_default(),
            data: if dialogue.prompt.is_some() { data } else { &[] },
            dialogue,
        }
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

/// A log that is being written.
#[derive(Clone, Debug, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const NAME: &str = "at";
