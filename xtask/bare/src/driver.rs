//! `cmqtt-core`: a session in lent memory that is asked for everything, hears the input, and sees time go by.

use core::fmt::Write;
use core::time::Duration;

use at_proto::cmqtt::{
    ClientId, Configure, KeepAlive, Password, QoS, ServerAddress, Setting, Topic, TopicFilter, UserName,
};
use at_proto::network::{Apn, Pin, Signal};
use at_proto::tls::FileName;
use at_proto::{MqttVersion, Recognition};
use cmqtt_core::{
    Client, Config, Connection, Event, Healing, Instant, Login, Network, OnUnknown, Output, Overflow, Plan,
    Progress, Publication, RequestError, RequestId, Session, Storage, TlsConfig, Transport, Will,
};

use crate::system::{self, write};

/// Each byte of the input is a request; then the client hears the whole input.
pub(crate) fn drive(input: &[u8]) {
    let (mut received, mut message, mut request, mut information) = ([0; 512], [0; 64], [0; 2048], [0; 256]);
    let config = match input.first() {
        Some(b'1') => Config::A76XX,
        Some(b'2') => Config::SIM7600,
        _ => Config::SIM7028,
    };
    let lent = [&mut received[..], &mut message, &mut request, &mut information];
    let [received, message, request, information] = lent;
    let Ok(storage) = Storage::new(received, message, request, information) else {
        return;
    };
    let (mut plan, mut queue) = ([0; 512], [0; 256]);
    let mut session = Session::new(config, storage, &mut plan[..], &mut queue[..]);
    for (index, &byte) in input.iter().enumerate() {
        let now = Instant::from_micros((index as u64) << (byte & 31));
        let asked = match byte {
            b'A'..=b'Z' => ask_session(&mut session, byte, input),
            _ => session.client().and_then(|client| ask(client, byte, input)),
        };
        if let Err(error) = asked {
            let _ = write!(system::Output, "{error}");
        }
        let taken = session.handle_received(now, input);
        session.handle_timeout(now);
        if taken == 0 {
            session.handle_reset(now);
        }
        poll(&mut session, now);
    }
}

fn ask(client: &mut Client<&mut [u8]>, byte: u8, input: &[u8]) -> Result<RequestId, RequestError> {
    let index = byte >> 5;
    let Ok(qos) = QoS::try_from(byte & 3) else {
        return client.command(&Signal);
    };
    let text = str::from_utf8(input).unwrap_or_default();
    let (Ok(topic), Ok(filter)) = (Topic::new(text), TopicFilter::new(text)) else {
        return client.learn_limits();
    };
    match byte & 15 {
        0 => client.start(),
        1 => client.stop(),
        2 => match ClientId::new(text) {
            Ok(id) => client.acquire(index, id, Transport::Tls),
            Err(_) => client.start(),
        },
        3 => client.release(index),
        4 => client.configure(&Configure {
            client: index,
            setting: Setting::CheckUtf8(byte),
        }),
        5 => client.use_ssl_context(index, byte),
        6 => client.set_will(index, topic, input, qos),
        7 => match connection(index, text, input) {
            Some(connection) => client.connect(&connection),
            None => client.stop(),
        },
        8 => client.disconnect(index, u32::from(byte)),
        9 => client.connection_state(index),
        10 => client.subscribe(index, filter, qos),
        11 => client.unsubscribe(index, filter),
        12 => client.learn_limits(),
        13 => match FileName::new(text) {
            Ok(name) => client.provide_file(name, input),
            Err(_) => client.stop(),
        },
        _ => client.publish(&Publication {
            client: index,
            topic,
            payload: input,
            qos,
            retain: false,
            timeout: u32::from(byte),
        }),
    }
}

fn ask_session(session: &mut Session<&mut [u8]>, byte: u8, input: &[u8]) -> Result<RequestId, RequestError> {
    let text = str::from_utf8(input).unwrap_or_default();
    match byte & 7 {
        0 => session.identify(Recognition::of_model(input).family()),
        1 => session.wait_for_network(&Network {
            apn: Apn::new(text).ok(),
            pin: Pin::new(text).ok(),
            registration: None,
        }),
        2 => session.take_down(byte >> 4),
        3 => keep(session, byte, input),
        4 => deliver(session, byte, input),
        5 => {
            session.let_go();
            deliver(session, byte, input)
        }
        _ => match plan(byte, text, input) {
            Some(plan) => session.bring_up(&plan),
            None => session.identify(None),
        },
    }
}

/// A standing order has no name; what asks for the next request is as good.
fn keep(session: &mut Session<&mut [u8]>, byte: u8, input: &[u8]) -> Result<RequestId, RequestError> {
    let plan = plan(byte, str::from_utf8(input).unwrap_or_default(), input);
    let overflow = match byte >> 4 {
        0..6 => Overflow::Refuse,
        6..8 => Overflow::DropOldest,
        _ => Overflow::DropNewest,
    };
    let healing = Healing {
        overflow,
        power_key: (byte & 8 == 0).then_some(Duration::from_secs(input.len() as u64)),
        ..Healing::new(u64::from(byte))
    };
    if let Some(plan) = plan {
        session.keep(&plan, &Network::default(), &healing)?;
    }
    deliver(session, byte, input)
}

fn deliver(session: &mut Session<&mut [u8]>, byte: u8, input: &[u8]) -> Result<RequestId, RequestError> {
    let publication = Publication {
        client: byte >> 6,
        topic: Topic::new(str::from_utf8(input).unwrap_or_default()).map_err(|_| RequestError::NotKept)?,
        payload: input,
        qos: QoS::try_from(byte & 3).unwrap_or(QoS::AtLeastOnce),
        retain: byte & 8 == 0,
        timeout: u32::from(byte),
    };
    session.deliver(&publication, OnUnknown::ByQos)
}

fn plan<'a>(byte: u8, text: &'a str, input: &'a [u8]) -> Option<Plan<'a>> {
    let file = FileName::new(text).ok();
    Some(Plan {
        id: ClientId::new(text).ok()?,
        connection: connection(byte & 1, text, input)?,
        version: (byte & 4 == 0).then_some(MqttVersion::V3_1),
        tls: file.map(|file| TlsConfig::both_verified(byte, file, file, file)),
        will: Topic::new(text).ok().map(|topic| Will {
            topic,
            message: input,
            qos: QoS::AtMostOnce,
        }),
        filters: &[],
    })
}

fn connection<'a>(client: u8, text: &'a str, input: &'a [u8]) -> Option<Connection<'a>> {
    Some(Connection {
        client,
        server: ServerAddress::new(text).ok()?,
        keep_alive: KeepAlive::new(u32::from(client)).ok()?,
        clean_session: client == 0,
        login: Some(Login {
            user: UserName::new(text).ok()?,
            password: Password::new(input).ok(),
        }),
    })
}

fn poll(session: &mut Session<&mut [u8]>, now: Instant) {
    loop {
        match session.poll() {
            Output::Transmit(bytes) => {
                write(bytes);
                let len = bytes.len();
                session.handle_transmitted(now, len);
            }
            Output::Event(event) => tell(event),
            Output::Wait(_) => return,
        }
    }
}

/// What the events lend. Their `Debug` is not part of the proof: the standard library's, for text, may panic.
fn tell(event: Event<'_>) {
    match event {
        Event::Done { information, .. } => information.for_each(write),
        Event::Failed { failure, .. } => {
            let _ = write!(system::Output, "{failure}");
        }
        Event::Message { topic, payload, .. } => {
            write(topic);
            write(payload);
        }
        Event::MessagePiece { data, .. } => write(data),
        Event::Unclaimed(line) => write(line),
        Event::Progress(Progress::Step { step, .. }) => {
            let _ = write!(system::Output, "{step}");
        }
        _ => write(b"event"),
    }
}
