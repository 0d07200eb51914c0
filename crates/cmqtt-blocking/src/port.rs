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

impl Port for TcpStream {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(timeout))?;
        self.set_write_timeout(Some(timeout))
    }
}

#[cfg(unix)]
impl Port for std::os::unix::net::UnixStream {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(timeout))?;
        self.set_write_timeout(Some(timeout))
    }
}

#[cfg(feature = "serialport")]
impl Port for Box<dyn serialport::SerialPort> {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        serialport::SerialPort::set_timeout(self.as_mut(), timeout).map_err(io::Error::from)
    }
}

impl<P: Port + ?Sized> Port for &mut P {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        (**self).set_timeout(timeout)
    }

    fn now(&self) -> Instant {
        (**self).now()
    }
}

/// Opens a serial port, such as `/dev/ttyUSB2` or `COM5`, with 8 data bits, no parity, 1 stop bit and no flow control.
///
/// # Errors
/// [`Error::Open`](crate::Error::Open), which says why and what to do.
#[cfg(feature = "serialport")]
pub fn open_port(path: &str, baud: u32) -> Result<Box<dyn serialport::SerialPort>, crate::Error> {
    serialport::new(path, baud)
        .open()
        .map_err(|error| crate::Error::open(path, error.into()))
}
