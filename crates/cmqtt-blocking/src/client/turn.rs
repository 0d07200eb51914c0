//! This is the loop: read, write, wait. What to do is the core's to say.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use cmqtt_core::{Event as Lent, Instant as CoreInstant};
use cmqtt_host::{Error, MOST_DRAINED, Step};

use super::Client;
use super::line::Line;
use crate::port::Port;

/// Why the driver does nothing more by itself.
enum Rest<T> {
    /// An event was what is wanted.
    Seen(T),
    /// A request has its turn, or the port has failed, which [`Client::port_works`] reports.
    Ends,
    /// Bytes have to come, or this time.
    Waits(Option<Instant>),
}

impl<P: Port> Client<P> {
    /// Runs until `wanted` makes something of an event; it sees none where the port was lost or is back. `None` when it cannot any more: the time to give up has come,
    /// or the port has failed, of which [`Client::port_works`] tells.
    pub(super) fn turn<T>(
        &mut self,
        give_up: Option<Instant>,
        mut wanted: impl FnMut(Option<&Lent<'_>>) -> Option<T>,
    ) -> Option<T> {
        let mut is_over = false;
        loop {
            let deadline = match self.go_on(&mut wanted) {
                Rest::Seen(seen) => return Some(seen),
                Rest::Ends => return None,
                // The port was read after that time, too.
                Rest::Waits(_) if is_over => return None,
                Rest::Waits(deadline) => deadline,
            };
            is_over = give_up.is_some_and(|give_up| give_up <= self.line.now());
            self.listen(deadline.into_iter().chain(give_up).min());
        }
    }

    /// Does all that can be done without waiting.
    fn go_on<T>(&mut self, mut wanted: impl FnMut(Option<&Lent<'_>>) -> Option<T>) -> Rest<T> {
        loop {
            if let Some(port) = self.line.look() {
                self.line.replace(port);
                let now = self.now();
                self.engine.port_back(now);
            }
            let now = self.now();
            match self.engine.advance(now, |event| wanted(Some(event))) {
                Step::Seen(end) => return Rest::Seen(end),
                Step::Write => match write(&mut self.line, self.engine.unsent()) {
                    Ok(len) => {
                        let now = self.now();
                        self.engine.transmitted(now, len);
                    }
                    Err(error) => self.cut(error),
                },
                Step::Wait(_) if self.engine.take_told() => {
                    if let Some(seen) = wanted(None) {
                        return Rest::Seen(seen);
                    }
                }
                Step::Wait(_) if self.engine.has_given_way() => return Rest::Ends,
                Step::Wait(_) if self.line.has_failed() && !self.line.is_lasting() => return Rest::Ends,
                Step::Wait(deadline) => {
                    return Rest::Waits(deadline.and_then(|deadline| self.on_our_clock(deadline.at)));
                }
            }
        }
    }

    /// Understands what the port holds already.
    pub(super) fn understand(&mut self) {
        self.go_on(|_| None::<()>);
    }

    /// Reads the port until it is empty, before any time passes for the core: what came while the program was busy with
    /// something else came in time, and answers nothing that is asked after it.
    pub(super) fn catch_up(&mut self) {
        let now = self.now();
        let drained = self.drain();
        self.understand();
        match drained {
            Ok(true) => self.engine.pass_time(now),
            Ok(false) => {}
            Err(error) => self.cut(error),
        }
        self.understand();
    }

    /// Tells of a port that has failed: once, or as long as another is looked for.
    pub(super) fn port_works(&mut self) -> Result<(), Error> {
        self.line
            .take_failure()
            .map_or(Ok(()), |error| Err(Error::Port(error)))
    }

    /// The same for who can wait until there is another.
    pub(super) fn port_ends(&mut self) -> Result<(), Error> {
        if self.line.is_lasting() {
            return Ok(());
        }
        self.port_works()
    }

    /// Waits for bytes until this moment; after it, reads what the port holds. Deadlines are judged by the time before the
    /// read, and only when it brought nothing: a program that was stopped in between finds the answer in the port.
    fn listen(&mut self, until: Option<Instant>) {
        let now = self.now();
        let until = until.into_iter().chain(self.line.look_at()).min();
        let longest = until.map_or(LONGEST, |until| until.saturating_duration_since(self.line.now()));
        let read = if self.line.get().is_none() {
            std::thread::sleep(longest.clamp(SHORTEST, LONGEST));
            Ok(())
        } else if longest.is_zero() {
            self.drain().map(drop)
        } else {
            self.line
                .get_mut()
                .and_then(|port| port.set_timeout(longest.clamp(SHORTEST, LONGEST)))
                .and_then(|()| self.take(Read::read))
                .map(drop)
        };
        match read {
            Ok(()) if self.engine.unseen() == 0 => self.engine.pass_time(now),
            Ok(()) => {}
            Err(error) => self.cut(error),
        }
    }

    /// Reads until nothing comes, without waiting for more, and returns whether nothing is left. All of it before the core
    /// sees any: a port may hand it out byte by byte.
    fn drain(&mut self) -> io::Result<bool> {
        if self.line.get().is_none() {
            return Ok(true);
        }
        while self.engine.unseen() < MOST_DRAINED {
            if self.take(Port::read_ready)? == 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The port has failed: the request that runs ends here, and the next finds out where the modem is.
    fn cut(&mut self, error: io::Error) {
        let now = self.now();
        if self.line.is_lasting() {
            self.engine.port_lost(now, &error);
        } else {
            self.engine.reset(now);
        }
        self.line.fail(error);
    }

    /// What a read brings: so many bytes.
    fn take(&mut self, read: fn(&mut P, &mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
        let mut buffer = [0; 4096];
        let port = self.line.get_mut()?;
        match uninterrupted(|| read(port, &mut buffer)) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(len) => {
                self.engine.received(buffer.get(..len).unwrap_or_default());
                Ok(len)
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => {
                Ok(0)
            }
            Err(error) => Err(error),
        }
    }

    /// The time as the core counts it.
    pub(super) fn now(&self) -> CoreInstant {
        let passed = self.line.now().saturating_duration_since(self.epoch);
        CoreInstant::from_micros(u64::try_from(passed.as_micros()).unwrap_or(u64::MAX))
    }

    /// The core's time as the port counts it. `None` for a time beyond the clock's end.
    fn on_our_clock(&self, at: CoreInstant) -> Option<Instant> {
        self.epoch.checked_add(Duration::from_micros(at.as_micros()))
    }
}

/// Writes some of the bytes.
fn write(line: &mut Line<impl Port>, bytes: &[u8]) -> io::Result<usize> {
    let port = line.get_mut()?;
    port.set_timeout(LONGEST)?;
    match uninterrupted(|| port.write(bytes)) {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        result => result,
    }
}

/// Does it again when a signal came in between.
fn uninterrupted<T>(mut io: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match io() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// A port is waited for no longer at a time, also where nothing has to be done before.
const LONGEST: Duration = Duration::from_secs(60);

/// A timeout of zero means "for ever" to some ports.
const SHORTEST: Duration = Duration::from_millis(1);
