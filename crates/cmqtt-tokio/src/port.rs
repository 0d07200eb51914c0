//! What the driver needs of a port: bytes in, bytes out.

use std::pin::Pin;

use cmqtt_host::Error;
use tokio::io::{AsyncRead, AsyncWrite};

/// A port that the modem is on the other end of: whatever reads and writes, such as `tokio_serial::SerialStream`,
/// `tokio::net::TcpStream` or one end of `tokio::io::duplex`. A read of no bytes means that the port has ended.
pub trait Port: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<P: AsyncRead + AsyncWrite + Unpin + Send + 'static> Port for P {}

/// What opens another port.
pub(crate) type Reopen = Box<dyn FnMut() -> Opening + Send>;

/// It is being opened.
pub(crate) type Opening = Pin<Box<dyn Future<Output = Result<Box<dyn Port>, Error>> + Send>>;

/// Opens a serial port, such as `/dev/ttyUSB2` or `COM5`, with 8 data bits, no parity, 1 stop bit and no flow control,
/// for this program alone.
///
/// # Errors
/// [`Error::Open`], which says why and what to do.
///
/// # Panics
/// Outside of a tokio runtime with I/O.
#[cfg(feature = "serial")]
pub fn open_port(path: &str, baud: u32) -> Result<tokio_serial::SerialStream, Error> {
    use tokio_serial::SerialStream;

    #[cfg(unix)]
    let set_exclusive = |port: &mut SerialStream| port.set_exclusive(true);
    // No second program can open a port there.
    #[cfg(not(unix))]
    let set_exclusive = |_: &mut SerialStream| Ok(());
    cmqtt_host::open_exclusively(path, baud, SerialStream::open, set_exclusive)
}
