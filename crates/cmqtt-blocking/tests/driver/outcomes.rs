//! How a publish ends: three outcomes once the modem was told to publish, an error before.

use cmqtt_blocking::at_proto::cmqtt::{QoS, ResultCode, Topic};
use cmqtt_blocking::{Cause, Error, Outcome, Publication, Refusal};

use crate::port::Reaction::{self, Fail, Refuse, Say};
use crate::port::modem;

/// A modem that has taken topic and payload when PUB is met like this.
fn publish(reaction: Reaction) -> Result<Outcome, Error> {
    let taken = [Say("\r\n>"), Say("\r\nOK\r\n"), Say("\r\n>"), Say("\r\nOK\r\n")];
    publish_with(&[&taken[..], &[reaction]].concat())
}

fn publish_with(reactions: &[Reaction]) -> Result<Outcome, Error> {
    let (port, mut modem) = modem();
    port.react(reactions);
    modem.publish(&publication())
}

fn publication() -> Publication<'static> {
    Publication {
        client: 0,
        topic: Topic::new("t").unwrap(),
        payload: b"p",
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

#[test]
fn a_publish_that_succeeds_is_delivered() {
    let outcome = publish(Say("\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n")).unwrap();
    assert_eq!(outcome, Outcome::Delivered);
    assert_eq!(outcome.code(), None);
}

#[test]
fn a_publish_that_is_refused_says_what_the_modem_said() {
    for (said, refusal, words) in [
        (
            "\r\nOK\r\n\r\n+CMQTTPUB: 0,19\r\n",
            Refusal::Code(19),
            "refused: 19: client in use",
        ),
        (
            "\r\n+CMQTTPUB: 0,11\r\n\r\nERROR\r\n",
            Refusal::Code(11),
            "refused: 11: no connection",
        ),
        (
            "\r\n+CME ERROR: 14\r\n",
            Refusal::Equipment(14),
            "refused: +CME ERROR: 14",
        ),
    ] {
        let outcome = publish(Say(said)).unwrap();
        assert_eq!(outcome, Outcome::Refused(refusal), "{said:?}");
        assert_eq!(outcome.to_string(), words);
    }
    // What may come for a message that is on its way, too.
    let outcome = publish(Say("\r\nERROR\r\n")).unwrap();
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    let code = publish(Say("\r\n+CMQTTPUB: 0,11\r\n\r\nERROR\r\n"))
        .unwrap()
        .code();
    assert_eq!(code, Some(ResultCode(11)));
}

#[test]
fn a_publish_whose_end_does_not_come_is_unknown() {
    for said in ["", "\r\nOK\r\n"] {
        let outcome = publish(Say(said)).unwrap();
        assert!(
            matches!(outcome, Outcome::Unknown(failure) if matches!(failure.cause, Cause::TimedOut(_))),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_publish_whose_port_fails_before_its_end_is_unknown_and_the_next_call_says_why() {
    let (port, mut modem) = modem();
    port.react(&[
        Say("\r\n>"),
        Say("\r\nOK\r\n"),
        Say("\r\n>"),
        Say("\r\nOK\r\n"),
        Fail,
    ]);
    let outcome = modem.publish(&publication()).unwrap();
    assert!(
        matches!(outcome, Outcome::Unknown(failure) if failure.cause == Cause::Reset),
        "{outcome:?}"
    );
    assert!(matches!(modem.publish(&publication()), Err(Error::Port(_))));
}

#[test]
fn a_topic_or_payload_that_is_refused_is_no_outcome() {
    for (reactions, command) in [
        (
            &[Say("\r\n+CMQTTTOPIC: 0,20\r\n\r\nERROR\r\n")][..],
            "+CMQTTTOPIC",
        ),
        (
            &[Say("\r\n>"), Say("\r\nOK\r\n"), Say("\r\nERROR\r\n")],
            "+CMQTTPAYLOAD",
        ),
    ] {
        match publish_with(reactions) {
            Err(Error::Failed(failure)) => assert_eq!(failure.command, command),
            end => panic!("{command}: {end:?}"),
        }
    }
}

#[test]
fn a_port_that_fails_before_pub_is_no_outcome() {
    for reaction in [Fail, Refuse] {
        assert!(matches!(publish_with(&[reaction]), Err(Error::Port(_))));
    }
    assert!(matches!(publish(Refuse), Err(Error::Port(_))));
}
