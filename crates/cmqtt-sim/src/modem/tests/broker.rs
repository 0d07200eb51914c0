//! The modem with a broker in memory, over a serial line with a pace.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::broker::{Message, TopicFilter};
use crate::{Boot, ClientKey, Direction, MemoryNetwork, Modem, Output, Profile, QoS, Wire};

/// A modem at the end of a line, a broker behind it.
struct Bench {
    now: Duration,
    modem: Modem,
    wire: Wire,
    network: MemoryNetwork,
    heard: Vec<u8>,
}

impl Bench {
    fn new(profile: Profile) -> Self {
        Self {
            now: Duration::ZERO,
            modem: Modem::new(profile),
            wire: Wire::new(NonZeroU32::new(115_200), Duration::ZERO),
            network: MemoryNetwork::default(),
            heard: Vec::new(),
        }
    }

    /// Hands over what is there now.
    fn settle(&mut self) -> Option<Duration> {
        loop {
            match self.modem.poll() {
                Output::Transmit(bytes) => self.wire.send(self.now, Direction::ToHost, &bytes),
                Output::Network(client, request) => {
                    self.network
                        .handle_request(self.now, ClientKey(client.into()), request);
                }
                Output::Wait(deadline) => match self.network.poll_event() {
                    Some((ClientKey(client), event)) => {
                        let client = u8::try_from(client).expect("a client index");
                        self.modem.handle_network(self.now, client, event);
                    }
                    None => return deadline,
                },
            }
        }
    }

    /// Goes on to the next thing that happens, if it happens by `end`.
    fn step(&mut self, end: Duration) -> bool {
        let modem = self.settle();
        let next = [
            modem,
            self.network.next_deadline(),
            self.wire.next_arrival(Direction::ToHost),
            self.wire.next_arrival(Direction::ToModem),
        ];
        let Some(at) = next.into_iter().flatten().min().filter(|&at| at <= end) else {
            self.now = end;
            return false;
        };
        self.now = self.now.max(at);
        let typed = self.wire.receive(self.now, Direction::ToModem);
        self.modem.handle_received(self.now, &typed);
        self.network.handle_timeout(self.now);
        self.heard.extend(self.wire.receive(self.now, Direction::ToHost));
        true
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
    }

    /// Sends, and waits until the modem has said so.
    #[track_caller]
    fn say(&mut self, bytes: &[u8], until: &str) {
        self.heard.clear();
        self.wire.send(self.now, Direction::ToModem, bytes);
        let end = self.now + Duration::from_secs(200);
        while !self.heard.ends_with(until.as_bytes()) {
            assert!(
                self.step(end),
                "after `{}` the modem said `{}`",
                bytes.escape_ascii(),
                self.heard.escape_ascii()
            );
        }
    }

    #[track_caller]
    fn connect(&mut self, clean_session: u8) {
        let connect = format!("AT+CMQTTCONNECT=0,\"tcp://broker.example\",60,{clean_session}\r");
        self.say(connect.as_bytes(), "\r\n+CMQTTCONNECT: 0,0\r\n");
    }

    #[track_caller]
    fn start(&mut self) {
        self.say(b"ATE0\r", "\r\nOK\r\n");
        self.say(b"AT+CMQTTSTART\r", "\r\n+CMQTTSTART: 0\r\n");
        self.say(b"AT+CMQTTACCQ=0,\"client test0\"\r", "\r\nOK\r\n");
    }
}

#[test]
fn what_is_published_comes_back() {
    let mut bench = Bench::new(Profile::SIM7028);
    bench.start();
    bench.connect(1);
    bench.say(b"AT+CMQTTSUB=0,9,1\r", "\r\n>");
    bench.say(b"simcommsg", "\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n");
    bench.say(b"AT+CMQTTTOPIC=0,9\r", "\r\n>");
    bench.say(b"simcommsg", "\r\nOK\r\n");
    bench.say(b"AT+CMQTTPAYLOAD=0,8\r", "\r\n>");
    bench.say(b"\r\nOK\r\n>\0", "\r\nOK\r\n");
    bench.say(
        b"AT+CMQTTPUB=0,1,60\r",
        "\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n\r\n+CMQTTRXSTART: 0,9,8\r\n+CMQTTRXTOPIC: 0,9\r\nsimcommsg\r\n\
         +CMQTTRXPAYLOAD: 0,8\r\n\r\nOK\r\n>\0\r\n+CMQTTRXEND: 0\r\n",
    );
    bench.say(b"AT+CMQTTUNSUB=0,9,0\r", "\r\n>");
    bench.say(b"simcommsg", "\r\n+CMQTTUNSUB: 0,0\r\n");
    bench.say(b"AT+CMQTTDISC=0,120\r", "\r\nOK\r\n\r\n+CMQTTDISC: 0,0\r\n");
    bench.say(b"AT+CMQTTREL=0\r", "\r\nOK\r\n");
    bench.say(b"AT+CMQTTSTOP\r", "\r\nOK\r\n\r\n+CMQTTSTOP: 0\r\n");
}

#[test]
fn a_session_that_is_kept_delivers_what_came_meanwhile() {
    let mut bench = Bench::new(Profile::SIM7028);
    bench.start();
    bench.connect(0);
    bench.say(b"AT+CMQTTSUB=0,1,1\r", "\r\n>");
    bench.say(b"#", "\r\n+CMQTTSUB: 0,0\r\n");
    bench
        .network
        .break_connection(bench.now, ClientKey(0), crate::LostCause::Reset);
    bench.pass(Duration::from_secs(1));
    assert!(bench.heard.ends_with(b"\r\n+CMQTTCONNLOST: 0,2\r\n"));
    let now = bench.now;
    bench
        .network
        .with_broker(now, |broker| {
            broker.publish_from_outside(now, Message::new("t", "kept", QoS::AtLeastOnce))
        })
        .expect("a topic name");
    bench.connect(0);
    bench.pass(Duration::from_secs(1));
    assert!(
        bench
            .heard
            .ends_with(b"\r\n+CMQTTRXPAYLOAD: 0,4\r\nkept\r\n+CMQTTRXEND: 0\r\n"),
        "{}",
        bench.heard.escape_ascii()
    );
}

#[test]
fn the_will_of_a_modem_that_loses_its_power_is_published() {
    let mut profile = Profile::SIM7028;
    profile.switches.boot = Boot::Silent;
    let mut bench = Bench::new(profile);
    let everything = TopicFilter::new("#").expect("a topic filter");
    let observer = bench
        .network
        .with_broker(Duration::ZERO, |broker| broker.observe(everything));
    bench.start();
    bench.say(b"AT+CMQTTWILLTOPIC=0,4\r", "\r\n>");
    bench.say(b"will", "\r\nOK\r\n");
    bench.say(b"AT+CMQTTWILLMSG=0,4,1\r", "\r\n>");
    bench.say(b"gone", "\r\nOK\r\n");
    bench.connect(1);
    bench.modem.power_cycle(bench.now);
    bench.pass(Duration::from_secs(10));
    let now = bench.now;
    let observed = bench
        .network
        .with_broker(now, |broker| broker.take_observed(observer));
    assert_eq!(observed.len(), 1, "{observed:?}");
}

/// With a modem that answers at once, the line is the only thing that takes time.
#[test]
fn publishing_keeps_the_line_busy() {
    let mut bench = Bench::new(Profile::SIM7028.at_once());
    bench.start();
    bench.connect(1);
    let begun = bench.now;
    let carried = |wire: &Wire| wire.carried(Direction::ToHost) + wire.carried(Direction::ToModem);
    let before = carried(&bench.wire);
    for _ in 0..20 {
        bench.say(b"AT+CMQTTTOPIC=0,9\r", "\r\n>");
        bench.say(b"simcommsg", "\r\nOK\r\n");
        bench.say(b"AT+CMQTTPAYLOAD=0,1024\r", "\r\n>");
        bench.say(&[b'x'; 1024], "\r\nOK\r\n");
        bench.say(b"AT+CMQTTPUB=0,1,60\r", "\r\n+CMQTTPUB: 0,0\r\n");
    }
    let busy = Duration::from_secs((carried(&bench.wire) - before) * 10).div_f64(115_200.0);
    let share = busy.as_secs_f64() / (bench.now - begun).as_secs_f64();
    assert!(share >= 0.98, "{share}");
}
