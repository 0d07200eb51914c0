//! TLS between a stream's socket and its user: no socket here, only bytes in and bytes out.

use std::collections::VecDeque;
use std::io::{Read, Write};

use rustls::{ClientConnection, Error};

use crate::host::tls::{Asked, Opening, reason};
use crate::network::HandshakeError;

/// One connection's TLS.
#[derive(Debug)]
pub(super) struct Secure {
    connection: ClientConnection,
    asked: Asked,
    /// What came, in plain.
    incoming: VecDeque<u8>,
    /// Whether anything has.
    heard: bool,
    closing: bool,
    closed: bool,
}

impl Secure {
    pub(super) fn new(opening: Opening) -> Self {
        let Opening {
            mut connection,
            asked,
        } = opening;
        // Whoever fills it looks at how much the peer has not yet taken.
        connection.set_buffer_limit(None);
        Self {
            connection,
            asked,
            incoming: VecDeque::new(),
            heard: false,
            closing: false,
            closed: false,
        }
    }

    pub(super) fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    /// What an end means that comes now: during the handshake, or, where the server has asked who the client is, before
    /// it has said anything. In TLS 1.3 it judges only after the client's side of the handshake is done, and its alert
    /// may get lost behind what the client has sent meanwhile. `None`: an end like any other.
    pub(super) fn end(&self) -> Option<HandshakeError> {
        if self.asked.get() && !self.heard {
            Some(HandshakeError::Client)
        } else {
            self.connection.is_handshaking().then_some(HandshakeError::Closed)
        }
    }

    fn broken(&self, error: &Error) -> HandshakeError {
        match (reason(error), self.end()) {
            (HandshakeError::Alert(_), Some(HandshakeError::Client)) => HandshakeError::Client,
            (reason, _) => reason,
        }
    }

    /// Puts plain bytes behind those that wait.
    pub(super) fn queue(&mut self, bytes: &[u8]) {
        // There is no limit to what it takes.
        let _ = self.connection.writer().write_all(bytes);
    }

    /// No more comes from us.
    pub(super) fn close(&mut self) {
        if !self.closing {
            self.closing = true;
            self.connection.send_close_notify();
        }
    }

    /// Moves what is to be sent.
    pub(super) fn send(&mut self, outgoing: &mut VecDeque<u8>) {
        while self.connection.wants_write() {
            // A queue takes everything.
            if self.connection.write_tls(outgoing).is_err() {
                return;
            }
        }
    }

    /// Bytes came from the socket.
    pub(super) fn receive(&mut self, mut bytes: &[u8]) -> Result<(), HandshakeError> {
        while !bytes.is_empty() && !self.closed {
            if self
                .connection
                .read_tls(&mut bytes)
                .map_err(|_| HandshakeError::NotTls)?
                == 0
            {
                return Ok(());
            }
            let state = self.connection.process_new_packets();
            let state = state.map_err(|error| self.broken(&error))?;
            let plain = state.plaintext_bytes_to_read();
            self.closed = state.peer_has_closed();
            if plain > 0 {
                self.heard = true;
                let mut buffer = vec![0; plain];
                self.connection
                    .reader()
                    .read_exact(&mut buffer)
                    .map_err(|_| HandshakeError::NotTls)?;
                self.incoming.extend(buffer);
            }
        }
        Ok(())
    }

    /// Plain bytes, as many as there are and fit.
    pub(super) fn take(&mut self, buffer: &mut [u8]) -> usize {
        // A queue never fails to be read.
        self.incoming.read(buffer).unwrap_or(0)
    }

    pub(super) fn has_unread(&self) -> bool {
        !self.incoming.is_empty()
    }

    /// Whether the peer has said that no more comes.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}
