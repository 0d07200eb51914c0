//! What differs between firmwares, and what nobody knows of one: each a typed value with a name, so that a test or a
//! command line can set it, and with an explanation, so that a list of them is their documentation.
//!
//! ```
//! use cmqtt_sim::{Profile, RxLayout, SWITCHES};
//!
//! let mut profile = Profile::SIM7028;
//! profile.switches.set("rx-layout=spaced")?;
//! assert_eq!(profile.switches.rx_layout, RxLayout::Spaced);
//! for switch in SWITCHES {
//!     println!("{}={} ({}): {}", switch.name, switch.get(&profile.switches), switch.allowed(), switch.explanation);
//! }
//! # Ok::<(), cmqtt_sim::SwitchError>(())
//! ```

mod table;
pub use table::{SWITCHES, Switch};

mod values;
pub use values::{
    AcquireList, Address, Boot, ClockStart, ConnectAgain, ConnectIdle, DataWait, Delay, DeniedTopics,
    EmptyCache, EmptyPayload, FailureShape, LostPublish, ModelName, NameCheck, PassingRefusal, PayloadMax,
    PowerOff, Prompt, RefusedKeys, ReleaseIdle, RxChunk, RxLayout, RxOrder, Seconds, StartAgain, StopHeld,
    SuccessOrder, Toggle, UrcPlace,
};

use crate::modem::{Registration, Sim};

/// How an asynchronous command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// When it succeeds.
    pub success: SuccessOrder,
    /// When it fails.
    pub failure: FailureShape,
}

impl Shape {
    /// `OK`, then the result, whatever it is.
    pub const OK_FIRST: Self = Self {
        success: SuccessOrder::OkFirst,
        failure: FailureShape::OkResult,
    };

    /// Whether `OK` can be given before the outcome is known.
    #[must_use]
    pub fn answers_early(self) -> bool {
        self == Self::OK_FIRST
    }
}

/// How each of the seven asynchronous commands ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shapes {
    /// `AT+CMQTTSTART`.
    pub start: Shape,
    /// `AT+CMQTTSTOP`.
    pub stop: Shape,
    /// `AT+CMQTTCONNECT`.
    pub connect: Shape,
    /// `AT+CMQTTDISC`.
    pub disconnect: Shape,
    /// `AT+CMQTTPUB`.
    pub publish: Shape,
    /// `AT+CMQTTSUB`.
    pub subscribe: Shape,
    /// `AT+CMQTTUNSUB`.
    pub unsubscribe: Shape,
}

/// How long things take that depend on no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// From a command's CR, or from the last byte of its data, to its answer.
    pub command: Delay,
    /// From START's or STOP's `OK` to its result.
    pub service: Delay,
    /// From power-up to the first line.
    pub boot: Delay,
}

impl Delays {
    /// Everything at once: what is measured is the line then, not the modem.
    pub const NONE: Self = Self {
        command: Delay::NONE,
        service: Delay::NONE,
        boot: Delay::NONE,
    };

    /// As measured on hardware: commands answer in 3 to 150 ms, START's result follows 50 to 500 ms later.
    pub const TYPICAL: Self = Self {
        command: Delay::millis(3, 150),
        service: Delay::millis(50, 500),
        boot: Delay::millis(1500, 4000),
    };
}

/// What is refused that a modem in good order grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// For how long the client is busy after a result of CONNECT or SUB.
    pub busy: Delay,
    /// START soon after power-up.
    pub start: PassingRefusal,
    /// CONNECT soon after power-up.
    pub connect: PassingRefusal,
    /// CONNECT on a live connection.
    pub connect_again: ConnectAgain,
    /// Publishes that the broker's policy forbids.
    pub topics: DeniedTopics,
    /// A PUB whose connection ends.
    pub lost_publish: LostPublish,
    /// Whether there is an MQTT service.
    pub mqtt: Toggle,
    /// Whether CCERTDOWN stores anything.
    pub certificates: Toggle,
    /// Keys of CSSLCFG.
    pub tls_keys: RefusedKeys,
}

impl Refusals {
    /// None.
    pub const NONE: Self = Self {
        busy: Delay::NONE,
        start: PassingRefusal(None),
        connect: PassingRefusal(None),
        connect_again: ConnectAgain::NotSupported,
        topics: DeniedTopics(Vec::new()),
        lost_publish: LostPublish::Failed,
        mqtt: Toggle::On,
        certificates: Toggle::On,
        tls_keys: RefusedKeys::Some(Vec::new()),
    };
}

/// What the modem is, and what it finds around itself when it is switched on for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Surroundings {
    /// The name that it gives itself.
    pub model: ModelName,
    /// Its SIM.
    pub sim: Sim,
    /// Where it stands with the network.
    pub registration: Registration,
    /// When it has an address.
    pub address: Address,
    /// What its clock shows.
    pub clock: ClockStart,
}

impl Surroundings {
    /// A SIM, a network, and no clock.
    pub const USUAL: Self = Self {
        model: ModelName(None),
        sim: Sim::Ready,
        registration: Registration::Home,
        address: Address::AtOnce,
        clock: ClockStart(None),
    };
}

/// The switches of one modem. [`SWITCHES`] explains each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switches {
    /// How asynchronous commands end.
    pub shapes: Shapes,
    /// START while the service runs.
    pub start_again: StartAgain,
    /// STOP while a client is held.
    pub stop_held: StopHeld,
    /// REL of a client that nobody acquired.
    pub release_idle: ReleaseIdle,
    /// What stands around the prompt.
    pub prompt: Prompt,
    /// Whether data are repeated to the host.
    pub data_echo: Toggle,
    /// How long data mode waits for its next byte.
    pub data_wait: DataWait,
    /// Whether an empty line stands before the answer.
    pub leading_line_end: Toggle,
    /// Whether a blank follows the colon.
    pub colon_blank: Toggle,
    /// How a received message is set.
    pub rx_layout: RxLayout,
    /// How large its chunks are.
    pub rx_chunk: RxChunk,
    /// Where it stands beside PUB's result.
    pub rx_order: RxOrder,
    /// The greatest payload.
    pub payload_max: PayloadMax,
    /// Whether SUBTOPIC and UNSUBTOPIC exist.
    pub subtopic: Toggle,
    /// SUB and UNSUB with nothing cached.
    pub empty_cache: EmptyCache,
    /// PUB without PAYLOAD.
    pub empty_payload: EmptyPayload,
    /// The timeouts that DISC takes beside 0.
    pub disconnect_timeout: Seconds,
    /// The timeouts that PUB takes.
    pub publish_timeout: Seconds,
    /// Where a URC may land.
    pub urc_place: UrcPlace,
    /// What is said at power-up.
    pub boot: Boot,
    /// What follows a power-down.
    pub power_off: PowerOff,
    /// Which slots ACCQ's read form lists.
    pub acquire_list: AcquireList,
    /// What CONNECT's read form shows for an idle client.
    pub connect_idle: ConnectIdle,
    /// Whether a verified server must be named in its certificate.
    pub name_check: NameCheck,
    /// What it refuses.
    pub refusals: Refusals,
    /// What it is, and what it finds around itself.
    pub surroundings: Surroundings,
    /// How long things take.
    pub delays: Delays,
}

impl Switches {
    /// Sets one switch: `prompt=blank`. Upper and lower case differ.
    ///
    /// # Errors
    /// [`SwitchError`]: no `=`, no such switch, no such value. Nothing has changed then.
    pub fn set(&mut self, assignment: &str) -> Result<(), SwitchError> {
        let (name, value) = assignment
            .split_once('=')
            .ok_or_else(|| SwitchError::NoValue(assignment.to_owned()))?;
        let switch = SWITCHES
            .iter()
            .find(|switch| switch.name == name)
            .ok_or_else(|| SwitchError::Unknown(name.to_owned()))?;
        switch.set(self, value)
    }
}

/// A switch that cannot be set so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SwitchError {
    /// The assignment has no `=`.
    #[error("expected switch=value, found {0:?}")]
    NoValue(String),
    /// No switch has this name.
    #[error("no switch is named {0:?}")]
    Unknown(String),
    /// The switch cannot have this value.
    #[error("{name}: expected {expected}, found {found:?}")]
    Value {
        /// The switch.
        name: &'static str,
        /// What it can be.
        expected: String,
        /// What was given.
        found: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profile;

    #[test]
    fn names_are_unique_and_every_shown_value_can_be_set() {
        let profile = Profile::SIM7028;
        for (index, switch) in SWITCHES.iter().enumerate() {
            assert!(
                SWITCHES.iter().take(index).all(|other| other.name != switch.name),
                "{} stands twice",
                switch.name
            );
            let mut switches = profile.switches.clone();
            let shown = switch.get(&switches);
            switch
                .set(&mut switches, &shown)
                .expect("the shown value is taken");
            assert_eq!(switches, profile.switches, "{}", switch.name);
            assert!(!switch.explanation.is_empty());
        }
    }

    #[test]
    fn every_word_of_a_switch_is_taken_and_shown_again() {
        for switch in SWITCHES {
            // What is no word but a form has its bounds behind a comma or between dots, and is tested by itself.
            let allowed = switch.allowed();
            let words = allowed
                .split(" | ")
                .filter(|word| !word.contains(['<', ',']) && !word.contains(".."));
            for word in words {
                let mut switches = Profile::SIM7028.switches;
                switch.set(&mut switches, word).expect("an allowed word is taken");
                let shown = switch.get(&switches);
                let mut again = Profile::SIM7028.switches;
                switch.set(&mut again, &shown).expect("what is shown is taken");
                assert_eq!(switches, again, "{}={word}", switch.name);
            }
        }
    }

    #[test]
    fn the_list_of_switches() {
        let list: Vec<_> = SWITCHES
            .iter()
            .map(|switch| {
                let value = switch.get(&Profile::SIM7028.switches);
                format!(
                    "{}={value} ({}): {}",
                    switch.name,
                    switch.allowed(),
                    switch.explanation
                )
            })
            .collect();
        insta::assert_snapshot!(list.join("\n"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let mut switches = Profile::SIM7028.switches;
        let mut error = |assignment: &str| switches.set(assignment).expect_err("refused").to_string();
        insta::assert_snapshot!(error("prompt"), @r#"expected switch=value, found "prompt""#);
        insta::assert_snapshot!(error("promt=blank"), @r#"no switch is named "promt""#);
        insta::assert_snapshot!(error("prompt=none"), @r#"prompt: expected plain | blank | crlf, found "none""#);
        insta::assert_snapshot!(error("rx-chunk=0"), @r#"rx-chunk: expected whole | 1..10240, found "0""#);
        insta::assert_snapshot!(error("command-delay=9-3ms"), @r#"command-delay: expected 0 | <n>ms | <n>s | <n>-<m>ms | <n>-<m>s, 0 <= n <= m <= 4294967295, found "9-3ms""#);
        insta::assert_snapshot!(error("data-wait=0s"), @r#"data-wait: expected forever | <n>s, 1 <= n <= 4294967295, found "0s""#);
        insta::assert_snapshot!(error("payload-max=10241"), @r#"payload-max: expected 1..10240, found "10241""#);
        insta::assert_snapshot!(error("pub-timeout=180-60"), @r#"pub-timeout: expected <min>-<max>, such as 60-180, 0 <= min <= max <= 4294967295, found "180-60""#);
        assert_eq!(switches, Profile::SIM7028.switches);
    }
}
