//! Properties of the framer: however a stream is split, the same frames come out, and every byte ends in exactly
//! one of them.

use std::iter::once;

use at_proto::{Awaiting, Escaped, Frame, Framer, Step};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A frame that owns its bytes. The pieces of a block are put together: where a block is cut depends on the reads.
#[derive(Clone, PartialEq, Eq)]
enum Owned {
    Line(Vec<u8>),
    Prompt,
    Block(Vec<u8>),
    Echo(Vec<u8>),
    Overlong(usize),
}

/// What a caller of the framer does: keeps what is not consumed, announces the blocks that lines announce.
struct Caller {
    framer: Framer,
    held: Vec<u8>,
    frames: Vec<Owned>,
    /// A command awaits a prompt, until one comes.
    data: Option<Vec<u8>>,
    /// The modem is known to repeat data.
    certain: bool,
    /// The bytes that were consumed.
    consumed: usize,
    steps: usize,
}

impl Caller {
    fn new(data: Option<&[u8]>) -> Self {
        Self {
            framer: Framer::new(MAX_LINE),
            held: Vec::new(),
            frames: Vec::new(),
            data: data.map(<[u8]>::to_vec),
            certain: true,
            consumed: 0,
            steps: 0,
        }
    }

    fn read_all<'a>(&mut self, reads: impl IntoIterator<Item = &'a [u8]>) {
        for read in reads {
            self.read(read);
        }
    }

    fn read(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
        loop {
            let awaiting = match self.data {
                Some(_) => Awaiting::Prompt,
                None => Awaiting::Line,
            };
            self.steps += 1;
            match self.framer.step(&self.held, awaiting) {
                Step::Incomplete { consumed } => {
                    self.held.drain(..consumed);
                    self.consumed += consumed;
                    return;
                }
                Step::Complete { value, consumed } => {
                    assert!(consumed > 0, "a frame of no bytes");
                    match value {
                        Frame::Line(line) => {
                            assert!(!line.is_empty() && line.len() <= MAX_LINE);
                            if let Some(len) = announced(line) {
                                self.framer.expect_block(len);
                            }
                            self.frames.push(Owned::Line(line.to_vec()));
                        }
                        Frame::Prompt => {
                            let data = self.data.take().expect("a prompt while none was awaited");
                            self.framer.expect_echo(&data, data.len(), self.certain);
                            self.frames.push(Owned::Prompt);
                        }
                        Frame::Block { data, remaining } => {
                            assert!(!data.is_empty());
                            assert_eq!(self.framer.in_block(), remaining > 0);
                            match self.frames.last_mut() {
                                Some(Owned::Block(block)) => block.extend_from_slice(data),
                                _ => self.frames.push(Owned::Block(data.to_vec())),
                            }
                        }
                        Frame::Echo { data, .. } => match self.frames.last_mut() {
                            Some(Owned::Echo(echo)) => echo.extend_from_slice(data),
                            _ => self.frames.push(Owned::Echo(data.to_vec())),
                        },
                        Frame::Overlong { dropped } => {
                            assert!(dropped > MAX_LINE);
                            self.frames.push(Owned::Overlong(dropped));
                        }
                    }
                    self.held.drain(..consumed);
                    self.consumed += consumed;
                }
            }
        }
    }
}

const MAX_LINE: usize = 40;

/// The length of the block behind a line `+CMQTTRXTOPIC: 0,<n>` or `+CMQTTRXPAYLOAD: 0,<n>`.
fn announced(line: &[u8]) -> Option<usize> {
    let rest = line
        .strip_prefix(b"+CMQTTRXTOPIC: 0,")
        .or(line.strip_prefix(b"+CMQTTRXPAYLOAD: 0,"))?;
    str::from_utf8(rest)
        .ok()?
        .parse()
        .ok()
        .filter(|&len| len < 100_000)
}

fn frames<'a>(data: Option<&[u8]>, reads: impl IntoIterator<Item = &'a [u8]>) -> Vec<Owned> {
    let mut caller = Caller::new(data);
    caller.read_all(reads);
    caller.frames
}

/// A part of a stream, and the frames in it.
type Part = (Vec<u8>, Vec<Owned>);

fn any_line_end() -> impl Strategy<Value = &'static [u8]> {
    select(vec![&b"\r\n"[..], b"\r\n\r\n", b"\r", b"\n", b"\r\r\n"])
}

/// Text that is no prompt and announces nothing.
fn any_text() -> impl Strategy<Value = Vec<u8>> {
    let telling = select(vec![
        "OK",
        "ERROR",
        "+CME ERROR: 10",
        "+CSQ: 23,0",
        "+CMQTTCONNLOST: 0,1",
        "+CMQTTPUB: 0,0",
        "+CMQTTRXSTART: 0,1,0",
        "+CMQTTRXEND: 0",
        "PB DONE",
        "a > b",
    ]);
    prop_oneof![
        telling.prop_map(|text| text.as_bytes().to_vec()),
        vec(
            any::<u8>().prop_filter("text", |byte| !b"\r\n>".contains(byte)),
            1..MAX_LINE
        )
        .prop_filter("announces nothing", |text| announced(text).is_none()),
    ]
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let telling = select(vec![
        &b"\r\nOK\r\n"[..],
        b"ERROR",
        b">",
        b"\r\n> ",
        b"+CMQTTCONNLOST: 0,1",
        b"\0",
        b"\n",
        b"\n\r\nOK\r\n",
        b"+CMQTTRXPAYLOAD: 0,3\r\n",
        b"\r\n+CMQTTRXTOPIC: 0,3\r\n",
        b"\r\n+CMQTTRXEND: 0\r\n",
    ]);
    prop_oneof![
        telling.prop_map(<[u8]>::to_vec),
        vec(any::<u8>(), 0..200),
        vec(select(b"\r\n>OK+ \0".to_vec()), 0..20)
    ]
}

/// Data that begin as lines do, as line ends do and as neither.
fn any_data() -> impl Strategy<Value = Option<&'static [u8]>> {
    select(vec![
        None,
        Some(&b"data"[..]),
        Some(b"+"),
        Some(b"+ +"),
        Some(b" b"),
        Some(b"\n"),
        Some(b"\r\nOK\r\n"),
        Some(b"> > > > > > "),
        Some(b"+++++++++++"),
    ])
}

fn any_part() -> impl Strategy<Value = Part> {
    let line = (any_line_end(), any_text(), any_line_end())
        .prop_map(|(before, text, after)| ([before, &text, after].concat(), vec![Owned::Line(text)]));
    let long = (MAX_LINE + 1..200, any_line_end())
        .prop_map(|(len, after)| ([&vec![b'x'; len], after].concat(), vec![Owned::Overlong(len)]));
    let block = (
        select(vec!["+CMQTTRXTOPIC: 0,", "+CMQTTRXPAYLOAD: 0,"]),
        any_body(),
        any_line_end(),
    )
        .prop_map(|(name, body, after)| {
            let header = format!("{name}{}", body.len());
            let mut frames = vec![Owned::Line(header.clone().into_bytes())];
            if !body.is_empty() {
                frames.push(Owned::Block(body.clone()));
            }
            ([header.as_bytes(), b"\r\n", &body, after].concat(), frames)
        });
    prop_oneof![3 => line, 1 => long, 2 => block]
}

fn any_stream() -> impl Strategy<Value = Part> {
    vec(any_part(), 0..8).prop_map(|parts| {
        let (bytes, frames): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        (bytes.concat(), frames.concat())
    })
}

/// Cuts `stream` at these places.
fn cut<'s>(stream: &'s [u8], places: &[Index]) -> Vec<&'s [u8]> {
    let mut places: Vec<usize> = places.iter().map(|place| place.index(stream.len() + 1)).collect();
    places.extend([0, stream.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &stream[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn what_was_sent_comes_out((stream, sent) in any_stream()) {
        prop_assert_eq!(frames(None, [&stream[..]]), sent);
    }

    #[test]
    fn a_split_changes_nothing((stream, sent) in any_stream(), places in vec(any::<Index>(), 0..12)) {
        prop_assert_eq!(frames(None, cut(&stream, &places)), &sent[..]);
        prop_assert_eq!(frames(None, stream.chunks(1)), sent);
    }

    #[test]
    fn no_place_to_split_changes_anything((stream, sent) in any_stream()) {
        for place in 0..=stream.len() {
            let (before, after) = stream.split_at(place);
            prop_assert_eq!(frames(None, [before, after]), &sent[..], "split at {}", place);
        }
    }

    #[test]
    fn a_prompt_comes_out_of_any_surroundings(
        (mut stream, mut sent) in any_stream(),
        around in select(vec![("\r\n>", ""), ("\r\n>", " "), ("\r\n>", "\r\n"), ("\r\n> ", "\r\n"), (">", "")]),
        (after, sent_after) in any_stream(),
        echoes: bool,
        data in "[a-z/]{1,30}",
        places in vec(any::<Index>(), 0..12),
    ) {
        // No letter directly after the prompt but the echo's.
        let data = data.into_bytes();
        stream.extend([around.0.as_bytes(), around.1.as_bytes()].concat());
        sent.push(Owned::Prompt);
        if echoes {
            stream.extend(&data);
            sent.push(Owned::Echo(data.clone()));
        }
        stream.extend(b"\r\nOK\r\n");
        stream.extend(after);
        sent.push(Owned::Line(b"OK".to_vec()));
        sent.extend(sent_after);
        prop_assert_eq!(frames(Some(&data), [&stream[..]]), &sent[..]);
        prop_assert_eq!(frames(Some(&data), cut(&stream, &places)), &sent[..]);
        prop_assert_eq!(frames(Some(&data), stream.chunks(1)), sent);
    }

    #[test]
    fn any_bytes_at_all_split_alike(
        stream in vec(prop_oneof![any::<u8>(), select(b"\r\n> +".to_vec())], 0..300),
        data in any_data(),
        certain: bool,
        places in vec(any::<Index>(), 0..12),
    ) {
        let frames = |reads| {
            let mut caller = Caller::new(data);
            caller.certain = certain;
            caller.read_all(reads);
            caller.frames
        };
        // So that there is something to be told from the data, and something of them.
        let prompt = [b">", &stream[..], data.unwrap_or_default(), b"\r\nOK\r\n"].concat();
        for stream in [&stream[..], &prompt] {
            let whole = frames(vec![stream]);
            prop_assert_eq!(frames(cut(stream, &places)), &whole[..]);
            prop_assert_eq!(frames(stream.chunks(1).collect()), whole);
        }
    }

    /// The modem may say anything between its prompt and the echo, also what begins as the data do.
    #[test]
    fn a_line_between_prompt_and_echo_is_a_line(
        urc in select(vec!["+CMQTTCONNLOST: 0,1", "+CMQTTNONET", "+CGEV: ME PDN ACT 8,1", "*ATREADY: 1", "PB DONE"]),
        data in "[+*P][a-z/]{0,30}",
        places in vec(any::<Index>(), 0..12),
    ) {
        let stream = format!("\r\n>\r\n{urc}\r\n");
        let told = [Owned::Prompt, Owned::Line(urc.as_bytes().to_vec())];
        prop_assume!(!urc.starts_with(&data));
        prop_assert_eq!(frames(Some(data.as_bytes()), [stream.as_bytes()]), &told);
        prop_assert_eq!(frames(Some(data.as_bytes()), cut(stream.as_bytes(), &places)), &told);
    }

    /// Nothing is lost and nothing comes twice: what is not a line end, a blank behind a prompt or held back is in a
    /// frame. And the work is bounded: a step a read, and one a frame.
    #[test]
    fn every_byte_is_in_one_frame((stream, _) in any_stream(), tail in any_text()) {
        let stream = [stream, tail].concat();
        let mut caller = Caller::new(None);
        for byte in stream.chunks(1) {
            caller.read(byte);
        }
        prop_assert_eq!(caller.consumed + caller.held.len(), stream.len());
        let framed: usize = caller.frames.iter().map(Owned::len).sum();
        let line_ends = stream.iter().filter(|byte| b"\r\n".contains(byte)).count();
        prop_assert!(framed <= caller.consumed);
        prop_assert!(framed + line_ends >= caller.consumed);
        prop_assert!(caller.steps <= 2 * stream.len());
    }
}

/// Every short stream behind a prompt, not some: which of its first bytes are the prompt's own, the echo's or a line's
/// must not depend on how many have come.
#[test]
fn what_follows_a_prompt_splits_alike() {
    const BYTES: &[u8] = b"\r\n +a";
    const LONGEST: u32 = 6;
    for data in [
        &b"a"[..],
        b"+",
        b"a+",
        b" ",
        b" a",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\r\r\n",
        b"\r\na",
        b"\r a",
    ] {
        for (certain, number) in [false, true]
            .into_iter()
            .flat_map(|certain| (0..BYTES.len().pow(LONGEST)).map(move |number| (certain, number)))
        {
            let byte = |place| BYTES[number / BYTES.len().pow(place) % BYTES.len()];
            let stream: Vec<u8> = once(b'>').chain((0..LONGEST).map(byte)).collect();
            let frames = |size| {
                let mut caller = Caller::new(Some(data));
                caller.certain = certain;
                caller.read_all(stream.chunks(size));
                caller.frames
            };
            let whole = frames(stream.len());
            for size in 1..stream.len() {
                let (data, stream) = (Escaped(data), Escaped(&stream));
                assert_eq!(
                    frames(size),
                    whole,
                    "{stream} in pieces of {size}, data {data}, certain: {certain}"
                );
            }
        }
    }
}

impl Owned {
    /// The bytes of the stream that it took, without line ends.
    fn len(&self) -> usize {
        match self {
            Self::Line(bytes) | Self::Block(bytes) | Self::Echo(bytes) => bytes.len(),
            Self::Prompt => 1,
            Self::Overlong(len) => *len,
        }
    }
}

impl std::fmt::Debug for Owned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(bytes) => write!(f, "Line({})", Escaped(bytes)),
            Self::Prompt => write!(f, "Prompt"),
            Self::Block(bytes) => write!(f, "Block({})", Escaped(bytes)),
            Self::Echo(bytes) => write!(f, "Echo({})", Escaped(bytes)),
            Self::Overlong(len) => write!(f, "Overlong({len})"),
        }
    }
}
