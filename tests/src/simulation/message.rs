//! The messages of a simulation: each is known by its number alone, so that whoever sees one can tell which it is and
//! whether it was altered.

use super::random::Random;

/// What a message is made of, beside its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Make {
    pub(super) topic: u8,
    /// Bytes of payload; a payload that has no room for its number is made longer.
    pub(super) size: u16,
    pub(super) style: u8,
}

impl Make {
    pub(super) fn topic(self) -> &'static str {
        TOPICS[usize::from(self.topic) % TOPICS.len()]
    }

    /// Writes the payload of the message with this number.
    pub(super) fn write(self, number: u32, out: &mut Vec<u8>) {
        out.clear();
        let end = format!("#{number}");
        let size = usize::from(self.size).max(end.len());
        let room = size - end.len();
        let style = STYLES[usize::from(self.style) % STYLES.len()];
        let mut random = Random::new(u64::from(number));
        while out.len() < room {
            let left = room - out.len();
            out.extend(&style[..style.len().min(left)]);
            // Filler of any bytes, but a `#`, which is the number's.
            let filler = usize::try_from(random.within(1..40))
                .unwrap_or(1)
                .min(room - out.len());
            out.extend((0..filler).map(|_| match random.draw().to_le_bytes()[0] {
                b'#' => b'.',
                byte => byte,
            }));
        }
        out.extend(end.as_bytes());
    }
}

/// The number that a payload says that it has.
pub(super) fn number(payload: &[u8]) -> Option<u32> {
    let at = payload.iter().rposition(|&byte| byte == b'#')?;
    std::str::from_utf8(&payload[at + 1..]).ok()?.parse().ok()
}

/// The client is subscribed to `in/#`.
pub(super) const TOPICS: [&str; 5] = [
    "up/0",
    "up/1",
    "up/long/enough/to/be/a/few/words",
    "in/self",
    "in/0",
];

/// The topic that comes back to its sender.
pub(super) const OWN: u8 = 3;

/// Payloads that look like what a modem or a host says.
pub(super) const STYLES: [&[u8]; 14] = [
    b"plain ",
    b"OK",
    b"\r\nOK\r\n",
    b"\r\n+CMQTTPUB: 0,0\r\n",
    b">",
    b"\r\n>",
    b"\r\n+CMQTTRXEND: 0\r\n",
    b"\r\nERROR\r\n",
    b"\r\nAT+EVIL=1\r\n",
    b"\r\n+CMQTTCONNLOST: 0,1\r\n",
    b"\r\nRDY\r\n",
    b"\x00\xff\x1a\x1b",
    b"\r\n+CMQTTRXSTART: 0,4,2\r\n+CMQTTRXTOPIC: 0,4\r\n",
    b"AT\r",
];

/// What stands in no command that a session sends.
pub(super) const EVIL: &[u8] = b"EVIL";
