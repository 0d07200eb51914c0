//! Any bytes, requests and times into the client.

use core::time::Duration;

use at_proto::WaitingFor;
use at_proto::cmqtt::{ClientId, Configure, KeepAlive, QoS, ServerAddress, Setting, Topic, TopicFilter};
use at_proto::network::Signal;
use cmqtt_core::{
    Client, Config, Connection, Event, Instant, Output, Phase, Publication, RequestError, RequestId, Storage,
    Transport,
};

use super::script::Script;

/// The input is a list of what the caller does: an operation a byte, its arguments in the bytes behind it. Afterwards
/// time goes on until the client waits for nothing.
pub fn client(input: &[u8]) {
    let [config, message, script @ ..] = input else {
        return;
    };
    let mut world = World::new(*config, usize::from(*message));
    let mut script = Script::new(script);
    while let Some(operation) = script.byte() {
        world.operate(operation, &mut script);
    }
    world.wait_for_everything();
}

/// A client, and what a caller knows of it.
struct World {
    client: Client<Box<[u8]>>,
    now: Instant,
    /// The request that has not ended.
    outstanding: Option<RequestId>,
    /// The message that comes in pieces: its bytes in all, and those that came.
    pieces: Option<(u32, u32)>,
    /// The bytes of the last command line.
    sent: Vec<u8>,
    /// What the client may do is bounded by what was done to it.
    received: usize,
    operations: usize,
    outputs: usize,
}

impl World {
    fn new(config: u8, message: usize) -> Self {
        let memory = |len| vec![0; len].into_boxed_slice();
        let storage =
            Storage::new(memory(128), memory(message), memory(1200), memory(64)).expect("enough memory");
        let mut config = match config % 3 {
            0 => Config::SIM7028,
            1 => Config::A76XX,
            _ => Config::SIM7600,
        };
        config.quirks.empty_payload = message.is_multiple_of(2);
        Self {
            client: Client::new(config, storage),
            now: Instant::ZERO,
            outstanding: None,
            pieces: None,
            sent: Vec::new(),
            received: 0,
            operations: 0,
            outputs: 0,
        }
    }

    fn operate(&mut self, operation: u8, script: &mut Script<'_>) {
        self.operations += 1;
        match operation {
            0..24 => {
                let request = self.request(operation, script);
                self.requested(request);
            }
            24..32 => self.pass(Duration::from_millis(
                u64::from(script.byte().unwrap_or_default()) * 40,
            )),
            32..36 => self.pass(Duration::from_secs(u64::from(script.byte().unwrap_or_default()))),
            36 => self.client.handle_reset(self.now),
            37..64 => self.hear_canned(operation, script),
            _ => {
                let bytes = script.bytes(usize::from(operation - 63));
                self.hear(bytes);
            }
        }
        self.poll();
    }

    fn request(&mut self, operation: u8, script: &mut Script<'_>) -> Result<RequestId, RequestError> {
        let argument = script.byte().unwrap_or_default();
        let client = argument & 1;
        let qos = QoS::try_from(argument % 3).expect("0, 1 or 2");
        let topic = Topic::new("simcommsg").expect("a topic");
        let filter = TopicFilter::new("a/+/#").expect("a filter");
        let server = ServerAddress::new("tcp://test.mosquitto.org:1883").expect("an address");
        let id = ClientId::new("client test0").expect("an identifier");
        let transport = if argument & 2 == 0 {
            Transport::Tcp
        } else {
            Transport::Tls
        };
        let keep_alive = KeepAlive::new(u32::from(argument) + 1).expect("in range");
        let machine = &mut self.client;
        match operation {
            0 => machine.start(),
            1 => machine.stop(),
            2 => machine.acquire(client, id, transport),
            3 => machine.release(client),
            4 => machine.configure(&Configure {
                client,
                setting: Setting::OperationTimeout(u32::from(argument)),
            }),
            5 => machine.use_ssl_context(client, argument),
            6 => machine.set_will(client, topic, b"\r\nOK\r\n", qos),
            7..10 => machine.connect(&Connection {
                client,
                server,
                keep_alive,
                clean_session: true,
                login: None,
            }),
            10 => machine.disconnect(client, u32::from(argument)),
            11 => machine.connection_state(client),
            12..17 => machine.publish(&Publication {
                client,
                topic,
                payload: script.bytes(usize::from(argument)),
                qos,
                retain: true,
                timeout: 60,
            }),
            17..20 => machine.subscribe(client, filter, qos),
            20 => machine.unsubscribe(client, filter),
            21 => machine.learn_limits(),
            _ => machine.command(&Signal),
        }
    }

    fn requested(&mut self, request: Result<RequestId, RequestError>) {
        match request {
            Ok(id) => {
                assert_eq!(self.outstanding, None, "two requests at a time");
                self.outstanding = Some(id);
            }
            Err(RequestError::Busy) => assert!(self.outstanding.is_some(), "busy with nothing"),
            Err(_) => {}
        }
    }

    /// What a modem would say now, so that luck need not find it.
    fn hear_canned(&mut self, operation: u8, script: &mut Script<'_>) {
        let argument = script.byte().unwrap_or_default();
        let command = match self.client.phase() {
            Phase::Busy { command, .. } => command,
            Phase::Idle => "+CMQTTPUB",
        };
        let text = match operation {
            37..42 => String::from("\r\nOK\r\n"),
            42 => String::from("\r\nERROR\r\n"),
            43..46 => String::from("\r\n>"),
            46..49 => format!("\r\n{command}: 0,0\r\n"),
            49 => format!("\r\n{command}: 0,{argument}\r\n"),
            50 => format!("\r\n{command}: {argument}\r\n"),
            51 => format!("\r\n{command}: (0-0),(1-{argument})\r\n"),
            52 => String::from("+CMQTTRXSTART: 0,3,4\r\n+CMQTTRXTOPIC: 0,3\r\na/b\r\n"),
            53 => format!("+CMQTTRXSTART: 0,3,{argument}\r\n"),
            54 => format!("+CMQTTRXPAYLOAD: 0,{argument}\r\n"),
            55 => String::from("+CMQTTRXPAYLOAD: 0,4\r\n\r\nOK\r\n+CMQTTRXEND: 0\r\n"),
            56 => String::from("\r\n+CMQTTCONNLOST: 0,1\r\n"),
            57 => String::from("\r\nRDY\r\n"),
            58 => format!("\r\n+CMQTTDISC: 0,{}\r\n", argument % 2),
            _ => String::from_utf8_lossy(&self.sent).into_owned(),
        };
        self.hear(text.as_bytes());
    }

    fn hear(&mut self, mut bytes: &[u8]) {
        self.received += bytes.len();
        while !bytes.is_empty() {
            let taken = self.client.handle_received(self.now, bytes);
            assert!(taken > 0, "no room, although all that came was polled");
            bytes = &bytes[taken..];
            self.poll();
        }
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
        self.client.handle_timeout(self.now);
    }

    /// Does what the client wants until it waits. Returns until when.
    fn poll(&mut self) -> Option<Instant> {
        loop {
            self.outputs += 1;
            let allowed = 64 + 64 * self.operations + 8 * self.received;
            assert!(self.outputs <= allowed, "more outputs than what came in allows");
            match self.client.poll() {
                Output::Transmit(bytes) => {
                    assert!(!bytes.is_empty());
                    // The port takes some of them.
                    let len = bytes.len().div_ceil(2);
                    if bytes.starts_with(b"AT") {
                        self.sent = bytes.to_vec();
                    }
                    self.client.handle_transmitted(self.now, len);
                }
                Output::Event(event) => {
                    let ended = match event {
                        Event::Done { id, .. } | Event::Failed { id, .. } => Some(id),
                        _ => None,
                    };
                    message(&mut self.pieces, &event);
                    if ended.is_some() {
                        assert_eq!(self.outstanding, ended, "an end of nothing");
                        self.outstanding = None;
                    }
                }
                Output::Wait(deadline) => {
                    self.check_phase();
                    let at = deadline.map(|deadline| deadline.at);
                    assert!(at.is_none_or(|at| at > self.now), "waits for what is over");
                    return at;
                }
            }
        }
    }

    fn check_phase(&self) {
        match (self.client.phase(), self.outstanding) {
            (Phase::Idle, None) => {}
            (Phase::Busy { id, waiting, .. }, Some(outstanding)) => {
                assert_eq!(id, outstanding);
                assert_ne!(waiting, WaitingFor::Data, "the data are not sent");
            }
            other => panic!("the phase and the events disagree: {other:?}"),
        }
    }

    /// Nothing comes any more, and time goes on: whatever was begun ends.
    fn wait_for_everything(&mut self) {
        for _ in 0..200 {
            self.operations += 1;
            let Some(at) = self.poll() else {
                assert_eq!(self.outstanding, None, "a request that never ends");
                assert_eq!(self.pieces, None, "a message that never ends");
                return;
            };
            self.now = at;
            self.client.handle_timeout(at);
        }
        panic!("deadlines without end");
    }
}

/// A message in pieces is as long as it said, or broken.
fn message(pieces: &mut Option<(u32, u32)>, event: &Event<'_>) {
    match *event {
        Event::MessageStart {
            topic_len,
            payload_len,
            ..
        } => {
            assert_eq!(*pieces, None, "a message in a message");
            *pieces = Some((topic_len.saturating_add(payload_len), 0));
        }
        Event::MessagePiece { data, .. } => {
            let (_, received) = pieces.as_mut().expect("a piece of a message");
            *received += u32::try_from(data.len()).expect("few bytes");
        }
        Event::MessageEnd { .. } => {
            let (announced, received) = pieces.take().expect("the end of a message");
            assert_eq!(announced, received);
        }
        Event::MessageBroken { .. } => *pieces = None,
        Event::Message { .. } => assert_eq!(*pieces, None, "a message in a message"),
        _ => {}
    }
}
