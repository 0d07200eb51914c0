//! Conversations as text, one step a line:
//!
//! | mark | step |
//! |---|---|
//! | `> AT+CSQ` | the host sends the line and a CR |
//! | `>> abc\n` | the host sends these bytes, escapes undone |
//! | `< OK` | the modem says `\r\nOK\r\n` |
//! | `<< \r\n>` | the modem says these bytes, escapes undone |
//! | `~ published` | the network tells client 0 something |
//! | `? Disconnect` | the modem asks this of the network for client 0 |
//! | `! switch=value` | a switch is set |
//! | `+ 60` | so many seconds pass |
//!
//! What the modem says and asks after a step has to stand there whole. Two seconds pass after each step, so that
//! delays are over and timeouts are not.

use std::collections::VecDeque;
use std::time::Duration;

use crate::{
    ConnectError, HandshakeError, LostCause, Modem, NetworkEvent, NetworkRequest, Output, Profile, TlsFile,
};

/// A modem with echo off, and what it did since the last step.
pub(super) struct Desk {
    pub(super) modem: Modem,
    pub(super) now: Duration,
    pub(super) heard: Vec<u8>,
    pub(super) asked: VecDeque<(u8, NetworkRequest)>,
    /// The network grants everything at once.
    pub(super) answering: bool,
}

/// Plays a conversation with a modem that was told `ATE0`.
#[track_caller]
pub(super) fn check(profile: Profile, script: &str) -> Desk {
    let mut desk = Desk::new(profile);
    desk.send(b"ATE0\r");
    desk.heard.clear();
    desk.play(script);
    desk
}

/// The same with a client that is connected.
#[track_caller]
pub(super) fn check_connected(profile: Profile, script: &str) -> Desk {
    let mut desk = connected(profile);
    desk.play(script);
    desk
}

/// A modem with a connected client 0.
pub(super) fn connected(profile: Profile) -> Desk {
    let mut desk = Desk::new(profile);
    desk.answering = true;
    for line in [
        "ATE0\r",
        "AT+CMQTTSTART\r",
        "AT+CMQTTACCQ=0,\"id\"\r",
        "AT+CMQTTCONNECT=0,\"tcp://broker.example\",60,1\r",
    ] {
        desk.send(line.as_bytes());
    }
    assert!(desk.heard.ends_with(b"+CMQTTCONNECT: 0,0\r\n") || desk.heard.ends_with(b"OK\r\n"));
    desk.heard.clear();
    desk.asked.clear();
    desk.answering = false;
    desk
}

impl Desk {
    pub(super) fn new(profile: Profile) -> Self {
        Self::with(Modem::new(profile))
    }

    pub(super) fn with(modem: Modem) -> Self {
        Self {
            modem,
            now: Duration::ZERO,
            heard: Vec::new(),
            asked: VecDeque::new(),
            answering: false,
        }
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        self.modem.handle_received(self.now, bytes);
        self.pass(SETTLED);
    }

    pub(super) fn tell(&mut self, client: u8, event: NetworkEvent) {
        self.modem.handle_network(self.now, client, event);
        self.pass(SETTLED);
    }

    /// Lets time pass, deadline by deadline.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            match self.modem.poll() {
                Output::Transmit(bytes) => self.heard.extend(bytes),
                Output::Network(client, request) => {
                    let answer = self.answering.then(|| grant(&request)).flatten();
                    self.asked.push_back((client, request));
                    if let Some(event) = answer {
                        self.modem.handle_network(self.now, client, event);
                    }
                }
                Output::Wait(Some(deadline)) if deadline <= end => {
                    assert!(deadline >= self.now || deadline <= end);
                    self.now = self.now.max(deadline);
                    self.modem.handle_timeout(deadline);
                }
                Output::Wait(_) => break,
            }
        }
        self.now = end;
    }

    #[track_caller]
    pub(super) fn play(&mut self, script: &str) {
        let mut step = "the beginning";
        for line in script
            .lines()
            .map(str::trim_start)
            .filter(|line| !line.is_empty())
        {
            let (mark, text) = line.split_once(' ').unwrap_or((line, ""));
            match mark {
                "<" => self.hear(step, &[b"\r\n", text.as_bytes(), b"\r\n"].concat()),
                "<<" => self.hear(step, &unescape(text)),
                "?" => {
                    let asked = self.asked.pop_front().map(|(_, request)| format!("{request:?}"));
                    assert!(
                        asked.as_deref().is_some_and(|asked| asked.starts_with(text)),
                        "after `{step}` the modem asked {asked:?}, not `{text}`"
                    );
                }
                _ => {
                    self.quiet(step);
                    step = line;
                    self.act(mark, text);
                }
            }
        }
        self.quiet(step);
    }

    #[track_caller]
    fn act(&mut self, mark: &str, text: &str) {
        match mark {
            ">" => self.send(&[text.as_bytes(), b"\r"].concat()),
            ">>" => self.send(&unescape(text)),
            "~" => self.tell(0, event(text)),
            "!" => self.modem.switches_mut().set(text).expect("a switch"),
            "+" => self.pass(Duration::from_secs(text.parse().expect("seconds"))),
            _ => panic!("no such mark: {mark}"),
        }
    }

    #[track_caller]
    fn hear(&mut self, step: &str, expected: &[u8]) {
        let len = expected.len().min(self.heard.len());
        assert_eq!(
            self.heard[..len].escape_ascii().to_string(),
            expected.escape_ascii().to_string(),
            "after `{step}`, before `{}`",
            self.heard[len..].escape_ascii()
        );
        self.heard.drain(..len);
    }

    #[track_caller]
    fn quiet(&mut self, step: &str) {
        assert!(
            self.heard.is_empty(),
            "after `{step}` the modem went on: {}",
            self.heard.escape_ascii()
        );
        assert!(
            self.asked.is_empty(),
            "after `{step}` the modem asked {:?}",
            self.asked
        );
    }
}

fn grant(request: &NetworkRequest) -> Option<NetworkEvent> {
    Some(match request {
        NetworkRequest::Connect(_) => NetworkEvent::Connected,
        NetworkRequest::Publish { .. } => NetworkEvent::Published,
        NetworkRequest::Subscribe { .. } => NetworkEvent::Subscribed { granted: true },
        NetworkRequest::Unsubscribe { .. } => NetworkEvent::Unsubscribed,
        NetworkRequest::Disconnect => NetworkEvent::Disconnected,
        NetworkRequest::Abort => return None,
    })
}

#[track_caller]
fn event(text: &str) -> NetworkEvent {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match word {
        "connected" => NetworkEvent::Connected,
        "dns" => NetworkEvent::ConnectFailed(ConnectError::Dns),
        "unreachable" => NetworkEvent::ConnectFailed(ConnectError::Unreachable),
        "closed" => NetworkEvent::ConnectFailed(ConnectError::Closed),
        "timed-out" => NetworkEvent::ConnectFailed(ConnectError::TimedOut),
        "refused" => NetworkEvent::ConnectFailed(ConnectError::Refused(rest.parse().expect("a number"))),
        "handshake" => NetworkEvent::ConnectFailed(ConnectError::Handshake(HandshakeError::Issuer)),
        "unusable-file" => NetworkEvent::ConnectFailed(ConnectError::UnusableFile(TlsFile::Key)),
        "protocol" => NetworkEvent::ConnectFailed(ConnectError::Protocol),
        "published" => NetworkEvent::Published,
        "granted" => NetworkEvent::Subscribed { granted: true },
        "not-granted" => NetworkEvent::Subscribed { granted: false },
        "unsubscribed" => NetworkEvent::Unsubscribed,
        "disconnected" => NetworkEvent::Disconnected,
        "message" => {
            let (topic, payload) = rest.split_once(' ').unwrap_or((rest, ""));
            NetworkEvent::Message {
                topic: unescape(topic),
                payload: unescape(payload),
            }
        }
        "lost" => NetworkEvent::Lost(match rest {
            "1" => LostCause::ClosedByPeer,
            "2" => LostCause::Reset,
            _ => LostCause::NetworkClosed,
        }),
        _ => panic!("no such event: {text}"),
    }
}

/// Undoes `\r`, `\n`, `\0`, `\\` and `\xNN`.
pub(super) fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next() {
                Some(b'r') => b'\r',
                Some(b'n') => b'\n',
                Some(b'0') => 0,
                Some(b'x') => {
                    let digits = [rest.next(), rest.next()].map(|digit| digit.unwrap_or(b'?'));
                    let digits = std::str::from_utf8(&digits).expect("hexadecimal digits");
                    u8::from_str_radix(digits, 16).expect("hexadecimal digits")
                }
                other => other.unwrap_or(b'\\'),
            },
            byte => byte,
        });
    }
    bytes
}

/// Longer than any delay, shorter than any timeout.
const SETTLED: Duration = Duration::from_secs(2);
