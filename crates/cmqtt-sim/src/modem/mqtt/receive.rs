//! How a received message is shown (the vendor's note, section 3.2.17; the layouts are from captures).

use at_proto::cmqtt::Urc;

use crate::modem::context::Context;
use crate::modem::transmitter::{dress, emit};
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
    let header = |frame: &mut Vec<u8>, urc: Urc| {
        if switches.rx_layout == RxLayout::Spaced || frame.is_empty() {
            frame.extend(b"\r\n");
        }
        frame.extend(dress(switches, &emit(|out| urc.emit(out))));
        frame.extend(b"\r\n");
    };
    let start = Urc::MessageStart {
        client,
        topic_len: len(topic),
        payload_len: len(payload),
    };
    header(&mut frame, start);
    let chunk = switches.rx_chunk.0.unwrap_or(usize::MAX).max(1);
    // Without bytes there is no header either.
    for part in topic.chunks(chunk) {
        header(
            &mut frame,
            Urc::MessageTopic {
                client,
                len: len(part),
            },
        );
        frame.extend(part);
        frame.extend(b"\r\n");
    }
    for part in payload.chunks(chunk) {
        header(
            &mut frame,
            Urc::MessagePayload {
                client,
                len: len(part),
            },
        );
        frame.extend(part);
        frame.extend(b"\r\n");
    }
    header(&mut frame, Urc::MessageEnd { client });
    frame
}

/// MQTT's messages are far shorter than this can count.
fn len(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}
