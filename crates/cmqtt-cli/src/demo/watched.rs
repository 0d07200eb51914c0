//! A port that somebody watches: every byte that goes through it is shown and counted.

use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use cmqtt_blocking::Port;

use super::script::Script;

/// The port, and the script in which its conversation is written down.
#[derive(Debug)]
pub(super) struct Watched<P> {
    port: P,
    script: Script,
    written: u64,
    read: u64,
}

impl<P> Watched<P> {
    pub(super) const fn new(port: P, script: Script) -> Self {
        Self {
            port,
            script,
            written: 0,
            read: 0,
        }
    }

    /// Bytes written to the modem.
    pub(super) const fn written(&self) -> u64 {
        self.written
    }

    fn came(&mut self, buffer: &[u8], len: usize) {
        self.read += len as u64;
        self.script.modem_wrote(buffer.get(..len).unwrap_or_default());
    }

    /// Bytes read from it.
    pub(super) const fn read_bytes(&self) -> u64 {
        self.read
    }
}

impl<P: Port> Port for Watched<P> {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        self.port.set_timeout(timeout)
    }

    fn read_ready(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.port.read_ready(buffer)?;
        self.came(buffer, len);
        Ok(len)
    }

    fn now(&self) -> Instant {
        self.port.now()
    }
}

impl<P: Port> Read for Watched<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = self.port.read(buffer)?;
        self.came(buffer, len);
        Ok(len)
    }
}

impl<P: Port> Write for Watched<P> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let len = self.port.write(bytes)?;
        self.written += len as u64;
        self.script.host_wrote(bytes.get(..len).unwrap_or_default());
        Ok(len)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.port.flush()
    }
}
