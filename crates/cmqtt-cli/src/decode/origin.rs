//! What a logger puts in front of a line: a stamp that says when, a mark that says who.

use at_proto::Line;

use super::frame::Side;

/// What stands in front of a line, and what is left of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin<'a> {
    /// The time as the log has it.
    pub(crate) time: Option<&'a [u8]>,
    /// Who said it, by the mark.
    pub(crate) side: Option<Side>,
    /// What was said.
    pub(crate) text: &'a [u8],
}

impl<'a> Origin<'a> {
    /// Takes a line apart. `marked` says that the log has had marks before; else `> ` is one only in front of a
    /// command, for it is also how a prompt looks.
    pub(crate) fn of(line: &'a [u8], marked: bool) -> Self {
        let (time, text) = stamp(line, marked).map_or((None, line), |(time, rest)| (Some(time), rest));
        let (side, text) = mark(text, marked).map_or((None, text), |(side, rest)| (Some(side), rest));
        Self { time, side, text }
    }
}

/// `time " -> "`, `time " "` in front of a mark, `"[" [date] time "]" [" "] ["-> "]`
fn stamp(line: &[u8], marked: bool) -> Option<(&[u8], &[u8])> {
    let (bracket, inner) = match line {
        [b'[', rest @ ..] => (true, rest),
        _ => (false, line),
    };
    let len = date(inner) + time(inner.get(date(inner)..)?)?;
    let (time, rest) = inner.split_at_checked(len)?;
    let rest = if bracket { rest.strip_prefix(b"]")? } else { rest };
    let behind = [&b" -> "[..], b" ->", b" "].into_iter().find_map(|arrow| {
        let rest = rest.strip_prefix(arrow)?;
        // Without brackets the arrow or a mark alone tells a stamp from a line that begins with a time.
        let told = arrow.len() > 1 || (is_sure(rest) || marked) && mark(rest, marked).is_some();
        ((bracket || told) && (arrow.len() != 3 || rest.is_empty())).then_some(rest)
    });
    match behind {
        Some(rest) => Some((time, rest)),
        None if bracket => Some((time, rest)),
        None => None,
    }
}

/// The length of `YYYY-MM-DD` and the blank or `T` behind it, 0 if there is none.
fn date(text: &[u8]) -> usize {
    match shape(text, b"dddd-dd-dd") {
        Some([b' ' | b'T', ..]) => 11,
        _ => 0,
    }
}

/// The length of `HH:MM:SS`, and of the fraction behind it.
fn time(text: &[u8]) -> Option<usize> {
    let rest = shape(text, b"dd:dd:dd").or_else(|| shape(text, b"d:dd:dd"))?;
    let fraction = match rest {
        [b'.' | b',', digits @ ..] => 1 + digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    Some(text.len() - rest.len() + fraction)
}

/// What follows a text of this shape, where `d` is a digit.
fn shape<'a>(text: &'a [u8], shape: &[u8]) -> Option<&'a [u8]> {
    let (head, rest) = text.split_at_checked(shape.len())?;
    let fits = |(byte, want): (&u8, &u8)| byte == want || (*want == b'd' && byte.is_ascii_digit());
    head.iter().zip(shape).all(fits).then_some(rest)
}

fn mark(line: &[u8], marked: bool) -> Option<(Side, &[u8])> {
    match line {
        [b'<', b' ', rest @ ..] if marked || !rest.trim_ascii().is_empty() => Some((Side::Modem, rest)),
        [b'>', b' ', rest @ ..] if marked || is_command(rest) => Some((Side::Host, rest)),
        [b'T', b'X', b':', b' ', rest @ ..] if marked || is_command(rest) => Some((Side::Host, rest)),
        [b'R', b'X', b':', b' ', rest @ ..] if marked || is_final(rest) => Some((Side::Modem, rest)),
        b"<" if marked => Some((Side::Modem, b"")),
        _ => None,
    }
}

/// Whether a mark stands in front of what only the host or only the modem says.
fn is_sure(line: &[u8]) -> bool {
    match line {
        [b'>', b' ', rest @ ..] => is_command(rest),
        [b'<', b' ', rest @ ..] => is_final(rest),
        _ => mark(line, false).is_some(),
    }
}

fn is_final(text: &[u8]) -> bool {
    matches!(Line::classify(text.trim_ascii()), Line::Final(_))
}

fn is_command(text: &[u8]) -> bool {
    text.first_chunk()
        .is_some_and(|start: &[u8; 2]| start.eq_ignore_ascii_case(b"AT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, marked: bool, time: Option<&str>, side: Option<Side>, text: &str) {
        let expected = Origin {
            time: time.map(str::as_bytes),
            side,
            text: text.as_bytes(),
        };
        assert_eq!(Origin::of(line.as_bytes(), marked), expected, "{line}");
    }

    #[test]
    fn stamps() {
        check(
            "10:39:37.199 -> AT+IPADDR",
            false,
            Some("10:39:37.199"),
            None,
            "AT+IPADDR",
        );
        check("10:39:37.199 -> ", false, Some("10:39:37.199"), None, "");
        check("10:39:37.199 ->", false, Some("10:39:37.199"), None, "");
        check("10:39:37.199 ->  OK", false, Some("10:39:37.199"), None, " OK");
        check("[10:39:37.199] OK", false, Some("10:39:37.199"), None, "OK");
        check(
            "[2023-05-07 10:39:37,199]OK",
            false,
            Some("2023-05-07 10:39:37,199"),
            None,
            "OK",
        );
        check("[9:39:37] < OK", false, Some("9:39:37"), Some(Side::Modem), "OK");
        check(
            "14:22:01.123 > AT+CSQ",
            false,
            Some("14:22:01.123"),
            Some(Side::Host),
            "AT+CSQ",
        );
        check(
            "14:22:01.123 < OK",
            false,
            Some("14:22:01.123"),
            Some(Side::Modem),
            "OK",
        );
        check("14:22:01 < 15:00:00", false, None, None, "14:22:01 < 15:00:00");
        check(
            "14:22:01 < +CSQ: 1,0",
            true,
            Some("14:22:01"),
            Some(Side::Modem),
            "+CSQ: 1,0",
        );
        check("10:39:37.199 OK", false, None, None, "10:39:37.199 OK");
        check("[10:39] OK", false, None, None, "[10:39] OK");
        check("[10:39:37 OK", false, None, None, "[10:39:37 OK");
        check("[", false, None, None, "[");
    }

    #[test]
    fn marks() {
        check("> AT", false, None, Some(Side::Host), "AT");
        check("< OK", false, None, Some(Side::Modem), "OK");
        check("< >", false, None, Some(Side::Modem), ">");
        check("TX: AT+CSQ", false, None, Some(Side::Host), "AT+CSQ");
        check("RX: OK", false, None, Some(Side::Modem), "OK");
        check("RX: +CSQ: 1,0", true, None, Some(Side::Modem), "+CSQ: 1,0");
        check("TX: 14 bytes", false, None, None, "TX: 14 bytes");
        check("> simcommsg", true, None, Some(Side::Host), "simcommsg");
        check("> simcommsg", false, None, None, "> simcommsg");
        check(">", true, None, None, ">");
        check("<PEM body cut>", true, None, None, "<PEM body cut>");
        check(
            "10:39:37.199 -> > at",
            false,
            Some("10:39:37.199"),
            Some(Side::Host),
            "at",
        );
    }
}
