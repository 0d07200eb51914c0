//! A whole world with faults, from outside: a host that knows nothing but what to type, the line, the modem, its network
//! and a broker. What happened once happens again: from the seed, from the plan's text, from what happened.

use std::num::NonZeroU32;
use std::time::Duration;

use cmqtt_sim::broker::{Broker, Message};
use cmqtt_sim::{
    ClientKey, Crossing, Direction, Family, FaultKind, FaultPlan, Forecast, Happened, MemoryNetwork, Modem,
    NetworkFaults, Output, Port, Profile, QoS, Tally, Wire,
};
use proptest::prelude::*;

struct World {
    now: Duration,
    wire: Wire,
    modem: Modem,
    between: NetworkFaults,
    network: MemoryNetwork,
    /// Each read, and what became of the port, with its time.
    heard: Vec<(Duration, String)>,
    happened: Vec<Happened>,
}

impl World {
    fn new(family: Family, plan: &FaultPlan) -> Self {
        let mut wire = Wire::new(NonZeroU32::new(115_200), Duration::ZERO);
        let mut modem = Modem::new(Profile::of(family));
        wire.set_faults(plan);
        modem.set_faults(plan);
        Self {
            now: Duration::ZERO,
            wire,
            modem,
            between: NetworkFaults::new(plan),
            network: MemoryNetwork::new(Broker::default()),
            heard: Vec::new(),
            happened: Vec::new(),
        }
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let modem = self.turn();
            let ways = [Direction::ToModem, Direction::ToHost];
            let next = ways.into_iter().filter_map(|way| self.wire.next_arrival(way));
            let next = next.chain(modem).chain(self.wire.next_fault());
            let next = next
                .chain(self.network.next_deadline())
                .chain(self.between.next_deadline());
            match next.min() {
                Some(next) if next <= end => self.now = self.now.max(next),
                _ => break,
            }
        }
        self.now = end;
    }

    /// Everything that happens at this moment.
    fn turn(&mut self) -> Option<Duration> {
        let now = self.now;
        while let Some(port) = self.wire.poll_port(now) {
            let port = match port {
                Port::Gone => "gone",
                Port::Back => "back",
            };
            self.heard.push((now, port.to_owned()));
        }
        let typed = self.wire.receive(now, Direction::ToModem);
        self.modem.handle_received(now, &typed);
        self.network.handle_timeout(now);
        self.between.handle_timeout(now, &mut self.modem);
        let deadline = self.settle();
        let heard = self.wire.receive(now, Direction::ToHost);
        if !heard.is_empty() {
            self.heard.push((now, heard.escape_ascii().to_string()));
        }
        let happened = [
            self.wire.poll_happened(),
            self.modem.poll_happened(),
            self.between.poll_happened(),
        ];
        self.happened.extend(happened.into_iter().flatten());
        deadline
    }

    fn settle(&mut self) -> Option<Duration> {
        let now = self.now;
        loop {
            if let Some(crossing) = self.between.poll() {
                match crossing {
                    Crossing::ToModem(client, event) => self.modem.handle_network(now, client, event),
                    Crossing::ToNetwork(client, request) => {
                        self.network
                            .handle_request(now, ClientKey(client.into()), request);
                    }
                }
            } else if let Some((ClientKey(client), event)) = self.network.poll_event() {
                self.between
                    .handle_event(now, u8::try_from(client).expect("an index"), event);
            } else {
                match self.modem.poll() {
                    Output::Transmit(bytes) => self.wire.send(now, Direction::ToHost, &bytes),
                    Output::Network(client, request) => self.between.handle_request(now, client, request),
                    Output::Wait(deadline) => return deadline,
                }
            }
        }
    }
}

/// What a host hears that types the same whatever it hears, and what went wrong.
fn run(family: Family, plan: &FaultPlan) -> (Vec<(Duration, String)>, Vec<Happened>) {
    let mut world = World::new(family, plan);
    for round in 0..8 {
        for typed in [
            "\r\r\r\r",
            "ATE0\r",
            "AT+CMQTTSTART\r",
            "AT+CMQTTACCQ=0,\"id\"\r",
            "AT+CMQTTCONNECT=0,\"tcp://broker.example\",60,1\r",
            "AT+CMQTTSUB=0,1,1\r",
            "#",
            "AT+CMQTTTOPIC=0,3\r",
            "a/b",
            "AT+CMQTTPAYLOAD=0,5\r",
            "\r\nOK>",
            "AT+CMQTTPUB=0,1,60\r",
            "AT+CSQ;+CGREG?;+CMQTTDISC?\r",
        ] {
            let now = world.now;
            world.wire.send(now, Direction::ToModem, typed.as_bytes());
            world.pass(Duration::from_secs(3));
        }
        let now = world.now;
        world.network.with_broker(now, |broker| {
            let message = Message::new("x", round.to_string(), QoS::AtLeastOnce);
            broker.publish_from_outside(now, message).expect("a topic name");
        });
        // The last step of any recovery works always.
        if round % 3 == 2 {
            world.modem.power_cycle(now);
        }
        world.pass(Duration::from_secs(20));
    }
    world.pass(Duration::from_secs(1000));
    (world.heard, world.happened)
}

fn forecast() -> Forecast {
    let mut forecast = Forecast::calm(Duration::from_secs(450));
    forecast.away = Duration::from_secs(30);
    forecast.pause = Duration::from_secs(10);
    forecast.bytes = 300;
    forecast.forever = true;
    FaultKind::ALL
        .iter()
        .fold(forecast, |forecast, &kind| forecast.with(kind, 2))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_seed_is_a_world_and_its_plan_the_replay(
        seed in any::<u64>(),
        family in proptest::sample::select(&Family::ALL[..]),
    ) {
        let plan = forecast().varied(seed).draw(seed);
        let first = run(family, &plan);
        prop_assert_eq!(&first, &run(family, &plan.to_string().parse().expect("its own text")));
        prop_assert_eq!(&first, &run(family, &FaultPlan::replay(&first.1, plan.until)));
        // A part of it is a plan too, and what is left still happens.
        let mut half = FaultPlan::replay(first.1.iter().step_by(2), plan.until);
        let again = run(family, &half);
        half.faults.retain(|fault| again.1.iter().all(|happened| happened.fault != *fault));
        prop_assert!(half.faults.len() <= first.1.len() / 4 + 3, "does not happen again: {:?}", half.faults);
    }
}

#[test]
fn without_faults_the_layers_change_nothing() {
    for family in Family::ALL {
        let (heard, happened) = run(family, &FaultPlan::default());
        assert!(happened.is_empty());
        let all: String = heard.into_iter().map(|(_, bytes)| bytes).collect();
        assert!(all.contains("+CMQTTPUB: 0,0"), "{family}: {all}");
    }
}

#[test]
fn every_kind_happens() {
    let mut tally = Tally::default();
    for seed in 0..20 {
        let plan = forecast().varied(seed).draw(seed);
        let (_, happened) = run(Family::Sim7600, &plan);
        for one in &happened {
            tally.count(one);
        }
    }
    for kind in FaultKind::ALL {
        assert!(tally.of(*kind) > 0, "{kind}: {tally}");
    }
}

/// What cannot be repaired ends with the plan: half an hour later any modem is as it was.
#[test]
fn after_the_last_fault_the_modem_is_whole() {
    for seed in 0..20 {
        let plan = forecast().draw(seed);
        let mut world = World::new(Family::Sim7028, &plan);
        world.pass(Duration::from_secs(1800));
        let now = world.now;
        world.modem.power_cycle(now);
        world.pass(Duration::from_secs(60));
        world.heard.clear();
        // What waits for a byte that comes now comes too late.
        for typed in ["ATE0\r", "AT+CMQTTSTART\r", "AT+CMQTTACCQ=0,\"id\"\r", CONNECT] {
            let now = world.now;
            world.wire.send(now, Direction::ToModem, typed.as_bytes());
            world.pass(Duration::from_secs(3));
        }
        let heard: String = world.heard.iter().map(|(_, bytes)| bytes.as_str()).collect();
        let expect =
            r"ATE0\r\r\nOK\r\n\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n\r\nOK\r\n\r\nOK\r\n\r\n+CMQTTCONNECT: 0,0\r\n";
        assert_eq!(heard, expect, "{plan}");
    }
}

const CONNECT: &str = "AT+CMQTTCONNECT=0,\"tcp://broker.example\",60,1\r";
