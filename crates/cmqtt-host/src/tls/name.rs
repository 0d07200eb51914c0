//! Names in the modem's file store.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::pem;
use super::role::Role;

/// The name under which a file goes to the modem: `cq-ca-0123456789abcdef.pem`. `AT+CCERTLIST` tells names only, so
/// the name carries half of the content's SHA-256: a renewed certificate never hides behind an old file, and a file
/// that is there already need not be sent again.
pub fn modem_name(role: Role, content: &[u8]) -> String {
    let mut name = format!("cq-{}-", role.tag());
    for byte in Sha256::digest(content).iter().take(8) {
        // Writing to a string does not fail.
        let _ = write!(name, "{byte:02x}");
    }
    name.push_str(if pem::is_pem(content) { ".pem" } else { ".der" });
    name
}
