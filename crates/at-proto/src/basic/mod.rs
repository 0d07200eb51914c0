//! What every modem understands: is it there, does it echo, what is it, how does it report errors.
//!
//! | the manual's name | file | types |
//! |---|---|---|
//! | `AT` | `attention.rs` | [`Attention`] |
//! | `ATE` | `echo.rs` | [`Echo`] |
//! | `ATI` | `identify.rs` | [`Identify`] |
//! | `AT+CGMM`, `AT+CGMR`, `AT+CGSN` | `identification.rs` | [`Model`], [`Revision`], [`SerialNumber`], [`Identification`] |
//! | `AT+CMEE` | `error_format.rs` | [`ErrorFormat`] |
//! | `AT+CPOF`, `AT+CRESET` | `power.rs` | [`PowerOff`], [`Restart`] |

mod attention;
pub use attention::Attention;

mod echo;
pub use echo::Echo;

mod identify;
pub use identify::Identify;

mod identification;
pub use identification::{Identification, Model, Revision, SerialNumber};

mod error_format;
pub use error_format::ErrorFormat;

mod power;
pub use power::{PowerOff, Restart};
