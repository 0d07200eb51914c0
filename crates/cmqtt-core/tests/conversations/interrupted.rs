//! What comes at the wrong moment: answers before their command has left, refusals in the middle of the data, resets in
//! the middle of anything.

use std::time::Duration;

use at_proto::basic::{Echo, ErrorFormat};
use at_proto::cmqtt::{Connect, KeepAlive, QoS, ServerAddress, SetTopic, Topic, TopicFilter};
use at_proto::{Encode, Joined, Read, network};
use cmqtt_core::{
    Client, Config, Connection, DataEcho, Effect, Event, Instant, LATE_RESULT, Output, Phase, Publication,
    RequestError, RequestId, Storage,
};

use crate::talk::Talk;

fn publication<'a>(topic: &'a str, payload: &'a [u8]) -> Publication<'a> {
    Publication {
        client: 0,
        topic: Topic::new(topic).unwrap(),
        payload,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

fn signal(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.command(&network::Signal)
}

fn release(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    client.release(0)
}

fn connect(client: &mut Client<Vec<u8>>) -> Result<RequestId, RequestError> {
    let server = ServerAddress::new("tcp://h:1883").unwrap();
    client.connect(&Connection {
        client: 0,
        server,
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login: None,
    })
}

type Ask = fn(&mut Client<Vec<u8>>) -> Result<RequestId, RequestError>;

fn client() -> Client<Vec<u8>> {
    let storage = Storage::new(vec![0; 1024], vec![0; 1024], vec![0; 12_000], vec![0; 512]);
    Client::new(Config::SIM7028, storage.unwrap())
}

fn with_echo(echo: DataEcho) -> Talk {
    let mut config = Config::SIM7028;
    config.quirks.data_echo = echo;
    Talk::with(config, 1024)
}

#[test]
fn a_prompt_that_comes_before_its_command_was_sent_is_none() {
    let mut talk = Talk::new();
    talk.ask(|client| client.publish(&publication("topic", b"\rAT+CPOF\r")))
        .hear("\r\n>")
        .wrote("AT+CMQTTTOPIC=0,5\rtopic");
    // One read brings the OK and a stray `>`: nobody can have answered AT+CMQTTPAYLOAD by now.
    talk.hear("\r\nOK\r\n\r\n>").wrote("AT+CMQTTPAYLOAD=0,9\r");
}

#[test]
fn an_answer_that_comes_before_its_command_was_sent_is_nobodys() {
    let mut client = client();
    let id = client.release(0).unwrap();
    // An orphan OK that lay in the port when the request was made.
    let taken = client.handle_received(Instant::ZERO, b"\r\nOK\r\n");
    assert_eq!(taken, 6);
    let mut written = 0;
    loop {
        match client.poll() {
            Output::Event(Event::Done { id: done, .. }) if done == id => {
                assert!(written > 0, "done before a byte of it was sent");
            }
            Output::Transmit(bytes) => {
                let len = bytes.len();
                written += len;
                client.handle_transmitted(Instant::ZERO, len);
            }
            Output::Event(_) => {}
            Output::Wait(_) => break,
        }
    }
    assert_ne!(
        client.phase(),
        Phase::Idle,
        "the release was sent and not answered"
    );
}

/// The modem cannot owe what it was never asked for.
#[test]
fn a_request_of_which_no_byte_went_out_leaves_nothing_behind() {
    let publish: Ask = |client| client.publish(&publication("topic", b"payload"));
    for ask in [connect, publish] {
        let mut client = client();
        let id = ask(&mut client).unwrap();
        client.handle_reset(Instant::ZERO);
        match client.poll() {
            Output::Event(Event::Failed { id: failed, failure }) => {
                assert_eq!((failed, failure.effect), (id, Effect::None));
            }
            other => panic!("{other:?}"),
        }
        ask(&mut client).expect("no result is owed");
        match client.poll() {
            Output::Transmit(bytes) => assert_eq!(bytes, b"AT+CSQ\r", "no data are owed"),
            other => panic!("{other:?}"),
        }
    }
}

/// Bytes that came would move what an event lends.
#[test]
fn nothing_is_taken_before_all_news_are_told() {
    let mut client = client();
    release(&mut client).unwrap();
    assert_eq!(client.handle_received(Instant::ZERO, b"\r\nRDY\r\n"), 7);
    assert!(matches!(client.poll(), Output::Event(Event::Failed { .. })));
    assert_eq!(client.handle_received(Instant::ZERO, b"\r\nOK\r\n"), 0);
    assert!(matches!(client.poll(), Output::Event(Event::Restarted)));
    assert_eq!(client.handle_received(Instant::ZERO, b"\r\nOK\r\n"), 6);
}

#[test]
fn no_bytes_do_not_put_off_the_end_of_a_message() {
    let mut client = client();
    let begun = b"+CMQTTRXSTART: 0,1,9\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n";
    assert_eq!(client.handle_received(Instant::ZERO, begun), begun.len());
    assert!(matches!(client.poll(), Output::Wait(Some(_))));
    let later = Instant::from_millis(4000);
    assert_eq!(client.handle_received(later, b""), 0);
    match client.poll() {
        Output::Wait(Some(deadline)) => assert_eq!(deadline.at, Instant::from_millis(5000)),
        other => panic!("{other:?}"),
    }
}

/// The modem takes the data back: what is left of them would be commands.
fn data_stop(refusal: &str, ask: impl FnOnce(&mut Client<Vec<u8>>)) {
    let mut client = client();
    ask(&mut client);
    let mut data = Vec::new();
    let mut prompted = false;
    let mut refused = false;
    for _ in 0..200 {
        match client.poll() {
            Output::Transmit(bytes) => {
                let len = bytes.len().min(4);
                if prompted {
                    data.extend_from_slice(&bytes[..len]);
                }
                client.handle_transmitted(Instant::ZERO, len);
                if prompted && !refused {
                    refused = true;
                    let _ = client.handle_received(Instant::ZERO, refusal.as_bytes());
                }
            }
            Output::Event(_) => {}
            Output::Wait(_) if !prompted => {
                prompted = true;
                let _ = client.handle_received(Instant::ZERO, b"\r\n>");
            }
            Output::Wait(_) => break,
        }
    }
    assert_eq!(
        data.escape_ascii().to_string(),
        "a\\rAT",
        "nothing after the refusal"
    );
}

#[test]
fn no_more_data_after_an_error() {
    data_stop("\r\nERROR\r\n", |client| {
        let filter = TopicFilter::new("a\rATZ\rbcdefgh").unwrap();
        client.subscribe(0, filter, QoS::AtMostOnce).unwrap();
    });
}

#[test]
fn no_more_data_after_a_result() {
    data_stop("\r\n+CMQTTTOPIC: 0,22\r\n", |client| {
        client.command(&SetTopic::with(0, b"a\rAT+CPOF\rb")).unwrap();
    });
}

/// An orphan ERROR in the middle of the data: the modem may still wait for the rest of them.
#[test]
fn after_data_that_did_not_go_out_in_full_the_modem_is_found_back_to() {
    let mut client = client();
    client.command(&SetTopic::with(0, b"0123456789")).unwrap();
    let mut written = Vec::new();
    let mut stage = 0;
    loop {
        match client.poll() {
            Output::Transmit(bytes) => {
                let len = bytes.len().min(if stage == 1 { 4 } else { 64 });
                written.extend_from_slice(&bytes[..len]);
                client.handle_transmitted(Instant::ZERO, len);
                if stage == 1 {
                    stage = 2;
                    let _ = client.handle_received(Instant::ZERO, b"\r\nERROR\r\n");
                }
            }
            Output::Event(Event::Failed { .. }) => {
                written.clear();
                client.release(0).unwrap();
            }
            Output::Event(_) => {}
            Output::Wait(_) if stage == 0 => {
                stage = 1;
                let _ = client.handle_received(Instant::ZERO, b"\r\n>");
            }
            Output::Wait(_) => break,
        }
    }
    let written = written.escape_ascii().to_string();
    assert!(written.ends_with("AT+CSQ\\r"), "{written}");
}

#[test]
fn messages_do_not_put_off_a_timeout_for_ever() {
    let mut talk = Talk::new();
    talk.ask(release).wrote("AT+CMQTTREL=0\r");
    for _ in 0..400 {
        talk.hear(
            "\r\n+CMQTTRXSTART: 0,1,1\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,1\r\np\r\n+CMQTTRXEND: 0\r\n",
        )
        .pass(2000);
    }
    // 800 seconds for a command that may take 15.
    assert_eq!(talk.client.phase(), Phase::Idle);
}

#[test]
fn a_modem_whose_echo_went_off_unheard_is_found_back_to() {
    let mut talk = Talk::new();
    talk.ask(signal).hear("AT+CSQ\r\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
    assert!(talk.client.echoes());
    talk.ask(|client| client.command(&Echo::OFF))
        .hear("ATE0\r\r\nO\r\n")
        .pass_deadline();
    talk.wrote("AT+CSQ\rATE0\r");
    for _ in 0..5 {
        talk.ask(release);
        for _ in 0..3 {
            if talk.client.phase() != Phase::Idle {
                talk.hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
            }
            if matches!(
                talk.client.phase(),
                Phase::Busy {
                    command: "+CMQTTREL",
                    ..
                }
            ) {
                return;
            }
            talk.pass_deadline();
        }
    }
    panic!("five requests, fifteen probes that were answered well, and no way back");
}

#[test]
fn a_cut_echo_of_data_does_not_make_the_client_deaf() {
    let mut talk = with_echo(DataEcho::On);
    let payload = vec![b'x'; 5000];
    talk.ask(|client| client.publish(&publication("topic", &payload)))
        .hear("\r\n>")
        .hear("topic\r\nOK\r\n")
        .hear("\r\n>");
    // The line loses 2000 bytes of the echo: the OK is taken for the rest of it, and so is all that follows.
    talk.hear("x".repeat(3000)).hear("\r\nOK\r\n").pass_deadline();
    talk.ask(release).hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
    assert!(
        matches!(
            talk.client.phase(),
            Phase::Busy {
                command: "+CMQTTREL",
                ..
            }
        ),
        "{:?}",
        talk.client.phase()
    );
}

#[test]
fn a_request_waits_until_the_end_of_the_one_before_was_told() {
    let mut client = client();
    let first = client.start().unwrap();
    client.handle_reset(Instant::ZERO);
    assert_eq!(client.stop(), Err(RequestError::Busy));
    assert!(matches!(client.poll(), Output::Event(Event::Failed { id, .. }) if id == first));
    assert!(client.stop().is_ok());
}

#[test]
fn owed_data_are_made_up_for_also_after_a_second_interruption() {
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&SetTopic::with(0, b"0123456789")))
        .wrote("AT+CMQTTTOPIC=0,10\r")
        .pass_deadline();
    // The next request begins with the CRs, but the port is lost before one of them has gone.
    talk.client.release(0).unwrap();
    assert!(matches!(
        talk.client.poll(),
        Output::Transmit(b"\r\r\r\r\r\r\r\r\r\r")
    ));
    talk.reset();
    talk.ask(release).wrote("\r\r\r\r\r\r\r\r\r\rAT+CSQ\r");
}

#[test]
fn a_result_that_has_come_is_not_owed() {
    let mut talk = Talk::new();
    talk.ask(Client::start).hear("\r\n+CMQTTSTART: 0\r\n").reset();
    assert_eq!(talk.client.start().map(|_| ()), Ok(()));
}

#[test]
fn a_late_result_is_owed_at_least_as_long_as_its_command_may_take() {
    let mut config = Config::SIM7028;
    config.negotiation = Duration::from_secs(300);
    let mut talk = Talk::with(config, 64);
    talk.ask(connect).hear("\r\nOK\r\n").reset();
    // CONNECT may take 420 s. 180 s later its result is still to come.
    talk.pass(u64::try_from(LATE_RESULT.as_millis()).unwrap());
    assert!(matches!(
        connect(&mut talk.client),
        Err(RequestError::LateResult { .. })
    ));
}

#[test]
fn a_joined_line_may_switch_the_echo() {
    let commands: [&dyn Encode; 2] = [&Echo::OFF, &ErrorFormat::NUMBER];
    let joined = Joined::new(&commands).unwrap();
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&joined))
        .wrote("ATE0;+CMEE=1\r")
        .hear("ATE0;+CMEE=1\r\r\nOK\r\n");
    talk.events(&["Done { id: 0, information: [] }"]);
    talk.ask(signal).hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
    talk.events(&[r#"Done { id: 1, information: ["+CSQ: 23,0"] }"#]);
}

#[test]
fn an_answer_that_was_too_long_is_not_taken_for_none() {
    let storage = Storage::new(vec![0; 128], vec![0; 64], vec![0; 1024], vec![0; 512]);
    let mut client = Client::new(Config::SIM7028, storage.unwrap());
    let read = Read::<Connect<'_>>::new();
    client.command(&read).unwrap();
    let answer = format!(
        "\r\n+CMQTTCONNECT: 0,\"tcp://{}:1883\",60,1\r\n\r\nOK\r\n",
        "h".repeat(200)
    );
    let mut bytes = answer.as_bytes();
    loop {
        match client.poll() {
            Output::Transmit(line) => {
                let len = line.len();
                client.handle_transmitted(Instant::ZERO, len);
            }
            Output::Event(Event::Done { information, .. }) => {
                let connections = at_proto::Command::decode(&read, information).map(Iterator::count);
                assert!(connections.is_err(), "read as {connections:?} connections");
                return;
            }
            Output::Event(_) => {}
            Output::Wait(_) => {
                let taken = client.handle_received(Instant::ZERO, bytes);
                bytes = &bytes[taken..];
            }
        }
    }
}

#[test]
fn what_is_left_of_an_interrupted_publish_is_not_published() {
    let mut config = Config::SIM7028;
    config.quirks.empty_payload = true;
    let mut talk = Talk::with(config, 64);
    let empty = |client: &mut Client<Vec<u8>>| client.publish(&publication("topic", b""));
    talk.ask(|client| client.publish(&publication("topic", b"payload")))
        .hear("\r\n>")
        .hear("\r\nOK\r\n")
        .pass_deadline();
    // The modem may wait for seven bytes; what makes up for them would be its payload.
    assert_eq!(empty(&mut talk.client), Err(RequestError::PayloadLeft));
    talk.ask(|client| client.publish(&publication("topic", b"x")))
        .hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n")
        .hear("\r\n>")
        .hear("\r\nOK\r\n")
        .hear("\r\n>")
        .hear("\r\nOK\r\n")
        .hear("\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n");
    assert!(empty(&mut talk.client).is_ok());
}

/// The payload was taken, and no PUB took it from there.
#[test]
fn a_payload_without_its_publish_is_left_until_the_modem_restarts() {
    let mut config = Config::SIM7028;
    config.quirks.empty_payload = true;
    let mut talk = Talk::with(config, 64);
    let empty = |client: &mut Client<Vec<u8>>| client.publish(&publication("topic", b""));
    talk.ask(|client| client.publish(&publication("topic", b"payload")));
    for answer in ["\r\n>", "\r\nOK\r\n", "\r\n>", "\r\nOK\r\n"] {
        talk.hear(answer);
    }
    talk.reset();
    assert_eq!(empty(&mut talk.client), Err(RequestError::PayloadLeft));
    talk.ask(signal)
        .hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n")
        .hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
    assert_eq!(empty(&mut talk.client), Err(RequestError::PayloadLeft));
    // Of other commands nothing is left.
    talk.hear("\r\nRDY\r\n")
        .ask(signal)
        .hear("\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
    assert!(empty(&mut talk.client).is_ok());
}

#[test]
fn a_urc_before_the_echo_of_data_is_a_urc() {
    let mut talk = with_echo(DataEcho::On);
    let filter = TopicFilter::new("+/a").unwrap();
    talk.ask(|client| client.subscribe(0, filter, QoS::AtMostOnce))
        .hear("\r\n>")
        .hear("\r\n+CMQTTCONNLOST: 0,1\r\n+/a\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n");
    talk.events(&[
        "ConnectionLost { client: 0, cause: ClosedByPeer }",
        "Done { id: 0, information: [] }",
    ]);
}

#[test]
fn a_joined_line_gets_the_answers_of_all_its_commands() {
    let pin = Read::<network::EnterPin<'_>>::new();
    let commands: [&dyn Encode; 2] = [&pin, &network::Signal];
    let joined = Joined::new(&commands).unwrap();
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&joined))
        .wrote("AT+CPIN?;+CSQ\r")
        .hear("\r\n+CPIN: READY\r\n\r\n+CSQ: 23,0\r\n\r\nOK\r\n");
    talk.events(&[r#"Done { id: 0, information: ["+CPIN: READY", "+CSQ: 23,0"] }"#]);
}
