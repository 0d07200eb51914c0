//! The words of a plan's line, read one by one.

use std::str::{FromStr, SplitAsciiWhitespace};
use std::time::Duration;

use super::FaultPlanError;
use crate::faults::{BootLines, Fault, FaultKind, Hearing, RestartAt, What};
use crate::network::LostCause;
use crate::wire::Direction;

/// The words of one line that have not been read.
#[derive(Clone)]
pub(super) struct Words<'t> {
    pub(super) line: usize,
    pub(super) words: SplitAsciiWhitespace<'t>,
}

impl Words<'_> {
    pub(super) fn fault(&mut self) -> Result<Fault, FaultPlanError> {
        let at = self.time()?;
        let skip = match self.clone().words.next().and_then(|word| word.strip_prefix('+')) {
            None => 0,
            Some(digits) => {
                self.words.next();
                number(digits).ok_or_else(|| self.error("a number after +", digits))?
            }
        };
        let kind = self.read("a kind of fault", |word| word.parse().ok())?;
        let what = self.what(kind)?;
        self.end()?;
        Ok(Fault { at, skip, what })
    }

    fn what(&mut self, kind: FaultKind) -> Result<What, FaultPlanError> {
        Ok(match kind {
            FaultKind::Lose => What::Lose(self.way()?),
            FaultKind::Double => What::Double(self.way()?),
            FaultKind::Flip => What::Flip(self.way()?, self.number("a bit")?),
            FaultKind::Garbage => What::Garbage(self.way()?, self.bytes()?),
            FaultKind::Cut => What::Cut(self.time()?),
            FaultKind::Pause => What::Pause(self.way()?, self.time()?),
            FaultKind::Split => What::Split(self.way()?, self.number("bytes")?, self.number("how often")?),
            FaultKind::Unplug => What::Unplug(self.time()?),
            FaultKind::PromptLost => What::PromptLost,
            FaultKind::PromptTwice => What::PromptTwice,
            FaultKind::PromptLate => What::PromptLate(self.time()?),
            FaultKind::FinalLost => What::FinalLost,
            FaultKind::FinalLate => What::FinalLate(self.time()?),
            FaultKind::ResultLost => What::ResultLost,
            FaultKind::ResultLate => What::ResultLate(self.time()?),
            FaultKind::ResultFirst => What::ResultFirst,
            FaultKind::Noise => What::Noise(self.bytes()?),
            FaultKind::LetOut => What::LetOut,
            FaultKind::Echo => What::Echo(self.read("on or off", |word| match word {
                "on" => Some(true),
                "off" => Some(false),
                _ => None,
            })?),
            FaultKind::Restart => {
                let at = self.read("now, to-modem or to-host", |word| match word {
                    "now" => Some(RestartAt::Time),
                    way => direction(way).map(RestartAt::Byte),
                })?;
                let silent = self.flag("silent");
                What::Restart(
                    at,
                    if silent {
                        BootLines::Silent
                    } else {
                        BootLines::Said
                    },
                )
            }
            FaultKind::Hang => {
                let time = self.read("a time such as 2.5s, or forever", |word| match word {
                    "forever" => Some(None),
                    time => seconds(time).map(Some),
                })?;
                let deaf = self.flag("deaf");
                What::Hang(time, if deaf { Hearing::Deaf } else { Hearing::Later })
            }
            FaultKind::NoNetwork => What::NoNetwork(self.time()?),
            FaultKind::NoContext => What::NoContext(self.time()?),
            FaultKind::BrokerAway => What::BrokerAway(self.time()?),
            FaultKind::Refuse => {
                let code = self.read("a return code from 1 to 5", |word| {
                    number(word).filter(|code| (1..=5).contains(code))
                })?;
                What::Refuse(code, self.time()?)
            }
            FaultKind::Kick => What::Kick(self.read("closed, reset or network", |word| match word {
                "closed" => Some(LostCause::ClosedByPeer),
                "reset" => Some(LostCause::Reset),
                "network" => Some(LostCause::NetworkClosed),
                _ => None,
            })?),
            FaultKind::Stall => What::Stall(self.time()?),
            FaultKind::AckLost => What::AckLost,
            FaultKind::KeepAlive => What::KeepAlive,
        })
    }

    fn way(&mut self) -> Result<Direction, FaultPlanError> {
        self.read("to-modem or to-host", direction)
    }

    pub(super) fn time(&mut self) -> Result<Duration, FaultPlanError> {
        self.read("a time such as 2.5s", seconds)
    }

    fn number<T: FromStr>(&mut self, expected: &'static str) -> Result<T, FaultPlanError> {
        self.read(expected, number)
    }

    fn bytes(&mut self) -> Result<Vec<u8>, FaultPlanError> {
        self.read(r#"bytes in quotation marks, such as "a\x20b""#, unquote)
    }

    /// Whether this word comes next.
    fn flag(&mut self, flag: &str) -> bool {
        let found = self.clone().words.next() == Some(flag);
        if found {
            self.words.next();
        }
        found
    }

    fn read<T>(
        &mut self,
        expected: &'static str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, FaultPlanError> {
        let word = self.words.next();
        match word.and_then(read) {
            Some(value) => Ok(value),
            None => Err(self.error(expected, word.unwrap_or_default())),
        }
    }

    pub(super) fn end(&mut self) -> Result<(), FaultPlanError> {
        match self.words.next() {
            None => Ok(()),
            Some(word) => Err(self.error("the line's end", word)),
        }
    }

    fn error(&self, expected: &'static str, found: &str) -> FaultPlanError {
        FaultPlanError {
            line: self.line,
            expected,
            found: if found.is_empty() {
                "the line's end".to_owned()
            } else {
                format!("{found:?}")
            },
        }
    }
}

fn direction(word: &str) -> Option<Direction> {
    [Direction::ToModem, Direction::ToHost]
        .into_iter()
        .find(|way| way.to_string() == word)
}

fn seconds(word: &str) -> Option<Duration> {
    let word = word.strip_suffix('s')?;
    let (whole, fraction) = word.split_once('.').unwrap_or((word, "0"));
    let nanoseconds = number::<u32>(fraction).filter(|_| (1..=9).contains(&fraction.len()))?;
    let unit = 10u32.pow(9u32.saturating_sub(u32::try_from(fraction.len()).ok()?));
    // Two such times and any other in a plan can be added.
    let whole = number(whole).filter(|&whole: &u64| whole <= u64::from(u32::MAX))?;
    Some(Duration::new(whole, nanoseconds * unit))
}

/// Digits alone, without a sign.
fn number<T: FromStr>(word: &str) -> Option<T> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    word.parse().ok().filter(|_| digits)
}

fn unquote(word: &str) -> Option<Vec<u8>> {
    let mut rest = word.strip_prefix('"')?.as_bytes();
    let mut bytes = Vec::new();
    loop {
        rest = match rest {
            [b'"'] => return Some(bytes),
            [b'"', ..] | [] => return None,
            [b'\\', b'x', digits @ ..] => {
                let (digits, rest) = digits.split_at_checked(2)?;
                let digits = std::str::from_utf8(digits).ok()?;
                // A sign is no digit, whatever the parser takes.
                let digits = Some(digits).filter(|digits| !digits.starts_with('+'))?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest
            }
            [b'\\', byte @ (b'"' | b'\\'), rest @ ..] => {
                bytes.push(*byte);
                rest
            }
            [b'\\', ..] => return None,
            [byte, rest @ ..] => {
                bytes.push(*byte);
                rest
            }
        };
    }
}
