//! Every request, byte for byte, with the vendor's note's own examples; and every refusal before a byte is sent.

use at_proto::cmqtt::{
    ClientId, Configure, KeepAlive, Password, Publish, QoS, ServerAddress, Setting, Subscribe, Topic,
    TopicFilter, UserName,
};
use at_proto::network::Signal;
use cmqtt_core::{Config, Connection, Login, Phase, Publication, RequestError, Transport};

use crate::talk::Talk;

const PAYLOAD: &[u8] = b"012345678901234567890123456789012345678901234567890123456789";

fn publication(payload: &[u8]) -> Publication<'_> {
    Publication {
        client: 0,
        topic: Topic::new("simcommsg").unwrap(),
        payload,
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

fn connect() -> Connection<'static> {
    Connection {
        client: 0,
        server: ServerAddress::new("tcp://test.mosquitto.org:1883").unwrap(),
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login: None,
    }
}

#[test]
fn the_notes_first_session() {
    let id = ClientId::new("client test0").unwrap();
    let filter = TopicFilter::new("simcommsg").unwrap();
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&Signal)).wrote("AT+CSQ\r");
    talk.hear("AT+CSQ\r\r\n+CSQ: 23,0\r\n\r\nOK\r\n")
        .events(&[r#"Done { id: 0, information: ["+CSQ: 23,0"] }"#]);
    talk.ask(cmqtt_core::Client::start).wrote("AT+CMQTTSTART\r");
    talk.hear("AT+CMQTTSTART\r\r\nOK\r\n")
        .events(&[])
        .hear("\r\n+CMQTTSTART: 0\r\n")
        .events(&["Done { id: 1, information: [] }"]);
    talk.ask(|client| client.acquire(0, id, Transport::Tcp))
        .wrote("AT+CMQTTACCQ=0,\"client test0\"\r");
    talk.hear("AT+CMQTTACCQ=0,\"client test0\"\r\r\nOK\r\n")
        .events(&["Done { id: 2, information: [] }"]);
    talk.ask(|client| client.set_will(0, Topic::new("will-topic").unwrap(), b"bye-by", QoS::AtLeastOnce))
        .wrote("AT+CMQTTWILLTOPIC=0,10\r");
    talk.hear("AT+CMQTTWILLTOPIC=0,10\r\r\n>")
        .wrote("will-topic")
        .hear("\r\nOK\r\n")
        .events(&[]);
    talk.wrote("AT+CMQTTWILLMSG=0,6,1\r")
        .hear("AT+CMQTTWILLMSG=0,6,1\r\r\n>")
        .wrote("bye-by")
        .hear("\r\nOK\r\n");
    talk.events(&["Done { id: 3, information: [] }"]);
    talk.ask(|client| client.connect(&connect()))
        .wrote("AT+CMQTTCONNECT=0,\"tcp://test.mosquitto.org:1883\",60,1\r");
    talk.hear("\r\nOK\r\n")
        .events(&[])
        .hear("\r\n+CMQTTCONNECT: 0,0\r\n")
        .events(&["Done { id: 4, information: [] }"]);
    talk.ask(|client| client.subscribe(0, filter, QoS::AtLeastOnce))
        .wrote("AT+CMQTTSUB=0,9,1\r");
    talk.hear("\r\n>")
        .wrote("simcommsg")
        .hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n")
        .events(&["Done { id: 5, information: [] }"]);
    talk.ask(|client| client.publish(&publication(PAYLOAD)))
        .wrote("AT+CMQTTTOPIC=0,9\r")
        .hear("\r\n>")
        .wrote("simcommsg")
        .hear("\r\nOK\r\n")
        .wrote("AT+CMQTTPAYLOAD=0,60\r")
        .hear("\r\n>")
        .wrote(PAYLOAD)
        .hear("\r\nOK\r\n")
        .wrote("AT+CMQTTPUB=0,1,60\r")
        .hear("\r\nOK\r\n")
        .events(&[])
        .hear("\r\n+CMQTTPUB: 0,0\r\n")
        .events(&["Done { id: 6, information: [] }"]);
    talk.hear("\r\n+CMQTTRXSTART: 0,9,60\r\n+CMQTTRXTOPIC: 0,9\r\nsimcommsg\r\n+CMQTTRXPAYLOAD: 0,60\r\n")
        .hear(PAYLOAD)
        .hear("\r\n+CMQTTRXEND: 0\r\n");
    talk.events(&["Message { client: 0, topic: \"simcommsg\", \
        payload: \"012345678901234567890123456789012345678901234567890123456789\" }"]);
    talk.ask(|client| client.command(&Subscribe::Cached { client: 0, dup: None }))
        .wrote("AT+CMQTTSUB=0\r");
    talk.hear("\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n")
        .events(&["Done { id: 7, information: [] }"]);
    talk.ask(|client| client.unsubscribe(0, filter))
        .wrote("AT+CMQTTUNSUB=0,9,0\r");
    talk.hear("\r\n>")
        .wrote("simcommsg")
        .hear("\r\nOK\r\n\r\n+CMQTTUNSUB: 0,0\r\n")
        .events(&["Done { id: 8, information: [] }"]);
    talk.ask(|client| client.disconnect(0, 120))
        .wrote("AT+CMQTTDISC=0,120\r");
    talk.hear("\r\nOK\r\n\r\n+CMQTTDISC: 0,0\r\n")
        .events(&["Done { id: 9, information: [] }"]);
    talk.ask(|client| client.release(0))
        .wrote("AT+CMQTTREL=0\r")
        .hear("\r\nOK\r\n")
        .events(&["Done { id: 10, information: [] }"]);
    talk.ask(cmqtt_core::Client::stop).wrote("AT+CMQTTSTOP\r");
    talk.hear("\r\nOK\r\n\r\n+CMQTTSTOP: 0\r\n")
        .events(&["Done { id: 11, information: [] }"])
        .rests();
    assert_eq!(talk.client.phase(), Phase::Idle);
}

#[test]
fn the_other_requests() {
    let mut talk = Talk::new();
    let configure = Configure {
        client: 0,
        setting: Setting::OperationTimeout(24),
    };
    talk.ask(|client| client.configure(&configure))
        .wrote("AT+CMQTTCFG=\"optimeout\",0,24\r");
    talk.hear("\r\nOK\r\n")
        .events(&["Done { id: 0, information: [] }"]);
    talk.ask(|client| client.use_ssl_context(0, 1))
        .wrote("AT+CMQTTSSLCFG=0,1\r");
    talk.hear("\r\nOK\r\n")
        .events(&["Done { id: 1, information: [] }"]);
    talk.ask(|client| client.connection_state(0))
        .wrote("AT+CMQTTDISC?\r");
    talk.hear("\r\n+CMQTTDISC: 0, 1\r\nOK\r\n")
        .events(&[r#"Done { id: 2, information: ["+CMQTTDISC: 0, 1"] }"#]);
    let login = Login {
        user: UserName::new("user").unwrap(),
        password: Some(Password::new("secret").unwrap()),
    };
    talk.ask(|client| {
        client.connect(&Connection {
            login: Some(login),
            ..connect()
        })
    })
    .wrote("AT+CMQTTCONNECT=0,\"tcp://test.mosquitto.org:1883\",60,1,\"user\",\"secret\"\r");
}

#[test]
fn a_retained_publish_says_so() {
    let mut talk = Talk::new();
    talk.ask(|client| {
        client.publish(&Publication {
            retain: true,
            ..publication(b"x")
        })
    });
    talk.hear("\r\n>")
        .hear("\r\nOK\r\n")
        .hear("\r\n>")
        .hear("\r\nOK\r\n");
    talk.wrote("AT+CMQTTTOPIC=0,9\rsimcommsgAT+CMQTTPAYLOAD=0,1\rxAT+CMQTTPUB=0,1,60,1\r");
}

#[test]
fn an_empty_payload_needs_the_quirk() {
    let mut talk = Talk::new();
    assert_eq!(
        talk.client.publish(&publication(b"")),
        Err(RequestError::EmptyPayload)
    );
    let mut config = Config::SIM7028;
    config.quirks.empty_payload = true;
    let mut talk = Talk::with(config, 64);
    talk.ask(|client| client.publish(&publication(b"")))
        .hear("\r\n>")
        .hear("\r\nOK\r\n");
    talk.wrote("AT+CMQTTTOPIC=0,9\rsimcommsgAT+CMQTTPUB=0,1,60\r");
}

#[test]
fn one_request_at_a_time() {
    let mut talk = Talk::new();
    talk.ask(cmqtt_core::Client::start).wrote("AT+CMQTTSTART\r");
    assert_eq!(talk.client.stop(), Err(RequestError::Busy));
    assert_eq!(talk.client.publish(&publication(b"x")), Err(RequestError::Busy));
    talk.hear("\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n")
        .events(&["Done { id: 0, information: [] }"])
        .wrote("");
    assert!(talk.client.stop().is_ok());
}

#[track_caller]
fn refused(request: Result<cmqtt_core::RequestId, RequestError>, words: &str) {
    assert_eq!(request.expect_err("refused").to_string(), words);
}

#[test]
fn what_the_modem_does_not_take_is_refused_before_a_byte_is_sent() {
    let mut talk = Talk::new();
    let client = &mut talk.client;
    refused(client.release(1), "the client index is 1, but this modem takes 0");
    refused(
        client.use_ssl_context(0, 2),
        "the TLS context is 2, but this modem takes 0 to 1",
    );
    refused(
        client.disconnect(0, 59),
        "the disconnect timeout is 59, but this modem takes 0 or 60 to 180",
    );
    refused(
        client.publish(&Publication {
            timeout: 181,
            ..publication(b"x")
        }),
        "the publish timeout is 181, but this modem takes 60 to 180",
    );
    refused(
        client.publish(&publication(&[0; 10_241])),
        "the payload's length is 10241, but this modem takes 1 to 10240",
    );
    let address = format!("tcp://{}", "h".repeat(123));
    let server = ServerAddress::new(&address).unwrap();
    refused(
        client.connect(&Connection { server, ..connect() }),
        "the server address' length is 129, but this modem takes 1 to 128",
    );
    let long = "t".repeat(1025);
    refused(
        client.subscribe(0, TopicFilter::new(&long).unwrap(), QoS::AtMostOnce),
        "the topic filter's length is 1025, but this modem takes 1 to 1024",
    );
    refused(
        client.command(&at_proto::cmqtt::SetPayload { client: 0, len: 3 }),
        "the command announces 3 bytes of data, but has 0",
    );
    let data = vec![0; 20_000];
    refused(
        client.command(&at_proto::cmqtt::SetPayload::with(0, &data)),
        "the request has 20000 bytes of data, the memory for it holds 11438",
    );
    refused(
        client.command(&at_proto::cmqtt::SetPayload::with(0, &data[..11_439])),
        "the request has 11439 bytes of data, the memory for it holds 11438",
    );
    refused(
        client.unsubscribe(0, TopicFilter::new(&long).unwrap()),
        "the topic filter's length is 1025, but this modem takes 1 to 1024",
    );
    refused(
        client.publish(&Publication {
            topic: Topic::new(&long).unwrap(),
            ..publication(b"x")
        }),
        "the topic's length is 1025, but this modem takes 1 to 1024",
    );
    let gone = Topic::new("gone").unwrap();
    refused(
        client.set_will(0, Topic::new(&long).unwrap(), b"x", QoS::AtMostOnce),
        "the will topic's length is 1025, but this modem takes 1 to 1024",
    );
    refused(
        client.set_will(0, gone, long.as_bytes(), QoS::AtMostOnce),
        "the will message's length is 1025, but this modem takes 1 to 1024",
    );
    refused(
        client.provide_file(at_proto::tls::FileName::new("ca.pem").unwrap(), b""),
        "the file's length is 0, but this modem takes 1 to 10240",
    );
    refused(
        client.configure(&Configure {
            client: 1,
            setting: Setting::OperationTimeout(24),
        }),
        "the client index is 1, but this modem takes 0",
    );
    talk.pass(0).wrote("").events(&[]).rests();
    // As much as there is room for is taken.
    talk.client
        .command(&at_proto::cmqtt::SetPayload::with(0, &data[..11_438]))
        .expect("room enough");
    let mut talk = Talk::with(Config::A76XX, 64);
    let id = "i".repeat(129);
    refused(
        talk.client
            .acquire(1, ClientId::new(&id).unwrap(), Transport::Tcp),
        "the client identifier's length is 129, but this modem takes 1 to 128",
    );
}

#[test]
fn the_modems_own_ranges_count() {
    let mut talk = Talk::new();
    talk.ask(cmqtt_core::Client::learn_limits);
    // What is news has to come twice.
    for (name, answer, news) in [
        ("ACCQ", "+CMQTTACCQ: (0-1),(1-128)[,(0-1)]", true),
        ("CONNECT", "", false),
        ("WILLTOPIC", "+CMQTTWILLTOPIC: something else", false),
        ("WILLMSG", "+CMQTTWILLMSG: (0-0),(1-100),(0-2)", true),
        ("TOPIC", "+CMQTTTOPIC: (0-0),(1-512)", true),
        ("PAYLOAD", "+CMQTTPAYLOAD: (0-0),(1-1024)", true),
        ("PUB", "+CMQTTPUB: (0-0),(0-2),(1-180),(0-1),(0-1)", true),
        ("SUB", "+CMQTTSUB: (0-0),(1-256),(0-2),(0-1)", true),
        ("DISC", "+CMQTTDISC: (0-0),(0, 60-180)", false),
        ("SSLCFG", "+CMQTTSSLCFG: (0,0),(0-1)", false),
    ] {
        for _ in 0..1 + u8::from(news) {
            talk.wrote(format!("AT+CMQTT{name}=?\r"));
            talk.hear(match answer {
                "" => "\r\nERROR\r\n".to_owned(),
                answer => format!("\r\n{answer}\r\n\r\nOK\r\n"),
            });
        }
    }
    talk.events(&[
        r#"Unclaimed("+CMQTTWILLTOPIC: something else")"#,
        "Done { id: 0, information: [\"+CMQTTSSLCFG: (0,0),(0-1)\"] }",
    ]);
    let limits = talk.client.limits();
    assert_eq!(limits.client_id_len.max(), 128);
    assert_eq!(limits.server_len, Config::SIM7028.limits.server_len);
    assert_eq!(limits.will_topic_len, Config::SIM7028.limits.will_topic_len);
    assert_eq!(limits.will_message_len.max(), 100);
    assert_eq!(limits.topic_len.max(), 512);
    assert_eq!(limits.payload_len.max(), 1024);
    assert_eq!(limits.publish_timeout.min(), 1);
    assert_eq!(limits.filter_len.max(), 256);
    assert!(limits.disconnect_timeout.contains(0) && !limits.disconnect_timeout.contains(59));
}

/// A range without a value that could be asked for is no range: it would lock every request out.
#[test]
fn a_range_that_nothing_is_in_is_not_believed() {
    let mut talk = Talk::new();
    talk.ask(cmqtt_core::Client::learn_limits);
    for _ in ["ACCQ", "CONNECT", "WILLTOPIC", "WILLMSG"] {
        talk.hear("\r\nERROR\r\n");
    }
    talk.hear("\r\n+CMQTTTOPIC: (0-0),(0-0)\r\n\r\nOK\r\n");
    talk.hear("\r\n+CMQTTPAYLOAD: (0-0),(10-1)\r\n\r\nOK\r\n");
    let limits = talk.client.limits();
    assert_eq!(limits.topic_len, Config::SIM7028.limits.topic_len);
    assert_eq!(limits.payload_len, Config::SIM7028.limits.payload_len);
    talk.reset().events(&[
        "Failed { id: 0, failure: Failure { command: \"+CMQTTPUB\", cause: Reset, effect: None } }",
    ]);
}

#[test]
fn a_client_may_speak_tls_and_another_version() {
    let id = ClientId::new("c").unwrap();
    let mut talk = Talk::new();
    talk.ask(|client| client.acquire(0, id, Transport::Tls))
        .wrote("AT+CMQTTACCQ=0,\"c\",1\r")
        .hear("\r\nOK\r\n");
    let version = Some(at_proto::MqttVersion::V3_1_1);
    talk.ask(|client| client.acquire_as(0, id, Transport::Tcp, version))
        .wrote("AT+CMQTTACCQ=0,\"c\",0,4\r");
}

#[test]
fn a_question_about_the_connection_does_nothing() {
    let mut talk = Talk::new();
    talk.ask(|client| client.connection_state(0)).reset().events(&[
        "Failed { id: 0, failure: Failure { command: \"+CMQTTDISC\", cause: Reset, effect: None } }",
    ]);
    let mut talk = Talk::new();
    let gone = Topic::new("gone").unwrap();
    talk.ask(|client| client.set_will(0, gone, b"x", QoS::AtMostOnce));
    talk.reset().events(&[
        "Failed { id: 0, failure: Failure { command: \"+CMQTTWILLTOPIC\", cause: Reset, effect: Unknown } }",
    ]);
}

#[test]
fn anybodys_command_gets_its_lines() {
    let mut talk = Talk::new();
    talk.ask(|client| client.command(&at_proto::basic::Identify { value: None }))
        .wrote("ATI\r");
    talk.hear("ATI\r\r\nManufacturer: SIMCOM\r\nModel: SIM7028\r\n\r\n+CGEV: EPS PDN ACT 1\r\nIMEI: 860000000000025\r\n\r\nOK\r\n");
    talk.events(&[
        r#"Network(PacketEvent("EPS PDN ACT 1"))"#,
        r#"Done { id: 0, information: ["Manufacturer: SIMCOM", "Model: SIM7028", "IMEI: 860000000000025"] }"#,
    ]);
    talk.ask(|client| {
        client.command(&Publish {
            client: 0,
            qos: 0,
            timeout: 60,
            retained: None,
            dup: None,
        })
    });
    talk.hear("AT+CMQTTPUB=0,0,60\r\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n")
        .events(&["Done { id: 1, information: [] }"]);
}
