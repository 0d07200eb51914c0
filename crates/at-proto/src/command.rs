//! The seam that other SIMCom drivers implement: a command is a type that writes itself and describes its
//! conversation; its reply is a type that reads, and on the modem's side writes, its lines.

use core::fmt::{self, Debug, Formatter};
use core::time::Duration;

use crate::damage::behind_damaged;
use crate::encode::Encoder;
use crate::error::DecodeError;
use crate::form::Form;
use crate::grammar::Fields;
use crate::info::InfoLines;
use crate::line::Line;

/// What can be sent: the half of a command that a queue, or a machine that knows no command, needs. Object-safe.
pub trait Encode {
    /// Writes what stands after `AT`: `+CSQ`, `E0`, nothing.
    fn encode(&self, out: &mut Encoder<'_>);

    /// What follows the prompt. Its length is the [`Dialogue::prompt`].
    fn data(&self) -> &[u8] {
        &[]
    }

    /// What the conversation looks like.
    fn dialogue(&self) -> Dialogue;
}

/// What one command's conversation looks like, as plain data.
#[derive(Clone, Copy, Debug)]
pub struct Dialogue {
    /// The command's name as its lines carry it: `+CMQTTCONNECT`; of a basic one, what stands before its value: `ATE`. For
    /// messages and logs.
    pub name: &'static str,
    /// Which lines before the final result code are its information response.
    pub info: InfoShape,
    /// `>`, then exactly so many bytes.
    pub prompt: Option<u32>,
    /// The result URC without which the command has not ended, and the client index in it.
    pub result: Option<ResultLine>,
    /// The line that may stand before `ERROR` and says why.
    pub error: Option<ResultLine>,
    /// How long the modem may take from the command (or from its data) to its end.
    pub budget: Duration,
    /// What the command does to the echo of the commands after it.
    pub echo: Option<bool>,
}

/// A command that asks for data, and the data. The command alone, which states only their length, is what the
/// modem's side reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WithData<'a, C> {
    /// The command.
    pub command: C,
    /// As many bytes as the command states.
    pub data: &'a [u8],
}

/// Which lines answer the pending command. The command decides, never the line: `+CPIN: READY` is an answer to
/// `AT+CPIN?` and a URC at any other time. This enum may grow: ask [`InfoShape::accepts`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum InfoShape {
    /// None: the final result code is the whole answer.
    None,
    /// Lines with this name, the rest of which (after the colon and its blanks) the test accepts: `+CREG: 0,1`
    /// answers `AT+CREG?`, `+CREG: 1` is a URC even then.
    Named(&'static str, fn(&[u8]) -> bool),
    /// Any line that is no URC, such as the lines of `ATI`.
    Any,
    /// What answers one of several commands on one line, see [`Joined`](crate::Joined).
    OneOf(InfoShapes),
}

/// The shapes of several commands' answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct InfoShapes {
    /// The [`InfoShape::Named`] ones.
    named: [Option<Named>; Self::MAX],
    /// [`InfoShape::Any`] is one of them.
    any: bool,
}

type Named = (&'static str, fn(&[u8]) -> bool);

/// A line `name: [client,]code`, of which the code 0 is success.
///
/// Another service's line with more fields, or with other codes for success, such as `+HTTPACTION: 0,200,5`, is no such
/// result: its command ends with the final result code, and the line comes later as one that nobody claims, for the
/// service's driver to read with [`Fields`](crate::Fields).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultLine {
    /// The line's name: `+CMQTTPUB`.
    pub name: &'static str,
    /// The client index before the code, where the line has one.
    pub client: Option<u8>,
}

/// A command with the reply that it gets.
pub trait Command: Encode {
    /// The name that its information lines carry: `+CSQ`.
    const NAME: &'static str;

    /// What the information lines say. `()` where there are none.
    type Reply<'a>;

    /// Reads the information lines of a successful answer.
    ///
    /// # Errors
    /// [`DecodeError`] when a line is missing or is not what the manual says.
    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<Self::Reply<'a>, DecodeError>;
}

/// The modem's side of a command: reads the form in which the host sent it.
pub trait Parse<'a>: Sized {
    /// The name that the command line carries: `+CSQ`.
    const NAME: &'static str;

    /// Reads what follows the name. Every syntactically valid value is read, also those out of range: the modem
    /// answers these with a result code.
    ///
    /// # Errors
    /// [`DecodeError`] for another form, a missing field, a surplus one.
    fn parse(form: Form<'a>) -> Result<Self, DecodeError>;
}

/// The modem's side of a basic command, as [`Parse`] is of an extended one.
pub trait ParseBasic: Sized {
    /// The letter that the command line carries, with the `&` before it if there is one: `E`.
    const NAME: &'static str;

    /// Takes the number behind the letter; `None` means the command's default.
    ///
    /// # Errors
    /// [`DecodeError`] for a number where none can stand.
    fn parse_basic(value: Option<u32>) -> Result<Self, DecodeError>;
}

impl<C: Encode> Encode for WithData<'_, C> {
    fn encode(&self, out: &mut Encoder<'_>) {
        self.command.encode(out);
    }

    fn data(&self) -> &[u8] {
        self.data
    }

    fn dialogue(&self) -> Dialogue {
        self.command.dialogue()
    }
}

impl<C: Command> Command for WithData<'_, C> {
    const NAME: &'static str = C::NAME;
    type Reply<'a> = C::Reply<'a>;

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<C::Reply<'a>, DecodeError> {
        self.command.decode(info)
    }
}

impl<C: Debug> Debug for WithData<'_, C> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // The data may be a key.
        write!(f, "{:?} with {} bytes", self.command, self.data.len())
    }
}

impl Dialogue {
    /// The time that a command with nothing to wait for may take.
    pub const BUDGET: Duration = Duration::from_secs(9);

    /// The conversation of a command that is answered by a final result code alone.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            info: InfoShape::None,
            prompt: None,
            result: None,
            error: None,
            budget: Self::BUDGET,
            echo: None,
        }
    }

    /// With information lines.
    #[must_use]
    pub const fn info(mut self, info: InfoShape) -> Self {
        self.info = info;
        self
    }

    /// With a prompt that asks for `len` bytes.
    #[must_use]
    pub const fn prompt(mut self, len: u32) -> Self {
        self.prompt = Some(len);
        self
    }

    /// With a result URC `name: client,code`, or `name: code`, which may also stand before `ERROR`.
    #[must_use]
    pub const fn result(mut self, client: Option<u8>) -> Self {
        self.result = Some(ResultLine {
            name: self.name,
            client,
        });
        self
    }

    /// With a line `name: client,code` that may stand before `ERROR`.
    #[must_use]
    pub const fn error(mut self, client: u8) -> Self {
        self.error = Some(ResultLine {
            name: self.name,
            client: Some(client),
        });
        self
    }

    /// That switches echo on or off.
    #[must_use]
    pub const fn echo(mut self, on: bool) -> Self {
        self.echo = Some(on);
        self
    }

    /// With another time to wait.
    #[must_use]
    pub const fn budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }
}

impl InfoShape {
    /// Lines with this name.
    pub const fn named(name: &'static str) -> Self {
        Self::Named(name, |_| true)
    }

    /// The line of a test answer. It begins with a range or with a quoted name, so a late result URC, which begins
    /// with a number, is not taken for it.
    pub const fn ranges(name: &'static str) -> Self {
        Self::Named(name, |rest| matches!(rest, [b'(' | b'"', ..]))
    }
}

impl InfoShape {
    /// Whether a line answers. `unsolicited` says that it reads as a URC, or is owed to an earlier command.
    pub fn accepts(&self, line: &Line<'_>, unsolicited: bool) -> bool {
        let named = |&(own, test): &Named| match *line {
            Line::Named { name, rest } => own.as_bytes() == name && test(rest),
            _ => false,
        };
        match self {
            Self::None => false,
            Self::Named(own, test) => named(&(own, *test)),
            Self::Any => !unsolicited,
            Self::OneOf(shapes) => shapes.any && !unsolicited || shapes.named.iter().flatten().any(named),
        }
    }
}

impl InfoShapes {
    /// The named shapes that there is room for: a [`Dialogue`] is copied, and kept as long as its command runs.
    pub const MAX: usize = 4;

    /// Adds one. `false` when there is no room for it.
    #[must_use]
    pub fn add(&mut self, shape: InfoShape) -> bool {
        match shape {
            InfoShape::None => true,
            InfoShape::Any => {
                self.any = true;
                true
            }
            InfoShape::Named(name, test) => self.add_named((name, test)),
            InfoShape::OneOf(shapes) => {
                self.any |= shapes.any;
                shapes
                    .named
                    .into_iter()
                    .flatten()
                    .all(|named| self.add_named(named))
            }
        }
    }

    fn add_named(&mut self, named: Named) -> bool {
        let free = self.named.iter_mut().find(|place| place.is_none());
        free.map(|place| *place = Some(named)).is_some()
    }
}

impl ResultLine {
    /// The code, if the line `name: rest` is this one.
    pub fn code(&self, name: &[u8], rest: &[u8]) -> Option<u16> {
        if name != self.name.as_bytes() {
            return None;
        }
        let mut fields = Fields::new(rest);
        if let Some(client) = self.client
            && fields.number::<u8>("<client_index>").ok()? != client
        {
            return None;
        }
        let code = fields.number("<err>").ok()?;
        fields.end().ok()?;
        Some(code)
    }

    /// The code, if the line is this one, or was before its `+` got lost: weak lines lose first bytes. What is left cannot be
    /// mistaken, for no other line begins with the name.
    pub fn code_in(&self, line: &Line<'_>) -> Option<u16> {
        match line {
            Line::Named { name, rest } => self.code(name, rest),
            Line::Text(text) => {
                let cut = self.name.as_bytes().split_first()?.1;
                let rest = text.trim_ascii().strip_prefix(cut)?.strip_prefix(b":")?;
                self.code(self.name.as_bytes(), rest.trim_ascii_start())
            }
            Line::Final(_) => None,
        }
    }

    /// Whether the line is this one with one byte lost, added, or altered to what is neither a letter nor a digit. No whole
    /// line of another command, or of another client below ten, reads so.
    pub fn is_damaged_in(&self, line: &[u8]) -> bool {
        if self.code_in(&Line::classify(line)).is_some() {
            return false;
        }
        let mut room = [0; LONGEST];
        let mut whole = Encoder::new(&mut room);
        whole.text(self.name).text(": ");
        if let Some(client) = self.client {
            whole.number(client).text(",");
        }
        let head = whole.written();
        whole.text("0");
        let Ok(whole) = whole.finish() else { return false };
        let head = whole.get(..head).unwrap_or_default();
        let digits = line.iter().rev().take_while(|byte| byte.is_ascii_digit());
        // Either the code is whole, and what stands before it was hit, or it was hit itself.
        let mut before = (1..=digits.count().min(MOST_DIGITS))
            .filter_map(|digits| line.get(..line.len().saturating_sub(digits)));
        before.any(|before| is_one_byte_off(before, head)) || is_one_byte_off(line, whole)
    }
}

/// The longest result line: a name of 48 bytes is longer than any.
const LONGEST: usize = 64;

/// The longest result code.
const MOST_DIGITS: usize = 3;

/// Whether `found` is `meant` with one byte lost, added, or altered to what is neither a letter nor a digit.
fn is_one_byte_off(found: &[u8], meant: &[u8]) -> bool {
    let [lost, added, altered] = behind_damaged(found, meant);
    let is_all = |behind: Option<&[u8]>| behind == Some(&[]);
    let hit = found.iter().zip(meant).find(|(found, meant)| found != meant);
    let shows = hit.is_some_and(|(byte, _)| !byte.is_ascii_alphanumeric());
    is_all(lost) || is_all(added) || is_all(altered) && shows
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PUB: ResultLine = ResultLine {
        name: "+CMQTTPUB",
        client: Some(0),
    };
    const START: ResultLine = ResultLine {
        name: "+CMQTTSTART",
        client: None,
    };

    #[test]
    fn one_byte_makes_a_damaged_result_of_a_whole_one() {
        for line in [
            "+CMQTTUB: 0,0",
            "+CMQTPUB: 0,11",
            "+CMQTTPUB 0,0",
            "+CMQTTPUB: 00",
            "+CMQTTPUB: ,0",
            "+CMQTTPUB: 0,",
            "+CMQTTPUB: 0,\u{1}",
            "+CMQTTPUB: 0;0",
            "+CMQTTPUBB: 0,0",
            "+CMQTTPUB: 0,,0",
            "+CMQTT\u{0}PUB: 0,0",
        ] {
            assert!(PUB.is_damaged_in(line.as_bytes()), "{line}");
        }
        for line in [
            "+CMQTTPUB: 0,0",
            "CMQTTPUB: 0,0",
            "+CMQTTPUB: 1,0",
            "+CMQTTSUB: 0,0",
            "+CMQTTUNSUB: 0,0",
            "+CMQTTPUB: 0",
            "+CMQTTPUB",
            "+CMQTTB: 0,0",
            "+CMQTTPING: 0,0",
            "+CMQTTCONNLOST: 0,1",
            "OK",
            "ERROR",
            "",
        ] {
            assert!(!PUB.is_damaged_in(line.as_bytes()), "{line}");
        }
        assert!(START.is_damaged_in(b"+CMQTTSTAR: 0") && START.is_damaged_in(b"+CMQTTSTART: "));
        assert!(!START.is_damaged_in(b"+CMQTTSTART: 23") && !START.is_damaged_in(b"+CMQTTSTOP: 0"));
    }

    proptest! {
        #[test]
        fn no_whole_result_of_another_is_damaged(client in 0_u8..=255, other in 0_u8..=255, code in 0_u16..=999) {
            let names = ["+CMQTTCONNECT", "+CMQTTDISC", "+CMQTTPUB", "+CMQTTSUB", "+CMQTTUNSUB"];
            for name in names {
                let result = ResultLine { name, client: Some(client) };
                for of in names {
                    let line = format!("{of}: {other},{code}");
                    // A digit more or less may be another client's.
                    let alike = name == of && client.to_string().len() != other.to_string().len();
                    prop_assert!(alike || !result.is_damaged_in(line.as_bytes()), "{line} for {name} {client}");
                }
            }
        }

        #[test]
        fn a_byte_lost_leaves_no_result_that_nobody_knows(client in 0_u8..=255, code in 0_u16..=99, at in 0_usize..20) {
            let result = ResultLine { name: "+CMQTTSUB", client: Some(client) };
            let mut line = format!("+CMQTTSUB: {client},{code}").into_bytes();
            let at = at % line.len();
            line.remove(at);
            // What is left of a number is a number.
            let is_whole = result.code_in(&Line::classify(&line)).is_some();
            prop_assert!(is_whole || result.is_damaged_in(&line), "{}", line.escape_ascii());
        }
    }
}
