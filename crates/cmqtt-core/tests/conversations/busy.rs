//! A client that is busy for a moment (result code 14): the same command is repeated in place.

use at_proto::cmqtt::{KeepAlive, QoS, ServerAddress, Subscribe, SubscribeTopic, Topic, TopicFilter};
use cmqtt_core::{Client, Connection, Publication, RequestError, RequestId};

use crate::talk::Talk;

fn publish(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.publish(&Publication {
        client: 0,
        topic: Topic::new("topic").unwrap(),
        payload: b"payload",
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    })
}

fn subscribe(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.subscribe(0, TopicFilter::new("filter").unwrap(), QoS::AtMostOnce)
}

fn release(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.release(0)
}

const BUSY: &str = "a client that is no longer busy";
const SUB: &str = "AT+CMQTTSUB=0,6,0\r";
const DONE: &str = "Done { id: 0, information: [] }";

fn failed(command: &str, cause: &str) -> String {
    format!("Failed {{ id: 0, failure: Failure {{ command: \"{command}\", cause: {cause}, effect: None }} }}")
}

/// The client has just been told that it is busy: it says nothing for 300 ms, and then this.
#[track_caller]
fn repeats(talk: &mut Talk, line: &str) {
    talk.events(&[]).waits(300, BUSY).pass(299).wrote("");
    talk.pass(1).wrote(line);
}

#[test]
fn a_busy_client_is_asked_again_whatever_the_shape_of_its_refusal() {
    for (prompts, shape) in [
        (false, &["\r\n+CMQTTSUB: 0,14\r\n", "\r\nERROR\r\n"][..]),
        (false, &["\r\nERROR\r\n", "\r\n+CMQTTSUB: 0,14\r\n"]),
        (true, &["\r\nOK\r\n", "\r\n+CMQTTSUB: 0,14\r\n"]),
        (true, &["\r\n+CMQTTSUB: 0,14\r\n", "\r\nOK\r\n"]),
    ] {
        let mut talk = Talk::new();
        talk.ask(subscribe).wrote(SUB);
        for _ in 0..3 {
            if prompts {
                talk.hear("\r\n>").wrote("filter");
            }
            for part in shape {
                talk.hear(part);
            }
            repeats(&mut talk, SUB);
        }
        talk.hear("\r\n>")
            .wrote("filter")
            .hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n")
            .events(&[DONE])
            .rests();
    }
}

#[test]
fn each_command_of_a_publish_is_repeated_with_its_data() {
    let mut talk = Talk::new();
    talk.ask(publish).wrote("AT+CMQTTTOPIC=0,5\r");
    talk.hear("\r\n+CMQTTTOPIC: 0,14\r\n\r\nERROR\r\n");
    repeats(&mut talk, "AT+CMQTTTOPIC=0,5\r");
    talk.hear("\r\n>").wrote("topic");
    // The modem takes the data, and refuses then.
    talk.hear("\r\n+CMQTTTOPIC: 0,14\r\n\r\nERROR\r\n");
    repeats(&mut talk, "AT+CMQTTTOPIC=0,5\r");
    talk.hear("\r\n>").wrote("topic").hear("\r\nOK\r\n");
    talk.wrote("AT+CMQTTPAYLOAD=0,7\r")
        .hear("\r\n+CMQTTPAYLOAD: 0,14\r\n\r\nERROR\r\n");
    repeats(&mut talk, "AT+CMQTTPAYLOAD=0,7\r");
    talk.hear("\r\n>").wrote("payload").hear("\r\nOK\r\n");
    talk.wrote("AT+CMQTTPUB=0,1,60\r")
        .hear("\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n")
        .events(&[DONE]);
}

/// PUB wipes topic and payload, perhaps also when it is refused.
#[test]
fn a_busy_pub_begins_again_with_its_topic() {
    let mut talk = Talk::new();
    talk.ask(publish);
    for _ in 0..2 {
        talk.wrote("AT+CMQTTTOPIC=0,5\r")
            .hear("\r\n>")
            .wrote("topic")
            .hear("\r\nOK\r\n");
        talk.wrote("AT+CMQTTPAYLOAD=0,7\r")
            .hear("\r\n>")
            .wrote("payload")
            .hear("\r\nOK\r\n");
        talk.wrote("AT+CMQTTPUB=0,1,60\r")
            .hear("\r\n+CMQTTPUB: 0,14\r\n\r\nERROR\r\n");
        talk.waits(300, BUSY).pass_deadline();
    }
    talk.wrote("AT+CMQTTTOPIC=0,5\r");
    // However long it goes on so, it ends, and nothing was published.
    let mut millis = 600;
    loop {
        talk.hear("\r\n>")
            .hear("\r\nOK\r\n")
            .hear("\r\n>")
            .hear("\r\nOK\r\n")
            .hear("\r\nOK\r\n\r\n+CMQTTPUB: 0,14\r\n");
        let events = talk.take_events();
        if !events.is_empty() {
            assert_eq!(events, [failed("+CMQTTPUB", "Refused(Code(14))")]);
            break;
        }
        talk.pass_deadline();
        millis += 300;
    }
    assert_eq!(millis, 10_200);
}

#[test]
fn a_client_that_stays_busy_is_reported_after_ten_seconds() {
    let mut talk = Talk::new();
    talk.ask(release);
    let mut millis = 0;
    loop {
        talk.wrote("AT+CMQTTREL=0\r")
            .hear("\r\n+CMQTTREL: 0,14\r\n\r\nERROR\r\n");
        let events = talk.take_events();
        if !events.is_empty() {
            assert_eq!(events, [failed("+CMQTTREL", "Refused(Code(14))")]);
            break;
        }
        talk.waits(300, BUSY).pass_deadline();
        millis += 300;
    }
    assert_eq!(millis, 10_200);
    talk.rests();
    // The next request has its own ten seconds.
    talk.ask(release)
        .wrote("AT+CMQTTREL=0\r")
        .hear("\r\n+CMQTTREL: 0,14\r\n\r\nERROR\r\n")
        .events(&[])
        .waits(300, BUSY);
}

#[test]
fn nothing_is_the_commands_while_a_busy_client_is_waited_for() {
    let mut talk = Talk::new();
    talk.ask(subscribe)
        .wrote(SUB)
        .hear("\r\n+CMQTTSUB: 0,14\r\n\r\nERROR\r\n");
    talk.hear("\r\n>\r\n\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n\r\n+CMQTTNONET\r\n\r\nERROR\r\n");
    talk.events(&[
        "Unclaimed(\">\")",
        "Unclaimed(\"OK\")",
        "Unclaimed(\"+CMQTTSUB: 0,0\")",
        "NoNetwork",
        "Unclaimed(\"ERROR\")",
    ]);
    talk.hear("\r\n+CMQTTRXSTART: 0,1,1\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,1\r\np\r\n+CMQTTRXEND: 0\r\n");
    talk.events(&["Message { client: 0, topic: \"t\", payload: \"p\" }"]);
    talk.waits(300, BUSY).pass_deadline().wrote(SUB);
    talk.hear("\r\n>")
        .wrote("filter")
        .hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n")
        .events(&[DONE]);
}

/// Nothing is on its way then: the modem owes nothing, and the line is in step.
#[test]
fn what_ends_the_wait_for_a_busy_client_ends_a_request_that_did_nothing() {
    let mut talk = Talk::new();
    talk.ask(publish).hear("\r\n+CMQTTTOPIC: 0,14\r\n\r\nERROR\r\n");
    talk.wrote("AT+CMQTTTOPIC=0,5\r").hear("\r\nRDY\r\n");
    talk.events(&[&failed("+CMQTTTOPIC", "Restarted"), "Restarted"])
        .rests();

    let mut talk = Talk::new();
    talk.ask(subscribe).hear("\r\n+CMQTTSUB: 0,14\r\n\r\nERROR\r\n");
    talk.reset().events(&[&failed("+CMQTTSUB", "Reset")]).rests();
    assert!(subscribe(&mut talk.client).is_ok(), "no result is owed");
}

/// The `OK` or `ERROR` of the refusal is still to come: the repetition first finds out whether the line is in step.
#[test]
fn a_refusal_without_its_end_is_repeated_in_step() {
    let mut talk = Talk::new();
    talk.ask(release)
        .wrote("AT+CMQTTREL=0\r")
        .hear("\r\n+CMQTTREL: 0,14\r\n")
        .waits(3000, "the final result code after the result URC")
        .pass_deadline();
    repeats(&mut talk, "AT+CSQ\r");
    talk.hear("\r\nERROR\r\n\r\n+CSQ: 23,0\r\n\r\nOK\r\n")
        .events(&["Unclaimed(\"ERROR\")"])
        .wrote("AT+CMQTTREL=0\r")
        .hear("\r\nOK\r\n")
        .events(&[DONE]);
}

/// A code that may be an earlier command's says nothing of this one.
#[test]
fn a_code_that_may_be_an_earlier_commands_is_not_repeated() {
    let mut talk = Talk::new();
    talk.ask(subscribe).hear("\r\nERROR\r\n").pass_deadline();
    talk.events(&[&failed("+CMQTTSUB", "Refused(Error)")]);
    talk.ask(subscribe)
        .hear("\r\n>")
        .hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,14\r\n");
    let events = talk.take_events();
    assert!(
        events[0].contains("Code(14)") && events[0].contains("Unknown"),
        "{events:?}"
    );
    assert!(matches!(
        subscribe(&mut talk.client),
        Err(RequestError::LateResult { .. })
    ));
}

#[test]
fn a_connect_and_a_cached_subscription_are_not_repeated() {
    let mut talk = Talk::new();
    talk.ask(|client| {
        client.connect(&Connection {
            client: 0,
            server: ServerAddress::new("tcp://h:1883").unwrap(),
            keep_alive: KeepAlive::new(60).unwrap(),
            clean_session: true,
            login: None,
        })
    });
    talk.hear("\r\n+CMQTTCONNECT: 0,14\r\n\r\nERROR\r\n");
    talk.events(&[&failed("+CMQTTCONNECT", "Refused(Code(14))")]);
    // The cache may be wiped, and a SUB of nothing succeeds.
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&Subscribe::Cached { client: 0, dup: None }))
        .wrote("AT+CMQTTSUB=0\r")
        .hear("\r\n+CMQTTSUB: 0,14\r\n\r\nERROR\r\n");
    talk.events(&[&failed("+CMQTTSUB", "Refused(Code(14))")]);
    // What fills it is repeated.
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&SubscribeTopic::with(0, b"filter", 1)))
        .wrote("AT+CMQTTSUBTOPIC=0,6,1\r")
        .hear("\r\n+CMQTTSUBTOPIC: 0,14\r\n\r\nERROR\r\n");
    repeats(&mut talk, "AT+CMQTTSUBTOPIC=0,6,1\r");
}
