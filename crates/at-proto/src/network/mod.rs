//! The network and the SIM.
//!
//! | the manual's name | file | types |
//! |---|---|---|
//! | `AT+CPIN` | `pin.rs` | [`EnterPin`], [`Pin`], [`PinState`] |
//! | `AT+CSQ` | `signal.rs` | [`Signal`], [`SignalQuality`], [`SignalRanges`] |
//! | `AT+CREG`, `AT+CGREG`, `AT+CEREG` | `registration.rs` | [`ReportRegistration`], [`Registration`], [`Cell`], [`RegistrationState`], [`Domain`] |
//! | `AT+COPS` | `operator.rs` | [`Operator`] |
//! | `AT+CGDCONT` | `context.rs` | [`DefineContext`], [`Context`], [`ContextRanges`] |
//! | `AT+CGATT` | `attachment.rs` | [`Attachment`] |
//! | `AT+CGACT` | `activation.rs` | [`Activate`], [`ContextState`] |
//! | `AT+CGPADDR` | `address.rs` | [`ShowAddress`], [`ContextAddress`] |
//! | `AT+CCLK` | `clock.rs` | [`Clock`] |
//! | – | `apn.rs` | [`Apn`] |
//! | the URCs | `urc.rs` | [`Urc`] |

mod pin;
pub use pin::{EnterPin, Pin, PinState};

mod apn;
pub use apn::Apn;

mod signal;
pub use signal::{Signal, SignalQuality, SignalRanges};

mod registration;
pub use registration::{
    Cell, Circuit, Domain, Eps, Packet, Registration, RegistrationDomain, RegistrationState,
    ReportRegistration,
};

mod operator;
pub use operator::Operator;

mod context;
pub use context::{Context, ContextRanges, DefineContext};

mod attachment;
pub use attachment::Attachment;

mod activation;
pub use activation::{Activate, ContextState};

mod address;
pub use address::{ContextAddress, ShowAddress};

mod clock;
pub use clock::Clock;

mod urc;
pub use urc::Urc;

mod text;
pub use text::Text;

mod places;
