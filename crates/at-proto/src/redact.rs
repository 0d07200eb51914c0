//! Lines of a conversation that may be shown to anybody: the passwords in them are hidden.

mod table;
use table::{COMMANDS, CONNECT, Command, Field, HARMLESS_TLS_KEYS, TLS_CONTEXT};

use core::fmt::{self, Debug, Display, Formatter};
use core::ops::Range;

use crate::escape::{Escaped, REDACTED};

/// Prints a line from either side as [`Escaped`] does, with [`REDACTED`] in the place of each password, wherever the
/// modem or its echo can bring one:
///
/// * `AT+CMQTTCONNECT=0,"tcp://…",60,1,"user","password"`, and the answer to `AT+CMQTTCONNECT?`;
/// * `AT+CSSLCFG="password",0,"…"`, and the end of the answer to `AT+CSSLCFG?`;
/// * every other command that carries a PIN, a password or a login: `AT+CPIN`, `AT+CPUK`, `AT+CLCK`, `AT+CPWD`,
///   `AT+CGAUTH`, `AT$QCPDPP`, `AT+CNCFG`, `AT+CSTT`, `AT+CFTPSLOGIN`, `AT+HTTPPARA="USERDATA"` and more, with their answers;
/// * the login in a URL, `http://user:password@host`.
///
/// A result code is never hidden.
///
/// Letter case, spaces and other commands on the line make no difference. What departs from the form in front of a
/// password is hidden to the line's end, for a lost byte may be why: better too much than a password. The name of
/// CONNECT may be damaged too: its fields are known by themselves, by an address `"tcp://…` or by what stands in front
/// of the password, `…",60,1,"user",`.
///
/// ```
/// use at_proto::Redacted;
///
/// let line = b"at+cpin=\"1234\";+CSQ\r";
/// assert_eq!(Redacted(line).to_string(), "at+cpin=[redacted];+CSQ\\r");
/// ```
#[derive(Clone, Copy)]
pub struct Redacted<'a>(pub &'a [u8]);

impl Display for Redacted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut scan = Scan::new(self.0);
        let first = scan.secret();
        scan.show(f, first)
    }
}

impl Debug for Redacted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Prints a line that nobody expects as [`Redacted`] does, and hides its last text too if it begins with no name: all
/// else of an echo may be lost.
///
/// ```
/// use at_proto::RedactedFragment;
///
/// let line = br#"er","pass""#;
/// assert_eq!(RedactedFragment(line).to_string(), r#"er\",[redacted]"#);
/// ```
#[derive(Clone, Copy)]
pub struct RedactedFragment<'a>(pub &'a [u8]);

impl Display for RedactedFragment<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut scan = Scan::new(self.0);
        let first = scan.secret().or_else(|| scan.torn());
        scan.show(f, first)
    }
}

impl Redacted<'_> {
    /// Whether the line names a command that carries a password. What a line break cuts off of it may be one too.
    #[must_use]
    pub fn names_secret(&self) -> bool {
        let names = COMMANDS.iter().map(|command| command.name);
        let mut names = names.chain([CONNECT, TLS_CONTEXT]);
        names.any(|name| {
            let stands_at = |at| {
                let place = self.0.get(at..).and_then(|rest| rest.get(..name.len()));
                place.is_some_and(|place| place.eq_ignore_ascii_case(name))
            };
            (0..self.0.len()).any(stands_at)
        })
    }
}

impl Debug for RedactedFragment<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// What stands behind the name and the colon of a line, [`Redacted`] as the line would be.
pub(crate) struct RedactedRest<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) rest: &'a [u8],
}

impl Debug for RedactedRest<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut scan = Scan::new(self.rest);
        let named = |name: &[u8]| self.name.eq_ignore_ascii_case(name);
        let first = if named(CONNECT) {
            scan.connect(true)
        } else if named(TLS_CONTEXT) {
            scan.tls_context()
        } else if let Some(command) = COMMANDS.iter().find(|command| named(command.name)) {
            scan.fields(command, true)
        } else {
            None
        };
        let first = first
            .filter(|secret| !secret.is_empty())
            .or_else(|| scan.secret());
        f.write_str("\"")?;
        scan.show(f, first)?;
        f.write_str("\"")
    }
}

/// Goes through a line from left to right.
struct Scan<'a> {
    line: &'a [u8],
    at: usize,
    /// Whether a quotation mark is missing, so that nobody knows what is inside and what outside.
    unbalanced: bool,
}

/// How far the fields in front of a password went.
#[derive(Clone, Copy)]
enum Walk {
    /// The command ended: there is no password.
    Ended,
    /// Past them all, and the comma behind them.
    Past,
    /// Something else stands here.
    Strayed,
}

impl<'a> Scan<'a> {
    fn new(line: &'a [u8]) -> Self {
        let marks = line.iter().filter(|&&byte| byte == b'"').count();
        Self {
            line,
            at: 0,
            unbalanced: marks % 2 == 1,
        }
    }

    /// Prints the line without its passwords, the first of which is known.
    fn show(&mut self, f: &mut Formatter<'_>, first: Option<Range<usize>>) -> fmt::Result {
        let line = self.line;
        let mut shown = 0;
        let mut next = first;
        while let Some(secret) = next {
            let before = line.get(shown..secret.start).unwrap_or_default();
            write!(f, "{}{REDACTED}", Escaped(before))?;
            shown = secret.end;
            self.at = shown;
            next = self.secret();
        }
        Display::fmt(&Escaped(line.get(shown..).unwrap_or_default()), f)
    }

    /// Where the next password stands.
    fn secret(&mut self) -> Option<Range<usize>> {
        while let Some(offset) = self.rest().iter().position(|byte| BEGINNINGS.contains(byte)) {
            self.at += offset;
            let secret = if self.name(CONNECT) {
                let answers = self.answers();
                self.connect(answers)
            } else if self.name(TLS_CONTEXT) {
                self.tls_context()
            } else if let Some(command) = COMMANDS.iter().find(|command| self.name(command.name)) {
                let answers = self.answers();
                self.fields(command, answers)
            } else if self.stands_here(AUTHORITY) {
                self.at += AUTHORITY.len();
                self.url_login()
            } else if self.stands_here(ADDRESS) {
                self.behind_address()
            } else {
                let is_mark = self.rest().first() == Some(&b'"');
                self.at += 1;
                if is_mark { self.login() } else { None }
            };
            if let Some(secret) = secret.filter(|secret| !secret.is_empty()) {
                return Some(secret);
            }
        }
        None
    }

    /// The last text of a line that nothing names, if it ends there: the front of the line may be lost, even that of the
    /// text.
    fn torn(&self) -> Option<Range<usize>> {
        let end = self.line.trim_ascii_end().len();
        let text = self.line.get(..end)?.strip_suffix(b"\"")?;
        let begin = memchr::memrchr(b'"', text).unwrap_or(0);
        (!is_named(text.get(..begin)?)).then_some(begin..end)
    }

    /// `index,"address",keepalive,clean,"user",` and the password. In the result URC `index,code`, and what a cut log
    /// has behind it, there is none.
    fn connect(&mut self, answers: bool) -> Option<Range<usize>> {
        self.head()?;
        let walk = self.walk(&[Field::Number]);
        if matches!(walk, Walk::Past) {
            if answers && self.is_code() {
                return None;
            }
            return self.behind_address();
        }
        self.behind(walk)
    }

    /// `"address",keepalive,clean,"user",` and the password. An address with a login in it is hidden too.
    fn behind_address(&mut self) -> Option<Range<usize>> {
        if self.quoted().is_some_and(|address| address.contains(&b'@')) {
            return self.behind(Walk::Past);
        }
        let walk = self.walk(&LOGIN_FIELDS);
        self.behind(walk)
    }

    /// Behind the mark that ends an address, in a line whose front is lost: `,keepalive,clean,"user",` and the
    /// password. Any other line has to fit as far as the mark that begins the password, or this goes nowhere.
    fn login(&mut self) -> Option<Range<usize>> {
        let from = self.at;
        let walk = self.walk(&LOGIN_FIELDS);
        if matches!(walk, Walk::Past) && self.rest().first() == Some(&b'"') {
            return self.behind(walk);
        }
        self.at = from;
        None
    }

    /// `"password",context,` and the password; in the answer it may be among the texts that the family adds.
    fn tls_context(&mut self) -> Option<Range<usize>> {
        self.head()?;
        if self.rest().first() == Some(&b'"') {
            let key = self.quoted().unwrap_or_default();
            if HARMLESS_TLS_KEYS
                .iter()
                .any(|known| key.eq_ignore_ascii_case(known))
            {
                return None;
            }
            let walk = self.walk(&[Field::Text, Field::Number]);
            return self.behind(walk);
        }
        let walk = self.walk(&CONTEXT_FIELDS);
        if matches!(walk, Walk::Past) && !self.unbalanced {
            let is_number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b',' | b' ');
            self.skip_while(is_number);
            while self.rest().starts_with(EMPTY_TEXT) {
                self.at += EMPTY_TEXT.len();
                self.skip_while(is_number);
            }
            if self.ended() {
                return None;
            }
        }
        self.behind(walk)
    }

    /// What stands behind the fields that may be shown.
    fn fields(&mut self, command: &Command, answers: bool) -> Option<Range<usize>> {
        self.head()?;
        // Where numbers stand in front of the password, the walk ends at them.
        let is_code = || !matches!(command.before, [Field::Number, ..]) && self.is_code();
        if answers && (!command.answers || is_code()) {
            return None;
        }
        let walk = self.walk(command.before);
        self.behind(walk)
    }

    /// Behind `://`: what stands before the `@`, to the end of the URL. It is not escaped as it should be by everybody, so
    /// that the last `@` counts.
    fn url_login(&self) -> Option<Range<usize>> {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'"';
        let url = self.rest().split(ends).next()?;
        let login = memchr::memrchr(b'@', url)?;
        Some(self.at..self.at + login)
    }

    /// Whether an answer or a URC follows the name, and no command.
    fn answers(&self) -> bool {
        self.rest().trim_ascii_start().first() == Some(&b':')
    }

    /// Takes the name, if it stands here and does not go on.
    fn name(&mut self, name: &[u8]) -> bool {
        let goes_on = self.rest().get(name.len()).is_some_and(u8::is_ascii_alphabetic);
        let found = !goes_on && self.stands_here(name);
        if found {
            self.at += name.len();
        }
        found
    }

    /// Whether this comes next, in any letter case.
    fn stands_here(&self, text: &[u8]) -> bool {
        let next = self.rest().get(..text.len());
        next.is_some_and(|next| next.eq_ignore_ascii_case(text))
    }

    /// Takes the `=` or the colon. `None` when no fields follow: a read or test form, a test answer, nothing.
    fn head(&mut self) -> Option<()> {
        self.blanks();
        if let Some(b'=' | b':') = self.rest().first() {
            self.at += 1;
        }
        self.blanks();
        let fields = !self.ended() && (self.unbalanced || !matches!(self.rest().first(), Some(b'?' | b'(')));
        fields.then_some(())
    }

    /// Takes these fields, each with the comma behind it.
    fn walk(&mut self, fields: &[Field]) -> Walk {
        for field in fields {
            match field {
                Field::Number if self.rest().first() == Some(&b',') => return Walk::Strayed,
                Field::Number => self.skip_while(|byte| byte.is_ascii_digit()),
                Field::Text => {
                    self.text();
                }
                Field::Key(harmless) => {
                    let key = self.text().unwrap_or_default();
                    if harmless.iter().any(|known| key.eq_ignore_ascii_case(known)) {
                        return Walk::Ended;
                    }
                }
            }
            self.blanks();
            if self.ended() {
                return Walk::Ended;
            }
            if self.rest().first() != Some(&b',') {
                return Walk::Strayed;
            }
            self.at += 1;
            self.blanks();
        }
        Walk::Past
    }

    /// What has to be hidden from here on.
    fn behind(&self, walk: Walk) -> Option<Range<usize>> {
        match walk {
            Walk::Ended => None,
            Walk::Past => Some(self.at..self.end_of_command()),
            Walk::Strayed => Some(self.at..self.line.len()),
        }
    }

    /// Where the command ends: at the line's end, or at a `;` that another command follows.
    fn end_of_command(&self) -> usize {
        let mut inside = false;
        let end = self.rest().iter().position(|&byte| {
            inside ^= byte == b'"';
            !inside && matches!(byte, b';' | b'\r' | b'\n')
        });
        let Some(end) = end.map(|offset| self.at + offset).filter(|_| !self.unbalanced) else {
            return self.line.len();
        };
        match self.line.get(end..).unwrap_or_default() {
            [b';', behind @ ..] if !matches!(behind.trim_ascii_start(), [] | [b'+', ..]) => self.line.len(),
            _ => end,
        }
    }

    /// Whether a result code comes next: a number, and whatever a program printed behind it, but no text in quotation
    /// marks. An address is no number.
    fn is_code(&self) -> bool {
        let rest = self.rest();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_address = matches!(rest.get(digits..), Some([b'.', next, ..]) if next.is_ascii_digit());
        digits > 0 && !is_address && !rest.contains(&b'"')
    }

    /// Takes the text that stands here, with its quotation marks.
    fn text(&mut self) -> Option<&'a [u8]> {
        let text = self.quoted()?;
        self.at += text.len() + EMPTY_TEXT.len();
        Some(text)
    }

    /// The text between the quotation marks that stand here.
    fn quoted(&self) -> Option<&'a [u8]> {
        let text = self.rest().strip_prefix(b"\"")?;
        text.get(..memchr::memchr(b'"', text)?)
    }

    /// Whether the command ends here. A `;` may stand inside a text whose quotation mark is missing.
    fn ended(&self) -> bool {
        match self.rest() {
            [] | [b'\r' | b'\n', ..] => true,
            [b';', ..] => !self.unbalanced,
            _ => false,
        }
    }

    fn blanks(&mut self) {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t'));
    }

    fn skip_while(&mut self, belongs: impl Fn(u8) -> bool) {
        self.at += self.rest().iter().take_while(|&&byte| belongs(byte)).count();
    }

    fn rest(&self) -> &'a [u8] {
        self.line.get(self.at..).unwrap_or_default()
    }
}

/// Whether a line begins with the name of a command or an answer.
fn is_named(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let line = match line {
        [b'A' | b'a', b'T' | b't', behind @ ..] => behind,
        _ => line,
    };
    let Some(behind) = line.strip_prefix(b"+") else {
        return false;
    };
    let name = behind
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric())
        .count();
    name > 0 && matches!(behind.get(name), Some(b':' | b'=' | b'?' | b';' | b' '))
}

/// What a password can be found behind: a name, a text, a URL's scheme.
const BEGINNINGS: &[u8] = b"+$\":";

/// What stands in front of a URL's login.
const AUTHORITY: &[u8] = b"://";

/// How the address of a CONNECT begins.
const ADDRESS: &[u8] = b"\"tcp://";

/// The fields of a CONNECT between the client index and the password.
const LOGIN_FIELDS: [Field; 4] = [Field::Text, Field::Number, Field::Number, Field::Text];

const EMPTY_TEXT: &[u8] = b"\"\"";

/// The fields that every family's answer to `AT+CSSLCFG?` begins with.
const CONTEXT_FIELDS: [Field; 8] = [
    Field::Number,
    Field::Number,
    Field::Number,
    Field::Number,
    Field::Number,
    Field::Text,
    Field::Text,
    Field::Text,
];

#[cfg(test)]
mod tests;
