//! What a switch can be set to: a type for each, with the words that name its values.

use std::str::FromStr;
use std::time::Duration;

/// A switch's value: read from words, shown in the same words.
pub(super) trait Value: Sized {
    /// What can be given, for people: `on | off`.
    fn allowed() -> String;

    fn read(text: &str) -> Option<Self>;

    fn show(&self) -> String;
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl Value for $name {
            fn allowed() -> String {
                [$($word),+].join(" | ")
            }

            fn read(text: &str) -> Option<Self> {
                match text {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }

            fn show(&self) -> String {
                match self {
                    $(Self::$value => $word.to_owned(),)+
                }
            }
        }
    };
}

mod refusals;
pub use refusals::{DeniedTopics, PassingRefusal, RefusedKeys};

mod surroundings;
pub use surroundings::{Address, ClockStart, ModelName};

words! {
    /// The order of `OK` and the result URC when an asynchronous command succeeds.
    SuccessOrder {
        /// `OK`, then the result: what the vendor's note documents.
        OkFirst = "ok-first",
        /// The result, then `OK`: seen for START on SIM7600, allowed for DISC.
        ResultFirst = "result-first",
    }
}

words! {
    /// What comes when an asynchronous command fails.
    FailureShape {
        /// `OK`, then the result URC with its code.
        OkResult = "ok-result",
        /// The result with its code, then `ERROR`.
        ResultError = "result-error",
        /// `ERROR`, then the result with its code.
        ErrorResult = "error-result",
        /// `ERROR` alone.
        Error = "error",
    }
}

words! {
    /// What START answers while the service runs.
    StartAgain {
        /// `ERROR`, as the vendor's note says.
        Error = "error",
        /// `+CMQTTSTART: 23`, then `ERROR`: seen on SIM7600.
        ResultError = "result-error",
    }
}

words! {
    /// The code with which STOP refuses while a client is held.
    StopHeld {
        /// 21, "client not released": seen on SIM7600.
        NotReleased = "21",
        /// 19, "client in use": seen on SIM7670G.
        InUse = "19",
    }
}

words! {
    /// What REL answers for a client that nobody acquired.
    ReleaseIdle {
        /// `+CMQTTREL: 0,20`, then `ERROR`: seen on A76XX and SIM767X.
        Error = "error",
        /// `OK`: seen on SIM7600.
        Ok = "ok",
    }
}

words! {
    /// The code with which CONNECT refuses on a live connection.
    ConnectAgain {
        /// 13, "not supported operation".
        NotSupported = "13",
        /// 19, "client in use": seen on A7672.
        InUse = "19",
    }
}

words! {
    /// What a PUB says that the end of its connection leaves without an answer.
    LostPublish {
        /// `+CMQTTPUB: <client>,6`, before `+CMQTTCONNLOST`: seen on SIM7600.
        Failed = "6",
        /// Nothing: `+CMQTTCONNLOST` comes alone.
        Nothing = "none",
    }
}

words! {
    /// What stands around the prompt.
    Prompt {
        /// `\r\n>`: seen byte for byte.
        Plain = "plain",
        /// `\r\n> `, with a blank after it.
        Blank = "blank",
        /// `\r\n>\r\n`, with a line end after it.
        LineEnd = "crlf",
    }
}

words! {
    /// Something that is there or not.
    Toggle {
        /// It is.
        On = "on",
        /// It is not.
        Off = "off",
    }
}

words! {
    /// How a received message's lines are set apart.
    RxLayout {
        /// One line end in front and one after each part: seen on A7680C.
        Compact = "compact",
        /// An empty line before every header: seen on SIM7672.
        Spaced = "spaced",
    }
}

words! {
    /// When a message that comes from the modem's own publish is shown.
    RxOrder {
        /// After the result URC of that publish.
        AfterPublish = "after-pub",
        /// When it arrives, which may be between PUB's `OK` and its result.
        AsItComes = "as-it-comes",
    }
}

words! {
    /// What a SUB or UNSUB without a topic answers when nothing is cached.
    EmptyCache {
        /// `OK` and the result 0, as the sessions of the vendor's note show it.
        Ok = "ok",
        /// `ERROR`.
        Error = "error",
    }
}

words! {
    /// What PUB does when no PAYLOAD was given.
    EmptyPayload {
        /// It sends an empty message.
        Allowed = "allowed",
        /// It refuses with 12, "invalid parameter".
        Refused = "refused",
    }
}

words! {
    /// Where a URC may land.
    UrcPlace {
        /// Between commands: never after a command line has begun and before its final result code.
        BetweenCommands = "between-commands",
        /// Between any two lines, also between a command's echo and its answer; never inside data.
        BetweenLines = "between-lines",
    }
}

words! {
    /// What the modem says when its power comes on.
    Boot {
        /// Nothing.
        Silent = "silent",
        /// `RDY`, `+CPIN: READY`, `SMS DONE`, `PB DONE`: SIM7600.
        Rdy = "rdy",
        /// `*ATREADY: 1`, `+CPIN: READY`, and seconds later `SMS DONE`, `PB DONE`: A76XX.
        AtReady = "atready",
    }
}

words! {
    /// What follows `AT+CPOF`.
    PowerOff {
        /// The modem comes up again, as on a board that ties the power key down.
        Restart = "restart",
        /// It stays off until somebody presses the power key.
        StayOff = "stay-off",
    }
}

words! {
    /// Which slots `AT+CMQTTACCQ?` lists.
    AcquireList {
        /// The acquired ones.
        Held = "held",
        /// All, the empty ones as `1,"",0`: A76XX.
        All = "all",
    }
}

words! {
    /// What `AT+CMQTTCONNECT?` shows for a client that is not connected.
    ConnectIdle {
        /// Nothing.
        Nothing = "nothing",
        /// `+CMQTTCONNECT: 0`.
        Index = "index",
    }
}

words! {
    /// Whether a server whose certificate is verified must also have the host's name in it.
    NameCheck {
        /// Always.
        Always = "always",
        /// Where the server is told the name, `enableSNI` 1.
        WithSni = "with-sni",
        /// Never: any certificate of the authority will do.
        Never = "never",
    }
}

/// A time that varies: any between two, by the profile's seed. In words `3-150ms`, `2-5s`, `250ms`, `0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    /// The shortest.
    pub min: Duration,
    /// The longest, not below the shortest.
    pub max: Duration,
}

impl Delay {
    /// At once.
    pub const NONE: Self = Self::millis(0, 0);

    /// From `min` to `max` milliseconds.
    #[must_use]
    pub const fn millis(min: u64, max: u64) -> Self {
        Self {
            min: Duration::from_millis(min),
            max: Duration::from_millis(max),
        }
    }
}

/// How long data mode waits for its next byte. In words `forever`, `30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataWait(
    /// `None` for ever.
    pub Option<Duration>,
);

/// The most bytes in one chunk of a received message. In words `whole`, `1500`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RxChunk(
    /// `None` for no limit, never 0.
    pub Option<usize>,
);

/// The greatest payload in bytes, 1 to 10240.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PayloadMax(
    /// The bytes.
    pub u32,
);

/// The seconds that a timeout may have. In words `60-180`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds {
    /// The least.
    pub min: u32,
    /// The greatest, not below the least.
    pub max: u32,
}

impl Value for Delay {
    fn allowed() -> String {
        format!(
            "0 | <n>ms | <n>s | <n>-<m>ms | <n>-<m>s, 0 <= n <= m <= {}",
            u32::MAX
        )
    }

    fn read(text: &str) -> Option<Self> {
        if text == "0" {
            return Some(Self::NONE);
        }
        let (digits, unit) = match text.strip_suffix("ms") {
            Some(digits) => (digits, 1),
            None => (text.strip_suffix('s')?, 1000),
        };
        let (min, max) = digits.split_once('-').unwrap_or((digits, digits));
        let [min, max] = [min, max].map(|digits| number::<u32>(digits).map(|n| u64::from(n) * unit));
        let (min, max) = (min?, max?);
        (min <= max).then(|| Self::millis(min, max))
    }

    fn show(&self) -> String {
        match (self.min.as_millis(), self.max.as_millis()) {
            (0, 0) => "0".to_owned(),
            (min, max) => {
                // Only whole seconds can be longer than what is taken in milliseconds.
                let whole = min % 1000 == 0 && max % 1000 == 0;
                let (min, max, unit) = if whole {
                    (min / 1000, max / 1000, "s")
                } else {
                    (min, max, "ms")
                };
                if min == max {
                    format!("{min}{unit}")
                } else {
                    format!("{min}-{max}{unit}")
                }
            }
        }
    }
}

impl Value for DataWait {
    fn allowed() -> String {
        format!("forever | <n>s, 1 <= n <= {}", u32::MAX)
    }

    fn read(text: &str) -> Option<Self> {
        if text == "forever" {
            return Some(Self(None));
        }
        let seconds = number::<u32>(text.strip_suffix('s')?).filter(|&seconds| seconds > 0)?;
        Some(Self(Some(Duration::from_secs(seconds.into()))))
    }

    fn show(&self) -> String {
        self.0
            .map_or_else(|| "forever".to_owned(), |wait| format!("{}s", wait.as_secs()))
    }
}

impl Value for RxChunk {
    fn allowed() -> String {
        format!("whole | 1..{LONGEST_PAYLOAD}")
    }

    fn read(text: &str) -> Option<Self> {
        if text == "whole" {
            return Some(Self(None));
        }
        let bytes = number::<u32>(text).filter(|bytes| (1..=LONGEST_PAYLOAD).contains(bytes))?;
        Some(Self(Some(bytes.try_into().ok()?)))
    }

    fn show(&self) -> String {
        self.0
            .map_or_else(|| "whole".to_owned(), |bytes| bytes.to_string())
    }
}

impl Value for PayloadMax {
    fn allowed() -> String {
        format!("1..{LONGEST_PAYLOAD}")
    }

    fn read(text: &str) -> Option<Self> {
        let bytes = number(text).filter(|bytes| (1..=LONGEST_PAYLOAD).contains(bytes))?;
        Some(Self(bytes))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

impl Value for Seconds {
    fn allowed() -> String {
        format!("<min>-<max>, such as 60-180, 0 <= min <= max <= {}", u32::MAX)
    }

    fn read(text: &str) -> Option<Self> {
        let (min, max) = text.split_once('-')?;
        let (min, max) = (number(min)?, number(max)?);
        (min <= max).then_some(Self { min, max })
    }

    fn show(&self) -> String {
        format!("{}-{}", self.min, self.max)
    }
}

/// A number in digits alone, without a sign.
fn number<T: FromStr>(text: &str) -> Option<T> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// The most bytes that any family documents for PAYLOAD.
const LONGEST_PAYLOAD: u32 = 10240;

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the last values that are taken, and the first that are not.
    pub(in crate::switches) fn check<T: Value>(taken: &[&str], refused: &[&str]) {
        for text in taken {
            let shown = T::read(text).map(|value| value.show());
            assert!(shown.is_some(), "{text} of {}", T::allowed());
            assert!(shown.is_some_and(|shown| T::read(&shown).is_some()), "{text}");
        }
        for text in refused {
            assert!(T::read(text).is_none(), "{text} of {}", T::allowed());
        }
    }

    #[test]
    fn the_bounds_that_are_named_are_the_bounds() {
        check::<Delay>(
            &["0", "0ms", "0s", "7ms", "4294967295s", "0-4294967295ms", "2-2s"],
            &[
                "",
                "1",
                "-1ms",
                "+1ms",
                "4294967296ms",
                "3-2s",
                "1ms-2s",
                "1-ms",
                "-",
                "s",
            ],
        );
        check::<DataWait>(
            &["forever", "1s", "4294967295s"],
            &["", "0s", "1", "+1s", "1ms", "4294967296s"],
        );
        check::<RxChunk>(&["whole", "1", "10240"], &["", "0", "10241", "+1", "-1"]);
        check::<PayloadMax>(&["1", "10240"], &["", "0", "10241", "+1", "1..10240"]);
        check::<Seconds>(
            &["0-0", "0-4294967295", "60-180"],
            &["", "60", "180-60", "0-4294967296", "-", "+1-2"],
        );
    }
}
