//! What a session tells on its way: a program shows it, or throws it away.

use core::fmt::{self, Display, Formatter};
use core::time::Duration;

use at_proto::Family;
use at_proto::cmqtt::ResultCode;
use at_proto::network::{Domain, RegistrationState, SignalQuality};

use crate::request::NoAddress;

/// How far a session's request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A step begins.
    Step {
        /// The step.
        step: Step,
        /// How long it may take; where it takes several commands, each of them.
        budget: Duration,
    },
    /// The modem said what it is.
    Family {
        /// The family that it is taken for.
        family: Family,
        /// Whether its model's name told so; otherwise it is the configuration's.
        recognised: bool,
    },
    /// The signal's strength, when it is first known and when it changes.
    Signal(SignalQuality),
    /// The registration, when it is first known and when it changes.
    Registration {
        /// With which service.
        domain: Domain,
        /// How it stands.
        state: RegistrationState,
    },
    /// The address that the network gave; `None` for one that is not of IP version 4.
    Address(Option<[u8; 4]>),
    /// The network gave no address; what comes next is tried all the same.
    NoAddress(NoAddress),
    /// The modem has held a connection that is just what was asked for. It goes on.
    Adopted {
        /// The client index.
        client: u8,
    },
    /// The modem has held something else for this client, which is taken down in order.
    TakenDown {
        /// The client index.
        client: u8,
    },
    /// The modem still does what another asked for: its end is awaited.
    StillBusy {
        /// The client index.
        client: u8,
        /// How long it is awaited.
        budget: Duration,
    },
    /// The modem refused with a code that passes by itself: it is tried again.
    TryingAgain {
        /// The command that was refused.
        command: &'static str,
        /// The code.
        code: ResultCode,
        /// How long it is still tried.
        budget: Duration,
    },
    /// The modem does not know this setting of the TLS context, and the connection is made without it: `enableSNI`, so that
    /// the server is not told which name is wanted, or `ignorelocaltime`, so that the dates of certificates are not checked.
    SettingRefused {
        /// The setting's key.
        key: &'static str,
    },
    /// So much of a file has gone to the modem.
    Sending {
        /// The bytes that have gone.
        sent: usize,
        /// The bytes in all.
        of: usize,
    },
}

/// A step of a session's request. More may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Find the modem: does it answer, and what is it?
    Identify,
    /// The SIM is to be ready.
    Sim,
    /// The access point is to be the right one.
    AccessPoint,
    /// The modem is to be registered with a network.
    Registration,
    /// The packet service is to be attached.
    Attachment,
    /// The network is to give an address.
    Address,
    /// What does the modem hold already?
    TakeOver,
    /// The MQTT service is to run.
    Service,
    /// What does the modem take?
    Limits,
    /// The TLS context is to be set.
    Tls,
    /// The client is to be acquired.
    Acquire,
    /// The will is to be set.
    Will,
    /// The client is to be connected.
    Connect,
    /// The client is to be subscribed.
    Subscribe,
    /// The client is to be disconnected.
    Disconnect,
    /// The client is to be released.
    Release,
    /// The MQTT service is to stop.
    Stop,
    /// The modem is to restart.
    Restart,
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identify => "find the modem",
            Self::Sim => "wait for the SIM",
            Self::AccessPoint => "set the access point",
            Self::Registration => "register with the network",
            Self::Attachment => "attach to the packet service",
            Self::Address => "get an address",
            Self::TakeOver => "look at what the modem holds",
            Self::Service => "start the MQTT service",
            Self::Limits => "ask for the modem's limits",
            Self::Tls => "set the TLS context",
            Self::Acquire => "acquire the client",
            Self::Will => "set the will",
            Self::Connect => "connect to the broker",
            Self::Subscribe => "subscribe",
            Self::Disconnect => "disconnect from the broker",
            Self::Release => "release the client",
            Self::Stop => "stop the MQTT service",
            Self::Restart => "restart the modem",
        })
    }
}
