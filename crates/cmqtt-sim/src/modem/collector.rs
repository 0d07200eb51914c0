//! How typed bytes become a command line (ITU-T V.250, section 5.2; the vendor's note, section 1.4).

use at_proto::LINE_ROOM;

/// The command line that is being typed.
#[derive(Debug, Default)]
pub(super) struct Collector {
    line: Vec<u8>,
    /// More was typed than any line may hold.
    overlong: bool,
    /// The last byte was the CR of a line: an LF directly after it belongs to that line.
    after_cr: bool,
    line_end: LineEnd,
    /// Data have just ended: line ends that the host sent behind them are no command lines.
    after_data: bool,
}

/// A line that was typed whole.
#[derive(Debug)]
pub(super) struct TypedLine {
    pub(super) bytes: Vec<u8>,
    /// It held more than was kept of it.
    pub(super) overlong: bool,
}

/// How the host ends its lines, as far as it has shown. This decides one question: whether an LF that comes right
/// after a prompt is the end of the command before it or the first byte of the data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LineEnd {
    #[default]
    Unknown,
    Cr,
    CrLf,
}

impl Collector {
    /// Nothing of a line has been typed.
    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty()
    }

    /// Whether this LF belongs to the CR before it. `prompted`: a prompt was sent in between, so the host may have
    /// seen it and begun its data.
    pub(super) fn completes_line_end(&mut self, byte: u8, prompted: bool) -> bool {
        if !std::mem::take(&mut self.after_cr) {
            return false;
        }
        let completes = byte == b'\n' && !(prompted && self.line_end == LineEnd::Cr);
        self.line_end = if completes { LineEnd::CrLf } else { LineEnd::Cr };
        completes
    }

    /// Data have ended.
    pub(super) fn data_ended(&mut self) {
        self.after_data = true;
    }

    /// Takes a byte and appends its echo to `echo`. A CR gives the line.
    pub(super) fn push(&mut self, byte: u8, echo: &mut Vec<u8>) -> Option<TypedLine> {
        if self.after_data {
            if matches!(byte, b'\r' | b'\n') {
                return None;
            }
            self.after_data = false;
        }
        match byte {
            b'\r' => {
                echo.push(byte);
                self.after_cr = true;
                let overlong = std::mem::take(&mut self.overlong);
                let bytes = std::mem::take(&mut self.line);
                (!bytes.is_empty()).then_some(TypedLine { bytes, overlong })
            }
            BACKSPACE | DELETE => {
                if self.line.pop().is_some() {
                    echo.extend(b"\x08 \x08");
                }
                None
            }
            // V.250, section 5.2.2: other control bytes are ignored.
            _ if byte.is_ascii_control() && byte != b'\t' => None,
            _ => {
                echo.push(byte);
                if self.line.len() < ROOM {
                    self.line.push(byte);
                } else {
                    self.overlong = true;
                }
                None
            }
        }
    }
}

const BACKSPACE: u8 = 8;
const DELETE: u8 = 127;

/// Any line that may run fits, with blanks around it.
const ROOM: usize = LINE_ROOM + 64;
