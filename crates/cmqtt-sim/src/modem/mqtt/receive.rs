//! How a received message is shown (the vendor's note, section 3.2.17; the layouts are from captures).

use crate::modem::context::Context;
use crate::modem::transmitter::dress;
use crate::switches::{RxLayout, Switches};

impl Context<'_> {
    /// Frames a message and queues it whole: nothing comes between its lines.
    pub(super) fn show_message(&mut self, client: u8, topic: &[u8], payload: &[u8]) {
        let switches = &self.profile.switches;
        self.tx.message(frame(switches, client, topic, payload));
    }
}

fn frame(switches: &Switches, client: u8, topic: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(topic.len() + payload.len() + 160);
    let header = |frame: &mut Vec<u8>, text: String| {
        if switches.rx_layout == RxLayout::Spaced || frame.is_empty() {
            frame.extend(b"\r\n");
        }
        frame.extend(dress(switches, text.as_bytes()));
        frame.extend(b"\r\n");
    };
    let (topic_len, payload_len) = (topic.len(), payload.len());
    header(
        &mut frame,
        format!("+CMQTTRXSTART: {client},{topic_len},{payload_len}"),
    );
    for (name, bytes) in [("+CMQTTRXTOPIC", topic), ("+CMQTTRXPAYLOAD", payload)] {
        // Without bytes there is no header either.
        for chunk in bytes.chunks(switches.rx_chunk.0.unwrap_or(usize::MAX).max(1)) {
            header(&mut frame, format!("{name}: {client},{}", chunk.len()));
            frame.extend(chunk);
            frame.extend(b"\r\n");
        }
    }
    header(&mut frame, format!("+CMQTTRXEND: {client}"));
    frame
}
