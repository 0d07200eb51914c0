//! A session, and a modem that says what a script says: healthy and fast, but for what the test has it say instead. No
//! simulated modem: what comes when, and what does not come at all, is the test's choice.

use std::collections::VecDeque;
use std::time::Duration;

use at_proto::cmqtt::{ClientId, KeepAlive, QoS, ServerAddress, Topic, TopicFilter};
use cmqtt_core::{
    Cause, Config, Connection, Deadline, Event, Failure, Healing, Instant, Network, OnUnknown, Output, Plan,
    Progress, Publication, RequestError, RequestId, Session, Storage,
};

pub(crate) const OK: &str = "\r\nOK\r\n";
pub(crate) const ERROR: &str = "\r\nERROR\r\n";

/// What a healthy modem answers, where that is more than `OK`.
const HEALTHY: [(&str, &str); 13] = [
    ("AT+CGMM", "\r\n+CGMM: SIMCOM_SIM7028\r\n\r\nOK\r\n"),
    ("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
    ("AT+CSQ", "\r\n+CSQ: 20,0\r\n\r\nOK\r\n"),
    ("AT+CEREG?", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n"),
    ("AT+CGATT?", "\r\n+CGATT: 1\r\n\r\nOK\r\n"),
    ("AT+CGPADDR", "\r\n+CGPADDR: 1,10.0.0.1\r\n\r\nOK\r\n"),
    ("AT+CMQTTDISC?", "\r\n+CMQTTDISC: 0,0\r\n\r\nOK\r\n"),
    ("AT+CMQTTSTART", "\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n"),
    ("AT+CMQTTSTOP", "\r\nOK\r\n\r\n+CMQTTSTOP: 0\r\n"),
    ("AT+CMQTTCONNECT=0", "\r\nOK\r\n\r\n+CMQTTCONNECT: 0,0\r\n"),
    ("AT+CMQTTDISC=0", "\r\nOK\r\n\r\n+CMQTTDISC: 0,0\r\n"),
    ("AT+CMQTTSUB=0", "\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n"),
    ("AT+CMQTTPUB=0", "\r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n"),
];

/// Commands that data follow; their second argument is how many bytes.
const WITH_DATA: [&str; 6] = [
    "AT+CMQTTTOPIC=",
    "AT+CMQTTPAYLOAD=",
    "AT+CMQTTSUB=0,",
    "AT+CMQTTSUBTOPIC=",
    "AT+CMQTTWILLTOPIC=",
    "AT+CMQTTWILLMSG=",
];

/// A session and its modem.
pub(crate) struct Script {
    pub(crate) session: Session<Vec<u8>>,
    pub(crate) now: Instant,
    /// What is said instead, by the command's first letters; the last of several is said from then on.
    answers: Vec<(String, VecDeque<String>)>,
    /// Data that are still to come, and what is said then.
    data: Option<(usize, String)>,
    /// The commands, as they came.
    pub(crate) lines: Vec<String>,
    unfinished: Vec<u8>,
    pub(crate) events: Vec<String>,
    pub(crate) progress: Vec<Progress>,
    pub(crate) ends: Vec<(RequestId, Result<(), Failure>)>,
    pub(crate) deadline: Option<Deadline>,
}

impl Script {
    pub(crate) fn new() -> Self {
        Self::with(Config::SIM7028)
    }

    pub(crate) fn with(config: Config) -> Self {
        let storage = Storage::new(vec![0; 1024], vec![0; 1024], vec![0; 12_288], vec![0; 2048]);
        Self {
            session: Session::new(config, storage.unwrap(), vec![0; 4096], vec![0; 200]),
            now: Instant::ZERO,
            answers: Vec::new(),
            data: None,
            lines: Vec::new(),
            unfinished: Vec::new(),
            events: Vec::new(),
            progress: Vec::new(),
            ends: Vec::new(),
            deadline: None,
        }
    }

    /// One whose client is kept, and connected.
    pub(crate) fn kept() -> Self {
        let mut script = Self::new();
        script.keep(&plan());
        script.wait(Duration::from_secs(10));
        assert_eq!(script.told(), ["Connected { client: 0 }"]);
        script.holds("client test0", true);
        script.lines.clear();
        script
    }

    pub(crate) fn keep(&mut self, plan: &Plan<'_>) {
        self.session
            .keep(plan, &Network::default(), &Healing::new(7))
            .unwrap();
    }

    /// The modem says this from now on instead of what a healthy one says: the last of several for ever.
    pub(crate) fn says<const N: usize>(&mut self, command: &str, answers: [&str; N]) -> &mut Self {
        self.answers.retain(|(before, _)| before != command);
        let answers = answers.map(str::to_owned).into();
        self.answers.insert(0, (command.to_owned(), answers));
        self
    }

    /// The modem answers this as a healthy one does.
    pub(crate) fn answers_again(&mut self, command: &str) {
        self.answers.retain(|(before, _)| before != command);
    }

    /// The modem holds this client, connected or not.
    pub(crate) fn holds(&mut self, id: &str, connected: bool) -> &mut Self {
        let held = format!("\r\n+CMQTTACCQ: 0,\"{id}\",0\r\n\r\nOK\r\n");
        let state = format!("\r\n+CMQTTDISC: 0,{}\r\n\r\nOK\r\n", u8::from(!connected));
        self.says("AT+CMQTTACCQ?", [&held])
            .says("AT+CMQTTDISC?", [&state])
    }

    /// Makes a request, and lets time pass until it ends.
    #[track_caller]
    pub(crate) fn run(
        &mut self,
        request: impl FnOnce(&mut Session<Vec<u8>>) -> Result<RequestId, RequestError>,
    ) -> Result<(), Failure> {
        let id = self.begin(request);
        for _ in 0..10_000 {
            self.turn();
            if let Some(at) = self.ends.iter().position(|(ended, _)| *ended == id) {
                return self.ends.remove(at).1;
            }
            self.now = self.deadline.expect("it waits for something").at;
        }
        panic!("a request that never ends: {:?}", self.lines);
    }

    /// Makes a request, and nothing more.
    #[track_caller]
    pub(crate) fn begin(
        &mut self,
        request: impl FnOnce(&mut Session<Vec<u8>>) -> Result<RequestId, RequestError>,
    ) -> RequestId {
        self.session.handle_timeout(self.now);
        request(&mut self.session).expect("the request is taken")
    }

    pub(crate) fn deliver(&mut self, topic: &'static str) -> RequestId {
        self.session
            .deliver(&message(topic), OnUnknown::ByQos)
            .expect("it is taken")
    }

    /// Lets so much time pass.
    pub(crate) fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        self.turn();
        while let Some(deadline) = self.deadline.filter(|deadline| deadline.at <= until) {
            self.now = self.now.max(deadline.at);
            self.turn();
        }
        self.now = until;
        self.turn();
    }

    /// The modem says this, unasked.
    pub(crate) fn hear(&mut self, bytes: &str) -> &mut Self {
        self.receive(bytes);
        self.turn();
        self
    }

    fn receive(&mut self, bytes: &str) {
        let mut bytes = bytes.as_bytes();
        while !bytes.is_empty() {
            let taken = self.session.handle_received(self.now, bytes);
            bytes = &bytes[taken..];
            self.poll();
        }
    }

    /// Everything that happens now.
    pub(crate) fn turn(&mut self) {
        self.session.handle_timeout(self.now);
        self.poll();
        while let Some(answer) = self.answer() {
            self.receive(&answer);
            self.poll();
        }
    }

    /// Everything that the session wants until it waits.
    fn poll(&mut self) {
        loop {
            match self.session.poll() {
                Output::Transmit(bytes) => {
                    self.unfinished.extend_from_slice(bytes);
                    let len = bytes.len();
                    self.session.handle_transmitted(self.now, len);
                }
                Output::Event(Event::Done { id, .. }) => self.ends.push((id, Ok(()))),
                Output::Event(Event::Failed { id, failure }) => self.ends.push((id, Err(failure))),
                Output::Event(Event::Progress(progress)) => self.progress.push(progress),
                Output::Event(event) => self.events.push(format!("{event:?}")),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }

    /// What the modem says to what it was sent.
    fn answer(&mut self) -> Option<String> {
        if let Some((len, answer)) = self.data.take() {
            if self.unfinished.len() < len {
                self.data = Some((len, answer));
                return None;
            }
            self.unfinished.drain(..len);
            return Some(answer);
        }
        let end = self.unfinished.iter().position(|&byte| byte == b'\r')?;
        let line: Vec<u8> = self.unfinished.drain(..=end).collect();
        let line = String::from_utf8(line).unwrap();
        let answer = self.answer_to(&line);
        let line = line.trim().to_owned();
        self.lines.push(line.clone());
        let asks = line.ends_with('?') || answer.contains("ERROR");
        if !asks && WITH_DATA.iter().any(|command| line.starts_with(command)) {
            let len = line.split(',').nth(1).unwrap().parse().unwrap();
            self.data = Some((len, answer));
            return Some("\r\n>".into());
        }
        Some(answer)
    }

    fn answer_to(&mut self, line: &str) -> String {
        if let Some((_, answers)) = self
            .answers
            .iter_mut()
            .find(|(command, _)| line.starts_with(command))
        {
            let answer = answers.front().cloned().unwrap_or_default();
            if answers.len() > 1 {
                answers.pop_front();
            }
            return answer;
        }
        let healthy = HEALTHY.iter().find(|(command, _)| line.starts_with(command));
        healthy.map_or(OK, |(_, answer)| answer).to_owned()
    }

    /// What was told of the connection, and of messages that were delivered.
    pub(crate) fn told(&self) -> Vec<&str> {
        let of_ours = |event: &&String| {
            let name = event.split([' ', '(']).next().unwrap_or_default();
            ["Connected", "Lost", "Restored", "GaveUp", "PowerKey", "Delivered"].contains(&name)
        };
        self.events.iter().filter(of_ours).map(String::as_str).collect()
    }

    /// How many commands began so.
    pub(crate) fn count(&self, command: &str) -> usize {
        self.lines.iter().filter(|line| line.starts_with(command)).count()
    }

    /// The commands that change something, in their order.
    pub(crate) fn steps(&self) -> Vec<&str> {
        let steps = [
            "START",
            "STOP",
            "ACCQ=",
            "REL=",
            "CONNECT=",
            "DISC=",
            "SUB=",
            "SUBTOPIC=",
        ];
        let of_ours = |line: &&String| {
            let changes = |name: &&str| line.starts_with(&format!("AT+CMQTT{name}")) && !line.ends_with("=?");
            steps.iter().any(changes)
        };
        self.lines
            .iter()
            .filter(of_ours)
            .map(|line| line["AT+CMQTT".len()..].split('=').next().unwrap_or_default())
            .collect()
    }
}

/// A connection as the note makes it.
pub(crate) fn connection() -> Connection<'static> {
    Connection {
        client: 0,
        server: ServerAddress::new("tcp://test.mosquitto.org:1883").unwrap(),
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login: None,
    }
}

/// That connection, and no filters.
pub(crate) fn plan() -> Plan<'static> {
    Plan {
        id: ClientId::new("client test0").unwrap(),
        connection: connection(),
        version: None,
        tls: None,
        will: None,
        filters: &[],
    }
}

/// Filters with QoS 1.
pub(crate) fn filters(names: &[&'static str]) -> &'static [(TopicFilter<'static>, QoS)] {
    let filters: Vec<_> = names
        .iter()
        .map(|name| (TopicFilter::new(name).unwrap(), QoS::AtLeastOnce))
        .collect();
    filters.leak()
}

pub(crate) fn message(topic: &'static str) -> Publication<'static> {
    Publication {
        client: 0,
        topic: Topic::new(topic).unwrap(),
        payload: b"payload",
        qos: QoS::AtLeastOnce,
        retain: false,
        timeout: 60,
    }
}

/// Why it failed.
pub(crate) fn cause(end: Result<(), Failure>) -> Option<Cause> {
    end.err().map(|failure| failure.cause)
}
