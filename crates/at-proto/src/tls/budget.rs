//! How long the TLS commands may take (what drivers for the same commands allow; the vendor's note is silent).

use core::time::Duration;

/// CSSLCFG, and CCERTDOWN from its last byte: the modem writes to its flash.
pub const FLASH: Duration = Duration::from_secs(120);
