//! Those that are measured, each with a modem of its own: connected, then a loop of publishes, then a burst of messages.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic};
use cmqtt_core::{Config, Connection, Plan, Publication};

use crate::measure::{Cost, cost};
use crate::modem::Process;

/// What each message carries.
pub(crate) const PAYLOAD: &[u8] = &[b'x'; 64];

/// How many messages go and come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) publishes: u32,
    pub(crate) receives: u32,
    /// How often all of it is done: the best time counts, the others were disturbed.
    rounds: u32,
}

impl Counts {
    pub(crate) const MANY: Self = Self {
        publishes: 5000,
        receives: 10_000,
        rounds: 3,
    };
    /// To see that it runs.
    pub(crate) const FEW: Self = Self {
        publishes: 20,
        receives: 100,
        rounds: 1,
    };
}

impl Counts {
    /// The shortest time of all rounds.
    pub(crate) fn shortest(self, time: impl Fn() -> f64) -> f64 {
        (0..self.rounds).map(|_| time()).fold(f64::INFINITY, f64::min)
    }
}

/// What a contestant's messages cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    pub(crate) publish: Cost,
    pub(crate) receive: Cost,
}

impl Outcome {
    /// The best of all rounds.
    pub(crate) fn of(counts: Counts, contestant: impl Fn(Counts) -> Self) -> Self {
        let quicker = |one: Cost, other: Cost| if one.rate > other.rate { one } else { other };
        let first = contestant(counts);
        (1..counts.rounds).fold(first, |best, _| {
            let next = contestant(counts);
            Self {
                publish: quicker(best.publish, next.publish),
                receive: quicker(best.receive, next.receive),
            }
        })
    }
}

pub(crate) fn blocking(counts: Counts) -> Outcome {
    let process = Process::start();
    let mut modem =
        cmqtt_blocking::Client::open(&process.device, 115_200, Config::SIM7028).expect("the device opens");
    modem.identify(None).expect("a modem");
    modem.bring_up(&plan()).expect("connected");
    let publish = cost(counts.publishes, || {
        for _ in 0..counts.publishes {
            let outcome = modem.publish(&publication("simcommsg", PAYLOAD)).expect("a port");
            assert!(outcome.is_delivered(), "{outcome}");
        }
    });
    let burst = counts.receives.to_string();
    let outcome = modem
        .publish(&publication("burst", burst.as_bytes()))
        .expect("a port");
    assert!(outcome.is_delivered(), "{outcome}");
    let receive = cost(counts.receives, || {
        for _ in 0..counts.receives {
            let message = modem.receive(PATIENCE).expect("a port").expect("a message");
            assert_eq!(message.payload, PAYLOAD);
        }
    });
    Outcome { publish, receive }
}

pub(crate) fn tokio(counts: Counts) -> Outcome {
    let process = Process::start();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let modem = runtime.block_on(async {
        let modem =
            cmqtt_tokio::Client::open(&process.device, 115_200, Config::SIM7028).expect("the device opens");
        modem.identify(None).await.expect("a modem");
        modem.bring_up(&plan()).await.expect("connected");
        modem
    });
    let publish = cost(counts.publishes, || {
        runtime.block_on(async {
            for _ in 0..counts.publishes {
                let outcome = modem
                    .publish(&publication("simcommsg", PAYLOAD))
                    .await
                    .expect("a port");
                assert!(outcome.is_delivered(), "{outcome}");
            }
        });
    });
    let burst = counts.receives.to_string();
    let outcome = runtime
        .block_on(modem.publish(&publication("burst", burst.as_bytes())))
        .expect("a port");
    assert!(outcome.is_delivered(), "{outcome}");
    let receive = cost(counts.receives, || {
        runtime.block_on(async {
            for _ in 0..counts.receives {
                let message = tokio::time::timeout(PATIENCE, modem.receive()).await;
                let message = message.expect("a message").expect("a port");
                assert_eq!(message.payload, PAYLOAD);
            }
        });
    });
    Outcome { publish, receive }
}

/// The script tells its own times.
pub(crate) fn script(python: &Path, counts: Counts) -> Outcome {
    let process = Process::start();
    let output = script_on(python, &process.device)
        .args([counts.publishes, counts.receives].map(|count| count.to_string()))
        .stderr(Stdio::inherit())
        .output()
        .expect("the script starts");
    assert!(output.status.success(), "the script failed");
    let told = String::from_utf8(output.stdout).expect("numbers");
    let told: Vec<f64> = told
        .split_whitespace()
        .map(|word| word.parse().expect("a number"))
        .collect();
    let cost = |count: u32, wall: f64, cpu: f64| Cost {
        rate: f64::from(count) / wall,
        cpu: cpu / f64::from(count),
        allocations: None,
    };
    let &[publish, publish_cpu, receive, receive_cpu] = &told[..] else {
        panic!("four numbers, not {told:?}");
    };
    Outcome {
        publish: cost(counts.publishes, publish, publish_cpu),
        receive: cost(counts.receives, receive, receive_cpu),
    }
}

/// Seconds from the start of the example program to its first message's end. It asks the modem what it is and waits for
/// the network first.
pub(crate) fn first_of_sensor(sensor: &Path) -> f64 {
    let process = Process::start();
    let reading = std::env::temp_dir().join(format!("cmqtt-bench-{}", std::process::id()));
    fs::write(&reading, "21.5").expect("a file");
    let mut command = Command::new(sensor);
    command.arg(&process.device).arg(&reading).arg("--once");
    let seconds = first(command);
    fs::remove_file(&reading).expect("the file");
    seconds
}

/// The same of the script, which asks nothing.
pub(crate) fn first_of_script(python: &Path) -> f64 {
    let process = Process::start();
    let mut command = script_on(python, &process.device);
    command.arg("once");
    first(command)
}

fn first(mut command: Command) -> f64 {
    let begun = Instant::now();
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut lines = stdout.lines().map_while(Result::ok);
    let delivered = lines.any(|line| line.ends_with("delivered"));
    let seconds = begun.elapsed().as_secs_f64();
    // It has more to say, and to somebody.
    lines.for_each(drop);
    child.wait().expect("its end");
    assert!(delivered, "nothing was delivered");
    seconds
}

fn script_on(python: &Path, device: &str) -> Command {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pyserial/contestant.py");
    let mut command = Command::new(python);
    command.arg(script).arg(device);
    command
}

fn plan() -> Plan<'static> {
    Plan {
        id: ClientId::new("bench").expect("an identifier"),
        connection: Connection {
            client: 0,
            server: ServerAddress::new("tcp://broker:1883").expect("an address"),
            keep_alive: KeepAlive::new(60).expect("a time"),
            clean_session: true,
            login: None,
        },
        version: None,
        tls: None,
        will: None,
        filters: &[],
    }
}

fn publication<'a>(topic: &'a str, payload: &'a [u8]) -> Publication<'a> {
    Publication {
        client: 0,
        topic: Topic::new(topic).expect("a topic"),
        payload,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

/// Longer than a message takes; only a contestant that fails waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
