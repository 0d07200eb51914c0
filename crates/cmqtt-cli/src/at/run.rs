//! The sending itself. What goes over the line is written down as `--trace` writes it, and read as `cmqtt decode` reads it.

use std::io::{self, IsTerminal, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anstream::adapter::strip_bytes;
use anstream::{AutoStream, ColorChoice};
use cmqtt_tokio::Error;
use tokio::sync::oneshot;

use super::Arguments;
use super::raw::Raw;
use crate::arguments::ModemPlan;
use crate::decode::{Decoder, Reader, columns, json_line};
use crate::exit::End;
use crate::modem::{Failure, Wire, planned, run as run_async};
use crate::output::{self, Printer};

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
    let (written, log) = Written::new();
    let printed = print(log, arguments.json).map_err(Failure::Output)?;
    let wire = Wire::open(plan, written.clone()).await?;
    let end = tokio::select! {
        end = talk(&wire, arguments, commands) => end,
        error = output::broken() => Err(Failure::Output(error)),
    };
    // What was said is printed before anything else is said of it.
    written.close();
    let _ = tokio::time::timeout(REST, printed).await;
    end
}

async fn talk(wire: &Wire, arguments: &Arguments, commands: &[Raw<'_>]) -> Result<End, Failure> {
    let mut end = End::Done;
    for (number, command) in (1..).zip(commands) {
        match wire.client.command(command, |()| ()).await {
            Ok(()) => {}
            // The modem's own words are printed.
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
    }
    Ok(end)
}

/// Prints what is written down, as it comes, on a thread of its own. It ends with the log, which the receiver tells.
fn print(log: Log, json: bool) -> io::Result<oneshot::Receiver<()>> {
    let stdout = io::stdout();
    let colour = !json && AutoStream::choice(&stdout) != ColorChoice::Never && stdout.is_terminal();
    let printer = Printer::lines(NAME);
    let (done, printed) = oneshot::channel();
    thread::Builder::new().spawn(move || {
        // Reading the log cannot fail. Why printing does, the program hears from the printer.
        for frame in Decoder::new(Reader::new(log), false).map_while(Result::ok) {
            let mut out = Vec::new();
            let shown = if json {
                json_line(&frame, &mut out)
            } else {
                columns(&frame, colour, &mut out)
            };
            if shown.and_then(|()| printer.print(out)).is_err() {
                break;
            }
        }
        // Nobody waits any more where the time for that was over.
        let _ = done.send(());
    })?;
    Ok(printed)
}

/// Where the log is written, until it is closed.
#[derive(Clone, Debug)]
struct Written(Arc<Mutex<Option<SyncSender<Vec<u8>>>>>);

impl Written {
    /// With the log itself, which keeps a few lines until they are read.
    fn new() -> (Self, Log) {
        let (sender, lines) = sync_channel(LINES);
        let log = Log {
            lines,
            line: io::Cursor::default(),
        };
        (Self(Arc::new(Mutex::new(Some(sender)))), log)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<SyncSender<Vec<u8>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().take();
    }
}

impl Write for Written {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Some(sender) = &*self.lock() {
            // Whoever decodes waits for nothing but lines. Where that has ended, so has the printing.
            let _ = sender.send(strip_bytes(line).into_vec());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The log, read from its front.
#[derive(Debug)]
struct Log {
    lines: Receiver<Vec<u8>>,
    line: io::Cursor<Vec<u8>>,
}

impl Read for Log {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.line.read(room)? {
                0 if !room.is_empty() => match self.lines.recv() {
                    Ok(line) => self.line = io::Cursor::new(line),
                    Err(_) => return Ok(0),
                },
                len => return Ok(len),
            }
        }
    }
}

/// So many lines wait for the thread that prints them.
const LINES: usize = 256;

/// For what is still to be printed at the end.
const REST: Duration = Duration::from_millis(500);

const NAME: &str = "at";
