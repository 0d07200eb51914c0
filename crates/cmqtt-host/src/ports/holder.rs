//! Which program has a port open.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

/// A program that has a port open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortHolder {
    /// Its process id.
    pub pid: u32,
    /// Its name, without control characters.
    pub program: String,
    /// Whether it has the port open for certain. ModemManager is named as a guess where it runs and nothing else is found.
    pub is_certain: bool,
}

impl Display for PortHolder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { pid, program, .. } = self;
        match self.is_certain {
            _ if *pid == std::process::id() => write!(f, "this program (process {pid}) has it open already"),
            true => write!(f, "{program} (process {pid}) has it open"),
            false => write!(f, "another program has it open, maybe {program} (process {pid})"),
        }
    }
}

impl PortHolder {
    /// The program that has the port at this path, as far as the system says.
    #[cfg(target_os = "linux")]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        linux::holder(path)
    }

    /// Only Linux says it.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn of(_: &Path) -> Option<Self> {
        None
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, Metadata};
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    use std::path::Path;

    use rustix::fs::{major, minor};

    use super::PortHolder;

    pub(super) fn holder(path: &Path) -> Option<PortHolder> {
        let port = fs::metadata(path).ok();
        let port = port.filter(|port| port.file_type().is_char_device())?;
        let certain = locks(&port)
            .into_iter()
            .chain(processes().filter(|&pid| has_open(pid, &port)))
            .next();
        let guess = || processes().find(|&pid| program(pid).as_deref() == Some(MODEM_MANAGER));
        let pid = certain.or_else(guess)?;
        Some(PortHolder {
            pid,
            program: program(pid).unwrap_or_else(|| "a program".to_owned()),
            is_certain: certain.is_some(),
        })
    }

    /// The process that has a lock on the port. Everybody can read that, other than who has it open.
    fn locks(port: &Metadata) -> Option<u32> {
        let locks = fs::read_to_string("/proc/locks").ok()?;
        locks.lines().find_map(|line| lock(line, port.dev(), port.ino()))
    }

    /// `1: FLOCK ADVISORY WRITE 812 00:18:5 0 EOF`: the process, the device and inode of the file. Someone who waits for a
    /// lock has an arrow behind the number. A process that cannot be seen from here has the id 0 or -1.
    pub(super) fn lock(line: &str, device: u64, inode: u64) -> Option<u32> {
        let mut words = line.split_ascii_whitespace().skip(1);
        words.next().filter(|&kind| kind != "->")?;
        let pid = words.nth(2)?.parse().ok().filter(|&pid| pid != 0)?;
        let file = words.next()?;
        let expected = format!("{:02x}:{:02x}:{inode}", major(device), minor(device));
        (file == expected).then_some(pid)
    }

    fn processes() -> impl Iterator<Item = u32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
    }

    /// Whether another process has the port open. Only root sees that of other users' processes.
    fn has_open(pid: u32, port: &Metadata) -> bool {
        let mut files = fs::read_dir(format!("/proc/{pid}/fd"))
            .into_iter()
            .flatten()
            .flatten();
        let is_port = |file: Metadata| file.file_type().is_char_device() && file.rdev() == port.rdev();
        pid != std::process::id() && files.any(|file| fs::metadata(file.path()).is_ok_and(is_port))
    }

    /// A process names itself: anything may stand there.
    fn program(pid: u32) -> Option<String> {
        let name = fs::read(format!("/proc/{pid}/comm")).ok()?;
        let name = String::from_utf8_lossy(name.trim_ascii_end())
            .escape_debug()
            .to_string();
        (!name.is_empty()).then_some(name)
    }

    const MODEM_MANAGER: &str = "ModemManager";
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn lock_is_found_by_device_and_inode() {
        let device = rustix::fs::makedev(0, 0x18);
        let lock = |line| linux::lock(line, device, 5);
        assert_eq!(lock("1: FLOCK  ADVISORY  WRITE 812 00:18:5 0 EOF"), Some(812));
        assert_eq!(lock("12: POSIX  ADVISORY  READ 7 00:18:5 0 EOF"), Some(7));
        for line in [
            "1: FLOCK  ADVISORY  WRITE 812 00:18:6 0 EOF",
            "1: FLOCK  ADVISORY  WRITE 812 00:19:5 0 EOF",
            "1: -> FLOCK  ADVISORY  WRITE 812 00:18:5 0 EOF",
            "1: OFDLCK ADVISORY  WRITE -1 00:18:5 0 EOF",
            "1: FLOCK  ADVISORY  WRITE 0 00:18:5 0 EOF",
            "1: FLOCK",
            "",
        ] {
            assert_eq!(lock(line), None, "{line}");
        }
    }

    #[test]
    fn holder_is_named_with_its_process() {
        let holder = |pid, is_certain| PortHolder {
            pid,
            program: "ModemManager".to_owned(),
            is_certain,
        };
        assert_eq!(
            holder(1, true).to_string(),
            "ModemManager (process 1) has it open"
        );
        assert_eq!(
            holder(1, false).to_string(),
            "another program has it open, maybe ModemManager (process 1)"
        );
    }
}
