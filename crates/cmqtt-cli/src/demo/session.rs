//! The session of the vendor's note, section 4.1, step by step.

use std::time::{Duration, Instant};

use cmqtt_blocking::at_proto::cmqtt::{
    ClientId, KeepAlive, QoS, ServerAddress, Subscribe, Topic, TopicFilter,
};
use cmqtt_blocking::at_proto::network::{DefineContext, Packet, ReportRegistration, Signal};
use cmqtt_blocking::at_proto::{Quoted, Read};
use cmqtt_blocking::{Client, Connection, Error, Outcome, Port, Publication, Transport};

use super::script::Script;
use super::watched::Watched;

/// The broker that the note's session names.
pub(super) const BROKER: &str = "test.mosquitto.org:1883";

/// What came of the session.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) steps: usize,
    pub(super) outcome: Outcome,
    pub(super) received: Vec<Vec<u8>>,
    /// Bytes from the host to the modem.
    pub(super) to_modem: u64,
    /// Bytes from the modem to the host.
    pub(super) to_host: u64,
}

impl Done {
    /// Whether the one message came back as it was sent.
    pub(super) fn unchanged(&self) -> bool {
        self.received.len() == 1 && self.received.iter().all(|payload| payload == PAYLOAD)
    }
}

/// Plays it. Each step is announced, then done.
pub(super) fn play<P: Port>(
    mut modem: Client<Watched<P>>,
    script: &Script,
) -> Result<Done, Box<dyn std::error::Error>> {
    let filter = TopicFilter::new(TOPIC)?;
    let server = format!("tcp://{BROKER}");

    script.step("How strong is the signal?");
    modem.command(&Signal, |_| ())?;

    script.step("Wait until the modem is registered with a network");
    wait_for_registration(&mut modem)?;

    script.step("Name the access point that data go through");
    modem.command(
        &DefineContext::new(1, Quoted::new("IP")?, Quoted::new("apn")?),
        |()| (),
    )?;

    script.step("Start the MQTT service: this activates the access point");
    modem.start()?;

    script.step("Acquire a client, without TLS");
    let id = ClientId::new("client test0")?;
    modem.acquire(0, id, Transport::Tcp)?;

    script.step("Leave a will: the broker publishes it should the modem vanish");
    modem.set_will(0, Topic::new("will topic")?, b"bye-by", QoS::AtLeastOnce)?;

    script.step("Connect to the broker");
    let server = ServerAddress::new(&server)?;
    modem.connect(&Connection {
        client: 0,
        server,
        keep_alive: KeepAlive::new(60)?,
        clean_session: true,
        login: None,
    })?;

    script.step("Subscribe to a topic, QoS 1");
    modem.subscribe(0, filter, QoS::AtLeastOnce)?;

    script.step("Publish 60 bytes to it, QoS 1: topic, payload, then the publish itself");
    let outcome = modem.publish(&Publication {
        client: 0,
        topic: Topic::new(TOPIC)?,
        payload: PAYLOAD,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    })?;
    let received: Vec<_> = modem
        .receive(PATIENCE)?
        .map(|message| message.payload)
        .into_iter()
        .collect();

    script.step("Subscribe to what SUBTOPIC collected (nothing here; the note shows the command)");
    match modem.command(&Subscribe::Cached { client: 0, dup: None }, |()| ()) {
        // Families differ in whether this is an error; the session goes on all the same.
        Err(Error::Failed(_)) | Ok(()) => {}
        Err(error) => return Err(error.into()),
    }

    script.step("Unsubscribe");
    modem.unsubscribe(0, filter)?;

    script.step("Disconnect");
    modem.disconnect(0, 120)?;

    script.step("Release the client");
    modem.release(0)?;

    script.step("Stop the MQTT service");
    modem.stop()?;

    let port = modem.port();
    Ok(Done {
        steps: script.steps(),
        outcome,
        received,
        to_modem: port.map_or(0, Watched::written),
        to_host: port.map_or(0, Watched::read_bytes),
    })
}

/// Asks until the answer is "home" or "roaming".
fn wait_for_registration<P: Port>(modem: &mut Client<Watched<P>>) -> Result<(), Box<dyn std::error::Error>> {
    let question = Read::<ReportRegistration<Packet>>::new();
    let started = Instant::now();
    while !modem.command(&question, |registration| registration.state.is_registered())? {
        if started.elapsed() > REGISTRATION {
            return Err("the modem does not register with a network".into());
        }
        modem.next_event(Duration::from_secs(1))?;
    }
    Ok(())
}

const TOPIC: &str = "simcommsg";

/// The note's payload: 60 bytes.
const PAYLOAD: &[u8] = b"012345678901234567890123456789012345678901234567890123456789";

/// How long the message may take to come back.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long registration may take on NB-IoT.
const REGISTRATION: Duration = Duration::from_secs(180);
