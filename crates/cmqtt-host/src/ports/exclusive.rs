//! Opening a port that nobody else has.

use serialport::SerialPortBuilder;

use crate::Error;

/// Opens a port for this program alone. `open` opens it with the builder that it is given, `set_exclusive` keeps other
/// programs out from then on.
///
/// `serialport` asks for the lock only after it has set `TIOCEXCL`, and clears that flag when the lock is refused, although
/// another program has set it. So the lock comes first here, on a descriptor of its own: a port that is in use is left
/// alone. The lock is shared while `serialport` takes its own. Only a program that had the exclusive lock can share it, so
/// that nobody comes between.
///
/// # Errors
/// [`Error::Open`].
pub fn open_exclusively<P>(
    path: &str,
    baud: u32,
    open: impl FnOnce(&SerialPortBuilder) -> serialport::Result<P>,
    set_exclusive: impl FnOnce(&mut P) -> serialport::Result<()>,
) -> Result<P, Error> {
    let fail = |error: serialport::Error| Error::open(path, &error);
    let builder = serialport::new(path, baud);
    #[cfg(unix)]
    let (claim, builder) = (unix::claim(path)?, builder.exclusive(false));
    let mut port = open(&builder).map_err(fail)?;
    #[cfg(unix)]
    drop(claim);
    set_exclusive(&mut port).map_err(fail)?;
    Ok(port)
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io;
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::{FlockOperation, OFlags, flock};
    use rustix::io::Errno;
    use rustix::termios::isatty;

    use crate::Error;

    /// The lock on a port that nobody else has. `None` where `serialport` has to say what is wrong with it.
    pub(super) fn claim(path: &str) -> Result<Option<File>, Error> {
        let flags = OFlags::NOCTTY | OFlags::NONBLOCK;
        let file = File::options()
            .read(true)
            .write(true)
            .custom_flags(flags.bits().cast_signed())
            .open(path);
        let file = match file {
            Ok(file) if isatty(&file) => file,
            Err(error) if error.kind() == io::ErrorKind::ResourceBusy => return Err(Error::in_use(path)),
            _ => return Ok(None),
        };
        for operation in [
            FlockOperation::NonBlockingLockExclusive,
            FlockOperation::NonBlockingLockShared,
        ] {
            match flock(&file, operation) {
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => return Err(Error::in_use(path)),
                Err(_) => return Ok(None),
            }
        }
        Ok(Some(file))
    }
}
