//! Lines of a conversation that may be shown to anybody: the passwords in them are hidden.

use core::fmt::{self, Debug, Display, Formatter};
use core::ops::Range;

use crate::escape::{Escaped, REDACTED};

/// Prints a line from either side as [`Escaped`] does, with [`REDACTED`] in the place of each password, wherever the
/// modem or its echo can bring one:
///
/// * `AT+CMQTTCONNECT=0,"tcp://…",60,1,"user","password"`, and the answer to `AT+CMQTTCONNECT?`;
/// * `AT+CPIN="1234"`, `AT+CPIN="<puk>","<new pin>"`, also without the quotation marks;
/// * `AT+CSSLCFG="password",0,"…"`, and the end of the answer to `AT+CSSLCFG?`;
/// * the login of an access point, `AT+CGAUTH=1,1,"…","…"` and its answer, of which families order user and password
///   differently: both are hidden; `AT+CLCK="SC",1,"…"` and `AT+CPWD="SC","…","…"`.
///
/// Letter case, blanks and other commands on the line make no difference. What departs from the form in front of a
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
            scan.connect()
        } else if named(TLS_CONTEXT) {
            scan.tls_context()
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

/// One field of the form in front of a password. A text may be left out.
#[derive(Clone, Copy)]
enum Field {
    Number,
    Text,
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
        while let Some(offset) = memchr::memchr2(b'+', b'"', self.rest()) {
            self.at += offset;
            let secret = if self.name(CONNECT) {
                self.connect()
            } else if self.name(PIN) {
                self.pin()
            } else if self.name(TLS_CONTEXT) {
                self.tls_context()
            } else if let Some(other) = OTHERS.iter().find(|other| self.name(other.name)) {
                self.other(other)
            } else if self.stands_here(ADDRESS) {
                let walk = self.walk(&LOGIN_FIELDS);
                self.behind(walk)
            } else {
                self.at += 1;
                self.login()
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
    fn connect(&mut self) -> Option<Range<usize>> {
        self.head()?;
        let mut walk = self.walk(&[Field::Number]);
        if matches!(walk, Walk::Past) {
            if self.is_code() {
                return None;
            }
            walk = self.walk(&LOGIN_FIELDS);
        }
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

    /// Every field of the command; none of the answer.
    fn pin(&mut self) -> Option<Range<usize>> {
        let answer = self.rest().trim_ascii_start().first() == Some(&b':');
        self.head()?;
        if answer { None } else { self.behind(Walk::Past) }
    }

    /// `"password",context,` and the password; in the answer it may be among the texts that the family adds.
    fn tls_context(&mut self) -> Option<Range<usize>> {
        self.head()?;
        if self.rest().first() == Some(&b'"') {
            let key = self.quoted().unwrap_or_default();
            if HARMLESS_KEYS.iter().any(|known| key.eq_ignore_ascii_case(known)) {
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
    fn other(&mut self, other: &Other) -> Option<Range<usize>> {
        let answer = self.rest().trim_ascii_start().first() == Some(&b':');
        self.head()?;
        if answer && !other.answers {
            return None;
        }
        let walk = self.walk(other.before);
        self.behind(walk)
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
                    if let Some(text) = self.quoted() {
                        self.at += text.len() + EMPTY_TEXT.len();
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

    /// Whether a number is all that is left.
    fn is_code(&self) -> bool {
        let mut left = self
            .rest()
            .iter()
            .take_while(|byte| !matches!(byte, b'\r' | b'\n'));
        left.next().is_some_and(u8::is_ascii_digit) && left.all(|byte| !matches!(byte, b'"' | b','))
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

/// A command that is not ours and carries a password.
struct Other {
    name: &'static [u8],
    /// The fields in front of what is hidden.
    before: &'static [Field],
    /// Whether its answer carries it too.
    answers: bool,
}

const OTHERS: [Other; 3] = [
    Other {
        name: b"+CGAUTH",
        before: &[Field::Number, Field::Number],
        answers: true,
    },
    Other {
        name: b"+CLCK",
        before: &[Field::Text, Field::Number],
        answers: false,
    },
    Other {
        name: b"+CPWD",
        before: &[Field::Text],
        answers: false,
    },
];

const CONNECT: &[u8] = b"+CMQTTCONNECT";
const PIN: &[u8] = b"+CPIN";
const TLS_CONTEXT: &[u8] = b"+CSSLCFG";

/// How the address of a CONNECT begins.
const ADDRESS: &[u8] = b"\"tcp://";

/// The fields of a CONNECT between the client index and the password.
const LOGIN_FIELDS: [Field; 4] = [Field::Text, Field::Number, Field::Number, Field::Text];

const EMPTY_TEXT: &[u8] = b"\"\"";

/// The keys of `AT+CSSLCFG` whose values are no secrets.
const HARMLESS_KEYS: [&[u8]; 9] = [
    b"sslversion",
    b"authmode",
    b"cacert",
    b"clientcert",
    b"clientkey",
    b"ignorelocaltime",
    b"negotiatetime",
    b"enableSNI",
    b"ciphersuites",
];

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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Line;

    #[track_caller]
    fn check(line: &str, shown: &str) {
        assert_eq!(Redacted(line.as_bytes()).to_string(), shown);
    }

    /// Nothing of the line is hidden.
    #[track_caller]
    fn check_shown(line: &str) {
        check(line, &line.as_bytes().escape_ascii().to_string());
    }

    #[test]
    fn the_password_of_a_connect() {
        check(
            r#"AT+CMQTTCONNECT=0,"tcp://host:1883",60,1,"user","pass;word""#,
            r#"AT+CMQTTCONNECT=0,\"tcp://host:1883\",60,1,\"user\",[redacted]"#,
        );
        check(
            r#"at+csq;+cmqttconnect = 0, "tcp://host", 60, 1, "user", "pass" ;+CSQ"#,
            r#"at+csq;+cmqttconnect = 0, \"tcp://host\", 60, 1, \"user\", [redacted];+CSQ"#,
        );
        check(
            r#"+CMQTTCONNECT: 0,"tcp://host:1883",20,1,"user","password""#,
            r#"+CMQTTCONNECT: 0,\"tcp://host:1883\",20,1,\"user\",[redacted]"#,
        );
        check(
            r#"AT+CMQTTCONNECT=0,"tcp://host",60,1,,"pass""#,
            r#"AT+CMQTTCONNECT=0,\"tcp://host\",60,1,,[redacted]"#,
        );
    }

    #[test]
    fn the_last_text_of_a_fragment() {
        let shown = |line: &str| RedactedFragment(line.as_bytes()).to_string();
        for fragment in [
            r#"",1,"user","pass""#,
            r#""pass""#,
            r#"pass""#,
            r#"+pass""#,
            r#"AT"pass""#,
            r#"+"pass""#,
            r#"+a,"pass""#,
            r#"TA+a="pass""#,
        ] {
            let line = format!("{fragment} \r\n");
            assert!(!shown(&line).contains("ss"), "{line:?}");
        }
        assert_eq!(shown("user\",\"pass\"\r"), "user\\\",[redacted]\\r");
        for line in [
            r#"+CGPADDR: 1,"10.64.0.2""#,
            r#" at+cops=0,"a""#,
            r#"AT+CSQ;+CGDCONT="a""#,
            r#"AT+CSQ "a""#,
            r#"AT+COPS?"a""#,
            r#"{"a":"b"}"#,
            "RDY",
            "",
        ] {
            assert_eq!(shown(line), line.as_bytes().escape_ascii().to_string());
        }
    }

    #[test]
    fn a_connect_without_one() {
        check_shown(r#"AT+CMQTTCONNECT=0,"tcp://test.mosquitto.org:1883",60,1"#);
        check_shown(r#"+CMQTTCONNECT: 0,"tcp://198.51.100.7:1883",20,1,"user""#);
        check_shown("AT+CMQTTCONNECT?;+CSQ");
        check_shown("AT+CMQTTCONNECT=?");
        check_shown("+CMQTTCONNECT: (0-0),(1-128),(1-64800),(0-1)[,<user_name>,<pass_word>]");
        check_shown("+CMQTTCONNECT: 0");
        check_shown("+CMQTTCONNECT: 0,26\r\n");
        check_shown("+CMQTTCONNECT: 0,0successfully.");
    }

    #[test]
    fn a_pin() {
        check(r#"AT+CPIN="1234""#, "AT+CPIN=[redacted]");
        check(r#"AT+CPIN="12345678","1234";+CSQ"#, "AT+CPIN=[redacted];+CSQ");
        check("at+cpin=1234\r", "at+cpin=[redacted]\\r");
        check("AT+CPIN=1234;+CPIN=5678;", "AT+CPIN=[redacted];+CPIN=[redacted];");
        check_shown("AT+CPIN?+CPIN: READY");
        check_shown("+CPIN: SIM PIN");
        check_shown("AT+CPIN=?;+CPINR=1");
    }

    #[test]
    fn the_password_of_a_key() {
        check(
            r#"AT+CSSLCFG="password",0,"secret""#,
            r#"AT+CSSLCFG=\"password\",0,[redacted]"#,
        );
        check(
            r#"+CSSLCFG: 0,3,1,0,120,"ca.pem","","",1,"secret""#,
            r#"+CSSLCFG: 0,3,1,0,120,\"ca.pem\",\"\",\"\",1,[redacted]"#,
        );
        check_shown(r#"AT+CSSLCFG="authmode",0,1;+CSSLCFG="enableSNI",0,1"#);
        check_shown(r#"AT+CSSLCFG="cacert",0,"ca.pem""#);
        check_shown(r#"+CSSLCFG: 0,3,1,0,120,"digicert_g2.pem","","",1"#);
        check_shown(r#"+CSSLCFG: 0,3,1,0,120,"digicert_g2.pem","","",1,"""#);
        check_shown("AT+CSSLCFG?");
    }

    #[test]
    fn passwords_of_other_commands() {
        check("AT+CGAUTH=1,1,\"user\",\"pw\"", "AT+CGAUTH=1,1,[redacted]");
        check("+CGAUTH: 1,2,\"pw\",\"user\"", "+CGAUTH: 1,2,[redacted]");
        check(
            "AT+CLCK=\"SC\",1,\"1234\";+CSQ",
            r#"AT+CLCK=\"SC\",1,[redacted];+CSQ"#,
        );
        check("at+cpwd=\"SC\",\"1234\",\"5678\"", r#"at+cpwd=\"SC\",[redacted]"#);
        for shown in [
            "AT+CGAUTH=1,0",
            "AT+CGAUTH?",
            "AT+CLCK=\"SC\",2",
            "+CLCK: 1",
            "AT+CPWD=?",
        ] {
            check_shown(shown);
        }
    }

    #[test]
    fn a_line_without_passwords() {
        check_shown("");
        check_shown("\r\nOK\r\n");
        check_shown("+CSQ: 23,0");
        check_shown("AT+CMQTTACCQ=0,\"a+b+c\",0");
    }

    /// The name is damaged, or the front of the line is lost.
    #[test]
    fn a_connect_is_known_by_its_fields() {
        let fields = r#"0,"tcp://host:1883",60,1,"user","pass;word""#;
        let shown = r#"0,\"tcp://host:1883\",60,1,\"user\",[redacted]"#;
        for name in ["ATCMQTTCONNECT=", "AT+CMQTCONNECT=", "+CMQTTCONNCT: ", ""] {
            check(&format!("{name}{fields}"), &format!("{name}{shown}"));
        }
        check(
            r#"st:1883", 60,1,"user","password""#,
            r#"st:1883\", 60,1,\"user\",[redacted]"#,
        );
        // Nor are the fields whole: better too much.
        check(
            r#"T+CMQTTCNNECT=0,"TCP://h",601,"user","password""#,
            r#"T+CMQTTCNNECT=0,\"TCP://h\",601,[redacted]"#,
        );
        check_shown(r#"CMQTTCONNECT: 0,"tcp://host:1883",60,1,"user""#);
    }

    #[test]
    fn lines_that_look_like_a_connects_fields_are_shown() {
        check_shown(r#"+CPMS: "SM",5,50,"SM",5,50,"SM",5,50"#);
        check_shown(r#"+CGDCONT: 1,"IP","cmnet","0.0.0.0",0,0,,,,"#);
        check_shown(r#"+COPS: (2,"CHINA MOBILE","CMCC","46000",7),(1,"A","B","46001",7),,(0,1)"#);
        check_shown(r#"+CMGL: 1,"REC UNREAD","+8613900000000",,"08/01/30,20:40:31+00""#);
        check_shown(r#"CSSLCFG: 0,3,1,0,120,"digicert_g2.pem","","",1"#);
    }

    #[test]
    fn what_strays_from_the_form_is_hidden() {
        check(
            r#"AT+CMQTTCONNECT=0,tcp://h,60,1,u,p"#,
            "AT+CMQTTCONNECT=0,[redacted]",
        );
        check(
            r#"AT+CMQTTCONNECT=0,10.0.0.1,60,1,u,p"#,
            "AT+CMQTTCONNECT=0,[redacted]",
        );
        check(r#"AT+CPIN="1234;+CSQ"#, "AT+CPIN=[redacted]");
        check(
            r#"AT+CSSLCFG="pasword",0,"x""#,
            r#"AT+CSSLCFG=\"pasword\",0,[redacted]"#,
        );
    }

    /// Bytes that stand nowhere else in the lines below, nor in an escaped byte, mixed with those that confuse.
    const MARKS: &[u8] = b"^~{}|@";

    fn any_secret() -> impl Strategy<Value = String> {
        let mark = proptest::sample::select(MARKS).prop_map(char::from);
        let confusing = proptest::sample::select(&b" ;,+:=?()-/0aA"[..]).prop_map(char::from);
        proptest::collection::vec(prop_oneof![mark, confusing], 1..20)
            .prop_map(|secret| secret.into_iter().collect::<String>())
    }

    /// A line in front of its password, where its fields begin, and what can follow.
    fn any_line() -> impl Strategy<Value = (String, usize, String)> {
        let heads = [
            (r#"AT+CMQTTCONNECT=0,"tcp://host:1883",60,1,"user","#, 16),
            (r#"AT+CMQTTCONNECT=0, "tcp://host:1883", 60, 1, "", "#, 16),
            (r#"+CMQTTCONNECT: 0,"tcp://host:1883",20,1,"user","#, 15),
            (r#"AT+CPIN="#, 8),
            (r#"AT+CPIN="12345678","#, 8),
            (r#"AT+CSSLCFG="password",0,"#, 11),
            (r#"+CSSLCFG: 0,3,1,0,120,"ca.pem","","",1,"#, 10),
        ];
        let before = ["", "AT+CSQ;", "AT+CMQTTACCQ=0,\"id\",1;", "AT+CPIN?"];
        let behind = ["", "\r", " ;+CSQ", ";+CMQTTCONNECT?", "\r\r\nOK\r\n"];
        (
            proptest::sample::select(before.to_vec()),
            proptest::sample::select(heads.to_vec()),
            proptest::sample::select(behind.to_vec()),
            any::<bool>(),
        )
            .prop_map(|(before, (head, fields), behind, lower)| {
                let head = if lower {
                    head.to_lowercase()
                } else {
                    head.to_owned()
                };
                (
                    format!("{before}{head}"),
                    before.len() + fields,
                    behind.to_owned(),
                )
            })
    }

    #[track_caller]
    fn check_hidden(line: &[u8]) {
        let shown = Redacted(line).to_string();
        assert!(
            !shown.bytes().any(|byte| MARKS.contains(&byte)),
            "{} shows as {shown}",
            line.escape_ascii()
        );
    }

    /// The same of the line taken apart.
    #[track_caller]
    fn check_hidden_rest(line: &[u8]) {
        let shown = format!("{:?}", Line::classify(line));
        // It has braces of its own.
        assert!(
            !shown.bytes().any(|byte| b"^~|@".contains(&byte)),
            "{} shows as {shown}",
            line.escape_ascii()
        );
    }

    proptest! {
        #[test]
        fn no_password_is_ever_shown((head, _, behind) in any_line(), secret in any_secret()) {
            let line = format!("{head}\"{secret}\"{behind}");
            check_hidden(line.as_bytes());
            check_hidden_rest(line.as_bytes());
        }

        #[test]
        fn nor_where_the_line_is_cut_or_lost_a_byte(
            (head, fields, behind) in any_line(),
            secret in any_secret(),
            place: proptest::sample::Index,
        ) {
            let line = format!("{head}\"{secret}\"{behind}").into_bytes();
            check_hidden(&line[..place.index(line.len())]);
            let mut lossy = line.clone();
            lossy.remove(fields - 1 + place.index(line.len() - fields + 1));
            check_hidden(&lossy);
        }

        #[test]
        fn nor_where_a_connect_lost_a_byte_anywhere(
            head in proptest::sample::select(vec![
                r#"AT+CMQTTCONNECT=0,"tcp://host:1883",60,1,"user","#,
                r#"at+cmqttconnect=0,"tcp://10.0.0.1:8883",64800,0,"u;s","#,
                r#"+CMQTTCONNECT: 0,"tcp://host:1883",20,1,"user","#,
                r#"AT+CMQTTCONNECT=0,"tcp://host:1883",6,1,"","#,
            ]),
            secret in any_secret(),
        ) {
            let line = format!("{head}\"{secret}\"").into_bytes();
            for lost in 0..line.len() {
                let mut lossy = line.clone();
                lossy.remove(lost);
                check_hidden(&lossy);
                check_hidden_rest(&lossy);
            }
        }

        #[test]
        fn nor_where_a_connect_lost_its_front(
            head in proptest::sample::select(vec![
                r#"AT+CMQTTCONNECT=0,"tcp://host:1883",60,1,"user","#,
                r#"at+cmqttconnect=0,"tcp://10.0.0.1:8883",64800,0,"a+b","#,
                r#"+CMQTTCONNECT: 0,"tcp://host:1883",20,1,"user","#,
                r#"AT+CMQTTCONNECT=0,"tcp://host:1883",6,1,"","#,
            ]),
            secret in any_secret(),
            behind in proptest::sample::select(vec!["", "\r", "\r\n"]),
        ) {
            let line = format!("{head}\"{secret}\"{behind}").into_bytes();
            for lost in 0..line.len() {
                let shown = RedactedFragment(&line[lost..]).to_string();
                prop_assert!(!shown.bytes().any(|byte| MARKS.contains(&byte)), "{shown}");
            }
        }

        #[test]
        fn any_bytes_can_be_printed(line in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = RedactedFragment(&line).to_string();
            let shown = Redacted(&line).to_string();
            prop_assert!(shown.len() <= 4 * line.len() + REDACTED.len() * (1 + line.len() / 6));
        }

        #[test]
        fn what_names_no_such_command_is_shown(line in "[ -!#-&,-~]{0,80}") {
            check_shown(&line);
        }
    }
}
