//! A message that the broker's policy forbids: the broker closes the connection each time that it is published.

use std::time::Duration;

use at_proto::cmqtt::ResultCode;
use cmqtt_core::{Cause, Effect, OnUnknown, RequestId};

use crate::bring_up::result;
use crate::script::{Script, message};

const SECOND: Duration = Duration::from_secs(1);
const CLOSED: &str = "\r\n+CMQTTCONNLOST: 0,1\r\n";

/// The ways in which the modem reports it.
fn kills() -> [(String, Option<u16>); 4] {
    [
        (format!("{}{CLOSED}", result("PUB", 6)), Some(6)),
        (format!("{}{CLOSED}", result("PUB", 26)), Some(26)),
        (format!("\r\nOK\r\n{CLOSED}\r\n+CMQTTPUB: 0,6\r\n"), None),
        (format!("\r\nOK\r\n{CLOSED}\r\n+CMQTTPUB: 0,11\r\n"), None),
    ]
}

fn refused(script: &Script, id: RequestId) -> Option<(Cause, Effect)> {
    let (_, end) = script.ends.iter().find(|(ended, _)| *ended == id)?;
    let failure = end.expect_err("it was not published");
    Some((failure.cause, failure.effect))
}

fn delivered(script: &Script) -> Vec<&str> {
    let told = script.told().into_iter();
    told.filter(|told| told.starts_with("Delivered")).collect()
}

#[test]
fn a_message_that_ends_three_connections_is_refused_and_the_others_are_delivered() {
    for (kill, code) in kills() {
        let mut script = Script::kept();
        script.says("AT+CMQTTPUB=0", [&kill, &kill, &kill, &result("PUB", 0)]);
        let forbidden = script.deliver("forbidden");
        for topic in ["one", "two"] {
            script.deliver(topic);
        }
        script.holds("client test0", false);
        script.wait(30 * SECOND);
        let cause = Cause::RefusedByBroker(code.map(ResultCode));
        assert_eq!(
            refused(&script, forbidden),
            Some((cause, Effect::Unknown)),
            "{kill:?}"
        );
        assert_eq!(delivered(&script).len(), 2, "{:?}", script.told());
        assert_eq!(script.count("AT+CMQTTCONNECT=0"), 3);
        assert_eq!(script.count("AT+CMQTTPUB=0"), 5);
        // The first of these ends is told at once, and names the message.
        let lost = script.told()[1];
        assert!(lost.contains("ByPublish { message: RequestId("), "{lost}");
        if let Some(code) = code {
            assert!(
                lost.contains(&format!("code: Some(ResultCode({code}))")),
                "{lost}"
            );
        }
    }
}

/// Many such messages cost no growing pauses.
#[test]
fn a_connection_that_a_message_ended_is_made_again_soon() {
    let mut script = Script::kept();
    let (kill, _) = &kills()[0];
    script.says("AT+CMQTTPUB=0", [kill]);
    let messages = ["a", "b", "c", "d", "e"].map(|topic| script.deliver(topic));
    script.holds("client test0", false);
    script.wait(60 * SECOND);
    for id in messages {
        assert!(matches!(
            refused(&script, id),
            Some((Cause::RefusedByBroker(_), _))
        ));
    }
}

/// A broker that restarts, a network that comes and goes, and a message that is then published.
#[test]
fn a_message_is_not_refused_for_what_befalls_others_or_passes() {
    let (kill, _) = &kills()[0];
    let done = result("PUB", 0);
    let mut script = Script::kept();
    script.says(
        "AT+CMQTTPUB=0",
        [kill, kill, &done, kill, &done, kill, kill, &done],
    );
    for topic in ["a", "b", "c"] {
        script.deliver(topic);
    }
    script.holds("client test0", false);
    script.wait(120 * SECOND);
    assert_eq!(delivered(&script).len(), 3, "{:?}", script.told());
    // The network is why: however often.
    for broken in [
        "\r\nOK\r\n\r\n+CMQTTCONNLOST: 0,3\r\n\r\n+CMQTTPUB: 0,11\r\n".to_owned(),
        "\r\nOK\r\n\r\n+CMQTTCONNLOST: 0,2\r\n\r\n+CMQTTPUB: 0,16\r\n".to_owned(),
    ] {
        let mut script = Script::kept();
        script.says("AT+CMQTTPUB=0", [&broken, &broken, &broken, &broken, &done]);
        script.deliver("a");
        script.holds("client test0", false);
        script.wait(300 * SECOND);
        assert_eq!(delivered(&script).len(), 1, "{broken:?}: {:?}", script.told());
    }
}

/// What is not sent again comes back at the first end, as one of which nobody knows.
#[test]
fn a_message_that_is_not_sent_again_comes_back_at_once() {
    let mut script = Script::kept();
    let (kill, _) = &kills()[0];
    script.says("AT+CMQTTPUB=0", [kill, &result("PUB", 0)]);
    let publication = cmqtt_core::Publication {
        qos: at_proto::cmqtt::QoS::ExactlyOnce,
        ..message("forbidden")
    };
    let id = script.session.deliver(&publication, OnUnknown::ByQos).unwrap();
    script.holds("client test0", false);
    script.wait(10 * SECOND);
    assert_eq!(
        refused(&script, id),
        Some((Cause::Refused(at_proto::Refusal::Code(6)), Effect::Unknown))
    );
    assert!(script.told()[1].contains("ByPublish"), "{:?}", script.told());
}
