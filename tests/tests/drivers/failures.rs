//! What is lost: connections, modems, ports, and what nobody reads.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::time::Duration;

use cmqtt_core::Config;
use cmqtt_core::at_proto::cmqtt::QoS;
use cmqtt_host::{Error, Event, Memory, Message, Outcome};
use cmqtt_sim::Family;
use cmqtt_sim::broker::Policy;
use cmqtt_tests::driver::Driver;

use crate::world::{PATIENCE, World, connect, filter, publication, received};

crate::through_both! {
    a_lost_connection_and_a_restart_are_told,
    what_nobody_reads_is_bounded_and_counted,
    a_port_that_ends_fails_the_request_and_another_goes_on,
    a_port_that_is_not_there_says_which_and_what_to_do,
    a_port_in_use_names_its_holder_and_stays_closed_to_others,
    what_is_no_port_says_so,
}

fn a_lost_connection_and_a_restart_are_told<D: Driver>() {
    for family in Family::ALL {
        let (mut world, mut driver) = World::over_a_socket::<D>(family);
        driver.start().unwrap();
        connect(&mut driver, 0, "id", None).unwrap();
        drop(world.broker.take());
        let lost = driver.next_event(PATIENCE).unwrap().expect("an event");
        assert!(
            matches!(lost, Event::ConnectionLost { client: 0, .. }),
            "{family}: {lost:?}"
        );
        world.modem.with_modem(|now, modem| modem.power_cycle(now));
        assert_eq!(
            driver.next_event(PATIENCE).unwrap(),
            Some(Event::Restarted),
            "{family}"
        );
    }
}

fn what_nobody_reads_is_bounded_and_counted<D: Driver>() {
    let (mut modem, socket) = UnixStream::pair().unwrap();
    let memory = Memory {
        messages: 1,
        events: 2,
        ..Memory::default()
    };
    let mut driver = D::with_memory(socket, Config::SIM7028, memory);
    let message = b"\r\n+CMQTTRXSTART: 0,1,1\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,1\r\np\r\n+CMQTTRXEND: 0\r\n";
    modem.write_all(&b"\r\nSMS DONE\r\n".repeat(5)).unwrap();
    modem.write_all(&message.repeat(3)).unwrap();
    drop(modem);
    // What came before the port ended is understood before the end is told.
    assert!(matches!(driver.start(), Err(Error::Port(_))));
    let mut events = Vec::new();
    while let Ok(Some(event)) = driver.next_event(Duration::ZERO) {
        events.push(event);
    }
    let done = Event::Network(b"SMS DONE".to_vec());
    let message = Event::Message(Message {
        client: 0,
        topic: b"t".to_vec(),
        payload: b"p".to_vec(),
    });
    let overflow = Event::Overflow {
        messages: 2,
        events: 3,
    };
    assert_eq!(events, [done.clone(), done, overflow, message]);
}

fn a_port_that_ends_fails_the_request_and_another_goes_on<D: Driver>() {
    let (first, port) = World::socket(Family::Sim7028, Policy::default());
    let mut driver = D::new(port, Config::of(Family::Sim7028));
    driver.start().unwrap();
    drop(first);
    assert!(matches!(driver.stop(), Err(Error::Port(_))));

    let (_second, port) = World::socket(Family::Sim7028, Policy::default());
    driver.replace_port(port);
    driver.start().unwrap();
    connect(&mut driver, 0, "id", None).unwrap();
    driver.subscribe(0, filter("t"), QoS::AtLeastOnce).unwrap();
    assert_eq!(
        driver.publish(&publication("t", b"x")).unwrap(),
        Outcome::Delivered
    );
    assert_eq!(received(&mut driver).payload, b"x");
}

#[track_caller]
fn refusal<D: Driver>(path: &str) -> String {
    match D::open(path, Config::SIM7028) {
        Err(error @ Error::Open { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error:?}"),
        Ok(_) => panic!("{path} was opened"),
    }
}

fn a_port_that_is_not_there_says_which_and_what_to_do<D: Driver>() {
    let words = refusal::<D>("/dev/no-such-modem");
    assert!(
        words.starts_with("/dev/no-such-modem cannot be opened: "),
        "{words}"
    );
    assert!(
        words.ends_with("is the modem plugged in, and is this its name?"),
        "{words}"
    );
}

fn a_port_in_use_names_its_holder_and_stays_closed_to_others<D: Driver>() {
    let world = World::serial(Family::Sim7028);
    let _holder = world.open::<D>().expect("a free port");
    let device = world.device.as_deref().unwrap();
    let before = settings(device);
    let words = refusal::<D>(device);
    let holder = format!(
        "this program (process {}) has it open already",
        std::process::id()
    );
    assert!(words.contains(&holder), "{words}");
    // The second one has neither changed the line nor let others in.
    assert_eq!(settings(device), before);
    assert!(says(device, "true").contains("busy"), "others can open it");
}

/// What `stty` says of a port, to root. Others cannot open a port that is in use.
fn settings(device: &str) -> Option<String> {
    let stty = || Command::new("stty").args(["-a", "-F", device]).output();
    let said = rustix::process::geteuid().is_root().then(stty)?.expect("stty");
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).ok()
}

/// What a shell says on standard error that runs a command with the port as its input, as another user than root.
fn says(device: &str, command: &str) -> String {
    let device = fs::canonicalize(device).expect("a port");
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{command} < {}", device.display())]);
    if rustix::process::geteuid().is_root() {
        // Nobody: for root no port is in use.
        fs::set_permissions(&device, Permissions::from_mode(0o666)).expect("it is ours");
        shell.uid(65_534).gid(65_534);
    }
    String::from_utf8(shell.output().expect("a shell").stderr).expect("text")
}

fn what_is_no_port_says_so<D: Driver>() {
    let words = refusal::<D>("/dev/null");
    assert!(words.ends_with("it is no serial port"), "{words}");
    let words = refusal::<D>("/");
    assert!(words.ends_with("it is no serial port"), "{words}");
}
