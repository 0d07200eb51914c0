//! A runtime in virtual time, a modem, and a driver on it.

use std::future::Future;

use cmqtt_sim::Profile;
use cmqtt_tests::async_modem::AsyncModem;
use cmqtt_tokio::at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
use cmqtt_tokio::{Cause, Client, Config, Connection, Error, Outcome, Publication, Transport};

/// Runs it in virtual time.
pub(crate) fn in_virtual_time<F: Future>(test: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime")
        .block_on(test)
}

/// A modem that answers at a modem's pace, and a driver that knows nothing of it yet.
pub(crate) fn modem() -> (AsyncModem, Client) {
    let modem = AsyncModem::new(Profile::SIM7028);
    let (port, _) = modem.connect();
    (modem, Client::new(port, Config::SIM7028))
}

/// The same, connected and subscribed to `mark`.
pub(crate) async fn connected() -> (AsyncModem, Client) {
    let (modem, client) = modem();
    bring_up(&client).await;
    (modem, client)
}

/// Connects and subscribes from wherever the modem is. What it has already it refuses with a code; it never falls
/// silent.
pub(crate) async fn bring_up(client: &Client) {
    tolerate("START", client.start().await);
    tolerate("ACCQ", acquire(client).await);
    if !client.is_connected(0).await.expect("an answer") {
        connect(client).await.expect("connected");
    }
    client
        .subscribe(0, filter("mark"), QoS::AtLeastOnce)
        .await
        .expect("subscribed");
}

fn tolerate(what: &str, end: Result<(), Error>) {
    match end {
        Ok(()) => {}
        Err(Error::Failed(failure)) if matches!(failure.cause, Cause::Refused(_)) => {}
        Err(error) => panic!("{what}: {error}"),
    }
}

pub(crate) async fn acquire(client: &Client) -> Result<(), Error> {
    client
        .acquire(0, ClientId::new("id").expect("an identifier"), Transport::Tcp)
        .await
}

pub(crate) async fn connect(client: &Client) -> Result<(), Error> {
    client.connect(&connection()).await
}

pub(crate) fn connection() -> Connection<'static> {
    Connection {
        client: 0,
        server: ServerAddress::new("tcp://broker").expect("an address"),
        keep_alive: KeepAlive::new(600).expect("in range"),
        clean_session: true,
        login: None,
    }
}

pub(crate) fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::new(text).expect("a filter")
}

pub(crate) fn publication<'a>(topic: &'a str, payload: &'a [u8]) -> Publication<'a> {
    Publication {
        client: 0,
        topic: Topic::new(topic).expect("a topic"),
        payload,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

/// The line is in step: a publish arrives once, and comes back once.
pub(crate) async fn in_step(modem: &AsyncModem, client: &Client) {
    let before = modem.published("mark").len();
    deliver(client, b"in step").await;
    let message = client.receive().await.expect("the port works");
    assert_eq!(message.payload, b"in step");
    assert_eq!(modem.published("mark").len(), before + 1);
}

/// Publishes to `mark` what has to arrive.
pub(crate) async fn deliver(client: &Client, payload: &[u8]) {
    let outcome = client.publish(&publication("mark", payload)).await.expect("sent");
    assert_eq!(outcome, Outcome::Delivered);
}
