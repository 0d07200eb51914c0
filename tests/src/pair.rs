//! Host and modem face to face: the client, a serial line, the simulated modem and a broker in memory in one loop
//! under virtual time. A session of minutes takes milliseconds, and the same calls give the same bytes.

use std::num::NonZeroU32;
use std::time::Duration;

use cmqtt_core::{
    Client, Config, Event, Failure, Instant, Output, Progress, RequestError, RequestId, Session, Storage,
};
use cmqtt_sim::broker::Broker;
use cmqtt_sim::{ClientKey, Direction, MemoryNetwork, Modem, Profile, Wire};

/// The two machines and what lies between and behind them.
#[derive(Debug)]
pub struct Pair {
    /// The host's side.
    pub session: Session<Vec<u8>>,
    /// The modem's side.
    pub modem: Modem,
    /// The line between them.
    pub wire: Wire,
    /// What is behind the modem.
    pub network: MemoryNetwork,
    /// All that the host has sent.
    pub sent: Vec<u8>,
    /// All that the host has heard.
    pub heard: Vec<u8>,
    /// How often the host was asked what to do.
    pub polls: usize,
    /// How far requests of the session came.
    pub progress: Vec<Progress>,
    /// Events that ended no request, printed.
    pub events: Vec<String>,
    /// How requests and messages have failed.
    pub failed: Vec<(RequestId, Failure)>,
    /// Received messages: client, topic, payload.
    pub messages: Vec<(u8, Vec<u8>, Vec<u8>)>,
    life: Life,
    now: Duration,
}

/// The bytes that the host sends and hears before it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Sends no more than these.
    pub send: usize,
    /// Hears no more than these.
    pub hear: usize,
}

impl Life {
    /// A host that lives on.
    pub const ENDLESS: Self = Self {
        send: usize::MAX,
        hear: usize::MAX,
    };

    const fn is_over(self) -> bool {
        self.send == 0 || self.hear == 0
    }
}

/// How a request ended.
pub type End = Result<Vec<String>, Failure>;

impl Pair {
    /// Both machines, a line of so many baud (`None`: no line at all) and an empty broker.
    ///
    /// # Panics
    /// Never: the memory is large enough.
    #[must_use]
    pub fn new(config: Config, profile: Profile, baud: Option<u32>) -> Self {
        Self {
            session: session(config),
            modem: Modem::new(profile),
            wire: Wire::new(baud.and_then(NonZeroU32::new), Duration::ZERO),
            network: MemoryNetwork::new(Broker::default()),
            sent: Vec::new(),
            heard: Vec::new(),
            polls: 0,
            progress: Vec::new(),
            events: Vec::new(),
            failed: Vec::new(),
            messages: Vec::new(),
            life: Life::ENDLESS,
            now: Duration::ZERO,
        }
    }

    /// The host restarts and the modem does not: what the host knew is gone, what is on the line is lost to it.
    ///
    /// # Panics
    /// Never: the memory is large enough.
    pub fn restart_host(&mut self, config: Config) {
        self.session = session(config);
        self.life = Life::ENDLESS;
        let _ = self.wire.receive(self.now, Direction::ToHost);
        self.sent.clear();
        self.progress.clear();
    }

    /// Makes a request of the session and lets so much time pass, whether it ends or not.
    ///
    /// # Panics
    /// When the request is not taken.
    #[track_caller]
    pub fn begin(
        &mut self,
        request: impl FnOnce(&mut Session<Vec<u8>>) -> Result<RequestId, RequestError>,
        time: Duration,
    ) {
        self.session.handle_timeout(self.instant());
        request(&mut self.session).expect("the request is taken");
        self.wait(time);
    }

    /// Lets so much time pass; requests may end meanwhile.
    pub fn wait(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.turn(|_, _| {});
            match self.next() {
                Some(next) if next <= until => self.now = self.now.max(next),
                _ => break,
            }
        }
        self.now = until;
    }

    /// Lets so much time pass, and nothing of what the modem says reaches the host.
    pub fn wait_deaf(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.turn_modem();
            let _ = self.wire.receive(self.now, Direction::ToHost);
            self.session.handle_timeout(self.instant());
            self.turn_client(&mut |_, _| {});
            self.now = self.next().map_or(until, |next| next.clamp(self.now, until));
        }
    }

    /// Makes a request of a host that dies when it has sent or heard so much. `None`: it died before the request ended.
    ///
    /// # Panics
    /// As [`Pair::ask`].
    #[track_caller]
    pub fn run_for_life(
        &mut self,
        life: Life,
        request: impl FnOnce(&mut Session<Vec<u8>>) -> Result<RequestId, RequestError>,
    ) -> Option<End> {
        self.life = life;
        let end = self.run_until(request);
        self.life = Life::ENDLESS;
        end
    }

    /// Lets so much time pass, or less if this request ends before.
    pub fn wait_for(&mut self, id: RequestId, time: Duration) -> Option<End> {
        let until = self.now + time;
        let mut end = None;
        loop {
            self.turn(|ended, how| {
                if ended == id {
                    end = Some(how);
                }
            });
            match self.next() {
                Some(next) if end.is_none() && next <= until => self.now = self.now.max(next),
                _ => break,
            }
        }
        if end.is_none() {
            self.now = until;
        }
        end
    }

    /// The caller resets the line.
    pub fn reset(&mut self) {
        let now = self.instant();
        self.session.handle_reset(now);
    }

    /// The time since the beginning.
    #[must_use]
    pub const fn now(&self) -> Duration {
        self.now
    }

    /// Makes a request and lets time pass until it ends.
    ///
    /// # Errors
    /// The failure with which it ended.
    ///
    /// # Panics
    /// When the request is not taken, or the machines wait for each other for ever.
    #[track_caller]
    pub fn ask(
        &mut self,
        request: impl FnOnce(&mut Client<Vec<u8>>) -> Result<RequestId, RequestError>,
    ) -> End {
        self.run(|session| request(session.client()?))
    }

    /// Makes a request of the session and lets time pass until it ends.
    ///
    /// # Errors
    /// The failure with which it ended.
    ///
    /// # Panics
    /// As [`Pair::ask`].
    #[track_caller]
    pub fn run(
        &mut self,
        request: impl FnOnce(&mut Session<Vec<u8>>) -> Result<RequestId, RequestError>,
    ) -> End {
        self.run_until(request).expect("the host lives on")
    }

    #[track_caller]
    fn run_until(
        &mut self,
        request: impl FnOnce(&mut Session<Vec<u8>>) -> Result<RequestId, RequestError>,
    ) -> Option<End> {
        self.session.handle_timeout(self.instant());
        let asked = request(&mut self.session).expect("the request is taken");
        let mut end = None;
        while end.is_none() && !self.life.is_over() {
            self.turn(|id, how| {
                assert_eq!(id, asked, "nobody waited for this: {how:?}");
                assert!(end.is_none(), "a second end: {how:?}");
                end = Some(how);
            });
            if end.is_none() && !self.life.is_over() {
                assert!(
                    self.step(),
                    "host and modem wait for each other: {:?}",
                    self.session
                );
            }
        }
        end
    }

    /// Lets so much time pass.
    ///
    /// # Panics
    /// When a request ends meanwhile: [`Pair::ask`] is for these.
    #[track_caller]
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            self.turn(|id, how| panic!("nobody waited for {id:?}: {how:?}"));
            match self.next() {
                Some(next) if next <= until => self.now = self.now.max(next),
                _ => break,
            }
        }
        self.now = until;
    }

    /// Everything that happens at this moment.
    fn turn(&mut self, mut ended: impl FnMut(RequestId, End)) {
        loop {
            let before = (
                self.wire.carried(Direction::ToModem),
                self.wire.carried(Direction::ToHost),
            );
            self.turn_modem();
            let mut heard = self.wire.receive(self.now, Direction::ToHost);
            if self.life != Life::ENDLESS {
                heard.truncate(self.life.hear);
                self.life.hear -= heard.len();
                if self.life.is_over() {
                    return;
                }
            }
            self.heard.extend_from_slice(&heard);
            let mut bytes = &heard[..];
            while !bytes.is_empty() {
                let taken = self.session.handle_received(self.instant(), bytes);
                bytes = &bytes[taken..];
                self.turn_client(&mut ended);
            }
            self.session.handle_timeout(self.instant());
            self.turn_client(&mut ended);
            let after = (
                self.wire.carried(Direction::ToModem),
                self.wire.carried(Direction::ToHost),
            );
            if before == after && heard.is_empty() {
                return;
            }
        }
    }

    fn turn_client(&mut self, ended: &mut impl FnMut(RequestId, End)) {
        let now = self.instant();
        while !self.life.is_over() {
            self.polls += 1;
            match self.session.poll() {
                Output::Transmit(bytes) => {
                    let len = bytes.len().min(self.life.send);
                    let bytes = &bytes[..len];
                    if self.life != Life::ENDLESS {
                        self.life.send -= len;
                    }
                    self.sent.extend_from_slice(bytes);
                    self.wire.send(self.now, Direction::ToModem, bytes);
                    self.session.handle_transmitted(now, len);
                }
                Output::Event(Event::Done { id, information }) => {
                    ended(
                        id,
                        Ok(information.map(|line| line.escape_ascii().to_string()).collect()),
                    );
                }
                Output::Event(Event::Failed { id, failure }) => {
                    self.failed.push((id, failure));
                    ended(id, Err(failure));
                }
                Output::Event(Event::Message {
                    client,
                    topic,
                    payload,
                }) => {
                    self.messages.push((client, topic.to_vec(), payload.to_vec()));
                }
                Output::Event(Event::Progress(progress)) => self.progress.push(progress),
                Output::Event(event) => self.events.push(format!("{event:?}")),
                Output::Wait(_) => return,
            }
        }
    }

    fn turn_modem(&mut self) {
        let heard = self.wire.receive(self.now, Direction::ToModem);
        let said = turn_modem(&mut self.modem, &mut self.network, self.now, &heard);
        self.wire.send(self.now, Direction::ToHost, &said);
    }

    /// Goes to the next moment at which something happens. `false`: nothing ever does.
    fn step(&mut self) -> bool {
        let next = self.next();
        if let Some(next) = next {
            self.now = self.now.max(next);
        }
        next.is_some()
    }

    fn next(&mut self) -> Option<Duration> {
        let client = match self.session.poll() {
            Output::Wait(deadline) => deadline.map(|deadline| Duration::from_micros(deadline.at.as_micros())),
            _ => Some(self.now),
        };
        let modem = match self.modem.poll() {
            cmqtt_sim::Output::Wait(deadline) => deadline,
            _ => Some(self.now),
        };
        let wire = [Direction::ToModem, Direction::ToHost].map(|way| self.wire.next_arrival(way));
        wire.into_iter()
            .chain([client, modem, self.network.next_deadline()])
            .flatten()
            .min()
    }

    fn instant(&self) -> Instant {
        Instant::from_micros(u64::try_from(self.now.as_micros()).unwrap_or(u64::MAX))
    }
}

/// Everything that a modem and what is behind it do at this moment, having heard this: what the modem says.
pub(crate) fn turn_modem(
    modem: &mut Modem,
    network: &mut MemoryNetwork,
    now: Duration,
    heard: &[u8],
) -> Vec<u8> {
    modem.handle_received(now, heard);
    modem.handle_timeout(now);
    network.handle_timeout(now);
    let mut said = Vec::new();
    loop {
        if let Some((key, event)) = network.poll_event() {
            let client = u8::try_from(key.0).expect("the keys are client indexes");
            modem.handle_network(now, client, event);
            continue;
        }
        match modem.poll() {
            cmqtt_sim::Output::Transmit(bytes) => said.extend(bytes),
            cmqtt_sim::Output::Network(client, request) => {
                network.handle_request(now, ClientKey(u32::from(client)), request);
            }
            cmqtt_sim::Output::Wait(_) => return said,
        }
    }
}

fn session(config: Config) -> Session<Vec<u8>> {
    let storage = Storage::new(vec![0; 1024], vec![0; 11_264], vec![0; 12_288], vec![0; 4096]);
    Session::new(
        config,
        storage.expect("room enough"),
        vec![0; 8192],
        vec![0; 32_768],
    )
}
