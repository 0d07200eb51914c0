//! What the driver needs of a port: bytes in, bytes out, and a read that ends when it is told to.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// A port that the modem is on the other end of.
pub trait Port: Read + Write {
    /// Makes reads and writes end after this time, with [`io::ErrorKind::TimedOut`] or [`io::ErrorKind::WouldBlock`].
    ///
    /// # Errors
    /// What the operating system says.
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()>;

    /// Reads what has come already, without waiting for more: nothing at all is [`io::ErrorKind::WouldBlock`] or
    /// [`io::ErrorKind::TimedOut`]. A port that cannot tell may wait for a millisecond, which every call costs then.
    ///
    /// # Errors
    /// As a read.
    fn read_ready(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.set_timeout(Duration::from_millis(1))?;
        self.read(buffer)
    }

    /// What time it is at this port. A port in a simulation, where time does not pass by itself, says so here.
    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// Any reader and writer as a port whose reads end by themselves after a while, with [`io::ErrorKind::TimedOut`] or
/// [`io::ErrorKind::WouldBlock`]. A read of no bytes, `Ok(0)`, means that the port has ended, as it does for files and
/// sockets: a reader that says so for "nothing came" cannot be used.
///
/// Keep the while short, some 20 milliseconds. The driver's own deadlines are as exact as it is, and each call first
/// reads what lies in the port already, until a read brings nothing.
#[derive(Clone, Copy, Debug)]
pub struct SelfTimed<T>(pub T);

impl<T: Read + Write> Port for SelfTimed<T> {
    fn set_timeout(&mut self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

impl<T: Read> Read for SelfTimed<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl<T: Write> Write for SelfTimed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Sockets of both kinds.
macro_rules! socket {
    ($socket:ty) => {
        impl Port for $socket {
            fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
                self.set_read_timeout(Some(timeout))?;
                self.set_write_timeout(Some(timeout))
            }

            fn read_ready(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.set_nonblocking(true)?;
                let read = self.read(buffer);
                self.set_nonblocking(false)?;
                read
            }
        }
    };
}

socket!(TcpStream);

#[cfg(unix)]
socket!(std::os::unix::net::UnixStream);

#[cfg(feature = "serialport")]
impl Port for dyn serialport::SerialPort {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        serialport::SerialPort::set_timeout(self, timeout).map_err(io::Error::from)
    }

    fn read_ready(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes_to_read()? == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.read(buffer)
    }
}

/// A port that is lent or boxed.
macro_rules! pointer {
    ($pointer:ty) => {
        impl<P: Port + ?Sized> Port for $pointer {
            fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
                (**self).set_timeout(timeout)
            }

            fn read_ready(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                (**self).read_ready(buffer)
            }

            fn now(&self) -> Instant {
                (**self).now()
            }
        }
    };
}

pointer!(&mut P);
pointer!(Box<P>);

/// Opens a serial port, such as `/dev/ttyUSB2` or `COM5`, with 8 data bits, no parity, 1 stop bit and no flow control,
/// for this program alone.
///
/// # Errors
/// [`Error::Open`](crate::Error::Open), which says why and what to do.
#[cfg(feature = "serialport")]
pub fn open_port(path: &str, baud: u32) -> Result<Box<dyn serialport::SerialPort>, crate::Error> {
    #[cfg(unix)]
    {
        use serialport::TTYPort;

        let port = cmqtt_host::open_exclusively(path, baud, TTYPort::open, |port| {
            TTYPort::set_exclusive(port, true)
        })?;
        Ok(Box::new(port))
    }
    // No second program can open a port there.
    #[cfg(not(unix))]
    cmqtt_host::open_exclusively(path, baud, |port| port.clone().open(), |_| Ok(()))
}
