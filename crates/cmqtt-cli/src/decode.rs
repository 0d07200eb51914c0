//! `cmqtt decode`: what each line of a captured conversation is.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anstream::{AutoStream, ColorChoice};

use crate::exit::End;
use crate::output::complain;

mod reader;
pub(crate) use reader::Reader;

mod origin;

mod block;

pub(crate) mod frame;

mod decoder;
pub(crate) use decoder::Decoder;

mod pending;

mod echo;

mod message;

pub(crate) mod command_line;
pub(crate) use command_line::recognise;

mod secrets;

pub(crate) mod written;

pub(crate) mod describe;

mod print;
pub(crate) use print::{columns, json_line};

#[cfg(test)]
mod tests;

/// Say what each line of a captured log is.
///
/// The log may hold host and modem lines in one stream, or the modem's alone; its lines may end with CR LF, LF or CR;
/// lines may begin with a stamp (`HH:MM:SS.mmm -> `, `[HH:MM:SS.mmm] `) and with a mark (`> ` or `TX: ` from
/// the host, `< ` or `RX: ` from the modem). Line numbers count line feeds, as `grep -n` does.
#[derive(Debug, clap::Args)]
#[command(after_long_help = DETAILS)]
pub(crate) struct Arguments {
    /// The log; standard input where it is left out or `-`.
    file: Option<PathBuf>,
    /// Print JSON lines: one object a frame, with its fields by name.
    #[arg(long)]
    json: bool,
    /// Show passwords, PINs and keys instead of `[redacted]`.
    #[arg(long)]
    show_secrets: bool,
}

/// Decodes the log to standard output.
pub(crate) fn run(arguments: &Arguments) -> End {
    match decode(arguments) {
        Ok(()) => End::Done,
        // Whoever read the output has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => End::Done,
        Err(failure) => {
            complain("decode", &failure);
            End::Failed
        }
    }
}

fn decode(arguments: &Arguments) -> Result<(), Failure> {
    let file = arguments.file.as_deref().filter(|&file| file != Path::new("-"));
    let input: Box<dyn Read> = match file {
        None => Box::new(io::stdin().lock()),
        Some(path) => Box::new(open(path)?),
    };
    let stdout = io::stdout();
    // A JSON line holds no colour; what a terminal obeys is escaped, so nothing has to be stripped from the log.
    let choice = if arguments.json {
        ColorChoice::Never
    } else {
        AutoStream::choice(&stdout)
    };
    let colour = choice != ColorChoice::Never;
    let live = stdout.is_terminal();
    let mut out = BufWriter::new(stdout.lock());
    for frame in Decoder::new(Reader::new(input), arguments.show_secrets) {
        let frame = frame.map_err(|source| Failure::Input {
            name: name_of(file),
            source,
        })?;
        let written = if arguments.json {
            json_line(&frame, &mut out)
        } else {
            columns(&frame, colour, &mut out)
        };
        written.map_err(Failure::Output)?;
        if live {
            out.flush().map_err(Failure::Output)?;
        }
    }
    out.flush().map_err(Failure::Output)
}

fn open(path: &Path) -> Result<File, Failure> {
    let fail = |source| Failure::Open {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.is_dir() {
        return Err(fail(io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}

fn name_of(file: Option<&Path>) -> String {
    file.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string())
}

/// Why decoding ended before the log did.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot read {}: {source}; name a file that holds a captured log, or `-` for standard input", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("reading {name} failed: {source}; what was decoded so far is printed")]
    Input { name: String, source: io::Error },
    #[error("cannot write the output: {0}")]
    Output(io::Error),
}

const DETAILS: &str = "\
Kinds:
  command      a command line; in a log without marks the first copy of it
  echo         a command, or the data after a prompt, sent back by the modem
  information  an answer to the pending command: of a read or test form, or
               the line that says why before ERROR (`+CMQTTACCQ: 0,19`)
  final        OK, ERROR, +CME ERROR, +CMS ERROR
  urc          a line that nobody asked for, and the result that ends a
               command (`+CMQTTCONNECT: 0,0`), also while none is pending
  prompt       `>`
  data         what follows a prompt, a received topic or payload
  unknown      anything else: prints of the host, lines run together, comments
               (`# …`), hex dumps

A counted block is read by its length. Where the log does not hold exactly the bytes that were announced, `len` says \
how many it holds, `announced` how many there should be, and `note` what is odd. Where there is room for doubt, the \
kind is `unknown`, or `note` says what else the line may be. Data that `cmqtt sim --trace` wrote with \
escapes are read as the bytes that were sent.

With --json each text stands once and as it is, escaped as JSON alone asks; bytes that are not UTF-8 stand as \
hexadecimal digits under the name with `_hex` behind it: `text_hex` for `text`. The columns escape control characters \
and bytes that are not UTF-8.

Exit status: 0 when the log was read to its end, 1 when it could not be read, or for a wrong argument.";
