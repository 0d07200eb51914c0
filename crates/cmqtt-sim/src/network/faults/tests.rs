//! Each fault behind the modem as the host hears it, with a broker in memory.

use super::*;
use crate::broker::{Broker, ObserverId, TopicFilter};
use crate::{BootLines, ClientKey, MemoryNetwork, Modem, Output, Profile};

/// A modem with a connected client, and its network.
struct World {
    now: Duration,
    modem: Modem,
    between: NetworkFaults,
    network: MemoryNetwork,
    observer: ObserverId,
    heard: Vec<u8>,
}

impl World {
    fn new(profile: Profile, plan: &str) -> Self {
        let mut broker = Broker::default();
        let observer = broker.observe(TopicFilter::new("#").expect("a filter"));
        let mut world = Self {
            now: Duration::ZERO,
            modem: Modem::new(profile.at_once()),
            between: NetworkFaults::new(&plan.parse().expect("a plan")),
            network: MemoryNetwork::new(broker),
            observer,
            heard: Vec::new(),
        };
        world.ask("ATE0");
        world.ask("AT+CMQTTSTART");
        world.ask("AT+CMQTTACCQ=0,\"id\"");
        assert!(world.connect().ends_with("+CMQTTCONNECT: 0,0"));
        world
    }

    /// Everything that happens up to a time.
    fn pass_until(&mut self, end: Duration) {
        loop {
            self.modem.handle_timeout(self.now);
            self.network.handle_timeout(self.now);
            self.between.handle_timeout(self.now, &mut self.modem);
            let modem = self.settle();
            let next = [modem, self.network.next_deadline(), self.between.next_deadline()];
            match next.into_iter().flatten().min() {
                Some(next) if next <= end => self.now = self.now.max(next),
                _ => break,
            }
        }
        self.now = end;
    }

    fn settle(&mut self) -> Option<Duration> {
        loop {
            if let Some(crossing) = self.between.poll() {
                match crossing {
                    Crossing::ToModem(client, event) => self.modem.handle_network(self.now, client, event),
                    Crossing::ToNetwork(client, request) => {
                        self.network
                            .handle_request(self.now, ClientKey(client.into()), request);
                    }
                }
                continue;
            }
            if let Some((ClientKey(client), event)) = self.network.poll_event() {
                self.between.handle_event(self.now, client as u8, event);
                continue;
            }
            match self.modem.poll() {
                Output::Transmit(bytes) => self.heard.extend(bytes),
                Output::Network(client, request) => self.between.handle_request(self.now, client, request),
                Output::Wait(deadline) => return deadline,
            }
        }
    }

    /// The lines that the modem says within a second.
    fn ask(&mut self, line: &str) -> String {
        self.send(&format!("{line}\r"))
    }

    fn send(&mut self, bytes: &str) -> String {
        self.modem.handle_received(self.now, bytes.as_bytes());
        self.lines_until(self.now + Duration::from_secs(1))
    }

    fn lines_until(&mut self, end: Duration) -> String {
        self.pass_until(end);
        let heard = String::from_utf8(std::mem::take(&mut self.heard)).expect("text");
        let lines: Vec<_> = heard.split("\r\n").filter(|line| !line.is_empty()).collect();
        lines.join(" ")
    }

    fn connect(&mut self) -> String {
        self.ask("AT+CMQTTCONNECT=0,\"tcp://broker.example\",60,1")
    }

    fn publish(&mut self, payload: char) -> String {
        self.ask("AT+CMQTTTOPIC=0,1");
        self.send("t");
        self.ask("AT+CMQTTPAYLOAD=0,1");
        self.send(&payload.to_string());
        self.ask("AT+CMQTTPUB=0,1,60")
    }

    /// What the broker got.
    fn published(&mut self) -> String {
        let observer = self.observer;
        let seen = self
            .network
            .with_broker(self.now, |broker| broker.take_observed(observer));
        seen.iter()
            .map(|seen| String::from_utf8_lossy(&seen.message.payload).into_owned())
            .collect()
    }

    fn happened(&mut self) -> String {
        let all: Vec<_> = std::iter::from_fn(|| self.between.poll_happened())
            .map(|one| one.to_string())
            .collect();
        all.join(", ")
    }
}

const fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn without_faults_everything_passes() {
    let mut world = World::new(Profile::SIM7028, "");
    assert_eq!(world.publish('a'), "OK +CMQTTPUB: 0,0");
    assert_eq!(world.published(), "a");
    assert_eq!(world.between.next_deadline(), None);
}

#[test]
fn the_network_is_lost_for_hours_and_comes_back() {
    let mut world = World::new(Profile::A76XX, "10s no-network 7200s\n20s no-network 100s");
    world.ask("AT+CEREG=1");
    assert_eq!(
        world.lines_until(at(12)),
        "+CEREG: 2 +CMQTTCONNLOST: 0,3 +CMQTTNONET"
    );
    assert_eq!(world.connect(), "+CMQTTCONNECT: 0,3 ERROR");
    assert_eq!(world.ask("AT+CGATT?"), "+CGATT: 0 OK");
    // Also a modem that restarts meanwhile, and one that boots when it comes back.
    world.modem.power_cycle(world.now);
    world.lines_until(at(130));
    assert_eq!(world.ask("ATE0;+CEREG?"), "ATE0;+CEREG?\r +CEREG: 0,2 OK");
    world.modem.switches_mut().set("boot-delay=5s").expect("a switch");
    world.lines_until(at(7208));
    world.modem.power_cycle(world.now);
    world.lines_until(at(7230));
    assert_eq!(world.ask("ATE0;+CEREG?"), "ATE0;+CEREG?\r +CEREG: 0,1 OK");
    world.ask("AT+CMQTTSTART");
    world.ask("AT+CMQTTACCQ=0,\"id\"");
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,0");
    assert_eq!(world.happened(), "10s no-network 7200s, 20s no-network 100s");
}

#[test]
fn the_registration_comes_back_as_it_was() {
    let mut world = World::new(Profile::SIM7028, "10s no-network 5s");
    world.modem.set_registration(world.now, Registration::Roaming);
    world.lines_until(at(11));
    assert_eq!(world.ask("AT+CEREG?"), "+CEREG: 0,2 OK");
    world.lines_until(at(16));
    assert_eq!(world.ask("AT+CEREG?"), "+CEREG: 0,5 OK");
}

#[test]
fn the_packet_data_context_ends_and_comes_back() {
    let mut world = World::new(Profile::SIM7028, "10s no-context 60s");
    assert_eq!(world.lines_until(at(11)), "+CGEV: EPS PDN DEACT 1");
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,3");
    world.lines_until(at(71));
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,0");
}

#[test]
fn the_broker_is_away_or_refuses_for_a_while() {
    let mut world = World::new(
        Profile::SIM7028,
        "10s broker-away 60s\n100s kick reset\n101s refuse 5 10s",
    );
    assert_eq!(world.lines_until(at(11)), "+CMQTTCONNLOST: 0,1");
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,3");
    world.lines_until(at(71));
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,0");
    assert!(world.network.broker().is_connected(b"id"));
    assert_eq!(world.lines_until(at(102)), "+CMQTTCONNLOST: 0,2");
    assert!(!world.network.broker().is_connected(b"id"));
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,31");
    world.lines_until(at(112));
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,0");
}

#[test]
fn every_return_code_of_connack_has_its_result() {
    for (code, result) in (1..=5).zip(27..) {
        let plan = format!("10s kick closed\n10s refuse {code} 60s");
        let mut world = World::new(Profile::SIM7028, &plan);
        assert_eq!(world.lines_until(at(11)), "+CMQTTCONNLOST: 0,1");
        assert_eq!(world.connect(), format!("OK +CMQTTCONNECT: 0,{result}"));
    }
}

#[test]
fn what_is_stalled_comes_later_in_order() {
    let mut world = World::new(Profile::SIM7028, "10s stall 20s");
    world.lines_until(at(10));
    assert_eq!(world.publish('a'), "OK");
    assert_eq!(world.published(), "");
    assert_eq!(world.lines_until(at(31)), "+CMQTTPUB: 0,0");
    assert_eq!(world.published(), "a");
    // Longer than the modem waits: it gives the publish up, and the answer is nobody's.
    let mut world = World::new(Profile::SIM7028, "10s stall 100s");
    world.lines_until(at(10));
    assert_eq!(world.publish('a'), "OK");
    assert_eq!(world.lines_until(at(80)), "+CMQTTPUB: 0,17");
    assert_eq!(world.publish('b'), "OK");
    assert_eq!(world.lines_until(at(111)), "+CMQTTPUB: 0,0");
    assert_eq!(world.published(), "ab");
    assert_eq!(world.publish('c'), "OK +CMQTTPUB: 0,0");
}

#[test]
fn a_connect_that_is_given_up_in_a_stall_leaves_nothing_behind() {
    let mut world = World::new(Profile::SIM7028, "10s kick closed\n10s stall 300s");
    assert_eq!(world.lines_until(at(11)), "+CMQTTCONNLOST: 0,1");
    assert_eq!(world.connect(), "OK");
    assert_eq!(world.lines_until(at(140)), "+CMQTTCONNECT: 0,17");
    assert_eq!(world.lines_until(at(320)), "");
    assert!(!world.network.broker().is_connected(b"id"));
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,0");
}

#[test]
fn a_connect_that_is_under_way_is_kicked() {
    let mut world = World::new(
        Profile::SIM7028,
        "10s kick closed\n10s stall 60s\n20s kick closed",
    );
    world.lines_until(at(12));
    assert_eq!(world.connect(), "OK");
    assert_eq!(world.lines_until(at(21)), "+CMQTTCONNECT: 0,26");
}

#[test]
fn the_broker_has_a_message_whose_answer_is_lost() {
    let mut world = World::new(Profile::SIM7028, "10s +1 ack-lost");
    world.lines_until(at(10));
    assert_eq!(world.publish('a'), "OK +CMQTTPUB: 0,0");
    assert_eq!(world.publish('b'), "OK +CMQTTPUB: 0,6 +CMQTTCONNLOST: 0,2");
    assert_eq!(world.published(), "ab");
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,0");
    assert_eq!(world.publish('c'), "OK +CMQTTPUB: 0,0");
    assert_eq!(world.happened(), "19s ack-lost");
}

#[test]
fn the_keep_alive_fails_as_the_family_says() {
    let mut world = World::new(Profile::SIM7028, "10s keep-alive");
    assert_eq!(world.lines_until(at(11)), "+CMQTTCONNLOST: 0,3");
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,0");

    let mut world = World::new(Profile::SIM7600, "10s keep-alive");
    assert_eq!(world.lines_until(at(11)), "+CMQTTPING: 0,17");
    // Held for connected, and of no use.
    assert_eq!(world.ask("AT+CMQTTDISC?"), "+CMQTTDISC: 0,0 +CMQTTDISC: 1,1 OK");
    assert_eq!(world.publish('a'), "OK");
    assert_eq!(world.lines_until(at(90)), "+CMQTTPUB: 0,17");
    assert_eq!(world.ask("AT+CMQTTDISC=0,60"), "OK +CMQTTDISC: 0,0");
    assert_eq!(world.connect(), "OK +CMQTTCONNECT: 0,0");
    assert_eq!(world.publish('b'), "OK +CMQTTPUB: 0,0");
    assert_eq!(world.published(), "b");
}

#[test]
fn a_plan_for_the_others_means_nothing_here() {
    let plan: FaultPlan = "0s lose to-host\n0s restart now silent\n0s ack-lost"
        .parse()
        .expect("a plan");
    assert_eq!(
        plan.faults[1].what,
        What::Restart(crate::RestartAt::Time, BootLines::Silent)
    );
    let mut faults = NetworkFaults::new(&plan);
    assert_eq!(faults.next_deadline(), None);
    faults.handle_timeout(at(10), &mut Modem::new(Profile::SIM7028));
    assert_eq!(faults.poll_happened(), None);
}
