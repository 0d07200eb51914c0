//! Files for the modem: stored where they are not, looked for afterwards, and never believed to be whole for their name.

use at_proto::tls::FileName;
use cmqtt_core::{Client, RequestError, RequestId};

use crate::talk::Talk;

const LIST: &str = "AT+CCERTLIST\r";
const STORE: &str = "AT+CCERTDOWN=\"ca.pem\",3\r";
const LISTED: &str = "\r\n+CCERTLIST: \"ca.pem\"\r\n\r\nOK\r\n";
const NOT_LISTED: &str = "\r\n+CCERTLIST: \"other.pem\"\r\n\r\nOK\r\n";
const OK: &str = "\r\nOK\r\n";
const ERROR: &str = "\r\nERROR\r\n";

fn provide(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.provide_file(FileName::new("ca.pem").unwrap(), b"PEM")
}

#[test]
fn a_file_that_is_there_is_not_sent() {
    let mut talk = Talk::new();
    talk.ask(provide).wrote(LIST).hear(LISTED).wrote("");
    talk.events(&[r#"Done { id: 0, information: ["+CCERTLIST: \"ca.pem\""] }"#])
        .rests();
}

#[test]
fn a_file_that_is_not_there_is_stored_and_looked_for() {
    let mut talk = Talk::new();
    talk.ask(provide).wrote(LIST).hear(NOT_LISTED).wrote(STORE);
    talk.hear("\r\n>").wrote("PEM").hear(OK).wrote(LIST);
    talk.events(&[])
        .hear(LISTED)
        .events(&[r#"Done { id: 0, information: ["+CCERTLIST: \"ca.pem\""] }"#]);
}

#[test]
fn a_file_that_was_stored_and_is_not_there_is_a_contradiction() {
    let mut talk = Talk::new();
    talk.ask(provide).hear(NOT_LISTED).hear("\r\n>").hear(OK);
    talk.hear(NOT_LISTED).events(&[
        "Failed { id: 0, failure: Failure { command: \"+CCERTLIST\", cause: Contradiction, effect: None } }",
    ]);
}

#[test]
fn firmware_that_cannot_list_stores_all_the_same() {
    let mut talk = Talk::new();
    talk.ask(provide).wrote(LIST).hear(ERROR).wrote(STORE);
    talk.hear("\r\n>").wrote("PEM").hear(OK).wrote(LIST);
    talk.hear(ERROR).events(&["Done { id: 0, information: [] }"]);
    // What cannot be stored is not.
    talk.ask(provide).hear(ERROR).hear(ERROR).events(&[
        "Failed { id: 1, failure: Failure { command: \"+CCERTDOWN\", cause: Refused(Error), effect: None } }",
    ]);
}

#[test]
fn what_an_interrupted_file_may_have_done_is_told() {
    let failed = |command: &str, effect: &str| {
        format!(
            "Failed {{ id: 0, failure: Failure {{ command: \"{command}\", cause: Reset, effect: {effect} }} }}"
        )
    };
    let mut talk = Talk::new();
    talk.ask(provide).reset().events(&[&failed("+CCERTLIST", "None")]);
    let mut talk = Talk::new();
    talk.ask(provide).hear(NOT_LISTED).hear("\r\n>").reset();
    talk.events(&[&failed("+CCERTDOWN", "Unknown")]);
    let mut talk = Talk::new();
    talk.ask(provide).hear(NOT_LISTED).hear("\r\n>").hear(OK).reset();
    talk.events(&[&failed("+CCERTLIST", "None")]);
}

/// The prompt was lost: what makes up for the data is stored under the file's name.
#[test]
fn a_file_that_may_have_been_made_up_is_stored_anew() {
    let mut talk = Talk::new();
    talk.ask(provide).hear(NOT_LISTED).pass_deadline();
    talk.events(&[
        "Failed { id: 0, failure: Failure { command: \"+CCERTDOWN\", cause: TimedOut(Prompt), effect: Unknown } }",
    ])
    .wrote(format!("{LIST}{STORE}"));
    talk.ask(|client| client.release(0)).wrote("\r\r\rAT+CSQ\r");
    talk.hear(OK).hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
    talk.wrote("AT+CMQTTREL=0\r")
        .hear(OK)
        .events(&["Unclaimed(\"OK\")", "Done { id: 1, information: [] }"]);
    for (id, deleted) in [(2, OK), (3, ERROR)] {
        talk.ask(provide).wrote("AT+CCERTDELE=\"ca.pem\"\r");
        talk.hear(deleted).wrote(STORE).hear("\r\n>").hear(OK);
        talk.wrote(format!("PEM{LIST}")).hear(LISTED).events(&[&format!(
            r#"Done {{ id: {id}, information: ["+CCERTLIST: \"ca.pem\""] }}"#
        )]);
    }
    talk.ask(provide).reset().events(&[
        "Failed { id: 4, failure: Failure { command: \"+CCERTDELE\", cause: Reset, effect: Unknown } }",
    ]);
}

/// An OK of another time made up for nothing.
#[test]
fn a_file_is_believed_as_long_as_none_was_made_up() {
    let mut talk = Talk::new();
    talk.ask(|client| client.release(0)).pass_deadline();
    talk.ask(|client| client.release(0))
        .wrote("AT+CMQTTREL=0\rAT+CSQ\r");
    talk.hear(OK).hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n").hear(OK);
    talk.wrote("AT+CMQTTREL=0\r").ask(provide).wrote(LIST);
}
