//! A client that is kept connected, and messages that are kept until their outcome is known.

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use cmqtt_core::at_proto::cmqtt::{ClientId, KeepAlive, Password, QoS, ServerAddress, TopicFilter, UserName};
use cmqtt_core::{
    Cause, Config, Connection, Healing, Login, Loss, Network, OnUnknown, Plan, RequestError, RequestId,
};
use cmqtt_host::{Delivered, Error, Event, Memory};
use cmqtt_sim::Family;
use cmqtt_sim::broker::Policy;
use cmqtt_sim::host::Pty;
use cmqtt_tests::driver::Driver;

use crate::world::{PATIENCE, World, connect, filter, publication, received, with_a_user};

crate::through_both! {
    a_client_is_kept_connected_in_every_family,
    what_was_brought_up_is_kept_as_it_is,
    what_is_refused_for_good_is_told,
    requests_have_their_turn_between_deliveries,
    no_end_of_a_message_is_dropped,
    what_waits_is_let_go,
    nothing_is_kept_unless_it_is_said,
    a_port_that_comes_back_is_used,
    a_port_that_stays_away_ends_patience,
    a_device_that_is_plugged_in_again_is_opened_by_its_path,
}

/// Heals fast.
fn healing() -> Healing {
    let mut healing = Healing::new(1);
    healing.first_pause = Duration::from_millis(50);
    healing.longest_pause = Duration::from_millis(200);
    healing
}

fn plan_with<'a>(login: Option<Login<'a>>, filters: &'a [(TopicFilter<'a>, QoS)]) -> Plan<'a> {
    Plan {
        id: ClientId::new("id").unwrap(),
        connection: Connection {
            client: 0,
            server: ServerAddress::new("tcp://broker").unwrap(),
            keep_alive: KeepAlive::new(60).unwrap(),
            clean_session: true,
            login,
        },
        version: None,
        tls: None,
        will: None,
        filters,
    }
}

fn keep<D: Driver>(driver: &mut D, healing: &Healing) {
    let filters = [(filter("t/#"), QoS::AtLeastOnce)];
    let plan = plan_with(None, &filters);
    driver.keep(&plan, &Network::default(), healing).unwrap();
    assert!(driver.until_connected(PATIENCE).unwrap());
    assert_eq!(told(driver), ["connected"]);
}

fn post<D: Driver>(driver: &mut D, payload: &[u8]) -> RequestId {
    driver
        .post(&publication("t/1", payload), OnUnknown::ByQos)
        .unwrap()
}

/// What of the connection, the port and posted messages was told so far.
fn told<D: Driver>(driver: &mut D) -> Vec<&'static str> {
    let mut told = Vec::new();
    while let Some(event) = driver.next_event(Duration::ZERO).unwrap() {
        told.extend(name(&event));
    }
    told
}

/// The same, until this comes.
#[track_caller]
fn told_until<D: Driver>(driver: &mut D, last: &str) -> Vec<&'static str> {
    let mut told = Vec::new();
    let give_up = Instant::now() + PATIENCE;
    while told.last() != Some(&last) {
        assert!(Instant::now() < give_up, "no {last}: {told:?}");
        if let Some(event) = driver.next_event(PATIENCE).unwrap() {
            told.extend(name(&event));
        }
    }
    told
}

fn name(event: &Event) -> Option<&'static str> {
    Some(match event {
        Event::Connected { client: 0 } => "connected",
        Event::Lost {
            client: 0,
            why: Loss::Reset,
        } => "lost by reset",
        Event::Lost { client: 0, .. } => "lost",
        Event::Restored { client: 0, .. } => "restored",
        Event::GaveUp { client: 0, .. } => "gave up",
        Event::Delivered { .. } => "delivered",
        Event::NotDelivered { .. } => "not delivered",
        Event::PortLost(_) => "port lost",
        Event::PortBack { .. } => "port back",
        _ => return None,
    })
}

fn a_client_is_kept_connected_in_every_family<D: Driver>() {
    for family in Family::ALL {
        let (world, mut driver) = World::over_a_socket::<D>(family);
        keep(&mut driver, &healing());
        let delivered = driver.deliver(&publication("t/1", b"one"), OnUnknown::ByQos);
        assert_eq!(
            delivered.unwrap(),
            Delivered {
                maybe_duplicate: false
            }
        );
        assert_eq!(received(&mut driver).payload, b"one");

        world.modem.with_modem(|now, modem| modem.power_cycle(now));
        // It waits for the modem, the network and the connection.
        driver
            .deliver(&publication("t/1", b"two"), OnUnknown::ByQos)
            .unwrap();
        assert_eq!(received(&mut driver).payload, b"two", "{family}");
        assert_eq!(told(&mut driver), ["lost", "restored"], "{family}");

        driver.take_down(0).unwrap();
        assert!(matches!(
            driver.until_connected(PATIENCE),
            Err(Error::Request(RequestError::NotKept))
        ));
    }
}

fn what_was_brought_up_is_kept_as_it_is<D: Driver>() {
    let (world, mut driver) = World::over_a_socket::<D>(Family::Sim7028);
    let filters = [(filter("t/#"), QoS::AtLeastOnce)];
    let plan = plan_with(None, &filters);
    driver.identify(None).unwrap();
    driver.bring_up(&plan).unwrap();
    driver.keep(&plan, &Network::default(), &healing()).unwrap();
    assert!(driver.until_connected(Duration::ZERO).unwrap());
    driver
        .deliver(&publication("t/1", b"x"), OnUnknown::ByQos)
        .unwrap();
    assert_eq!(received(&mut driver).payload, b"x");
    assert_eq!(told(&mut driver), ["connected"]);
    let broker = world.broker.unwrap();
    broker.with_broker(|now, broker| broker.stop(now));
    assert_eq!(told_until(&mut driver, "restored"), ["lost", "restored"]);
}

fn what_is_refused_for_good_is_told<D: Driver>() {
    let (_world, port) = World::socket(Family::Sim7028, with_a_user());
    let mut driver = D::new(port, Config::of(Family::Sim7028));
    let login = Login {
        user: UserName::new("user").unwrap(),
        password: Some(Password::new("wrong").unwrap()),
    };
    driver
        .keep(&plan_with(Some(login), &[]), &Network::default(), &healing())
        .unwrap();
    post(&mut driver, b"never");
    let error = driver.until_connected(PATIENCE).unwrap_err();
    assert!(matches!(error, Error::GaveUp(_)), "{error:?}");
    assert!(error.code().is_some(), "{error}");
    assert!(error.to_string().starts_with("gave up to connect: "), "{error}");
    assert_eq!(told(&mut driver), ["gave up", "not delivered"]);
    let error = driver.post(&publication("t/1", b"x"), OnUnknown::ByQos);
    assert!(matches!(error, Err(Error::GaveUp(_))), "{error:?}");
}

fn requests_have_their_turn_between_deliveries<D: Driver>() {
    let (_world, mut driver) = World::over_a_socket::<D>(Family::Sim7028);
    keep(&mut driver, &healing());
    for _ in 0..MANY {
        post(&mut driver, b"x");
    }
    assert_eq!(driver.signal().unwrap(), Some(-67));
    let before = told(&mut driver).len();
    assert!(before < MANY, "it had to wait for all");
    let mut ended = before;
    while ended < MANY {
        ended += told_until(&mut driver, "delivered").len();
    }
}

fn no_end_of_a_message_is_dropped<D: Driver>() {
    let (_world, port) = World::socket(Family::Sim7028, Policy::default());
    let memory = Memory {
        ends: 3,
        events: 1,
        ..Memory::default()
    };
    let mut driver = D::with_memory(port, Config::of(Family::Sim7028), memory);
    driver
        .keep(&plan_with(None, &[]), &Network::default(), &healing())
        .unwrap();
    let ids: Vec<_> = (0..3).map(|_| post(&mut driver, b"x")).collect();
    let refused = driver.post(&publication("t/1", b"x"), OnUnknown::ByQos);
    assert!(matches!(refused, Err(Error::EndsUnread(3))), "{refused:?}");
    let mut ended = Vec::new();
    while ended.len() < 3 {
        if let Event::Delivered { id, .. } = driver.next_event(PATIENCE).unwrap().expect("an event") {
            ended.push(id);
        }
    }
    assert_eq!(ended, ids);
    driver
        .deliver(&publication("t/1", b"x"), OnUnknown::ByQos)
        .unwrap();
}

fn what_waits_is_let_go<D: Driver>() {
    let (_modem, port) = UnixStream::pair().unwrap();
    let mut driver = D::new(port, Config::SIM7028);
    driver
        .keep(&plan_with(None, &[]), &Network::default(), &healing())
        .unwrap();
    let id = post(&mut driver, b"never");
    assert!(!driver.until_connected(Duration::from_millis(20)).unwrap());
    driver.let_go();
    loop {
        match driver.next_event(PATIENCE).unwrap().expect("an event") {
            Event::NotDelivered { id: ended, failure } => {
                assert_eq!((ended, failure.cause), (id, Cause::LetGo));
                assert!(!failure.is_unknown());
                break;
            }
            other => assert!(matches!(other, Event::Progress(_)), "{other:?}"),
        }
    }
}

fn nothing_is_kept_unless_it_is_said<D: Driver>() {
    let (_world, mut driver) = World::over_a_socket::<D>(Family::Sim7028);
    driver.start().unwrap();
    connect(&mut driver, 0, "id", None).unwrap();
    let not_kept = driver.deliver(&publication("t/1", b"x"), OnUnknown::ByQos);
    assert!(
        matches!(not_kept, Err(Error::Request(RequestError::NotKept))),
        "{not_kept:?}"
    );
    assert!(driver.until_connected(PATIENCE).is_err());
}

fn a_port_that_comes_back_is_used<D: Driver>() {
    let (first, port) = World::socket(Family::Sim7028, Policy::default());
    let mut driver = D::new(port, Config::of(Family::Sim7028));
    let next = Arc::new(Mutex::new(None::<UnixStream>));
    let there = Arc::clone(&next);
    driver.reopen_with(move || there.lock().unwrap().take());
    keep(&mut driver, &healing());

    drop(first);
    assert_eq!(
        told_until(&mut driver, "lost by reset"),
        ["port lost", "lost by reset"]
    );
    // Who can wait does; who asks is told.
    assert!(driver.receive(Duration::ZERO).unwrap().is_none());
    assert!(!driver.until_connected(Duration::ZERO).unwrap());
    for _ in 0..2 {
        assert!(matches!(driver.signal(), Err(Error::Port(_))));
    }
    post(&mut driver, b"kept meanwhile");

    let (_second, port) = World::socket(Family::Sim7028, Policy::default());
    *next.lock().unwrap() = Some(port);
    assert_eq!(
        told_until(&mut driver, "delivered"),
        ["port back", "restored", "delivered"]
    );
    assert_eq!(driver.signal().unwrap(), Some(-67));
}

fn a_port_that_stays_away_ends_patience<D: Driver>() {
    let (first, port) = World::socket(Family::Sim7028, Policy::default());
    let mut driver = D::new(port, Config::of(Family::Sim7028));
    driver.reopen_with(|| None);
    let mut healing = healing();
    healing.patience = Some(Duration::from_millis(100));
    keep(&mut driver, &healing);
    post(&mut driver, b"delivered");
    assert_eq!(told_until(&mut driver, "delivered"), ["delivered"]);
    drop(first);
    assert_eq!(
        told_until(&mut driver, "gave up"),
        ["port lost", "lost by reset", "gave up"]
    );
    assert!(matches!(driver.until_connected(PATIENCE), Err(Error::GaveUp(_))));
}

fn a_device_that_is_plugged_in_again_is_opened_by_its_path<D: Driver>() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("modem");
    let first = World::serial_at(Family::Sim7028, Pty::open(Some(&device)).unwrap());
    let mut driver = D::open_lasting(device.to_str().unwrap(), Config::of(Family::Sim7028)).unwrap();
    keep(&mut driver, &healing());
    drop(first);
    assert_eq!(
        told_until(&mut driver, "lost by reset"),
        ["port lost", "lost by reset"]
    );
    post(&mut driver, b"kept meanwhile");
    let _second = World::serial_at(Family::Sim7028, Pty::open(Some(&device)).unwrap());
    assert_eq!(
        told_until(&mut driver, "delivered"),
        ["port back", "restored", "delivered"]
    );
}

/// More than are delivered while one other command has its turn.
const MANY: usize = 300;
