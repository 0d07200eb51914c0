//! How commands end: every shape that manuals and captures show, and lines that look like an end and are none.

use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, TopicFilter};
use at_proto::{Read, network};
use cmqtt_core::{Client, Connection, RequestError, RequestId, Transport};

use crate::talk::Talk;

type Request = fn(&mut Client<Vec<u8>>) -> Result<RequestId, RequestError>;

fn start(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.start()
}

fn connect(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.connect(&Connection {
        client: 0,
        server: ServerAddress::new("tcp://192.168.77.123:1883").unwrap(),
        keep_alive: KeepAlive::new(20).unwrap(),
        clean_session: true,
        login: None,
    })
}

fn acquire(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    let id = ClientId::new("MyDevice").unwrap();
    client.acquire(0, id, Transport::Tls)
}

fn subscribe(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.subscribe(0, TopicFilter::new("simcommsg").unwrap(), QoS::AtMostOnce)
}

/// The request ends with this, exactly when the last of these bytes has come.
#[track_caller]
fn check(request: Request, answer: &[&str], end: &str) {
    let mut talk = Talk::new();
    talk.ask(request);
    let (last, before) = answer.split_last().expect("an answer");
    for part in before {
        talk.hear(part).events(&[]);
    }
    talk.hear(last).events(&[end]).rests();
}

const DONE: &str = "Done { id: 0, information: [] }";

fn failed(command: &str, cause: &str) -> String {
    format!(
        "Failed {{ id: 0, failure: Failure {{ command: \"{command}\", cause: Refused({cause}), effect: None }} }}"
    )
}

#[test]
fn success_comes_in_either_order() {
    check(start, &["\r\nOK\r\n", "\r\n+CMQTTSTART: 0\r\n"], DONE);
    check(start, &["\r\n+CMQTTSTART: 0\r\n", "\r\nOK\r\n"], DONE);
    check(connect, &["\r\nOK\r\n", "\r\n+CMQTTCONNECT: 0,0\r\n"], DONE);
    check(connect, &["\r\n+CMQTTCONNECT: 0,0\r\n", "\r\nOK\r\n"], DONE);
    check(
        subscribe,
        &["\r\n>", "\r\nOK\r\n", "\r\n+CMQTTSUB: 0,0\r\n"],
        DONE,
    );
    check(
        subscribe,
        &["\r\n> ", "\r\n+CMQTTSUB: 0,0\r\n", "\r\nOK\r\n"],
        DONE,
    );
    check(
        subscribe,
        &["\r\n>\r\n", "\r\nOK\r\n", "\r\n+CMQTTSUB: 0,0\r\n"],
        DONE,
    );
}

#[test]
fn failure_comes_in_four_shapes() {
    let because = failed("+CMQTTCONNECT", "Code(3)");
    check(connect, &["\r\nOK\r\n", "\r\n+CMQTTCONNECT: 0,3\r\n"], &because);
    check(connect, &["\r\n+CMQTTCONNECT: 0,3\r\n", "\r\nOK\r\n"], &because);
    check(
        connect,
        &["\r\n+CMQTTCONNECT: 0,3\r\n", "\r\nERROR\r\n"],
        &because,
    );
    check(
        connect,
        &["\r\nERROR\r\n", "\r\n+CMQTTCONNECT: 0,3\r\n"],
        &because,
    );
    check(
        start,
        &[" +CMQTTSTART: 23     \r\n", "\r\nERROR\r\n"],
        &failed("+CMQTTSTART", "Code(23)"),
    );
    check(
        acquire,
        &["\r\n+CMQTTACCQ: 0,19\r\n", "\r\nERROR\r\n"],
        &failed("+CMQTTACCQ", "Code(19)"),
    );
    check(acquire, &["\r\nERROR\r\n"], &failed("+CMQTTACCQ", "Error"));
    check(
        subscribe,
        &["\r\n+CMQTTSUB: 0,11\r\n", "\r\nERROR\r\n"],
        &failed("+CMQTTSUB", "Code(11)"),
    );
    check(
        acquire,
        &["\r\n+CME ERROR: 14\r\n"],
        &failed("+CMQTTACCQ", "Equipment(14)"),
    );
    check(
        acquire,
        &["\r\n+CME ERROR: SIM busy\r\n"],
        &failed("+CMQTTACCQ", "Words(\"SIM busy\")"),
    );
}

#[test]
fn the_partner_of_a_lone_result_gets_three_seconds() {
    let mut talk = Talk::new();
    talk.ask(connect).hear("\r\n+CMQTTCONNECT: 0,3\r\n");
    talk.waits(3000, "the final result code after the result URC")
        .events(&[])
        .pass_deadline();
    talk.events(&[&failed("+CMQTTCONNECT", "Code(3)")]);

    let mut talk = Talk::new();
    talk.ask(connect)
        .hear("\r\nERROR\r\n")
        .waits(3000, "the result URC after ERROR")
        .events(&[]);
    talk.pass_deadline().events(&[&failed("+CMQTTCONNECT", "Error")]);

    let mut talk = Talk::new();
    talk.ask(connect)
        .hear("\r\n+CMQTTCONNECT: 0,0\r\n")
        .events(&[])
        .pass_deadline()
        .events(&[DONE]);
}

#[test]
fn the_result_of_another_client_is_not_this_ones() {
    let mut talk = Talk::new();
    talk.ask(connect).hear("\r\nOK\r\n\r\n+CMQTTCONNECT: 1,0\r\n");
    talk.events(&["Unclaimed(\"+CMQTTCONNECT: 1,0\")"]);
    talk.hear("\r\n+CMQTTCONNECT: 0,0\r\n").events(&[DONE]);
}

#[test]
fn an_ok_before_the_prompt_is_not_this_commands() {
    let mut talk = Talk::new();
    talk.ask(subscribe)
        .hear("\r\nOK\r\n")
        .events(&["Unclaimed(\"OK\")"]);
    talk.hear("\r\n>")
        .hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n")
        .events(&[DONE]);
}

#[test]
fn a_lost_connection_is_never_a_commands_result() {
    let mut talk = Talk::new();
    talk.ask(subscribe)
        .hear("\r\n>")
        .hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,6\r\n");
    talk.events(&[&failed("+CMQTTSUB", "Code(6)")]);
    talk.hear("\r\n+CMQTTCONNLOST: 0,1\r\n")
        .events(&["ConnectionLost { client: 0, cause: ClosedByPeer }"]);

    let mut talk = Talk::new();
    talk.ask(subscribe)
        .hear("\r\n>")
        .hear("\r\nOK\r\n\r\n+CMQTTCONNLOST: 0,3\r\n");
    talk.events(&["ConnectionLost { client: 0, cause: NetworkClosed }"]);
    talk.hear("\r\n+CMQTTSUB: 0,0\r\n").events(&[DONE]);
}

#[test]
fn urcs_come_at_every_gap() {
    let mut talk = Talk::new();
    talk.hear("\r\nSMS DONE\r\n").events(&["Network(SmsDone)"]);
    talk.ask(connect)
        .hear("AT+CMQTTCONNECT=0,\"tcp://192.168.77.123:1883\",20,1\r\r\nPB DONE\r\n");
    talk.events(&["Network(PhonebookDone)"])
        .hear("\r\n+CGEV: ME PDN ACT 8,1\r\n\r\nOK\r\n");
    talk.events(&["Network(PacketEvent(\"ME PDN ACT 8,1\"))"]);
    talk.hear("\r\n+CREG: 1\r\n\r\n+CMQTTNONET\r\n\r\n+CMQTTPING: 0,17\r\n\r\n+CMQTTCONNECT: 0,0\r\n");
    talk.events(&[
        "Network(Registration { domain: Circuit, n: None, state: Home, cell: None, tail: \"\" })",
        "NoNetwork",
        "KeepAliveFailed { client: 0, code: ResultCode(17) }",
        DONE,
    ]);
}

#[test]
fn a_urc_with_the_answers_name_is_no_answer() {
    let registration = Read::<network::ReportRegistration<network::Circuit>>::new();
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&registration))
        .hear("\r\n+CREG: 1\r\n\r\n+CREG: 0,1\r\n\r\nOK\r\n");
    talk.events(&[
        "Network(Registration { domain: Circuit, n: None, state: Home, cell: None, tail: \"\" })",
        r#"Done { id: 0, information: ["+CREG: 0,1"] }"#,
    ]);
    // With echo on, what comes before the echo answers nothing (a capture of A7608SA-H).
    let pin = Read::<network::EnterPin<'_>>::new();
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&pin))
        .hear("AT+CPIN?\r\r\n+CME ERROR: 14\r\n");
    talk.events(&["Failed { id: 0, failure: Failure { command: \"+CPIN\", cause: Refused(Equipment(14)), effect: None } }"]);
    talk.ask(|client| client.command(&pin))
        .hear("\r\n+CPIN: READY\r\nAT+CPIN?\r\r\n+CPIN: READY\r\n\r\nOK\r\n");
    talk.events(&[
        "Network(Pin(\"READY\"))",
        r#"Done { id: 1, information: ["+CPIN: READY"] }"#,
    ]);
}

#[test]
fn echo_is_noticed_and_forgotten() {
    let signal = |client: &mut Client<Vec<u8>>| client.command(&network::Signal);
    let mut talk = Talk::new();
    talk.ask(signal).hear("AT+CSQ\r\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
    assert!(talk.client.echoes());
    talk.ask(|client| client.command(&at_proto::basic::Echo::OFF))
        .wrote("AT+CSQ\rATE0\r")
        .hear("ATE0\r\r\nOK\r\n");
    assert!(!talk.client.echoes());
    talk.ask(signal).hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
    let answer = |id| format!("Done {{ id: {id}, information: [\"+CSQ: 23,0\"] }}");
    talk.events(&[&answer(0), "Done { id: 1, information: [] }", &answer(2)]);
}
