//! PEM (RFC 7468): blocks of base64 between two marks, with whatever stands around them. The lines are counted here so
//! that an error can name one; the base64 is left to a library.

use std::fmt::{self, Debug, Formatter};
use std::io::Cursor;

use x509_parser::pem::Pem;

use super::error::Problem;

/// What stands between two marks, or a whole DER file. It may be a key.
pub(super) struct Block {
    /// Where it begins, counted from 1. `None` in a DER file.
    pub(super) line: Option<usize>,
    /// `CERTIFICATE`, `PRIVATE KEY`. `None` in a DER file.
    pub(super) label: Option<String>,
    /// Whether a header says that it is encrypted (RFC 1421), or its label does.
    pub(super) encrypted: bool,
    pub(super) der: Vec<u8>,
}

impl Block {
    /// How an error begins that is about this block.
    pub(super) fn place(&self) -> String {
        self.line
            .map_or_else(String::new, |line| format!("line {line}: "))
    }
}

impl Debug for Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block")
            .field("line", &self.line)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

/// Whether a line begins a block.
pub(super) fn is_pem(content: &[u8]) -> bool {
    lines(content).any(|(_, line)| line.starts_with(BEGIN))
}

/// A PEM file with CR LF as one with LF: some modems answer result code 34 to a stored file with CR LF. Anything else
/// stays as it is.
pub(super) fn with_line_feeds(mut content: Vec<u8>) -> Vec<u8> {
    if is_pem(&content) {
        let mut next = content.clone().into_iter().skip(1);
        content.retain(|&byte| next.next() != Some(b'\n') || byte != b'\r');
    }
    content
}

/// Every block of the file.
pub(super) fn blocks(content: &[u8]) -> Result<Vec<Block>, Problem> {
    let mut blocks = Vec::new();
    let mut lines = lines(content);
    while let Some((number, line)) = lines.next() {
        if let Some(label) = line.strip_prefix(BEGIN) {
            let label = String::from_utf8_lossy(label);
            let label = label.split("-----").next().unwrap_or_default().to_owned();
            blocks.push(block(number, label, &mut lines)?);
        }
    }
    Ok(blocks)
}

/// The rest of a block whose first line was read.
fn block<'a>(
    line: usize,
    label: String,
    lines: &mut impl Iterator<Item = (usize, &'a [u8])>,
) -> Result<Block, Problem> {
    let mut encrypted = label == "ENCRYPTED PRIVATE KEY";
    let mut body = Vec::new();
    let mut wrong = None;
    for (number, text) in lines {
        if text.starts_with(END) {
            // A header makes the body no base64, and says what the matter is.
            let der = if encrypted {
                Vec::new()
            } else {
                decode(&body, wrong, line)?
            };
            return Ok(Block {
                line: Some(line),
                label: Some(label),
                encrypted,
                der,
            });
        }
        if text.starts_with(BEGIN) {
            break;
        }
        encrypted |= text.starts_with(b"Proc-Type:") && text.ends_with(b"ENCRYPTED");
        if wrong.is_none() && !text.iter().all(|&byte| is_base64(byte)) {
            wrong = Some(number);
        }
        body.extend_from_slice(text);
    }
    Err(Problem::PemUnended { line, label })
}

fn decode(body: &[u8], wrong: Option<usize>, line: usize) -> Result<Vec<u8>, Problem> {
    if let Some(line) = wrong {
        return Err(Problem::PemBase64 { line });
    }
    let text = [b"-----BEGIN X-----\n", body, b"\n-----END X-----\n"].concat();
    let (pem, _) = Pem::read(Cursor::new(text)).map_err(|_| Problem::PemBase64 { line })?;
    Ok(pem.contents)
}

/// The lines with their numbers, without their ends and the blanks around them.
fn lines(content: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = content.split(|&byte| byte == b'\n');
    (1..).zip(lines.map(<[u8]>::trim_ascii))
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
