//! The values of switches that make a modem, or the broker behind it, refuse.

use std::time::Duration;

use super::{Value, number};
use crate::broker::TopicFilter;

/// A result code with which a command is refused for a while after power-up. In words `none`, `7,30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassingRefusal(
    /// The code, and for how long after power-up.
    pub Option<(u16, Duration)>,
);

/// The topics that the broker's policy forbids. In words `none`, `secret/#,+/admin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeniedTopics(
    /// A filter for each.
    pub Vec<TopicFilter>,
);

/// The keys of `AT+CSSLCFG` that the firmware lacks. In words `none`, `all`, `enableSNI,negotiatetime`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusedKeys {
    /// These: setting one of them ends with `ERROR`.
    Some(Vec<&'static str>),
    /// The command itself: every form of it ends with `ERROR`.
    All,
}

impl PassingRefusal {
    /// The code, while a modem refuses that has been on for so long.
    pub(crate) fn code(self, on_for: Duration) -> Option<u16> {
        self.0.filter(|&(_, lasts)| on_for < lasts).map(|(code, _)| code)
    }
}

impl DeniedTopics {
    pub(crate) fn deny(&self, topic: &[u8]) -> bool {
        self.0.iter().any(|filter| filter.matches(topic))
    }
}

impl RefusedKeys {
    pub(crate) fn refuse(&self, key: &str) -> bool {
        match self {
            Self::Some(keys) => keys.contains(&key),
            Self::All => true,
        }
    }
}

impl Value for PassingRefusal {
    fn allowed() -> String {
        format!(
            "none | <code>,<n>s, 1 <= code <= {LAST_CODE}, 1 <= n <= {}",
            u32::MAX
        )
    }

    fn read(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self(None));
        }
        let (code, time) = text.strip_suffix('s')?.split_once(',')?;
        let code = number(code).filter(|code| (1..=LAST_CODE).contains(code))?;
        let seconds = number::<u32>(time).filter(|&seconds| seconds > 0)?;
        Some(Self(Some((code, Duration::from_secs(seconds.into())))))
    }

    fn show(&self) -> String {
        self.0.map_or_else(
            || "none".to_owned(),
            |(code, time)| format!("{code},{}s", time.as_secs()),
        )
    }
}

impl Value for DeniedTopics {
    fn allowed() -> String {
        "none | <filter>[,<filter>...], such as secret/#".to_owned()
    }

    fn read(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self(Vec::new()));
        }
        let filters = text.split(',').map(|filter| TopicFilter::new(filter).ok());
        filters.collect::<Option<_>>().map(Self)
    }

    fn show(&self) -> String {
        if self.0.is_empty() {
            return "none".to_owned();
        }
        let filters: Vec<_> = self
            .0
            .iter()
            .map(|filter| String::from_utf8_lossy(filter.as_bytes()))
            .collect();
        filters.join(",")
    }
}

impl Value for RefusedKeys {
    fn allowed() -> String {
        format!("none | all | <key>[,<key>...], of {}", KEYS.join(", "))
    }

    fn read(text: &str) -> Option<Self> {
        let key = |text: &str| KEYS.iter().copied().find(|&key| key == text);
        match text {
            "none" => Some(Self::Some(Vec::new())),
            "all" => Some(Self::All),
            keys => keys.split(',').map(key).collect::<Option<_>>().map(Self::Some),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::All => "all".to_owned(),
            Self::Some(keys) if keys.is_empty() => "none".to_owned(),
            Self::Some(keys) => keys.join(","),
        }
    }
}

/// The greatest result code that a manual lists.
const LAST_CODE: u16 = 35;

/// The keys of `AT+CSSLCFG`, as [`Setting::key`](at_proto::tls::Setting::key) names them.
const KEYS: [&str; 9] = [
    "sslversion",
    "authmode",
    "cacert",
    "clientcert",
    "clientkey",
    "ignorelocaltime",
    "negotiatetime",
    "enableSNI",
    "password",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::switches::values::tests::check;

    #[test]
    fn refusals_keep_to_the_bounds_that_they_name() {
        check::<PassingRefusal>(
            &["none", "1,1s", "35,4294967295s"],
            &["", "0,1s", "36,1s", "7,0s", "7", "7,", "7,30", "7,30ms", "+7,30s"],
        );
        check::<DeniedTopics>(&["none", "#", "a/b,+/c"], &["", "a,", "a#", ",a"]);
        check::<RefusedKeys>(
            &["none", "all", "enableSNI", "enableSNI,negotiatetime"],
            &["", "enablesni", "all,enableSNI", "enableSNI,"],
        );
    }

    #[test]
    fn passing_refusal_ends_after_its_time() {
        let refusal = PassingRefusal(Some((7, Duration::from_secs(30))));
        assert_eq!(refusal.code(Duration::from_millis(29_999)), Some(7));
        assert_eq!(refusal.code(Duration::from_secs(30)), None);
        assert_eq!(PassingRefusal(None).code(Duration::ZERO), None);
    }
}
