//! A whole command line: written on the host's side, taken apart on the modem's (the vendor's note, section 1.4).

use core::fmt::{self, Debug, Formatter};
use core::time::Duration;

use crate::command::{Dialogue, Encode, InfoShape, InfoShapes};
use crate::encode::Encoder;
use crate::error::{DecodeError, EncodeError};
use crate::escape::Escaped;
use crate::form::Form;
use crate::grammar::Fields;

/// The characters that a command line holds after its prefix (the vendor's note, section 1.4.4).
pub const MAX_LINE: usize = 559;

/// The commands that a command line holds (the vendor's note, section 1.4.4).
pub const MAX_COMMANDS: usize = 39;

/// The room that any command line needs: the prefix, [`MAX_LINE`] characters and the CR.
pub const LINE_ROOM: usize = PREFIX.len() + MAX_LINE + 1;

/// Writes `AT`, the command and a CR into `memory`, which needs at most [`LINE_ROOM`] bytes.
///
/// ```
/// use at_proto::{encode_line, network::Signal};
///
/// let mut memory = [0; at_proto::LINE_ROOM];
/// assert_eq!(encode_line(&Signal, &mut memory), Ok(&b"AT+CSQ\r"[..]));
/// ```
///
/// # Errors
/// [`EncodeError`]: no room, a control byte, more than [`MAX_LINE`] characters.
pub fn encode_line<'m>(command: &dyn Encode, memory: &'m mut [u8]) -> Result<&'m [u8], EncodeError> {
    let mut out = Encoder::new(memory);
    command.encode(out.text(PREFIX));
    let len = out.written().saturating_sub(PREFIX.len());
    if len > MAX_LINE {
        return Err(EncodeError::LineTooLong { len, max: MAX_LINE });
    }
    out.finish_line()
}

/// Several commands on one line. The final result code of the last one, or of the first that fails, ends them all,
/// so only the last may ask for data or have a result URC. Any line that answers one of them answers them all.
pub struct Joined<'a> {
    commands: &'a [&'a dyn Encode],
    last: &'a dyn Encode,
    answers: InfoShapes,
}

impl<'a> Joined<'a> {
    /// Joins 1 to [`MAX_COMMANDS`] commands.
    ///
    /// # Errors
    /// [`EncodeError::TooManyCommands`], also for none; [`EncodeError::NotLast`] for a command that has to be last;
    /// [`EncodeError::TooManyAnswers`] for more than [`InfoShapes::MAX`] commands that are answered by lines of a name.
    pub fn new(commands: &'a [&'a dyn Encode]) -> Result<Self, EncodeError> {
        let count = commands.len();
        let Some((&last, before)) = commands.split_last().filter(|_| count <= MAX_COMMANDS) else {
            return Err(EncodeError::TooManyCommands {
                count,
                max: MAX_COMMANDS,
            });
        };
        for command in before {
            let dialogue = command.dialogue();
            if dialogue.prompt.is_some() || dialogue.result.is_some() {
                return Err(EncodeError::NotLast { name: dialogue.name });
            }
        }
        let mut answers = InfoShapes::default();
        for command in commands {
            if !answers.add(command.dialogue().info) {
                return Err(EncodeError::TooManyAnswers { max: InfoShapes::MAX });
            }
        }
        Ok(Self {
            commands,
            last,
            answers,
        })
    }
}

impl Encode for Joined<'_> {
    /// Extended commands stand behind and before a `;`, basic and S-parameter commands follow one another.
    fn encode(&self, out: &mut Encoder<'_>) {
        let mut extended_before = None;
        for command in self.commands {
            let extended = is_extended_start(command.dialogue().name.as_bytes());
            if extended_before.is_some_and(|before| before || extended) {
                out.text(";");
            }
            command.encode(out);
            extended_before = Some(extended);
        }
    }

    fn data(&self) -> &[u8] {
        self.last.data()
    }

    fn dialogue(&self) -> Dialogue {
        let budget = self.commands.iter().fold(Duration::ZERO, |sum, command| {
            sum.saturating_add(command.dialogue().budget)
        });
        Dialogue {
            info: InfoShape::OneOf(self.answers),
            budget,
            echo: self
                .commands
                .iter()
                .rev()
                .find_map(|command| command.dialogue().echo),
            ..self.last.dialogue()
        }
    }
}

/// The modem's side: a command line taken apart, command by command. Yields an error for what is no command, and
/// nothing after it: what stands before it has run by then.
#[derive(Clone)]
pub struct CommandLine<'a> {
    line: &'a [u8],
    rest: &'a [u8],
}

/// One command of a line (V.250, sections 5.3 and 5.4). The set is closed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Invocation<'a> {
    /// `AT<x><n>` or `AT&<x><n>`.
    Basic {
        /// The letter, with the `&` before it if there is one.
        name: &'a [u8],
        /// The number. A missing one means the command's default.
        value: Option<u32>,
    },
    /// `ATS<n>=<m>`.
    SetRegister {
        /// The register.
        register: u32,
        /// The value. A missing one means the register's default.
        value: Option<u32>,
    },
    /// `ATS<n>?`.
    ReadRegister {
        /// The register.
        register: u32,
    },
    /// `AT+<x>…`.
    Extended {
        /// The name with its `+`, in the letters that the host used.
        name: &'a [u8],
        /// Its form.
        form: Form<'a>,
    },
}

impl<'a> CommandLine<'a> {
    /// Takes a line without its line end.
    ///
    /// # Errors
    /// `None` when it does not begin with `AT` in any case: such a line is no command line and gets no answer.
    /// An error when it holds too much: then nothing of it runs.
    pub fn new(line: &'a [u8]) -> Option<Result<Self, EncodeError>> {
        let (prefix, rest) = line.trim_ascii_start().split_at_checked(PREFIX.len())?;
        if !prefix.eq_ignore_ascii_case(PREFIX.as_bytes()) {
            return None;
        }
        if rest.len() > MAX_LINE {
            return Some(Err(EncodeError::LineTooLong {
                len: rest.len(),
                max: MAX_LINE,
            }));
        }
        let commands = Self {
            line: line.trim_ascii(),
            rest: rest.trim_ascii_end(),
        };
        let count = commands.clone().count();
        if count > MAX_COMMANDS {
            return Some(Err(EncodeError::TooManyCommands {
                count,
                max: MAX_COMMANDS,
            }));
        }
        Some(Ok(commands))
    }

    /// `"+" name [ "=?" / "?" / "=" fields ] [ ";" ]`
    fn extended(&mut self) -> Result<Invocation<'a>, DecodeError> {
        let name = self.take_while(1, is_name_byte);
        let form = match self.rest {
            [b'=', b'?'] | [b'=', b'?', b';', ..] => {
                self.skip(2);
                Form::Test
            }
            [b'?', ..] => {
                self.skip(1);
                Form::Read
            }
            [b'=', ..] => {
                self.skip(1);
                let mut quoted = false;
                Form::Write(self.take_while(0, |byte| {
                    quoted ^= byte == b'"';
                    quoted || byte != b';'
                }))
            }
            _ => Form::Execute,
        };
        self.rest = self.rest.trim_ascii_start();
        match self.rest {
            [] => {}
            [b';', ..] => self.skip(1),
            _ => return Err(self.mismatch("`;`")),
        }
        Ok(Invocation::Extended { name, form })
    }

    /// `"S" register ( "=" [ value ] / "?" )`
    fn register(&mut self) -> Result<Invocation<'a>, DecodeError> {
        self.skip(1);
        let register = self.number()?.ok_or_else(|| self.mismatch("<n>"))?;
        match self.rest {
            [b'?', ..] => {
                self.skip(1);
                Ok(Invocation::ReadRegister { register })
            }
            [b'=', ..] => {
                self.skip(1);
                Ok(Invocation::SetRegister {
                    register,
                    value: self.number()?,
                })
            }
            _ => Err(self.mismatch("`=` or `?`")),
        }
    }

    /// `[ "&" ] letter [ number ]`
    fn basic(&mut self) -> Result<Invocation<'a>, DecodeError> {
        let ampersand = usize::from(self.rest.first() == Some(&b'&'));
        let letter = self.rest.get(ampersand);
        if !letter.is_some_and(u8::is_ascii_alphabetic) {
            return Err(self.mismatch("a command"));
        }
        let name = self.rest.get(..=ampersand).unwrap_or_default();
        self.skip(name.len());
        Ok(Invocation::Basic {
            name,
            value: self.number()?,
        })
    }

    fn number(&mut self) -> Result<Option<u32>, DecodeError> {
        let before = self.rest;
        let digits = self.take_while(0, |byte| byte.is_ascii_digit());
        if digits.is_empty() {
            return Ok(None);
        }
        Fields::new(digits).number("a number").map(Some).map_err(|_| {
            self.rest = before;
            self.mismatch("a smaller number")
        })
    }

    /// Takes the first `least` bytes and all after them that belong.
    fn take_while(&mut self, least: usize, mut belongs: impl FnMut(u8) -> bool) -> &'a [u8] {
        let ends = self.rest.iter().skip(least).position(|&byte| !belongs(byte));
        let len = ends.map_or(self.rest.len(), |offset| least.saturating_add(offset));
        let (taken, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, &[]));
        self.rest = rest;
        taken
    }

    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    fn mismatch(&self, expected: &'static str) -> DecodeError {
        Fields::within(self.line, self.rest).mismatch(expected)
    }
}

impl<'a> Iterator for CommandLine<'a> {
    type Item = Result<Invocation<'a>, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let separators = self
            .rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b';'))
            .count();
        self.skip(separators);
        let command = match *self.rest.first()? {
            first if is_extended_start(&[first]) => self.extended(),
            b'S' | b's' => self.register(),
            _ => self.basic(),
        };
        if command.is_err() {
            self.rest = &[];
        }
        Some(command)
    }
}

impl Debug for CommandLine<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // The line may hold a password.
        write!(f, "CommandLine({} bytes)", self.line.len())
    }
}

impl Debug for Invocation<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Basic { name, value } => write!(f, "{}{value:?}", Escaped(name)),
            Self::SetRegister { register, value } => write!(f, "S{register}={value:?}"),
            Self::ReadRegister { register } => write!(f, "S{register}?"),
            Self::Extended { name, form } => write!(f, "{}:{form:?}", Escaped(name)),
        }
    }
}

impl Debug for Joined<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.commands.iter().map(|command| command.dialogue().name))
            .finish()
    }
}

/// The manual allows `AT`, `at`, `At` and `aT`.
const PREFIX: &str = "AT";

/// Extended commands begin with `+`; vendors use the others for theirs.
const fn is_extended_start(name: &[u8]) -> bool {
    matches!(name, [b'+' | b'*' | b'^' | b'$' | b'#', ..])
}

/// V.250, section 5.4.1.
const fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'!' | b'%' | b'-' | b'.' | b'/' | b':' | b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::basic::{Echo, Identify};
    use crate::cmqtt::{SetTopic, Start};
    use crate::network::{EnterPin, Eps, ReportRegistration, Signal};
    use crate::{Claim, Exchange, Read};

    /// A command as text, for those that no type stands for.
    struct Raw(&'static str);

    impl Encode for Raw {
        fn encode(&self, out: &mut Encoder<'_>) {
            out.text(self.0);
        }

        fn dialogue(&self) -> Dialogue {
            Dialogue::new(self.0)
        }
    }

    /// The commands on a line, a line of text each.
    fn commands(line: &[u8]) -> String {
        match CommandLine::new(line) {
            None => String::from("no command line"),
            Some(Err(error)) => error.to_string(),
            Some(Ok(commands)) => commands
                .map(|command| match command {
                    Ok(Invocation::Extended {
                        name,
                        form: Form::Write(fields),
                    }) => format!("{}={}\n", Escaped(name), String::from_utf8_lossy(fields)),
                    Ok(command) => format!("{command:?}\n"),
                    Err(error) => format!("{error}\n"),
                })
                .collect(),
        }
    }

    fn encode(command: &dyn Encode) -> Result<String, EncodeError> {
        let mut memory = [0; LINE_ROOM];
        let line = encode_line(command, &mut memory)?;
        Ok(String::from_utf8(line.to_vec()).expect("text"))
    }

    /// The vendor's example of a line with everything on it.
    const EVERYTHING: &str = "ATE1Q0S0=1S3=13V1X4;+IFC=0,0;+IPR=115200";

    #[test]
    fn everything_on_one_line_is_written() {
        let all: [&dyn Encode; 8] = [
            &Echo::ON,
            &Raw("Q0"),
            &Raw("S0=1"),
            &Raw("S3=13"),
            &Raw("V1"),
            &Raw("X4"),
            &Raw("+IFC=0,0"),
            &Raw("+IPR=115200"),
        ];
        let joined = Joined::new(&all).unwrap();
        assert_eq!(encode(&joined).unwrap(), format!("{EVERYTHING}\r"));
        // A basic command behind an extended one is set apart as well.
        let back: [&dyn Encode; 3] = [&Signal, &Echo::OFF, &Signal];
        assert_eq!(encode(&Joined::new(&back).unwrap()).unwrap(), "AT+CSQ;E0;+CSQ\r");
    }

    #[test]
    fn everything_on_one_line_is_read() {
        insta::assert_snapshot!(commands(EVERYTHING.as_bytes()), @r"
        ESome(1)
        QSome(0)
        S0=Some(1)
        S3=Some(13)
        VSome(1)
        XSome(4)
        +IFC=0,0
        +IPR=115200
        ");
    }

    #[test]
    fn the_prefix_in_any_case() {
        for prefix in ["AT", "at", "At", "aT"] {
            assert_eq!(commands(format!("{prefix}+CSQ").as_bytes()), "+CSQ:Execute\n");
            assert_eq!(commands(prefix.as_bytes()), "");
        }
        for other in [&b""[..], b"A", b"XAT+CSQ", b"OK", b"\xff\xff"] {
            assert_eq!(commands(other), "no command line");
        }
    }

    #[test]
    fn every_form() {
        insta::assert_snapshot!(commands(b"AT+A=?;+B?;+C=1,\"x\";+D;^E=;&F;S7=;S7?;E;$G#"), @r#"
        +A:Test
        +B:Read
        +C=1,"x"
        +D:Execute
        ^E=
        &FNone
        S7=None
        S7?
        ENone
        expected `;` at byte 42, found `#`
        "#);
    }

    #[test]
    fn what_stands_in_quotes_separates_nothing() {
        insta::assert_snapshot!(commands(br#"AT+X="a;+Y=1",2;+Z"#), @r#"
        +X="a;+Y=1",2
        +Z:Execute
        "#);
        // A quote that is never closed takes the rest.
        assert_eq!(commands(br#"AT+X="a;+Y"#), "+X=\"a;+Y\n");
    }

    #[test]
    fn blanks_and_lonely_separators() {
        assert_eq!(commands(b" AT +CSQ ; ; +CSQ; "), "+CSQ:Execute\n+CSQ:Execute\n");
        assert_eq!(commands(b"AT;"), "");
    }

    /// What stands before it has run by then; nothing after it does.
    #[test]
    fn what_is_no_command_ends_the_line() {
        insta::assert_snapshot!(commands(b"ATE0!;+CSQ"), @r"
        ESome(0)
        expected a command at byte 4, found `!`
        ");
        insta::assert_snapshot!(commands(b"ATS=1E0"), @"expected <n> at byte 3, found `=`");
        insta::assert_snapshot!(commands(b"ATS1E0"), @"expected `=` or `?` at byte 4, found `E`");
        insta::assert_snapshot!(commands(b"ATE99999999999"), @"expected a smaller number at byte 3, found `9`");
        insta::assert_snapshot!(commands(b"AT&"), @"expected a command at byte 2, found `&`");
        insta::assert_snapshot!(commands(b"AT+CSQ?x"), @"expected `;` at byte 7, found `x`");
    }

    #[test]
    fn five_hundred_and_fifty_nine_characters() {
        let line = |len: usize| format!("AT+X={}", "1".repeat(len - 3));
        assert!(commands(line(559).as_bytes()).starts_with("+X=1"));
        insta::assert_snapshot!(commands(line(560).as_bytes()), @"560 characters after AT, but a command line holds 559");
        // Blanks are characters too.
        assert!(commands(format!("{}  ", line(557)).as_bytes()).starts_with("+X=1"));
        insta::assert_snapshot!(commands(format!("{} ", line(559)).as_bytes()), @"560 characters after AT, but a command line holds 559");
        let write = |len: usize| encode(&Raw(String::leak("1".repeat(len))));
        assert_eq!(write(559).unwrap().len(), LINE_ROOM);
        insta::assert_snapshot!(write(560).unwrap_err(), @"560 characters after AT, but a command line holds 559");
    }

    #[test]
    fn thirty_nine_commands() {
        assert_eq!(
            commands(format!("AT{}", "E0".repeat(39)).as_bytes())
                .lines()
                .count(),
            39
        );
        insta::assert_snapshot!(commands(format!("AT{}", "E0".repeat(40)).as_bytes()), @"40 commands, but a command line holds 39");
        let all: [&dyn Encode; 40] = [&Echo::OFF; 40];
        assert_eq!(
            encode(&Joined::new(&all[..39]).unwrap()).unwrap().len(),
            2 + 78 + 1
        );
        insta::assert_snapshot!(Joined::new(&all).unwrap_err(), @"40 commands, but a command line holds 39");
        insta::assert_snapshot!(Joined::new(&[]).unwrap_err(), @"0 commands, but a command line holds 39");
    }

    #[test]
    fn what_has_to_be_last_is_last() {
        let topic = SetTopic::with(0, b"t");
        let start = Start { context: None };
        assert!(Joined::new(&[&Signal, &topic]).is_ok());
        insta::assert_snapshot!(Joined::new(&[&topic, &Signal]).unwrap_err(), @"+CMQTTTOPIC has to be the last command of its line");
        insta::assert_snapshot!(Joined::new(&[&start, &Signal]).unwrap_err(), @"+CMQTTSTART has to be the last command of its line");
        let commands: [&dyn Encode; 2] = [&Signal, &topic];
        let joined = Joined::new(&commands).unwrap();
        assert_eq!(joined.data(), b"t");
        assert_eq!(joined.dialogue().prompt, Some(1));
        assert_eq!(
            joined.dialogue().budget,
            Signal.dialogue().budget + topic.dialogue().budget
        );
    }

    /// What each of these lines is to these commands on one line, none of which reads as a URC but those in `urcs`.
    fn claims(commands: &[&dyn Encode], lines: &[&str], urcs: &[&str]) -> Vec<Claim> {
        let mut exchange = Exchange::new(Joined::new(commands).unwrap().dialogue(), false);
        let claim = |line: &&str| exchange.line(line.as_bytes(), b"AT", urcs.contains(line));
        lines.iter().map(claim).collect()
    }

    /// `+CPIN: READY` is a URC at any other time.
    #[test]
    fn each_command_is_answered_as_if_it_stood_alone() {
        use Claim::{Done, Information, NotMine};
        let pin = Read::<EnterPin<'_>>::new();
        let registration = Read::<ReportRegistration<Eps>>::new();
        let lines = [
            "+CPIN: READY",
            "+CEREG: 1",
            "+CEREG: 0,1",
            "+CSQ: 23,0",
            "text",
            "OK",
        ];
        let urcs = ["+CPIN: READY", "+CEREG: 1"];
        assert_eq!(
            claims(&[&pin, &registration, &Signal, &Echo::OFF], &lines, &urcs),
            [Information, NotMine, Information, Information, NotMine, Done]
        );
        // Next to one that is answered by any line.
        let identify = Identify { value: None };
        assert_eq!(
            claims(&[&identify, &pin], &lines, &urcs),
            [Information, NotMine, Information, Information, Information, Done]
        );
        assert_eq!(
            claims(&[&identify, &Signal], &lines, &urcs)[..2],
            [NotMine, NotMine]
        );
        // Joined once more.
        let inner: [&dyn Encode; 2] = [&identify, &pin];
        let inner = Joined::new(&inner).unwrap();
        assert_eq!(
            claims(&[&inner], &["+CPIN: READY", "text"], &urcs),
            [Information; 2]
        );
    }

    #[test]
    fn more_answers_than_can_be_told_apart() {
        let mut commands: Vec<&dyn Encode> = vec![&Signal; 4];
        commands.push(&Echo::OFF);
        assert!(Joined::new(&commands).is_ok());
        commands.push(&Signal);
        insta::assert_snapshot!(Joined::new(&commands).unwrap_err(), @"more than 4 answers, but a joined command line tells 4 apart");
    }

    #[test]
    fn the_last_command_that_switches_echo_decides() {
        let echo = |commands: &[&dyn Encode]| Joined::new(commands).unwrap().dialogue().echo;
        assert_eq!(echo(&[&Echo::OFF, &Signal]), Some(false));
        assert_eq!(echo(&[&Echo::OFF, &Echo::ON, &Signal]), Some(true));
        assert_eq!(echo(&[&Signal, &Signal]), None);
    }

    #[test]
    fn no_command_hides_in_another() {
        insta::assert_snapshot!(encode(&Raw("+X=1\r\nAT+CFUN=0")).unwrap_err(), @r"byte `\r` at 6 cannot stand in a line");
        let mut small = [0; 5];
        insta::assert_snapshot!(encode_line(&Signal, &mut small).unwrap_err(), @"7 bytes are needed, the buffer has 5");
    }

    /// The line may hold a password.
    #[test]
    fn nothing_that_was_written_is_shown() {
        let line = CommandLine::new(b"AT+X=\"secret\"").unwrap().unwrap();
        insta::assert_snapshot!(format!("{line:?}"), @"CommandLine(13 bytes)");
        let shown: Vec<String> = line.map(|command| format!("{:?}", command.unwrap())).collect();
        assert_eq!(shown, ["+X:Write(8 bytes)"]);
    }

    proptest! {
        /// Any bytes: the commands end, and there are not too many.
        #[test]
        fn any_line_ends(rest: Vec<u8>) {
            if let Some(Ok(commands)) = CommandLine::new(&[b"AT", &rest[..]].concat()) {
                prop_assert!(commands.count() <= MAX_COMMANDS);
            }
        }
    }
}
