//! A client and a pencil: what the client writes is checked byte by byte, what the modem says is given byte by byte,
//! time passes when the test says so.

use std::time::Duration;

use cmqtt_core::{Client, Config, Deadline, Instant, Output, RequestError, RequestId, Storage};

/// A conversation with a client.
pub(crate) struct Talk {
    /// The client.
    pub(crate) client: Client<Vec<u8>>,
    now: Instant,
    deadline: Option<Deadline>,
    written: Vec<u8>,
    events: Vec<String>,
}

impl Talk {
    /// With a SIM7028 as its note describes it.
    pub(crate) fn new() -> Self {
        Self::with(Config::SIM7028, 1024)
    }

    /// With this configuration, and memory for a message of so many bytes.
    pub(crate) fn with(config: Config, message: usize) -> Self {
        let storage = Storage::new(vec![0; 1024], vec![0; message], vec![0; 12_000], vec![0; 512]);
        Self {
            client: Client::new(config, storage.expect("room enough")),
            now: Instant::ZERO,
            deadline: None,
            written: Vec::new(),
            events: Vec::new(),
        }
    }

    /// Asks for something.
    #[track_caller]
    pub(crate) fn ask(
        &mut self,
        request: impl FnOnce(&mut Client<Vec<u8>>) -> Result<RequestId, RequestError>,
    ) -> &mut Self {
        request(&mut self.client).expect("the request is taken");
        self.settle();
        self
    }

    /// The modem says this, all at once.
    pub(crate) fn hear(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let mut bytes = bytes.as_ref();
        while !bytes.is_empty() {
            let taken = self.client.handle_received(self.now, bytes);
            bytes = &bytes[taken..];
            self.settle();
        }
        self
    }

    /// The client wrote exactly this since it was last looked at.
    #[track_caller]
    pub(crate) fn wrote(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let written = std::mem::take(&mut self.written);
        assert_eq!(
            written.escape_ascii().to_string(),
            bytes.as_ref().escape_ascii().to_string()
        );
        self
    }

    /// These events came since they were last looked at.
    #[track_caller]
    pub(crate) fn events(&mut self, events: &[&str]) -> &mut Self {
        assert_eq!(std::mem::take(&mut self.events), events);
        self
    }

    /// The events that came since they were last looked at.
    pub(crate) fn take_events(&mut self) -> Vec<String> {
        std::mem::take(&mut self.events)
    }

    /// The deadline's distance in milliseconds, and its reason.
    #[track_caller]
    pub(crate) fn waits(&mut self, millis: u64, reason: &str) -> &mut Self {
        let deadline = self.deadline.expect("a deadline");
        let left = deadline.at.saturating_duration_since(self.now).as_millis();
        assert_eq!(
            (left, deadline.reason.to_string().as_str()),
            (u128::from(millis), reason)
        );
        self
    }

    /// Nothing is waited for.
    #[track_caller]
    pub(crate) fn rests(&mut self) -> &mut Self {
        assert_eq!(self.deadline, None);
        self
    }

    /// So much time passes.
    pub(crate) fn pass(&mut self, millis: u64) -> &mut Self {
        self.now = self.now + Duration::from_millis(millis);
        self.client.handle_timeout(self.now);
        self.settle();
        self
    }

    /// The deadline passes.
    #[track_caller]
    pub(crate) fn pass_deadline(&mut self) -> &mut Self {
        self.now = self.deadline.expect("a deadline").at;
        self.client.handle_timeout(self.now);
        self.settle();
        self
    }

    /// The line is cut.
    pub(crate) fn reset(&mut self) -> &mut Self {
        self.client.handle_reset(self.now);
        self.settle();
        self
    }

    fn settle(&mut self) {
        loop {
            match self.client.poll() {
                Output::Transmit(bytes) => {
                    // An odd length, so that nothing relies on writes that take all.
                    let len = bytes.len().min(7);
                    self.written.extend_from_slice(&bytes[..len]);
                    self.client.handle_transmitted(self.now, len);
                }
                Output::Event(event) => self.events.push(format!("{event:?}")),
                Output::Wait(deadline) => {
                    self.deadline = deadline;
                    return;
                }
            }
        }
    }
}
