//! Everything that the program says on standard output and standard error while it serves a modem. Threads of their own
//! write it, behind queues with a bound: a reader that does not read delays neither the modem nor the end of the program.
//! What a full queue does not take is counted, and the count is told.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use at_proto::Printable;

use crate::exit::End;
use crate::modem::Stop;

mod lane;
use lane::{Lane, Stream};

#[cfg(test)]
mod tests;

/// What a subcommand prints on standard output, for the words about what was not printed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    /// The subcommand.
    pub(crate) name: &'static str,
    /// Whether nothing is said of losses; the exit status tells of them.
    pub(crate) quiet: bool,
    /// What one call of [`Printer::print`] prints, in the plural.
    pub(crate) things: &'static str,
}

impl Printer {
    /// The printer of a subcommand that prints lines.
    pub(crate) const fn lines(name: &'static str) -> Self {
        Self {
            name,
            quiet: false,
            things: "lines",
        }
    }

    /// Prints on standard output, without waiting for its reader. Returns `false` where the queue is full; the loss is
    /// counted.
    ///
    /// # Errors
    /// Why an earlier write failed.
    pub(crate) fn print(self, bytes: Vec<u8>) -> io::Result<bool> {
        match bytes.is_empty() {
            true => Ok(true),
            false => LANES.output.offer(Stream::Output, bytes, Some(self)),
        }
    }
}

/// Returns when standard output can be written no more, with the reason.
pub(crate) async fn broken() -> io::Error {
    LANES.output.broken().await
}

/// Says on standard error what is wrong, in one line in which no text from outside can control the terminal.
pub(crate) fn complain(name: &str, what: &impl Display) {
    say(&format_args!("cmqtt {name}: {what}"));
}

/// Says a line on standard error, of which the same is true.
pub(crate) fn say(line: &impl Display) {
    // Nobody may be reading.
    let _ = offer_line(&line.to_string());
}

/// Queues a line for standard error. `false` if it was not taken.
fn offer_line(line: &str) -> io::Result<bool> {
    let line = format!("{}\n", Printable(line.as_bytes()));
    LANES.error.offer(Stream::Error, line.into_bytes(), None)
}

/// Standard error for lines that the program has made: each write is a line. Colours go to terminals alone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErrorLines;

impl Write for ErrorLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let bytes = match AutoStream::choice(&io::stderr()) {
            ColorChoice::Never => anstream::adapter::strip_bytes(line).into_vec(),
            _ => line.to_vec(),
        };
        LANES.error.offer(Stream::Error, bytes, None)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Shows a state of the progress line, unless the terminal does not keep up.
pub(crate) fn draw(frame: Vec<u8>) {
    LANES.error.draw(frame);
}

/// Waits until everything is written, but not for a reader that takes nothing: the program ends. Returns how it ends,
/// which what was not printed may change.
pub(crate) fn finish(end: End) -> End {
    let Some(lanes) = LazyLock::get(&LANES) else {
        return end;
    };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return end;
    };
    let hurry = match end {
        End::Stopped | End::Interrupted(_) | End::WaitedEnough => Some(HURRY),
        _ => None,
    };
    runtime.block_on(lanes.wait(hurry));
    let outcome = lanes.output.abandon(Stream::Output);
    let Some(printer) = outcome.printer else {
        return end;
    };
    let what = match outcome.failed {
        // One that came to light before was told.
        Some(error)
            if error.kind() != io::ErrorKind::BrokenPipe && matches!(end, End::Done | End::Stopped) =>
        {
            Some(format!("cannot write to standard output: {error}"))
        }
        Some(_) => None,
        None => (outcome.lost > 0).then(|| not_printed(outcome.lost, printer.things, Stream::Output)),
    };
    if let Some(what) = &what
        && !printer.quiet
    {
        complain(printer.name, what);
        runtime.block_on(lanes.wait(Some(LAST)));
    }
    // What was lost before counts, too, where it was told of.
    match end {
        End::Done | End::Stopped if what.is_some() || outcome.has_lost => End::Failed,
        end => end,
    }
}

/// `3 messages were not printed: the reader of standard output is too slow`
fn not_printed(count: u64, things: &str, stream: Stream) -> String {
    let (stream, thing) = (stream.name(), things.strip_suffix('s').unwrap_or(things));
    match count {
        1 => format!("1 {thing} was not printed: the reader of {stream} is too slow"),
        count => format!("{count} {things} were not printed: the reader of {stream} is too slow"),
    }
}

/// One lane for both streams where they lead to the same terminal, file or pipe, so that what is said keeps its order.
struct Lanes {
    output: Arc<Lane>,
    error: Arc<Lane>,
}

static LANES: LazyLock<Lanes> = LazyLock::new(|| {
    let (output, error) = (file(io::stdout()), file(io::stderr()));
    let same = match (&output, &error) {
        (Ok(output), Ok(error)) => is_same(output, error).unwrap_or(false),
        _ => false,
    };
    let lane = |output, error| {
        Lane::start(output, error, |count, printer| match printer {
            Some(Printer { quiet: true, .. }) => true,
            Some(printer) => {
                let what = not_printed(count, printer.things, Stream::Output);
                matches!(offer_line(&format!("cmqtt {}: {what}", printer.name)), Ok(true))
            }
            None => {
                let what = not_printed(count, "lines", Stream::Error);
                matches!(offer_line(&format!("cmqtt: {what}")), Ok(true))
            }
        })
    };
    if same {
        let both = lane(Some(output), Some(error));
        return Lanes {
            output: Arc::clone(&both),
            error: both,
        };
    }
    Lanes {
        output: lane(Some(output), None),
        error: lane(None, Some(error)),
    }
});

/// A stream of its own: the library's would be locked by a write that does not end.
fn file(stream: impl AsFd) -> io::Result<File> {
    Ok(stream.as_fd().try_clone_to_owned()?.into())
}

fn is_same(one: &File, other: &File) -> io::Result<bool> {
    let (one, other) = (one.metadata()?, other.metadata()?);
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

impl Lanes {
    /// Waits until all is written, nothing has been taken for [`IDLE`], a signal comes, or this time is over.
    async fn wait(&self, most: Option<Duration>) {
        let mut stop = Stop::new().ok();
        let signal = async {
            match &mut stop {
                Some(stop) => stop.told().await,
                None => std::future::pending().await,
            }
        };
        let over = async {
            match most {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        let written = async {
            self.output.written(IDLE).await;
            self.error.written(IDLE).await;
        };
        tokio::select! {
            () = written => {}
            _ = signal => {}
            () = over => {}
        }
    }
}

/// How long a reader may take nothing at all before the program ends without it.
const IDLE: Duration = Duration::from_secs(1);

/// The same in all, where a signal or a limit ends the program.
const HURRY: Duration = Duration::from_millis(700);

/// For the last line, about what was not printed.
const LAST: Duration = Duration::from_millis(300);
