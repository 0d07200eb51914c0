//! Every bounded wait of the program, as its manual page lists them.

use std::io::{self, Write};

use crate::modem::TAKE_DOWN;

/// One wait.
pub(crate) struct Wait {
    /// The option that sets it, or what is waited for where none does.
    name: &'static str,
    /// How long it is where nothing else is given, in seconds. `None`: without a bound.
    default: Option<u64>,
    /// What it bounds.
    bounds: &'static str,
    /// How much longer it may take at worst, in seconds.
    overrun: u64,
}

/// The waits: those that options set, then those of the program itself, then those of the modem's manual.
pub(crate) const WAITS: &[Wait] = &[
    Wait {
        name: "pub --give-up-after",
        default: Some(600),
        bounds: "the time without a delivery while messages wait, otherwise without a connection; it counts from the start",
        overrun: 10,
    },
    Wait {
        name: "pub --spool --give-up-after, gateway --give-up-after",
        default: None,
        bounds: "the same; what is in the spool stays there",
        overrun: 10,
    },
    Wait {
        name: "sub --give-up-after",
        default: None,
        bounds: "the time without a connection",
        overrun: 10,
    },
    Wait {
        name: "sub -W",
        default: None,
        bounds: "the whole run",
        overrun: 10,
    },
    Wait {
        name: "pub --spool --drain, gateway --drain",
        default: None,
        bounds: "the deliveries after the end of the input",
        overrun: 10,
    },
    Wait {
        name: "at -W",
        default: None,
        bounds: "each answer; without it as long as the manual gives the command. A message that is being received holds an \
                 answer up",
        overrun: 25,
    },
    Wait {
        name: "at --listen",
        default: Some(0),
        bounds: "listening after the last answer",
        overrun: 1,
    },
    Wait {
        name: "taking the client down after a signal, a failure or a limit",
        default: Some(TAKE_DOWN.as_secs()),
        bounds: "DISC, REL and STOP; what the modem still holds then, the next run takes over. A second signal ends it",
        overrun: 1,
    },
    Wait {
        name: "--wait",
        default: Some(0),
        bounds: "the device being free, where another program has it open",
        overrun: 1,
    },
    Wait {
        name: "a reader of the output that takes nothing",
        default: Some(1),
        bounds: "printing what is queued at the end; what is not printed is counted and said",
        overrun: 1,
    },
    Wait {
        name: "a modem that answers",
        default: Some(55),
        bounds: "the search for a modem that says nothing",
        overrun: 0,
    },
    Wait {
        name: "the SIM",
        default: Some(20),
        bounds: "a SIM that is busy",
        overrun: 9,
    },
    Wait {
        name: "the registration",
        default: Some(180),
        bounds: "the registration with a network",
        overrun: 9,
    },
    Wait {
        name: "the packet service",
        default: Some(75),
        bounds: "the attachment to the packet service",
        overrun: 9,
    },
    Wait {
        name: "an address",
        default: Some(10),
        bounds: "an address from the network; without one its context is activated once, which may take 75 s, and another \
                 10 s follow",
        overrun: 94,
    },
    Wait {
        name: "a busy client",
        default: Some(10),
        bounds: "the repetition of a command that the modem refuses with 14, client busy",
        overrun: 9,
    },
    Wait {
        name: "a refusal that passes",
        default: Some(30),
        bounds: "the repetition of START and CONNECT at a code that passes by itself, such as soon after power-up",
        overrun: 120,
    },
    Wait {
        name: "the service",
        default: Some(12),
        bounds: "START and STOP; 120 s on SIM7500/7600",
        overrun: 0,
    },
    Wait {
        name: "the connection",
        default: Some(120),
        bounds: "CONNECT without TLS; up to 300 s more with TLS",
        overrun: 0,
    },
    Wait {
        name: "a subscription",
        default: Some(120),
        bounds: "SUB and UNSUB after the modem has taken the filter",
        overrun: 0,
    },
    Wait {
        name: "a delivery",
        default: Some(60),
        bounds: "PUB after the modem has taken topic and payload; at most 180 s, whatever timeout the modem states",
        overrun: 10,
    },
    Wait {
        name: "a disconnection",
        default: Some(60),
        bounds: "DISC; at most 180 s, whatever timeout the modem states",
        overrun: 10,
    },
];

/// Writes the section of the manual page.
pub(crate) fn render(out: &mut impl Write) -> io::Result<()> {
    let roff = |text: &str| text.replace('-', "\\-");
    writeln!(out, ".SH WAITS")?;
    writeln!(
        out,
        "Every wait of the program has a bound; only those for messages and for input have none. Bytes that lie in the port \
         count before a bound does, so that a program that was stopped loses no answer."
    )?;
    for wait in WAITS {
        writeln!(out, ".TP\n\\fB{}\\fR", roff(wait.name))?;
        let default = wait
            .default
            .map_or_else(|| "no bound".to_owned(), |seconds| format!("{seconds} s"));
        writeln!(
            out,
            "Default: {default}. Bounds: {}. Worst overrun: {} s.",
            roff(wait.bounds),
            wait.overrun
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cmqtt_core::at_proto::cmqtt::KeepAlive;
    use cmqtt_core::at_proto::cmqtt::{QoS, ServerAddress, Topic, TopicFilter};
    use cmqtt_core::{
        Config, Connection, Event, Instant, Network, Output, Publication, RequestError, RequestId, Session,
        Storage,
    };

    use super::*;

    type Machine = Session<Vec<u8>>;

    /// How long a request takes that fails because the modem answers so: what it says by the beginning of a command, or of
    /// data. It says `OK` to all else.
    fn fails_after(
        answers: &[(&str, &str)],
        request: impl FnOnce(&mut Machine) -> Result<RequestId, RequestError>,
    ) -> Duration {
        let memory = || vec![0; 4096];
        let storage = Storage::new(memory(), memory(), memory(), memory()).expect("room");
        let mut session = Session::new(Config::SIM7028, storage, memory(), memory());
        request(&mut session).expect("it is idle");
        let mut now = Instant::ZERO;
        let mut sent = Vec::new();
        loop {
            match session.poll() {
                Output::Transmit(bytes) => {
                    sent.extend_from_slice(bytes);
                    let len = bytes.len();
                    session.handle_transmitted(now, len);
                }
                Output::Event(Event::Failed { .. }) => return now.saturating_duration_since(Instant::ZERO),
                Output::Event(Event::Done { .. }) => panic!("it succeeds"),
                Output::Event(_) => {}
                Output::Wait(deadline) => {
                    let line = String::from_utf8_lossy(&std::mem::take(&mut sent)).into_owned();
                    if line.is_empty() {
                        now = deadline.expect("it is waited for").at;
                        session.handle_timeout(now);
                        continue;
                    }
                    let of_line = answers.iter().find(|(begin, _)| line.starts_with(begin));
                    let answer = of_line.map_or("\r\nOK\r\n", |(_, answer)| answer);
                    assert_eq!(session.handle_received(now, answer.as_bytes()), answer.len());
                }
            }
        }
    }

    #[track_caller]
    fn holds(name: &str, measured: Duration) {
        let wait = WAITS.iter().find(|wait| wait.name == name).expect("a row");
        let longest = wait.default.expect("a bound") + wait.overrun;
        assert!(measured <= Duration::from_secs(longest), "{name}: {measured:?}");
        let least = wait.default.expect("a bound") / 2;
        assert!(measured >= Duration::from_secs(least), "{name}: {measured:?}");
    }

    #[test]
    fn waits_for_the_modem_end_when_the_table_says() {
        const PROMPT: &str = "\r\n>";
        holds(
            "a modem that answers",
            fails_after(&[("", "")], |session| session.identify(None)),
        );
        let network = |answers: &[(&str, &str)]| {
            fails_after(answers, |session| session.wait_for_network(&Network::default()))
        };
        holds("the SIM", network(&[("AT+CPIN?", "\r\n+CME ERROR: 14\r\n")]));
        holds(
            "the registration",
            network(&[
                ("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
                ("AT+CEREG?", "\r\n+CEREG: 0,2\r\n\r\nOK\r\n"),
            ]),
        );
        let registered = [
            ("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
            ("AT+CEREG?", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n"),
            ("AT+CGATT?", "\r\n+CGATT: 0\r\n\r\nOK\r\n"),
        ];
        holds("the packet service", network(&registered));
        holds(
            "a busy client",
            fails_after(
                &[("AT+CMQTTREL", "\r\n+CMQTTREL: 0,14\r\n\r\nERROR\r\n")],
                |session| session.client()?.release(0),
            ),
        );
        holds(
            "the service",
            fails_after(&[], |session| session.client()?.start()),
        );
        let connection = Connection {
            client: 0,
            server: ServerAddress::new("tcp://h:1883").expect("an address"),
            keep_alive: KeepAlive::new(60).expect("in range"),
            clean_session: true,
            login: None,
        };
        holds(
            "the connection",
            fails_after(&[], |session| session.client()?.connect(&connection)),
        );
        let filter = TopicFilter::new("t").expect("a filter");
        holds(
            "a subscription",
            fails_after(&[("AT+CMQTTSUB", PROMPT)], |session| {
                session.client()?.subscribe(0, filter, QoS::AtLeastOnce)
            }),
        );
        let publication = Publication {
            client: 0,
            topic: Topic::new("t").expect("a topic"),
            payload: b"p",
            qos: QoS::AtLeastOnce,
            retain: false,
            timeout: 60,
        };
        holds(
            "a delivery",
            fails_after(
                &[("AT+CMQTTTOPIC", PROMPT), ("AT+CMQTTPAYLOAD", PROMPT)],
                |session| session.client()?.publish(&publication),
            ),
        );
        let connected = ("AT+CMQTTDISC?", "\r\n+CMQTTDISC: 0,0\r\n\r\nOK\r\n");
        holds(
            "a disconnection",
            fails_after(&[connected], |session| session.take_down(0)),
        );
    }

    #[test]
    fn every_wait_is_in_the_page() {
        let mut page = Vec::new();
        render(&mut page).expect("memory");
        let page = String::from_utf8(page).expect("text").replace("\\-", "-");
        for wait in WAITS {
            assert!(page.contains(&format!("\\fB{}\\fR", wait.name)), "{}", wait.name);
        }
    }
}
