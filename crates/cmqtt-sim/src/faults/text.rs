//! A plan's text: a line for each fault, of words with one blank between them.
//!
//! ```text
//! plan  = { line LF }
//! line  = "until" time | fault | "#" anything | nothing
//! fault = time [ "+" skip ] kind { argument }
//! time  = seconds [ "." fraction ] "s"
//! ```

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;
use std::time::Duration;

mod words;

use super::{BootLines, Fault, FaultPlan, Happened, Hearing, RestartAt, What};
use crate::network::LostCause;
use crate::wire::Direction;
use words::Words;

/// Why a text is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: expected {expected}, found {found}")]
pub struct FaultPlanError {
    /// The line, counted from 1.
    pub line: usize,
    /// What should stand there.
    pub expected: &'static str,
    /// What does.
    pub found: String,
}

impl Display for FaultPlan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(until) = self.until {
            writeln!(f, "until {}", Seconds(until))?;
        }
        for fault in &self.faults {
            writeln!(f, "{fault}")?;
        }
        Ok(())
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", Seconds(self.at))?;
        if self.skip > 0 {
            write!(f, "+{} ", self.skip)?;
        }
        write!(f, "{}", self.what)
    }
}

impl Display for What {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind().name())?;
        match self {
            Self::Lose(way) | Self::Double(way) => write!(f, " {way}"),
            Self::Flip(way, bit) => write!(f, " {way} {bit}"),
            Self::Garbage(way, bytes) => write!(f, " {way} {}", Quoted(bytes)),
            Self::Pause(way, time) => write!(f, " {way} {}", Seconds(*time)),
            Self::Split(way, every, times) => write!(f, " {way} {every} {times}"),
            Self::PromptLate(time)
            | Self::FinalLate(time)
            | Self::ResultLate(time)
            | Self::Cut(time)
            | Self::Unplug(time)
            | Self::NoNetwork(time)
            | Self::NoContext(time)
            | Self::BrokerAway(time)
            | Self::Stall(time) => write!(f, " {}", Seconds(*time)),
            Self::Noise(line) => write!(f, " {}", Quoted(line)),
            Self::Echo(on) => f.write_str(if *on { " on" } else { " off" }),
            Self::Restart(at, lines) => {
                match at {
                    RestartAt::Time => f.write_str(" now")?,
                    RestartAt::Byte(way) => write!(f, " {way}")?,
                }
                f.write_str(match lines {
                    BootLines::Said => "",
                    BootLines::Silent => " silent",
                })
            }
            Self::Hang(time, hearing) => {
                match time {
                    Some(time) => write!(f, " {}", Seconds(*time))?,
                    None => f.write_str(" forever")?,
                }
                f.write_str(match hearing {
                    Hearing::Deaf => " deaf",
                    Hearing::Later => "",
                })
            }
            Self::Refuse(code, time) => write!(f, " {code} {}", Seconds(*time)),
            Self::Kick(cause) => f.write_str(match cause {
                LostCause::ClosedByPeer => " closed",
                LostCause::Reset => " reset",
                LostCause::NetworkClosed => " network",
            }),
            Self::PromptLost
            | Self::PromptTwice
            | Self::FinalLost
            | Self::ResultLost
            | Self::ResultFirst
            | Self::LetOut
            | Self::AckLost
            | Self::KeepAlive => Ok(()),
        }
    }
}

impl Display for Happened {
    /// `12.503s flip to-host 3, byte 4711`.
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Seconds(self.at), self.fault.what)?;
        match self.byte {
            Some(byte) => write!(f, ", byte {byte}"),
            None => Ok(()),
        }
    }
}

impl FromStr for FaultPlan {
    type Err = FaultPlanError;

    fn from_str(text: &str) -> Result<Self, FaultPlanError> {
        let mut plan = Self::default();
        for (line, text) in (1..).zip(text.lines()) {
            let mut words = Words {
                line,
                words: text.split_ascii_whitespace(),
            };
            match words.clone().words.next() {
                None => {}
                Some(word) if word.starts_with('#') => {}
                Some("until") => {
                    words.words.next();
                    plan.until = Some(words.time()?);
                    words.end()?;
                }
                Some(_) => plan.faults.push(words.fault()?),
            }
        }
        Ok(plan)
    }
}

impl Display for Direction {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ToModem => "to-modem",
            Self::ToHost => "to-host",
        })
    }
}

/// A time in seconds, exactly: `12.5s`.
struct Seconds(Duration);

impl Display for Seconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let fraction = format!("{:09}", self.0.subsec_nanos());
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{}s", self.0.as_secs()),
            fraction => write!(f, "{}.{fraction}s", self.0.as_secs()),
        }
    }
}

/// Bytes as one word: a blank is written `\x20`.
struct Quoted<'b>(&'b [u8]);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for &byte in self.0 {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                byte if byte.is_ascii_graphic() => write!(f, "{}", char::from(byte))?,
                byte => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_str("\"")
    }
}
