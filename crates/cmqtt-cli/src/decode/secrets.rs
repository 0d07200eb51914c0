//! Keeps passwords, PINs and private keys out of what is printed.

use at_proto::{REDACTED, Redacted};

use super::written;

/// What may be shown, line after line: a password may go on where the log breaks a line, and a key has many lines.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    show: bool,
    /// A private key began and has not ended.
    in_key: bool,
    /// The line before may have been broken within a password.
    broken: bool,
}

impl Secrets {
    /// Hides everything, or shows everything.
    pub(crate) const fn new(show: bool) -> Self {
        Self {
            show,
            in_key: false,
            broken: false,
        }
    }

    /// Whether everything is shown.
    pub(crate) const fn shown(&self) -> bool {
        self.show
    }

    /// A line that is recognised: nothing that began before goes on in it.
    pub(crate) fn line(&mut self, line: &[u8]) -> Vec<u8> {
        self.in_key = false;
        self.broken = false;
        self.unknown(line)
    }

    /// A line that nobody knows: it may be the rest of something.
    pub(crate) fn unknown(&mut self, line: &[u8]) -> Vec<u8> {
        if self.show {
            return line.to_vec();
        }
        let begins = find(line, KEY_BEGINS);
        if self.in_key || begins.is_some() {
            let end = find(line.get(begins.unwrap_or(0)..).unwrap_or_default(), KEY_ENDS);
            self.in_key = end.is_none();
            return REDACTED.into();
        }
        let names_secret = Redacted(line).names_secret();
        let goes_on = self.broken && !names_secret;
        self.broken = goes_on || (names_secret && is_broken(line));
        if goes_on {
            return REDACTED.into();
        }
        written::plain(&Redacted(line).to_string())
    }

    /// Counted bytes. Those of a file are shown only when they are a certificate to the eye.
    pub(crate) fn data(&mut self, data: &[u8], file: bool) -> Vec<u8> {
        self.broken = false;
        if file && !self.show && !(data.starts_with(CERTIFICATE) && find(data, b"PRIVATE").is_none()) {
            // A file that is cut may go on behind what was found of it.
            self.in_key = find(data, KEY_BEGINS).is_some() && find(data, KEY_ENDS).is_none();
            return REDACTED.into();
        }
        self.unknown(data)
    }
}

/// Whether quotation marks or fields are missing at the line's end.
fn is_broken(line: &[u8]) -> bool {
    let marks = line.iter().filter(|&&byte| byte == b'"').count();
    marks % 2 == 1 || matches!(line.trim_ascii_end(), [.., b',' | b'='])
}

/// Where a text stands, in any letters.
fn find(line: &[u8], text: &[u8]) -> Option<usize> {
    line.windows(text.len())
        .position(|window| window.eq_ignore_ascii_case(text))
}

const CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";
const KEY_BEGINS: &[u8] = b"PRIVATE KEY-----";
const KEY_ENDS: &[u8] = b"-----END";
