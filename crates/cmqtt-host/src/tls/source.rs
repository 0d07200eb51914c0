//! A file as it was read: bounded, and split into the DER that it holds.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::error::Problem;
use super::pem::{self, Block};

/// Reads a file that the modem can take.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    // Enough to know that it is too long, also when each second byte is a CR that does not count; `/dev/zero` ends too.
    File::open(path)
        .and_then(|file| file.take(2 * MAX as u64 + 1).read_to_end(&mut bytes))
        .map_err(Problem::Unreadable)?;
    Ok(bytes)
}

/// The blocks of a PEM file, or the one of a DER file.
pub(super) fn blocks(content: &[u8]) -> Result<Vec<Block>, Problem> {
    let len = content.len();
    if !(MIN..=MAX).contains(&len) {
        return Err(Problem::Length {
            len,
            min: MIN,
            max: MAX,
        });
    }
    if pem::is_pem(content) {
        return pem::blocks(content);
    }
    match content.first() {
        Some(&SEQUENCE) => Ok(vec![Block {
            line: None,
            label: None,
            encrypted: false,
            der: content.to_vec(),
        }]),
        first => Err(Problem::NeitherPemNorDer {
            first: first.copied().unwrap_or(0),
        }),
    }
}

/// The DER is as long as it says.
pub(super) fn check_length(block: &Block) -> Result<(), Problem> {
    let found = block.der.len();
    match announced(&block.der) {
        Some(announced) if announced != found => Err(Problem::DerLength {
            place: block.place(),
            announced,
            found,
        }),
        _ => Ok(()),
    }
}

/// The bytes of a DER value, header included: tag, then the length in one byte, or in as many as the first one says
/// (X.690, section 8.1.3).
fn announced(der: &[u8]) -> Option<usize> {
    let (&first, rest) = der.get(1..)?.split_first()?;
    if first < 0x80 {
        return Some(usize::from(first) + 2);
    }
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let bytes = rest.get(..count)?;
    let len = bytes
        .iter()
        .fold(0_usize, |len, &byte| (len << 8) | usize::from(byte));
    len.checked_add(2 + count)
}

const SEQUENCE: u8 = 0x30;
const MIN: usize = 1;
/// What `AT+CCERTDOWN` takes.
const MAX: usize = 10_240;
