//! A pseudo-terminal as a line: to a program its device is a serial port.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, QueueSelector, tcflush, tcgetattr, tcsetattr};

use super::link::Link;
use super::opening::Opening;
use super::{End, Received, Wanted};

/// A pseudo-terminal. It is raw from the start: what is sent before a program has set anything is neither echoed nor
/// translated. Programs may open and close its device as often as they like. Dropping it takes the device away, and
/// the link with it.
#[derive(Debug)]
pub struct Pty {
    link: Option<PathBuf>,
    device: PathBuf,
    /// `None` while it is unplugged.
    terminal: Option<Terminal>,
}

/// A pseudo-terminal as the system has it.
#[derive(Debug)]
struct Terminal {
    master: OwnedFd,
    device: PathBuf,
    opening: Opening,
    open: bool,
    _link: Option<Link>,
}

/// Why there is no pseudo-terminal, or no link to it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PtyError {
    /// The system gives none.
    #[error("no pseudo-terminal: {0}")]
    System(#[from] io::Error),
    /// Something stands in the link's place that is not ours to remove.
    #[error("{} exists and is no symbolic link: choose another name, or remove it", .0.display())]
    Occupied(PathBuf),
    /// The link cannot be made.
    #[error("cannot make the symbolic link {}: {source}", .link.display())]
    Link {
        /// Where it was to stand.
        link: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Pty {
    /// Opens one, and makes a symbolic link to its device where one is wished for. The link takes the place of a
    /// symbolic link that an earlier run has left, of nothing else.
    ///
    /// # Errors
    /// [`PtyError`].
    pub fn open(link: Option<&Path>) -> Result<Self, PtyError> {
        let terminal = Terminal::open(link)?;
        Ok(Self {
            link: link.map(Path::to_owned),
            device: terminal.device.clone(),
            terminal: Some(terminal),
        })
    }

    /// The device that a program opens: `/dev/pts/7`. One that was unplugged comes back as another, to which the link
    /// leads.
    #[must_use]
    pub fn device(&self) -> &Path {
        &self.device
    }
}

impl Terminal {
    fn open(link: Option<&Path>) -> Result<Self, PtyError> {
        let (master, device) = open_master().map_err(io::Error::from)?;
        let link = link.map(|link| make_link(link, &device)).transpose()?;
        Ok(Self {
            opening: Opening::of(&device)?,
            master,
            device,
            open: false,
            _link: link,
        })
    }

    /// Whether no program has the device open, at this very moment.
    fn is_hung_up(&self) -> bool {
        let mut master = [PollFd::new(&self.master, PollFlags::empty())];
        let found = retry_on_intr(|| poll(&mut master, Some(&Timespec::default())));
        found.is_ok_and(|_| master.iter().any(|end| end.revents().contains(PollFlags::HUP)))
    }

    /// Drops what lies between the two ends: first what is on its way, then what has arrived at the device.
    fn forget_unread(&self) -> Result<(), Errno> {
        tcflush(&self.master, QueueSelector::OFlush)?;
        tcflush(open_device(&self.device)?, QueueSelector::IFlush)
    }

    fn interests<'a>(&'a self, wanted: Wanted, ends: &mut Vec<PollFd<'a>>) {
        if !self.open {
            ends.push(self.opening.interest());
            return;
        }
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN, wanted.reading);
        flags.set(PollFlags::OUT, wanted.writing);
        if !flags.is_empty() {
            ends.push(PollFd::new(&self.master, flags));
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Received {
        if !self.open {
            self.opening.clear();
        }
        let was_open = self.open;
        let count = retry_on_intr(|| rustix::io::read(&self.master, &mut *buffer));
        // What a program sent before it closed the device is read first, then comes the error.
        self.open = match count {
            Ok(0) => false,
            Ok(_) | Err(Errno::WOULDBLOCK) => true,
            Err(_) => false,
        };
        let closed = was_open && !self.open;
        if closed {
            // What the program has not read would be the next one's. A failure leaves it there, no more.
            let _ = self.forget_unread();
        }
        Received {
            opened: !was_open && self.open,
            bytes: count.unwrap_or(0),
            closed,
            refused: false,
        }
    }

    /// The system would keep bytes for a program that opens the device later; a serial port does not.
    fn write(&mut self, bytes: &[u8]) -> usize {
        if !self.open || self.is_hung_up() {
            return bytes.len();
        }
        match retry_on_intr(|| rustix::io::write(&self.master, bytes)) {
            Ok(count) => count,
            Err(Errno::WOULDBLOCK) => 0,
            Err(_) => bytes.len(),
        }
    }
}

impl End for Pty {
    fn interests<'a>(&'a self, wanted: Wanted, ends: &mut Vec<PollFd<'a>>) {
        if let Some(terminal) = &self.terminal {
            terminal.interests(wanted, ends);
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Received {
        match &mut self.terminal {
            Some(terminal) => terminal.read(buffer),
            None => Received::default(),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> usize {
        match &mut self.terminal {
            Some(terminal) => terminal.write(bytes),
            None => bytes.len(),
        }
    }

    fn unplug(&mut self) -> bool {
        self.terminal.take().is_some_and(|terminal| terminal.open)
    }

    fn plug(&mut self) -> io::Result<()> {
        if self.terminal.is_none() {
            let terminal = Terminal::open(self.link.as_deref()).map_err(io::Error::other)?;
            self.device.clone_from(&terminal.device);
            self.terminal = Some(terminal);
        }
        Ok(())
    }
}

fn open_master() -> Result<(OwnedFd, PathBuf), Errno> {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    grantpt(&master)?;
    unlockpt(&master)?;
    let name = ptsname(&master, Vec::new())?;
    // Opened once and closed again, it is as it will be between two programs.
    let device = PathBuf::from(OsString::from_vec(name.into_bytes()));
    let slave = open_device(&device)?;
    let mut settings = tcgetattr(&slave)?;
    settings.make_raw();
    tcsetattr(&slave, OptionalActions::Now, &settings)?;
    rustix::io::ioctl_fionbio(&master, true)?;
    Ok((master, device))
}

fn open_device(device: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(device, flags, Mode::empty())
}

fn make_link(link: &Path, device: &Path) -> Result<Link, PtyError> {
    Link::new(link, device).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => PtyError::Occupied(link.to_owned()),
        _ => PtyError::Link {
            link: link.to_owned(),
            source,
        },
    })
}
