//! `at-proto` on the job.

use std::hint::black_box;

use at_proto::cmqtt::{ResultUrc, Urc};
use at_proto::network::SignalQuality;
use at_proto::{Awaiting, FinalResult, Frame, Framer, Information, Line, Step};

use crate::reads::{Reads, Window};

/// Cuts a stream and decodes its lines.
#[derive(Debug)]
pub struct Ours {
    framer: Framer,
    /// Where bodies are copied to, as a client does.
    body: Vec<u8>,
    lines: usize,
    bytes: usize,
}

impl Ours {
    /// Goes through the stream. Returns the lines and the bytes of bodies that came out of it.
    pub fn run(stream: &[u8], reads: Reads) -> (usize, usize) {
        let mut ours = Self {
            framer: Framer::new(1024),
            body: Vec::with_capacity(16 * 1024),
            lines: 0,
            bytes: 0,
        };
        if reads == Reads::Whole {
            ours.take(stream);
            return (ours.lines, ours.bytes);
        }
        let mut window = Window::new(2048);
        for read in reads.of(stream) {
            window.read(read);
            let taken = ours.take(window.unread());
            window.take(taken);
        }
        (ours.lines, ours.bytes)
    }

    #[inline]
    fn take(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        loop {
            match self.framer.step(&bytes[taken..], Awaiting::Line) {
                Step::Incomplete { consumed } => return taken + consumed,
                Step::Complete { value, consumed } => {
                    taken += consumed;
                    match value {
                        Frame::Line(line) => self.line(line),
                        Frame::Block { data, remaining } => {
                            self.body.extend_from_slice(data);
                            if remaining == 0 {
                                self.bytes += self.body.len();
                                black_box(&self.body);
                                self.body.clear();
                            }
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    #[inline]
    fn line(&mut self, line: &[u8]) {
        self.lines += 1;
        // In the order in which a client asks.
        if let Some(urc) = Urc::decode(line) {
            if let Urc::MessageTopic { len, .. } | Urc::MessagePayload { len, .. } = urc {
                self.framer.expect_block(len as usize);
            }
            black_box(urc);
        } else if let Line::Final(FinalResult::Ok) = Line::classify(line) {
            black_box(true);
        } else if let Some(result) = ResultUrc::decode(line) {
            black_box(result);
        } else if let Ok(signal) = SignalQuality::decode(line) {
            black_box(signal);
        }
    }
}
