//! What `pub`, `sub` and their siblings are told: options as mosquitto's programs name them, joined with `cmqtt.toml`,
//! checked, and made into a plan before a modem is touched. An error names the value, where it was given, and what to do.

mod secret;
pub(crate) use secret::SecretArgument;

mod usage;
pub(crate) use usage::{Usage, note};

mod given;
pub(crate) use given::{Given, text};

mod modem;
pub(crate) use modem::{ModemArguments, ModemPlan};

mod broker;
pub(crate) use broker::{BrokerArguments, BrokerPlan};

mod server;

mod will;
pub(crate) use will::within;

mod url;

mod version;
pub(crate) use version::Version;

mod number;
pub(crate) use number::{at_least_one, given_qos, keep_alive, qos, seconds};

mod staying;
pub(crate) use staying::{KeepingArguments, Patience, StayingArguments, StayingPlan};

mod refused;
pub(crate) use refused::{PubRefusals, SubRefusals};
