//! A simulated SIMCom modem with its MQTT client: what a host hears of one, byte for byte, without hardware.
//!
//! Everything but the feature `host` is sans-IO and takes the time as an argument, so that a session of minutes is
//! tested in microseconds. [`Modem`] faces the host with bytes and the network with requests and events;
//! [`MemoryNetwork`] answers them with a [`broker`] in memory; [`Wire`] lies between host and modem. What goes wrong in
//! such a world is one value, a [`FaultPlan`], drawn from a seed or read from text: [`Wire::set_faults`],
//! [`Modem::set_faults`] and [`NetworkFaults`] let it happen.
//!
//! A client that was acquired with TLS connects as a context of `AT+CSSLCFG` says: the modem puts the bytes of the files
//! that the context names, out of its [`FileStore`], into a [`TlsRequest`], and answers 33 where one is missing. Whoever
//! carries the connection says what comes of it: [`HandshakeError`] is 32, [`TlsFile`] is 34. Inferred, for no manual
//! tells, is that a verified server must be named in its certificate (the switch `tls-name`), that PEM and DER are told
//! apart by the content, and that `ignorelocaltime` 0 looks at the dates of the whole chain by the modem's own clock.

mod modem;
pub use modem::{Modem, Output, Radio, Registration, Sim};

mod files;
pub use files::{FileStore, MemoryFiles};

mod profile;
pub use profile::{Family, FamilyLimits, Identity, Profile, UnknownFamily, VersionChoice};

mod switches;
pub use switches::{
    AcquireList, Address, Boot, ClockStart, ConnectAgain, ConnectIdle, DataWait, Delay, Delays, DeniedTopics,
    EmptyCache, EmptyPayload, FailureShape, LostPublish, ModelName, NameCheck, PassingRefusal, PayloadMax,
    PowerOff, Prompt, Refusals, RefusedKeys, ReleaseIdle, RxChunk, RxLayout, RxOrder, SWITCHES, Seconds,
    Shape, Shapes, StartAgain, StopHeld, SuccessOrder, Surroundings, Switch, SwitchError, Switches, Toggle,
    UrcPlace,
};

mod wire;
pub use wire::{Direction, Port, Wire};

mod faults;
pub use faults::{
    BootLines, Fault, FaultClass, FaultKind, FaultPlan, FaultPlanError, Forecast, Happened, Hearing,
    RestartAt, Tally, UnknownFaultKind, What,
};

mod random;

mod network;
pub use network::{
    Connect, ConnectError, Crossing, HandshakeError, LostCause, MqttVersion, NetworkEvent, NetworkFaults,
    NetworkRequest, QoS, TlsFile, TlsIdentity, TlsRequest, TlsVersion, Will,
};

mod memory_network;
pub use memory_network::{ClientKey, MemoryNetwork};

pub mod broker;

#[cfg(feature = "host")]
pub mod host;

/// The examples of the README, which stands beside the package.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
