//! The sending itself. What goes over the line is written down as `--trace` writes it, and read as `cmqtt decode` reads it.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anstream::adapter::strip_bytes;
use anstream::{AutoStream, ColorChoice};
use cmqtt_tokio::Error;

use super::Arguments;
use super::raw::Raw;
use crate::arguments::ModemPlan;
use crate::decode::{Decoder, Reader, columns, json};
use crate::exit::End;
use crate::modem::{Failure, Wire, planned, run as run_async};
use crate::output;

pub(crate) fn run(arguments: &Arguments) -> End {
    planned(NAME, arguments.modem.whole_plan(), |plan| {
        planned(NAME, arguments.commands(), |lines| {
            planned(
                NAME,
                Raw::all(&lines, &arguments.data, arguments.wait),
                |commands| run_async(NAME, false, send(arguments, &plan, &commands)),
            )
        })
    })
}

async fn send(arguments: &Arguments, plan: &ModemPlan, commands: &[Raw<'_>]) -> Result<End, Failure> {
    let written = Written::default();
    let wire = Wire::open(plan, written.clone()).await?;
    let mut printer = Printer {
        written,
        json: arguments.json,
        lines: 0,
    };
    let mut end = End::Done;
    for (number, command) in (1..).zip(commands) {
        let sent = wire.client.command(command, |()| ()).await;
        printer.print()?;
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
        printer.print()?;
    }
    Ok(end)
}

/// Prints what is written down.
struct Printer {
    written: Written,
    json: bool,
    /// How many lines were printed already.
    lines: u64,
}

impl Printer {
    /// Prints what was written down since the last time.
    fn print(&mut self) -> Result<(), Failure> {
        let log = strip_bytes(&std::mem::take(&mut *self.written.lock())).into_vec();
        let stdout = io::stdout();
        let colour = !self.json && AutoStream::choice(&stdout) != ColorChoice::Never && stdout.is_terminal();
        let mut out = Vec::new();
        for frame in Decoder::new(Reader::new(log.as_slice()), false) {
            let mut frame = frame.map_err(Failure::Output)?;
            frame.line += self.lines;
            let printed = if self.json {
                json(&frame, &mut out)
            } else {
                columns(&frame, colour, &mut out)
            };
            printed.map_err(Failure::Output)?;
        }
        self.lines += memchr::memchr_iter(b'\n', &log).count() as u64;
        output::Printer::lines(NAME).print(out).map_err(Failure::Output)?;
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
