//! Tells a command line from all the other lines of a log that begin with the letters `AT`.

use at_proto::{CommandLine, Dialogue, Form, InfoShape, Invocation};

use super::describe;
use super::frame::Fields;
use super::written;

/// A command line, and what its answer looks like.
#[derive(Clone, Debug)]
pub(crate) struct Recognised {
    /// The last command's name in capital letters: `+CSQ`.
    pub(crate) name: Vec<u8>,
    /// The conversation. Of a command that is not known, only what every command has.
    pub(crate) dialogue: Dialogue,
    /// Which lines answer it, beyond the dialogue.
    pub(crate) answers: Answers,
    /// What is known about it.
    pub(crate) fields: Fields,
    /// Of several commands on the line those that are known, in their order: any of them may answer.
    pub(crate) parts: Vec<Dialogue>,
}

/// Which lines answer a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answers {
    /// Those that the dialogue names.
    Known,
    /// The command is not known: those with its name.
    Named,
    /// The command is not known and may answer anything.
    Any,
}

/// Reads a line without its line end. `None` for what is, or may well be, something else: a host's own words, an echo
/// and an answer run together.
pub(crate) fn recognise(line: &[u8], show_secrets: bool) -> Option<Recognised> {
    let line = &*written::quoted(line.trim_ascii());
    let commands = match CommandLine::new(line)? {
        Ok(commands) => commands.collect::<Result<Vec<_>, _>>().ok()?,
        Err(_) => return too_long(line),
    };
    let (last, before) = match commands.split_last() {
        None => {
            let (dialogue, fields) = describe::attention();
            return Some(Recognised {
                name: Vec::new(),
                dialogue,
                answers: Answers::Known,
                fields,
                parts: Vec::new(),
            });
        }
        Some(split) => split,
    };
    let usual = before.iter().all(|command| is_usual(*command, false)) && is_usual(*last, true);
    if !usual || is_glued(*last) {
        return None;
    }
    let recognised = one(*last, show_secrets);
    Some(if before.is_empty() {
        recognised
    } else {
        joined(
            recognised,
            before.iter().map(|command| one(*command, show_secrets)),
        )
    })
}

/// Where in a line that begins with something of the modem's a command line follows without a line end between:
/// `+NETOPEN: 0AT+IPADDR`, which is how a dump of both directions shows a command that was sent too early.
pub(crate) fn glued_command(line: &[u8]) -> Option<usize> {
    let from_modem =
        matches!(line, [b'+' | b'*', ..]) || line.starts_with(b"OK") || line.starts_with(b"ERROR");
    let starts = line.windows(3).enumerate().skip(1).rev();
    let mut commands = starts.filter(|(_, window)| window.eq_ignore_ascii_case(b"AT+"));
    let (at, _) = commands.next().filter(|_| from_modem)?;
    let before = line.get(at - 1)?;
    let apart = !matches!(before, b' ' | b'"' | b',' | b'=' | b'_' | b'-');
    (apart && recognise(line.get(at..)?, false).is_some()).then_some(at)
}

fn one(command: Invocation<'_>, show_secrets: bool) -> Recognised {
    let name = name_of(command);
    if let Some((dialogue, fields)) = describe::command(&name, command, show_secrets) {
        return Recognised {
            name,
            dialogue,
            answers: Answers::Known,
            fields,
            parts: Vec::new(),
        };
    }
    let answers = match command {
        Invocation::Extended {
            form: Form::Execute, ..
        } => Answers::Any,
        _ => Answers::Named,
    };
    unknown(name, answers)
}

fn unknown(name: Vec<u8>, answers: Answers) -> Recognised {
    let dialogue = Dialogue::new("").info(InfoShape::Any);
    Recognised {
        name,
        dialogue,
        answers,
        fields: Fields::default(),
        parts: Vec::new(),
    }
}

/// The last command's conversation ends them all; any of them may answer, and switch the echo.
fn joined(last: Recognised, before: impl Iterator<Item = Recognised>) -> Recognised {
    let commands: Vec<Recognised> = before.chain([last.clone()]).collect();
    let count = commands.len();
    let known = |command: Recognised| (command.answers == Answers::Known).then_some(command.dialogue);
    let parts: Vec<Dialogue> = commands.into_iter().filter_map(known).collect();
    let echo = parts.iter().rev().find_map(|part| part.echo);
    let dialogue = Dialogue {
        info: InfoShape::Any,
        echo,
        ..last.dialogue
    };
    Recognised {
        dialogue,
        answers: Answers::Any,
        fields: Fields::meaning("several commands").with("commands", count),
        parts,
        ..last
    }
}

/// A line with more characters than a modem takes is a command all the same, if it looks like one.
fn too_long(line: &[u8]) -> Option<Recognised> {
    let name = line.get(2..)?.split(|&byte| byte == b'=').next()?;
    let usual = is_usual_name(name) && name.len() < line.len() - 2;
    usual.then(|| unknown(name.to_ascii_uppercase(), Answers::Named))
}

/// Whether a line that holds this command is one: words such as "Attaching" can be read as basic commands too.
fn is_usual(command: Invocation<'_>, last: bool) -> bool {
    match command {
        Invocation::Extended { name, .. } => is_usual_name(name),
        Invocation::Basic { name: [b'&', _], .. } => true,
        Invocation::Basic { name, value } => {
            (value.is_some() || last) && BASIC.iter().any(|known| name.eq_ignore_ascii_case(known))
        }
        Invocation::SetRegister { .. } | Invocation::ReadRegister { .. } => true,
    }
}

fn is_usual_name(name: &[u8]) -> bool {
    matches!(name, [b'+' | b'*' | b'^' | b'$' | b'#', first, rest @ ..]
        if first.is_ascii_alphabetic() && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'))
}

/// Whether an answer or a prompt stands directly behind the command's last field.
fn is_glued(command: Invocation<'_>) -> bool {
    match command {
        Invocation::Extended {
            form: Form::Write(fields),
            ..
        } => {
            let ends = |result: &[u8]| {
                let before = fields.strip_suffix(result).and_then(<[u8]>::last);
                matches!(before, Some(b'"' | b'0'..=b'9' | b' '))
            };
            let mut quoted = false;
            let outside = |byte: &u8| {
                quoted ^= *byte == b'"';
                !quoted && matches!(byte, b'>' | b'+')
            };
            ends(b"OK") || ends(b"ERROR") || fields.iter().any(outside)
        }
        Invocation::Extended {
            name,
            form: Form::Execute,
        } => name.ends_with(b"OK") || name.ends_with(b"ERROR"),
        _ => false,
    }
}

fn name_of(command: Invocation<'_>) -> Vec<u8> {
    match command {
        Invocation::Extended { name, .. } | Invocation::Basic { name, .. } => name.to_ascii_uppercase(),
        Invocation::SetRegister { .. } | Invocation::ReadRegister { .. } => b"S".to_vec(),
    }
}

/// The basic commands that modem drivers send.
const BASIC: [&[u8]; 7] = [b"E", b"H", b"I", b"Q", b"V", b"X", b"Z"];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, name: Option<&str>) {
        let found =
            recognise(line.as_bytes(), false).map(|found| String::from_utf8_lossy(&found.name).into_owned());
        assert_eq!(found.as_deref(), name, "{line}");
    }

    #[test]
    fn commands() {
        check("AT", Some(""));
        check(" at ", Some(""));
        check("AT+CSQ", Some("+CSQ"));
        check("at+creset", Some("+CRESET"));
        check("AT+CMQTTSUB=0,9,1", Some("+CMQTTSUB"));
        check("AT+CMQTTCONNECT=0,\"tcp://OK\"", Some("+CMQTTCONNECT"));
        check("ATE0", Some("E"));
        check("ATI", Some("I"));
        check("AT&F", Some("&F"));
        check("ATE1Q0S0=1S3=13V1X4;+IFC=0,0;+IPR=115200", Some("+IPR"));
        check(
            &format!("AT+CMQTTCONNECT=0,\"{}\"", "x".repeat(600)),
            Some("+CMQTTCONNECT"),
        );
    }

    #[test]
    fn what_only_begins_with_the_letters() {
        for line in [
            "ATOK",
            "ATE0OK",
            "AT+CPIN?+CPIN: READY",
            "AT+CMQTTREL=0OK",
            "AT+CMQTTTOPIC=0,9ERROR",
            "AT+CMQTTSTARTOK",
            "AT+CMQTTTOPIC=0,9>simcommsg",
            "AT+CREG=1+CREG: 1",
            "Attaching to the network",
            "Attempting MQTT connection...",
            "At last",
            "ATTENTION",
            "AT command failed",
            "AT+CSQ failed",
            "AT+",
            "ATDT555",
            "OK",
        ] {
            check(line, None);
        }
    }

    #[test]
    fn a_command_behind_an_answer() {
        assert_eq!(glued_command(b"+NETOPEN: 0AT+IPADDR"), Some(11));
        assert_eq!(glued_command(b"OKAT+CSQ"), Some(2));
        assert_eq!(glued_command(b"+CMQTTSUB: 0,0"), None);
        assert_eq!(glued_command(b"Sending AT+CSQ"), None);
        assert_eq!(glued_command(b"+X: \"AT+CSQ"), None);
        assert_eq!(glued_command(b"AT+CSQ"), None);
    }
}
