//! The gateway's Unix socket: a thread that accepts, and one for each program that is connected.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use at_proto::Printable;
use cmqtt_outbox::Receipt;

use super::line::{Lines, Rules};
use crate::spool::{Input, Spool, Taken, take_all};

/// A socket that listens. Dropped, its name goes.
pub(super) struct Socket {
    path: PathBuf,
}

impl Socket {
    /// Listens, and answers from then on. A name that an earlier run has left is taken over, if nobody listens there.
    pub(super) fn listen(path: &Path, rules: Rules, spool: Arc<Spool>) -> io::Result<Self> {
        let listener = bind(path)?;
        let socket = Self {
            path: path.to_owned(),
        };
        let connected = Arc::new(AtomicUsize::new(0));
        thread::Builder::new().spawn(move || {
            for stream in listener.incoming() {
                // Its own affair, or it passes: where it is that there are too many open files, not at once.
                let Ok(stream) = stream else {
                    thread::sleep(ACCEPT_PAUSE);
                    continue;
                };
                let guard = Connected::new(&connected);
                let (rules, spool) = (rules.clone(), Arc::clone(&spool));
                if guard.number > MOST_CONNECTED {
                    let _ = writeln!(
                        &stream,
                        "refused: {MOST_CONNECTED} programs are connected already"
                    );
                    continue;
                }
                let serving = thread::Builder::new().spawn(move || {
                    let _guard = guard;
                    // Whoever has gone needs no answer.
                    let _ = serve(&stream, rules, &spool);
                });
                // No thread, no service: the connection is closed.
                drop(serving);
            }
        })?;
        Ok(socket)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn bind(path: &Path) -> io::Result<UnixListener> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
    if is_socket
        && UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    {
        fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}

fn serve(stream: &UnixStream, rules: Rules, spool: &Spool) -> io::Result<()> {
    stream.set_write_timeout(Some(UNREAD))?;
    let mut lines = Lines::new(stream, rules, "");
    loop {
        let batch = lines.batch();
        if batch.is_empty() {
            return Ok(());
        }
        let count = batch.len();
        let answers = match take_all(batch, |messages| spool.offer(messages)) {
            Ok(taken) => taken.iter().map(|taken| line(&answer(taken))).collect(),
            Err(error) => line(&format!("refused: {error}")).repeat(count),
        };
        let mut out = stream;
        out.write_all(answers.as_bytes())?;
    }
}

/// One line, with its end: a topic or a key in it may be anybody's.
fn line(answer: &str) -> String {
    format!("{}\n", Printable(answer.as_bytes()))
}

fn answer(taken: &Taken) -> String {
    match taken {
        Taken::Receipt(Receipt::Stored { id, displaced }) => {
            let mut answer = format!("accepted {id}");
            for (number, gone) in displaced.iter().enumerate() {
                let before = if number == 0 { ", dropped" } else { "" };
                // A string takes everything.
                let _ = write!(answer, "{before} {}", gone.id);
            }
            answer
        }
        Taken::Receipt(Receipt::Dropped) => "dropped: the spool is full".to_owned(),
        Taken::Refused(refusal) => format!("refused: {refusal}"),
        Taken::Bad(bad) => format!("refused: {}", bad.0),
    }
}

/// Counts one that is connected.
struct Connected {
    count: Arc<AtomicUsize>,
    number: usize,
}

impl Connected {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        Self {
            number: count.fetch_add(1, Ordering::AcqRel) + 1,
            count: Arc::clone(count),
        }
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::AcqRel);
    }
}

/// After one that could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A program that takes no answer for so long is disconnected: its messages are on disk, and others want its place.
const UNREAD: Duration = Duration::from_secs(60);

/// A thread each.
const MOST_CONNECTED: usize = 256;
