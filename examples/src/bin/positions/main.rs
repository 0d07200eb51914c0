//! Positions: a driver for another service of SIMCom modems, satellite positioning (`AT+CGNSSPWR`, `AT+CGNSSINFO`), built
//! on `at-proto` outside of our crates.
//!
//! `service.rs` is the driver: its commands, its answers, what its service says unasked. They run on the line that the
//! MQTT client uses, over `cmqtt-blocking`'s `Client::command`; a line that none of our own families of URCs claims comes
//! as an `Event::Unclaimed`, and is asked of the service's next.

mod service;

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use cmqtt_blocking::{Client, Config, Event, Port};
use service::{Fix, Position, Power, ReportEvery, Urc};

/// Print where the modem is, until so many positions have come.
#[derive(Debug, clap::Parser)]
struct Arguments {
    /// The modem's serial device, such as /dev/ttyUSB2.
    device: String,
    /// How many positions.
    #[arg(long, default_value_t = 10)]
    count: u32,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("positions: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let mut modem = Client::open(&arguments.device, 115_200, Config::A76XX)?;
    modem.identify(None)?;
    positions(&mut modem, arguments.count, |position| match position {
        Some(fix) => println!("{:.6} {:.6}, {} m", fix.latitude, fix.longitude, fix.altitude),
        None => println!("no satellites in sight yet"),
    })
}

/// Switches the receiver on, lets so many positions be heard, and switches it off.
fn positions<P: Port>(
    modem: &mut Client<P>,
    count: u32,
    mut hear: impl FnMut(Option<Fix>),
) -> Result<(), Box<dyn Error>> {
    modem.command(&Power { on: true }, |()| ())?;
    wait_for(modem, READY_WITHIN, |urc| matches!(urc, Urc::Ready).then_some(()))?;
    // Asked for once, then told every second.
    if count > 0 {
        hear(modem.command(&Position, |position| position)?);
    }
    modem.command(&ReportEvery { seconds: 1 }, |()| ())?;
    for _ in 1..count {
        let position = wait_for(modem, REPORT_WITHIN, |urc| match urc {
            Urc::Position(position) => Some(position),
            Urc::Ready => None,
        })?;
        hear(position);
    }
    modem.command(&ReportEvery { seconds: 0 }, |()| ())?;
    modem.command(&Power { on: false }, |()| ())?;
    Ok(())
}

/// The next thing of the service's that is wanted.
fn wait_for<P: Port, T>(
    modem: &mut Client<P>,
    within: Duration,
    wanted: impl Fn(Urc) -> Option<T>,
) -> Result<T, Box<dyn Error>> {
    let give_up = Instant::now() + within;
    while let Some(event) = modem.next_event(give_up.saturating_duration_since(Instant::now()))? {
        if let Event::Unclaimed(line) = &event
            && let Some(urc) = Urc::decode(line)
            && let Some(found) = wanted(urc)
        {
            return Ok(found);
        }
    }
    Err(format!("the receiver said nothing for {} s", within.as_secs()).into())
}

/// The receiver starts in some 9 s.
const READY_WITHIN: Duration = Duration::from_secs(30);
const REPORT_WITHIN: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests;
