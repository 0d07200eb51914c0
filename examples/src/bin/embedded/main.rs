//! A microcontroller's program: `cmqtt-core` over `embedded-io-async`, in static memory, with the time from a trait.
//!
//! `driver.rs` is what a firmware takes over as it is. `board.rs` and this file are the host's in the place of a board: a
//! simulated modem at the other end of two in-memory pipes, and virtual time. It prints what happens, with the board's
//! time before it.

mod board;
mod driver;

use std::process::ExitCode;
use std::time::Duration;

use board::VirtualClock;
use cmqtt_core::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
use cmqtt_core::{Config, Connection, Event, Instant, Network, Plan, Publication};
use cmqtt_sim::{ClientKey, MemoryNetwork, Modem, Output, Profile};
use driver::{Clock, Driver, Error, Halves};
use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::pipe::Pipe;
use embedded_io_async::{Read, Write};

/// One direction of the serial line, with a UART's buffer.
type Line = Pipe<NoopRawMutex, 128>;

fn main() -> ExitCode {
    let (to_modem, to_host) = (Line::new(), Line::new());
    let clock = VirtualClock::default();
    let port = Halves(&to_host, &to_modem);
    let driver = Driver::new(port, &clock, driver::session(Config::default()));
    let program = firmware(driver, &clock);
    let modem = modem(Halves(&to_modem, &to_host), &clock);
    let end = board::run(&clock, async {
        match select(program, modem).await {
            Either::First(end) => end.map_err(|error| error.to_string()),
            Either::Second(never) => match never {},
        }
    });
    match end {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("embedded: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What the board is for: it connects, publishes a reading, hears it come back, and lets go.
async fn firmware<P: Read + Write, C: Clock + Copy>(
    mut modem: Driver<P, C>,
    clock: C,
) -> Result<(), Error<P::Error>> {
    let tell = |event: &Event<'_>| println!("{:>9.3} s  {event:?}", seconds(clock.now()));
    let topic = "boards/1";
    let filters = [(TopicFilter::new(topic).expect("a filter"), QoS::AtLeastOnce)];
    let plan = Plan {
        id: ClientId::new("board 1").expect("an identifier"),
        connection: Connection {
            client: 0,
            server: ServerAddress::new("tcp://broker.example:1883").expect("an address"),
            keep_alive: KeepAlive::new(60).expect("a time"),
            clean_session: true,
            login: None,
        },
        version: None,
        tls: None,
        will: None,
        filters: &filters,
    };
    modem.run(|session| session.identify(None), tell).await?;
    let network = Network::default();
    modem
        .run(|session| session.wait_for_network(&network), tell)
        .await?;
    modem.run(|session| session.bring_up(&plan), tell).await?;

    let reading = Publication {
        client: 0,
        topic: Topic::new(topic).expect("a topic"),
        payload: b"21.5",
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    };
    // The message may be back before the publish has ended.
    let mut heard = None;
    let mut look = |event: &Event<'_>| {
        tell(event);
        if let Event::Message { payload, .. } = event {
            heard = Some(*payload == reading.payload);
        }
    };
    modem
        .run(|session| session.client()?.publish(&reading), &mut look)
        .await?;
    if heard.is_none() {
        let until = clock.now() + Duration::from_secs(60);
        heard = modem
            .listen(until, |event| match event {
                Event::Message { payload, .. } => Some(*payload == reading.payload),
                _ => None,
            })
            .await?;
    }
    println!(
        "{:>9.3} s  the reading came back: {}",
        seconds(clock.now()),
        heard == Some(true)
    );
    modem.run(|session| session.take_down(0), tell).await
}

/// The simulated modem at its end of the line, and the network behind it.
async fn modem<P: Read + Write>(mut line: P, clock: &VirtualClock) -> core::convert::Infallible {
    let mut modem = Modem::new(Profile::SIM7028);
    let mut network = MemoryNetwork::default();
    let now = || Duration::from_micros(clock.now().as_micros());
    let mut buffer = [0; 64];
    loop {
        modem.handle_timeout(now());
        network.handle_timeout(now());
        let deadline = loop {
            if let Some((key, event)) = network.poll_event() {
                modem.handle_network(now(), u8::try_from(key.0).expect("a client index"), event);
                continue;
            }
            match modem.poll() {
                Output::Transmit(bytes) => line.write_all(&bytes).await.expect("a pipe"),
                Output::Network(client, request) => {
                    network.handle_request(now(), ClientKey(client.into()), request);
                }
                Output::Wait(deadline) => break deadline,
            }
        };
        let next = deadline.into_iter().chain(network.next_deadline()).min();
        let next = next.map(|next| Instant::ZERO + next);
        if let Either::First(read) = select(line.read(&mut buffer), clock.wait_until(next)).await {
            let len = read.expect("a pipe");
            modem.handle_received(now(), &buffer[..len]);
        }
    }
}

fn seconds(moment: Instant) -> f64 {
    moment.saturating_duration_since(Instant::ZERO).as_secs_f64()
}
