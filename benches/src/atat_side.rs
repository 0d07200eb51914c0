//! `atat` on the job: its digester with URCs found by name, and with a parser of ours that follows lengths.

use std::hint::black_box;
use std::marker::PhantomData;

use atat::digest::{AtDigester, DigestResult, Digester, ParseError, Parser, parser::urc_helper};
use atat::nom;
use serde::Deserialize;

use crate::reads::{Reads, Window};

/// Cuts a stream and decodes its lines.
#[derive(Debug)]
pub struct Atat<P> {
    /// Where bodies are copied to: a URC has to leave the digester's buffer.
    body: Vec<u8>,
    lines: usize,
    bytes: usize,
    parser: PhantomData<P>,
}

/// URCs by their names, as the crate's own helper finds them.
#[derive(Debug)]
pub enum ByName {}

/// Results by their names, a message from its first header to its last by the lengths in it.
#[derive(Debug)]
pub enum ByLength {}

#[derive(Debug, Deserialize)]
struct Two {
    first: u16,
    second: u16,
}

#[derive(Debug, Deserialize)]
struct One {
    first: u16,
}

#[derive(Debug, Deserialize)]
struct Three {
    first: u16,
    second: u16,
    third: u16,
}

impl Parser for ByName {
    fn parse(input: &[u8]) -> Result<(&[u8], usize), ParseError> {
        let (_, urc) = nom::branch::alt((
            urc_helper::<_, nom::error::Error<_>>("+CMQTTPUB"),
            urc_helper("+CMQTTRXSTART"),
            urc_helper("+CMQTTRXTOPIC"),
            urc_helper("+CMQTTRXPAYLOAD"),
            urc_helper("+CMQTTRXEND"),
        ))(input)?;
        Ok(urc)
    }
}

impl Parser for ByLength {
    fn parse(input: &[u8]) -> Result<(&[u8], usize), ParseError> {
        if input.starts_with(b"\r\n+CMQTTRX") {
            return message(input);
        }
        let (_, urc) = urc_helper::<_, nom::error::Error<_>>("+CMQTTPUB")(input)?;
        Ok(urc)
    }
}

/// A message whose topic and payload come in one piece each, as in the streams here.
fn message(input: &[u8]) -> Result<(&[u8], usize), ParseError> {
    let (_, mut at) = header(input, 2, b"+CMQTTRXSTART: 0,")?;
    for name in [&b"+CMQTTRXTOPIC: 0,"[..], b"+CMQTTRXPAYLOAD: 0,"] {
        let (len, body) = header(input, at, name)?;
        at = body + len + 2;
    }
    let end = at + b"+CMQTTRXEND: 0\r\n".len();
    let message = input.get(2..end).ok_or(ParseError::Incomplete)?;
    Ok((message, end))
}

/// The last number of the header that stands at `at`, and where the next thing stands.
fn header(input: &[u8], at: usize, name: &[u8]) -> Result<(usize, usize), ParseError> {
    let line = input.get(at..).ok_or(ParseError::Incomplete)?;
    let len = line
        .iter()
        .position(|&byte| byte == b'\n')
        .ok_or(ParseError::Incomplete)?;
    let fields = line[..len].strip_prefix(name).ok_or(ParseError::NoMatch)?;
    let number = fields
        .split(|&byte| byte == b',')
        .next_back()
        .unwrap_or_default()
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    Ok((number, at + len + 1))
}

impl<P: Parser> Atat<P> {
    /// Goes through the stream. Returns the lines (or messages) and the bytes that came out of it.
    pub fn run(stream: &[u8], reads: Reads) -> (usize, usize) {
        let mut digester = AtDigester::<P>::new();
        let mut atat = Self {
            body: Vec::with_capacity(16 * 1024),
            lines: 0,
            bytes: 0,
            parser: PhantomData,
        };
        if reads == Reads::Whole {
            atat.take(&mut digester, stream);
            return (atat.lines, atat.bytes);
        }
        let mut window = Window::new(16 * 1024);
        for read in reads.of(stream) {
            window.read(read);
            let taken = atat.take(&mut digester, window.unread());
            window.take(taken);
        }
        (atat.lines, atat.bytes)
    }

    fn take(&mut self, digester: &mut AtDigester<P>, bytes: &[u8]) -> usize {
        let mut taken = 0;
        loop {
            let (result, consumed) = digester.digest(&bytes[taken..]);
            taken += consumed;
            match result {
                DigestResult::None => return taken,
                DigestResult::Urc(urc) => self.line(urc),
                DigestResult::Response(Ok(response)) => self.line(response),
                other => {
                    black_box(other);
                }
            }
        }
    }

    fn line(&mut self, line: &[u8]) {
        if line.starts_with(b"+CMQTTRXSTART") {
            return self.message(line);
        }
        self.lines += 1;
        if line.is_empty() {
            black_box(true);
        } else {
            decode(line);
        }
    }

    /// A message, or its first header: the headers decoded, topic and payload copied out.
    fn message(&mut self, message: &[u8]) {
        let mut rest = message;
        loop {
            let (header, after) = line(rest);
            let last = decode(header);
            self.lines += 1;
            let bodies = header.starts_with(b"+CMQTTRXTOPIC") || header.starts_with(b"+CMQTTRXPAYLOAD");
            let len = if bodies { last } else { 0 };
            let Some((body, after)) = after.split_at_checked(len) else {
                return;
            };
            self.body.extend_from_slice(body);
            self.bytes += body.len();
            black_box(&self.body);
            self.body.clear();
            rest = after.strip_prefix(b"\r\n").unwrap_or(after);
            if rest.is_empty() {
                return;
            }
        }
    }
}

/// The line at the front, and what follows it.
fn line(input: &[u8]) -> (&[u8], &[u8]) {
    let len = input
        .iter()
        .position(|&byte| byte == b'\r')
        .unwrap_or(input.len());
    let (line, rest) = input.split_at(len);
    (line, rest.strip_prefix(b"\r\n").unwrap_or(rest))
}

/// The typed value of a line, as the crate's derived URCs and responses get it; the last number of it.
fn decode(line: &[u8]) -> usize {
    let last = if line.starts_with(b"+CMQTTRXEND") {
        serde_at::from_slice(line).map(|One { first }| black_box(first))
    } else if line.starts_with(b"+CMQTTRXSTART") {
        serde_at::from_slice(line).map(|Three { first, second, third }| black_box((first, second, third)).2)
    } else {
        serde_at::from_slice(line).map(|Two { first, second }| black_box((first, second)).1)
    };
    last.map_or(0, usize::from)
}
