//! Any bytes, requests and times into the session.

use core::time::Duration;
use std::sync::LazyLock;

use at_proto::Family;
use at_proto::cmqtt::{QoS, Topic, TopicFilter};
use at_proto::network::{Apn, Pin};
use at_proto::tls::FileName;
use cmqtt_core::{
    Config, Event, Healing, Instant, Network, OnUnknown, Output, Overflow, Plan, RequestError, RequestId,
    Session, Storage, TlsConfig, Will,
};

use super::script::Script;
use crate::plans::{connection, filters, plan, publication};

/// The input is a list of what caller and modem do: an operation a byte, its arguments in the bytes behind it. Afterwards
/// the client that is kept is let go, and time goes on until the session waits for nothing.
pub fn session(input: &[u8]) {
    let [information, script @ ..] = input else {
        return;
    };
    let mut world = World::new(usize::from(*information) * 4);
    let mut script = Script::new(script);
    while let Some(operation) = script.byte() {
        world.operate(operation, &mut script);
    }
    world.session.let_go();
    world.wait_for_everything();
}

/// A session, and what a caller knows of it.
struct World {
    session: Session<Box<[u8]>>,
    now: Instant,
    /// The request that has not ended.
    outstanding: Option<RequestId>,
    /// The messages that have not ended.
    delivering: Vec<RequestId>,
    /// The last command line.
    sent: Vec<u8>,
    /// What the session may do is bounded by what was done to it.
    received: usize,
    operations: usize,
    outputs: usize,
}

impl World {
    fn new(information: usize) -> Self {
        let memory = |len| vec![0; len].into_boxed_slice();
        let storage = Storage::new(memory(192), memory(64), memory(1200), memory(information));
        Self {
            session: Session::new(
                Config::SIM7028,
                storage.expect("enough memory"),
                memory(128),
                memory(256),
            ),
            now: Instant::ZERO,
            outstanding: None,
            delivering: Vec::new(),
            sent: Vec::new(),
            received: 0,
            operations: 0,
            outputs: 0,
        }
    }

    fn operate(&mut self, operation: u8, script: &mut Script<'_>) {
        self.operations += 1;
        match operation {
            0..16 => {
                let request = self.request(operation, script.byte().unwrap_or_default());
                self.requested(request);
            }
            16..24 => self.pass(Duration::from_millis(
                u64::from(script.byte().unwrap_or_default()) * 40,
            )),
            24..28 => self.pass(Duration::from_secs(u64::from(script.byte().unwrap_or_default()))),
            28 => self.session.handle_reset(self.now),
            87 => self.keep(script.byte().unwrap_or_default()),
            88..92 => self.deliver(script.byte().unwrap_or_default()),
            92 => self.session.let_go(),
            29..128 => self.hear_canned(operation, script),
            _ => {
                let bytes = script.bytes(usize::from(operation - 127));
                self.hear(bytes);
            }
        }
        self.poll();
    }

    fn request(&mut self, operation: u8, argument: u8) -> Result<RequestId, RequestError> {
        let session = &mut self.session;
        match operation {
            0..3 => session.identify(None),
            3 => session.identify(Family::ALL.get(usize::from(argument) % 8).copied()),
            4..7 => session.wait_for_network(&Network {
                apn: (argument & 1 != 0).then(|| Apn::new("iot.example").expect("a name")),
                pin: (argument & 2 != 0).then(|| Pin::new("1234").expect("digits")),
                registration: (argument & 4 != 0).then_some(Duration::from_secs(10)),
            }),
            7..12 => session.bring_up(&wanted(argument)),
            12 => session.take_down(argument & 1),
            13 => {
                let publication = publication("a", b"payload", QoS::AtLeastOnce);
                session.client()?.publish(&publication)
            }
            14 => {
                let name = FileName::new("ca.pem").expect("a name");
                session.client()?.provide_file(name, b"PEM")
            }
            _ => session.client()?.learn_limits(),
        }
    }

    fn requested(&mut self, request: Result<RequestId, RequestError>) {
        match request {
            Ok(id) => {
                assert_eq!(self.outstanding, None, "two requests at a time");
                self.outstanding = Some(id);
            }
            Err(RequestError::Busy) => assert!(!self.session.is_idle(), "busy with nothing"),
            Err(_) => {}
        }
    }

    fn keep(&mut self, argument: u8) {
        let healing = Healing {
            overflow: match argument & 3 {
                0 => Overflow::DropOldest,
                1 => Overflow::DropNewest,
                _ => Overflow::Refuse,
            },
            power_key: (argument & 4 != 0).then_some(Duration::from_secs(5)),
            patience: (argument & 8 != 0).then_some(Duration::from_secs(60)),
            ..Healing::new(u64::from(argument))
        };
        let network = Network::default();
        if self.session.keep(&wanted(argument & 0xf1), &network, &healing) == Err(RequestError::Busy) {
            assert!(!self.session.is_idle(), "busy with nothing");
        }
    }

    fn deliver(&mut self, argument: u8) {
        let qos = QoS::try_from(argument & 3).unwrap_or(QoS::AtLeastOnce);
        let on_unknown = match argument & 4 {
            0 => OnUnknown::ByQos,
            _ => OnUnknown::SendAgain,
        };
        let payload = [b'x'; 64];
        let payload = &payload[..usize::from(argument >> 3) * 2 + 1];
        if let Ok(id) = self.session.deliver(&publication("a", payload, qos), on_unknown) {
            assert!(!self.delivering.contains(&id), "a name given twice");
            self.delivering.push(id);
        }
    }

    /// A message has ended. `false`: it is none.
    fn ended(&mut self, id: RequestId) -> bool {
        let at = self.delivering.iter().position(|&message| message == id);
        at.map(|at| self.delivering.remove(at)).is_some()
    }

    /// What a modem would say now, so that luck need not find it.
    fn hear_canned(&mut self, operation: u8, script: &mut Script<'_>) {
        let sent = String::from_utf8_lossy(&self.sent).into_owned();
        let command = sent.trim_start_matches("AT").trim_end();
        let name = command.split(['=', '?']).next().unwrap_or_default();
        let text = match operation {
            29..40 => String::from("\r\nOK\r\n"),
            40..48 => format!("{}\r\nOK\r\n", answer(command)),
            48..56 => format!("\r\nOK\r\n{}", result(name, 0)),
            56..60 => format!("{}\r\nOK\r\n", result(name, 0)),
            60..64 => String::from("\r\nERROR\r\n"),
            64..70 => format!("{}\r\nERROR\r\n", result(name, script.byte().unwrap_or_default())),
            70..76 => String::from("\r\n>"),
            76 => String::from("\r\n+CME ERROR: SIM not inserted\r\n"),
            77 => format!("\r\n+CME ERROR: {}\r\n", script.byte().unwrap_or_default()),
            78 => String::from("\r\nRDY\r\n"),
            79 => String::from("\r\n*ATREADY: 1\r\n"),
            80 => String::from("\r\n+CMQTTCONNLOST: 0,1\r\n"),
            81 => format!("\r\n+CEREG: {}\r\n", script.byte().unwrap_or_default() % 6),
            82 => String::from("\r\n+CMQTTCONNECT: 0,0\r\n"),
            83 => String::from("\r\n+CMQTTDISC: 0,0\r\n"),
            84 => String::from("\r\n+CPIN: SIM PIN\r\n"),
            85 => format!("\r\n{command}\r\n"),
            86 => String::from("+CMQTTRXSTART: 0,3,4\r\n+CMQTTRXTOPIC: 0,3\r\na/b\r\n"),
            _ => format!("{}\r\nOK\r\n", answer(command)),
        };
        self.hear(text.as_bytes());
    }

    fn hear(&mut self, mut bytes: &[u8]) {
        self.received += bytes.len();
        while !bytes.is_empty() {
            let taken = self.session.handle_received(self.now, bytes);
            assert!(taken > 0, "no room, although all that came was polled");
            bytes = &bytes[taken..];
            self.poll();
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        self.session.handle_timeout(self.now);
    }

    /// Does what the session wants until it waits. Returns until when.
    fn poll(&mut self) -> Option<Instant> {
        loop {
            self.outputs += 1;
            // What makes up for data of the longest kind goes out in small pieces, and again with each doubt.
            let allowed = 64 + 600 * self.operations + 16 * self.received;
            assert!(self.outputs <= allowed, "more outputs than what came in allows");
            match self.session.poll() {
                Output::Transmit(bytes) => {
                    assert!(!bytes.is_empty());
                    if bytes.starts_with(b"AT") {
                        self.sent = bytes.to_vec();
                    }
                    let len = bytes.len();
                    self.session.handle_transmitted(self.now, len);
                }
                Output::Event(Event::Delivered { id, .. }) => assert!(self.ended(id), "an end of nothing"),
                Output::Event(Event::Done { id, .. } | Event::Failed { id, .. }) => {
                    if !self.ended(id) {
                        assert_eq!(self.outstanding, Some(id), "an end of nothing");
                        self.outstanding = None;
                    }
                }
                Output::Event(_) => {}
                Output::Wait(deadline) => {
                    assert!(self.outstanding.is_none() || !self.session.is_idle());
                    let at = deadline.map(|deadline| deadline.at);
                    assert!(at.is_none_or(|at| at > self.now), "waits for what is over");
                    let works = !self.session.is_idle() || self.session.is_keeping();
                    assert!(!works || at.is_some(), "waits for ever");
                    return at;
                }
            }
        }
    }

    /// Nothing comes any more, and time goes on: whatever was begun ends.
    fn wait_for_everything(&mut self) {
        for _ in 0..400 {
            self.operations += 1;
            let Some(at) = self.poll() else {
                assert_eq!(self.outstanding, None, "a request that never ends");
                assert!(self.delivering.is_empty(), "a message that never ends");
                assert!(self.session.is_idle(), "busy with nothing");
                return;
            };
            self.now = at;
            self.session.handle_timeout(at);
        }
        panic!("deadlines without end");
    }
}

/// One plan or another.
fn wanted(argument: u8) -> Plan<'static> {
    // A fuzzer makes millions of plans: each leaves the same filters behind.
    static FILTERS: LazyLock<&[(TopicFilter<'_>, QoS)]> = LazyLock::new(|| filters(&["a", "b"]));
    let count = usize::from(argument >> 4 & 3).min(FILTERS.len());
    Plan {
        connection: cmqtt_core::Connection {
            client: argument & 1,
            ..connection()
        },
        tls: (argument & 2 != 0).then(|| TlsConfig::unverified(argument >> 6 & 1)),
        will: (argument & 4 != 0).then(|| Will {
            topic: Topic::new("gone").expect("a topic"),
            message: b"x",
            qos: QoS::AtMostOnce,
        }),
        version: (argument & 8 != 0).then_some(at_proto::MqttVersion::V3_1_1),
        ..plan(&FILTERS[..count])
    }
}

/// The information lines of a modem that holds and has just what is wanted.
fn answer(command: &str) -> &'static str {
    match command {
        "+CGMM" => "\r\nA7670E\r\n",
        "+CSQ" => "\r\n+CSQ: 20,0\r\n",
        "+CPIN?" => "\r\n+CPIN: READY\r\n",
        "+CEREG?" => "\r\n+CEREG: 0,1\r\n",
        "+CGREG?" => "\r\n+CGREG: 0,2\r\n",
        "+CGATT?" => "\r\n+CGATT: 1\r\n",
        "+CGPADDR=1" => "\r\n+CGPADDR: 1,\"10.0.0.1\"\r\n",
        "+CMQTTACCQ?" => "\r\n+CMQTTACCQ: 0,\"client test0\",0\r\n",
        "+CMQTTDISC?" => "\r\n+CMQTTDISC: 0,0\r\n+CMQTTDISC: 1,1\r\n",
        "+CMQTTCONNECT?" => "\r\n+CMQTTCONNECT: 0,\"tcp://test.mosquitto.org:1883\",60,1\r\n",
        "+CMQTTSSLCFG?" => "\r\n+CMQTTSSLCFG: 0,0\r\n",
        "+CSSLCFG?" => "\r\n+CSSLCFG: 0,4,0,1,300,\"\",\"\",\"\"\r\n",
        "+CCERTLIST" => "\r\n+CCERTLIST: \"ca.pem\"\r\n",
        _ => "",
    }
}

/// A result URC, with a client index where there is one.
fn result(name: &str, code: u8) -> String {
    match name {
        "+CMQTTSTART" | "+CMQTTSTOP" => format!("\r\n{name}: {code}\r\n"),
        _ => format!("\r\n{name}: 0,{code}\r\n"),
    }
}
