//! What goes wrong on the line: prompts that never come, bytes that were lost, restarts, late answers.

use at_proto::cmqtt::{QoS, Topic, TopicFilter};
use at_proto::network::Signal;
use cmqtt_core::{Client, Config, DataEcho, LATE_RESULT, Publication, RequestError, RequestId};

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

/// Topic, payload and PUB are sent; what comes is the answer to PUB.
fn publish_until_the_answer(talk: &mut Talk) {
    talk.ask(publish);
    for answer in ["\r\n>", "\r\nOK\r\n", "\r\n>", "\r\nOK\r\n"] {
        talk.hear(answer);
    }
}

fn subscribe(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.subscribe(0, TopicFilter::new("topic").unwrap(), QoS::AtMostOnce)
}

fn release(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.release(0)
}

fn timed_out(id: u32, command: &str, reason: &str, effect: &str) -> String {
    format!(
        "Failed {{ id: {id}, failure: Failure {{ command: \"{command}\", cause: TimedOut({reason}), effect: {effect} }} }}"
    )
}

#[test]
fn a_prompt_that_never_comes_is_made_up_for() {
    let mut talk = Talk::new();
    talk.ask(publish)
        .wrote("AT+CMQTTTOPIC=0,5\r")
        .waits(10_000, "the prompt")
        .pass_deadline();
    talk.events(&[&timed_out(0, "+CMQTTTOPIC", "Prompt", "None")])
        .rests();
    // The prompt may have been lost: the modem may wait for five bytes. CRs end that, and are harmless if it does not.
    talk.ask(release)
        .wrote("\r\r\r\r\rAT+CSQ\r")
        .hear("\r\nOK\r\n")
        .events(&["Unclaimed(\"OK\")"])
        .wrote("");
    talk.hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n")
        .wrote("AT+CMQTTREL=0\r")
        .hear("\r\nOK\r\n");
    talk.events(&["Done { id: 1, information: [] }"]);
}

#[test]
fn data_that_are_not_accepted_are_made_up_for() {
    let mut talk = Talk::new();
    talk.ask(publish)
        .hear("\r\n>\r\n")
        .wrote("AT+CMQTTTOPIC=0,5\rtopic");
    talk.waits(10_000, "the final result code after the data")
        .pass(10_001);
    talk.events(&[&timed_out(0, "+CMQTTTOPIC", "DataAccepted", "None")]);
    talk.ask(publish)
        .wrote("\r\r\r\r\rAT+CSQ\r")
        .hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n")
        .wrote("AT+CMQTTTOPIC=0,5\r");
}

#[test]
fn a_publish_without_an_end_is_unknown_and_its_late_result_is_nobody_elses() {
    let mut talk = Talk::new();
    talk.ask(publish)
        .hear("\r\n>")
        .hear("\r\nOK\r\n")
        .hear("\r\n>")
        .hear("\r\nOK\r\n")
        .hear("\r\nOK\r\n");
    talk.waits(70_000, "the result URC").pass_deadline();
    talk.events(&[&timed_out(0, "+CMQTTPUB", "ResultUrc", "Unknown")]);
    let refusal = publish(&mut talk.client).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "the modem still owes the result of an earlier +CMQTTPUB"
    );
    assert!(subscribe(&mut talk.client).is_ok(), "another command may go");
    talk.pass(0).hear("\r\n>").hear("\r\n+CMQTTPUB: 0,0\r\n");
    talk.events(&["LateResult { command: \"+CMQTTPUB\", client: Some(0), code: ResultCode(0) }"]);
    talk.hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n")
        .events(&["Done { id: 1, information: [] }"]);
    assert!(publish(&mut talk.client).is_ok());
}

#[test]
fn a_late_result_is_owed_no_longer_than_its_bound() {
    let mut talk = Talk::new();
    talk.ask(Client::start)
        .hear("\r\nOK\r\n")
        .waits(12_000, "the result URC")
        .pass_deadline();
    assert!(matches!(
        talk.client.start(),
        Err(RequestError::LateResult {
            command: "+CMQTTSTART",
            ..
        })
    ));
    talk.pass(u64::try_from(LATE_RESULT.as_millis()).unwrap());
    assert!(talk.client.start().is_ok());
}

#[test]
fn a_restart_ends_everything() {
    let mut talk = Talk::new();
    talk.ask(publish)
        .hear("\r\n>")
        .hear("\r\nOK\r\n")
        .hear("\r\n>")
        .hear("\r\nOK\r\n")
        .hear("\r\nOK\r\n");
    talk.hear("\r\n+CMQTTRXSTART: 0,1,1\r\n\r\nRDY\r\n").events(&[
        "MessageBroken { client: 0, cause: Reset }",
        "Failed { id: 0, failure: Failure { command: \"+CMQTTPUB\", cause: Restarted, effect: Unknown } }",
        "Restarted",
    ]);
    talk.rests();
    talk.wrote("AT+CMQTTTOPIC=0,5\rtopicAT+CMQTTPAYLOAD=0,7\rpayloadAT+CMQTTPUB=0,1,60\r");
    talk.ask(publish)
        .wrote("AT+CMQTTTOPIC=0,5\r")
        .hear("\r\n*ATREADY: 1\r\n");
    talk.events(&[
        "Failed { id: 1, failure: Failure { command: \"+CMQTTTOPIC\", cause: Restarted, effect: None } }",
        "Restarted",
    ]);
}

#[test]
fn an_answer_of_another_time_is_not_taken_for_this_ones() {
    let mut talk = Talk::new();
    talk.ask(release)
        .waits(15_000, "the final result code")
        .pass_deadline();
    talk.events(&[&timed_out(0, "+CMQTTREL", "FinalResult", "Unknown")]);
    talk.ask(release)
        .wrote("AT+CMQTTREL=0\rAT+CSQ\r")
        .hear("\r\nOK\r\n")
        .events(&["Unclaimed(\"OK\")"]);
    talk.hear("\r\nERROR\r\n")
        .events(&["Unclaimed(\"ERROR\")"])
        .wrote("");
    talk.hear("\r\n+CSQ: 99,99\r\n\r\nOK\r\n")
        .wrote("AT+CMQTTREL=0\r")
        .hear("\r\nOK\r\n");
    talk.events(&["Done { id: 1, information: [] }"]);
}

/// A line too long to be read may be anything, but not the answer that shows that the modem is in step.
#[test]
fn an_overlong_line_does_not_answer_for_the_modem() {
    let mut talk = Talk::new();
    talk.ask(release).pass_deadline();
    talk.ask(release).wrote("AT+CMQTTREL=0\rAT+CSQ\r");
    talk.hear("x".repeat(5000)).hear("\r\n\r\nOK\r\n").wrote("");
    talk.hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n").wrote("AT+CMQTTREL=0\r");
}

#[test]
fn a_modem_that_does_not_answer_is_asked_three_times() {
    let mut talk = Talk::new();
    talk.ask(release)
        .pass_deadline()
        .wrote("AT+CMQTTREL=0\r")
        .events(&[&timed_out(0, "+CMQTTREL", "FinalResult", "Unknown")]);
    let reason = "an answer that shows that host and modem are in step";
    talk.ask(release)
        .wrote("AT+CSQ\r")
        .waits(9000, reason)
        .pass_deadline();
    talk.wrote("AT+CSQ\r")
        .waits(9000, reason)
        .pass_deadline()
        .wrote("AT+CSQ\r")
        .pass_deadline();
    talk.wrote("")
        .events(&[&timed_out(1, "+CSQ", "BackInStep", "None")])
        .rests();
    // It is still not known to be in step.
    talk.ask(release).wrote("AT+CSQ\r");
}

#[test]
fn a_reset_line_is_found_back_to() {
    let mut talk = Talk::new();
    talk.ask(publish)
        .hear("\r\n>")
        .hear("\r\n+CMQTTRXSTART: 0,1,1\r\n+CMQTTRXTO")
        .reset();
    talk.events(&[
        "MessageBroken { client: 0, cause: Reset }",
        "Failed { id: 0, failure: Failure { command: \"+CMQTTTOPIC\", cause: Reset, effect: None } }",
    ]);
    talk.rests().wrote("AT+CMQTTTOPIC=0,5\rtopic");
    talk.ask(release)
        .wrote("\r\r\r\r\rAT+CSQ\r")
        .hear("PIC: 0,1\r\n\r\n+CSQ: 23,0\r\n\r\nOK\r\n")
        .wrote("AT+CMQTTREL=0\r");
    talk.events(&["Unclaimed(\"PIC: 0,1\")"]);
}

#[test]
fn the_rest_of_an_echo_shows_no_password() {
    let mut talk = Talk::new();
    talk.hear("er\",60,1,\"user\",\"secret\"\r\n");
    talk.events(&[r#"Unclaimed("er\",60,1,\"user\",[redacted]")"#]);
    talk.hear("ret\"\r\n");
    talk.events(&[r#"Unclaimed("[redacted]")"#]);
}

#[test]
fn a_disconnect_that_timed_out_is_believed_when_two_answers_agree() {
    let mut talk = Talk::new();
    talk.ask(|client| client.disconnect(0, 60))
        .hear("\r\nOK\r\n")
        .waits(70_000, "the result URC")
        .pass_deadline();
    talk.wrote("AT+CMQTTDISC=0,60\r")
        .events(&[&timed_out(0, "+CMQTTDISC", "ResultUrc", "Unknown")]);
    talk.ask(|client| client.connection_state(0))
        .wrote("AT+CMQTTDISC?\r");
    talk.hear("\r\n+CMQTTDISC: 0,0\r\n\r\n+CMQTTDISC: 0,1\r\n\r\nOK\r\n")
        .wrote("AT+CMQTTDISC?\r");
    talk.hear("\r\n+CMQTTDISC: 0,1\r\n\r\nOK\r\n")
        .wrote("AT+CMQTTDISC?\r")
        .events(&[]);
    talk.hear("\r\n+CMQTTDISC: 0,1\r\n\r\nOK\r\n")
        .events(&[r#"Done { id: 1, information: ["+CMQTTDISC: 0,1"] }"#]);
}

#[test]
fn repeated_data_are_skipped_by_their_length() {
    for echo in [DataEcho::Learn, DataEcho::On] {
        let mut config = Config::SIM7028;
        config.quirks.data_echo = echo;
        let mut talk = Talk::with(config, 64);
        let payload = b"\r\nOK\r\n";
        talk.ask(|client| {
            client.publish(&Publication {
                client: 0,
                topic: Topic::new("OKtopic").unwrap(),
                payload,
                qos: QoS::AtMostOnce,
                retain: false,
                timeout: 60,
            })
        });
        talk.hear("\r\n>")
            .hear("OKtopic")
            .hear("\r\nOK\r\n")
            .wrote("AT+CMQTTTOPIC=0,7\rOKtopicAT+CMQTTPAYLOAD=0,6\r");
        // Known by now: the payload's echo is no answer.
        talk.hear("\r\n>")
            .wrote("\r\nOK\r\n")
            .hear("\r\nOK\r\n")
            .wrote("")
            .hear("\r\nOK\r\n")
            .wrote("AT+CMQTTPUB=0,0,60\r");
        talk.events(&[]);
    }
}

#[test]
fn an_answer_is_not_taken_for_repeated_data() {
    let mut talk = Talk::new();
    let filter = TopicFilter::new("OKAY").unwrap();
    talk.ask(|client| client.subscribe(0, filter, QoS::AtMostOnce))
        .hear("\r\n> ")
        .hear("\r\n")
        .hear("OK\r\n");
    talk.hear("\r\n+CMQTTSUB: 0,0\r\n")
        .events(&["Done { id: 0, information: [] }"]);
}

#[test]
fn the_prompts_blank_is_not_taken_for_repeated_data() {
    let mut talk = Talk::new();
    let filter = TopicFilter::new(" blank first").unwrap();
    talk.ask(|client| client.subscribe(0, filter, QoS::AtMostOnce))
        .hear("\r\n>")
        .hear(" ")
        .hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n")
        .events(&["Done { id: 0, information: [] }"]);
}

/// A weak line loses first bytes (seen on hardware). What is left is enough to know the result by; less is not.
#[test]
fn a_result_counts_without_its_plus() {
    let mut talk = Talk::new();
    talk.ask(Client::start)
        .hear("\r\nOK\r\n\r\nCMQTTSTART: 0\r\n")
        .events(&["Done { id: 0, information: [] }"]);
    talk.ask(Client::start)
        .hear("\r\nOK\r\n\r\nMQTTSTART: 0\r\n")
        .events(&["Unclaimed(\"MQTTSTART: 0\")"]);
    talk.pass_deadline()
        .events(&[&timed_out(1, "+CMQTTSTART", "ResultUrc", "Unknown")]);
}

/// The topic's echo got lost: the modem is not taken for one that never repeats data, and the next topic shows it.
#[test]
fn an_echo_that_was_missed_once_is_still_learned() {
    let mut talk = Talk::new();
    talk.ask(publish)
        .hear("\r\n>")
        .hear("\r\nOK\r\n")
        .hear("\r\n>")
        .hear("payload\r\nOK\r\n")
        .hear("\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n");
    talk.events(&["Done { id: 0, information: [] }"]);
    talk.ask(publish)
        .hear("\r\n>")
        .hear("topic\r\nOK\r\n")
        .hear("\r\n>");
    talk.events(&[]);
}

/// `ERROR` came, and the code that says why only when the next publish was under way. It may be either's, so that nobody
/// knows what became of the second, and its own result is still to come.
#[test]
fn a_code_that_is_late_for_its_error_makes_the_next_outcome_unknown() {
    let mut talk = Talk::new();
    publish_until_the_answer(&mut talk);
    talk.hear("\r\nERROR\r\n")
        .waits(3000, "the result URC after ERROR")
        .pass_deadline();
    talk.events(&["Failed { id: 0, failure: Failure { command: \"+CMQTTPUB\", cause: Refused(Error), effect: Unknown } }"]);
    publish_until_the_answer(&mut talk);
    talk.hear("\r\nOK\r\n\r\n+CMQTTPUB: 0,11\r\n");
    talk.events(&["Failed { id: 1, failure: Failure { command: \"+CMQTTPUB\", cause: Refused(Code(11)), effect: Unknown } }"]);
    assert!(matches!(
        publish(&mut talk.client),
        Err(RequestError::LateResult { .. })
    ));
    talk.hear("\r\n+CMQTTPUB: 0,0\r\n")
        .events(&["LateResult { command: \"+CMQTTPUB\", client: Some(0), code: ResultCode(0) }"]);
    assert!(publish(&mut talk.client).is_ok());
}

/// Both results come before the `OK`: which of them is the second publish's is a guess.
#[test]
fn of_two_results_nobody_knows_which_is_whose() {
    let mut talk = Talk::new();
    publish_until_the_answer(&mut talk);
    talk.hear("\r\nERROR\r\n").pass_deadline().take_events();
    publish_until_the_answer(&mut talk);
    talk.hear("\r\n+CMQTTPUB: 0,11\r\n").events(&[]);
    talk.hear("\r\n+CMQTTPUB: 0,0\r\n").events(&[
        "LateResult { command: \"+CMQTTPUB\", client: Some(0), code: ResultCode(0) }",
        "Failed { id: 1, failure: Failure { command: \"+CMQTTPUB\", cause: Contradiction, effect: Unknown } }",
    ]);
    // Nothing more is owed but the `OK`.
    talk.hear("\r\nOK\r\n").events(&["Unclaimed(\"OK\")"]);
    assert!(publish(&mut talk.client).is_ok());
}

/// What an earlier command of another kind was owed says nothing about the present one's result.
#[test]
fn a_late_result_of_another_command_contradicts_nothing() {
    let mut talk = Talk::new();
    talk.ask(subscribe)
        .hear("\r\n>")
        .hear("\r\nOK\r\n")
        .pass_deadline()
        .take_events();
    publish_until_the_answer(&mut talk);
    talk.hear("\r\n+CMQTTPUB: 0,0\r\n").events(&[]);
    talk.hear("\r\n+CMQTTSUB: 0,0\r\n")
        .events(&["LateResult { command: \"+CMQTTSUB\", client: Some(0), code: ResultCode(0) }"]);
    talk.hear("\r\nOK\r\n")
        .events(&["Done { id: 1, information: [] }"]);
}

/// The question that finds out whether the modem is in step may be asked for its own sake, too, and be answered late.
#[test]
fn a_question_that_was_given_up_is_no_proof_that_the_modem_is_in_step() {
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&Signal))
        .pass_deadline()
        .take_events();
    talk.ask(release).wrote("AT+CSQ\rAT+CSQ\r");
    talk.hear("\r\n+CSQ: 20,0\r\n\r\nOK\r\n").wrote("");
    talk.hear("\r\n+CSQ: 20,0\r\n\r\nOK\r\n").wrote("AT+CMQTTREL=0\r");
    talk.hear("\r\n+CMQTTREL: 0,20\r\n\r\nERROR\r\n").events(&[
        "Failed { id: 1, failure: Failure { command: \"+CMQTTREL\", cause: Refused(Code(20)), effect: None } }",
    ]);
}

/// What has come damaged is not waited for, and does not come again: nothing is owed.
#[test]
fn a_damaged_result_ends_its_command_and_is_owed_no_longer() {
    for line in ["+CMQTPUB: 0,0", "+CMQTTPUB: 0,", "+CMQTTPUB: 0;0"] {
        let mut talk = Talk::new();
        publish_until_the_answer(&mut talk);
        talk.hear("\r\nOK\r\n").hear(format!("\r\n{line}\r\n"));
        talk.events(&[
            &format!("Unclaimed({line:?})"),
            "Failed { id: 0, failure: Failure { command: \"+CMQTTPUB\", cause: Damaged, effect: Unknown } }",
        ])
        .rests();
        publish_until_the_answer(&mut talk);
        talk.hear("\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n");
        talk.events(&["Done { id: 1, information: [] }"]);
    }
    // Before its `OK`, or while an earlier one is owed, it may be anything.
    let mut talk = Talk::new();
    talk.ask(subscribe).hear("\r\n>").hear("\r\n+CMQTTUB: 0,0\r\n");
    talk.events(&["Unclaimed(\"+CMQTTUB: 0,0\")"]);
    talk.hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n");
    talk.events(&["Done { id: 0, information: [] }"]);
}

/// The modem has restarted, and no line told so: what it owed is forgotten. A service that the modem itself said was over, or
/// that was stopped, may be started, too, and then it is not.
#[test]
fn a_service_that_can_be_started_again_shows_a_restart_in_silence() {
    let nothing = (false, "");
    for ((stop, between), is_owed) in [
        (nothing, false),
        ((false, "\r\n+CMQTTNONET\r\n"), true),
        ((true, ""), true),
    ] {
        let mut talk = Talk::new();
        talk.ask(Client::start).hear("\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n");
        talk.ask(subscribe)
            .hear("\r\n>")
            .hear("\r\nOK\r\n")
            .pass_deadline();
        assert!(matches!(
            subscribe(&mut talk.client),
            Err(RequestError::LateResult { .. })
        ));
        talk.hear(between);
        if stop {
            talk.ask(Client::stop).hear("\r\nOK\r\n\r\n+CMQTTSTOP: 0\r\n");
        }
        talk.ask(Client::start).hear("\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n");
        assert_eq!(
            subscribe(&mut talk.client).is_err(),
            is_owed,
            "{stop} {between:?}"
        );
    }
}

/// The rest of a message may come after all, and look like any answer: it ends nothing well.
#[test]
fn a_message_that_breaks_off_takes_the_command_with_it() {
    let mut talk = Talk::new();
    publish_until_the_answer(&mut talk);
    talk.hear("\r\nOK\r\n");
    talk.hear("\r\n+CMQTTRXSTART: 0,1,40\r\n\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n\r\n+CMQTTRXPAYLOAD: 0,40\r\nit breaks off");
    talk.pass_deadline().events(&[
        "MessageBroken { client: 0, cause: Unfinished }",
        "Failed { id: 0, failure: Failure { command: \"+CMQTTPUB\", cause: Damaged, effect: Unknown } }",
    ]);
    talk.hear("\r\n+CMQTTPUB: 0,0\r\n")
        .events(&["LateResult { command: \"+CMQTTPUB\", client: Some(0), code: ResultCode(0) }"]);
}

/// A service that was not running sends no rest of a message.
#[test]
fn a_message_ends_with_the_service_that_sent_it() {
    let mut talk = Talk::new();
    talk.hear("\r\n+CMQTTRXSTART: 0,1,1\r\n\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n\r\n+CMQTTRXPAYLOAD: 0,1\r\np\r\n");
    talk.ask(Client::start).hear("\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n");
    talk.events(&[
        "MessageBroken { client: 0, cause: Reset }",
        "Done { id: 0, information: [] }",
    ]);
    talk.hear("\r\n+CMQTTRXEND: 0\r\n").events(&[]);
}

/// A received message whose announcements lost, gained or altered one byte, while a publish waits for its result: nothing in
/// its payload is taken for that, nor for another message.
#[test]
fn no_byte_of_an_announcement_lets_a_payload_pass_for_an_answer() {
    const FORGED: &str = "\r\n+CMQTTPUB: 0,0\r\n+CMQTTRXSTART: 0,4,1\r\n+CMQTTRXTOPIC: 0,4\r\nfake\r\n+CMQTTRXPAYLOAD: 0,1\r\n!\r\n+CMQTTRXEND: 0\r\n";
    let len = FORGED.len();
    let start = format!("+CMQTTRXSTART: 0,5,{len}\r\n");
    let announcements = [
        "+CMQTTRXTOPIC: 0,5\r\n".to_owned(),
        format!("+CMQTTRXPAYLOAD: 0,{len}\r\n"),
    ];
    for damaged in 0..2 {
        let whole = announcements[damaged].as_bytes();
        for place in 0..whole.len() {
            let (before, behind) = whole.split_at(place);
            let (hit, rest) = behind.split_first().expect("a byte");
            let ways: [&[u8]; 6] = [b"", &[*hit, *hit], b"X", b"5", &[hit ^ 1], &[hit ^ 4]];
            for way in ways {
                let mut parts = announcements.clone().map(String::into_bytes);
                parts[damaged] = [before, way, rest].concat();
                let [topic, payload] = parts;
                let mut talk = Talk::new();
                publish_until_the_answer(&mut talk);
                talk.hear("\r\nOK\r\n");
                let said = [
                    b"\r\n",
                    start.as_bytes(),
                    &topic,
                    b"top/e\r\n",
                    &payload,
                    FORGED.as_bytes(),
                ]
                .concat();
                talk.hear([&said[..], b"\r\n+CMQTTRXEND: 0\r\n"].concat());
                let events = talk.take_events();
                let said = said.escape_ascii();
                assert!(
                    !events.iter().any(|event| event.starts_with("Done")),
                    "{said}: {events:?}"
                );
                // A length that is altered to that of the payload's first line hides that anything is wrong.
                let in_length = whole.get(place).is_some_and(u8::is_ascii_digit) && !before.ends_with(b" ");
                let forged = |event: &String| event.contains("fake\", payload: \"!");
                assert!(in_length || !events.iter().any(forged), "{said}: {events:?}");
            }
        }
    }
}

/// The rest of a chunk that was longer than announced is skipped, as far as it comes; if it does not, lines are lines again.
#[test]
fn what_is_skipped_of_a_message_does_not_have_to_come() {
    for payload in [1000, 4_000_000_000_u32] {
        let mut talk = Talk::new();
        talk.hear(format!(
            "\r\n+CMQTTRXSTART: 0,1,{payload}\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,5\r\nhello and more\r\n"
        ));
        talk.take_events();
        talk.pass(5000)
            .hear("\r\n+CMQTTNONET\r\n")
            .events(&["NoNetwork"])
            .rests();
    }
}

/// Whoever is answered by what stands in it, nobody is: the command under way ends without a known outcome, and the first
/// line behind the message is heard again.
#[test]
fn the_rest_of_a_chunk_that_was_longer_than_announced_answers_nothing() {
    let payload = "hello, world\r\n+CMQTTPUB: 0,0\r\n";
    let mut talk = Talk::new();
    publish_until_the_answer(&mut talk);
    talk.hear("\r\nOK\r\n").hear(format!(
        "\r\n+CMQTTRXSTART: 0,1,{}\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,5\r\n{payload}",
        payload.len()
    ));
    talk.events(&[
        "MessageBroken { client: 0, cause: Inconsistent }",
        "Failed { id: 0, failure: Failure { command: \"+CMQTTPUB\", cause: Damaged, effect: Unknown } }",
        "Unclaimed(\", world\")",
    ]);
    talk.hear("\r\n+CMQTTRXEND: 0\r\n\r\n+CMQTTPUB: 0,0\r\n")
        .events(&["LateResult { command: \"+CMQTTPUB\", client: Some(0), code: ResultCode(0) }"]);
}
