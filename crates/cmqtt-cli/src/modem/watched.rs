//! `--trace`: a port whose conversation is written down, a line for each of the host's and the modem's.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use cmqtt_sim::host::LineEvent;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::trace::Tracer;

/// The port, and where its conversation goes.
pub(super) struct Watched<P, W> {
    port: P,
    tracer: Tracer<W>,
    begun: Instant,
}

impl<P, W: Write> Watched<P, W> {
    /// Times count from `begun`.
    pub(super) fn new(port: P, out: W, begun: Instant) -> Self {
        Self {
            port,
            tracer: Tracer::new(out),
            begun,
        }
    }
}

impl<P: AsyncRead + Unpin, W: Write + Unpin> AsyncRead for Watched<P, W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.port).poll_read(cx, buffer))?;
        let at = self.begun.elapsed();
        let read = buffer.filled().get(before..).unwrap_or_default();
        self.tracer.hear(at, LineEvent::ToHost(read));
        Poll::Ready(Ok(()))
    }
}

impl<P: AsyncWrite + Unpin, W: Write + Unpin> AsyncWrite for Watched<P, W> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.port).poll_write(cx, bytes))?;
        let at = self.begun.elapsed();
        self.tracer
            .hear(at, LineEvent::FromHost(bytes.get(..written).unwrap_or_default()));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.port).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.port).poll_shutdown(cx)
    }
}
