//! Certificates and keys, read from files and checked before a byte of them goes to the modem. The modem itself says
//! little: result code 32 stands for a wrong certificate, a wrong clock and a wrong key alike.
//!
//! ```no_run
//! # use cmqtt_host::tls::{TlsFiles, TlsPaths};
//! let files = TlsFiles::load(&TlsPaths {
//!     ca: Some("ca.pem".into()),
//!     ..TlsPaths::default()
//! })?;
//! if let Some(ca) = &files.ca {
//!     println!("{} goes up as {}", ca.summary()[0].subject, ca.modem_name());
//! }
//! # Ok::<(), cmqtt_host::tls::TlsFileError>(())
//! ```

mod files;
pub use files::{TlsFiles, TlsPaths};

mod certificate;
pub use certificate::{CertificateFile, Summary};

mod key;
pub use key::KeyFile;

mod role;
pub use role::Role;

mod clock;
pub use clock::ModemTime;

mod name;
pub use name::modem_name;

mod upload;
pub use upload::Upload;

mod error;
pub use error::{Problem, TlsFileError};

mod doubt;
pub use doubt::{Doubt, TlsWarning};

mod pem;

mod source;

#[cfg(test)]
mod tests;
