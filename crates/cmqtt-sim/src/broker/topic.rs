//! Topic names and topic filters (MQTT 3.1.1, section 4.7): what may be written, and which filter matches which name.

use thiserror::Error;

/// What is wrong with a topic name or a topic filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TopicError {
    /// It has no byte at all.
    #[error("expected at least 1 byte, found none")]
    Empty,
    /// It does not fit into the 16-bit length that MQTT gives a string.
    #[error("expected at most 65535 bytes, found {0}")]
    TooLong(usize),
    /// It is not UTF-8, or contains U+0000.
    #[error("expected UTF-8 without U+0000, found another byte at {0}")]
    Text(usize),
    /// `+` or `#` where it may not stand: anywhere in a name; in a filter beside other bytes of its level, or, for
    /// `#`, before the last level.
    #[error("misplaced wildcard at byte {0}")]
    Wildcard(usize),
}

/// A valid topic filter: what a SUBSCRIBE names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter(Vec<u8>);

impl TopicFilter {
    /// Takes a filter of 1 to 65535 bytes.
    ///
    /// # Errors
    /// Says which byte breaks which rule of section 4.7.
    pub fn new(filter: impl Into<Vec<u8>>) -> Result<Self, TopicError> {
        let filter = filter.into();
        check_text(&filter)?;
        let mut start = 0;
        for level in filter.split(|&byte| byte == b'/') {
            let end = start + level.len();
            let wildcard = level.iter().position(|byte| matches!(byte, b'+' | b'#'));
            if let Some(place) = wildcard {
                let alone = level.len() == 1;
                let may_stand = level[place] == b'+' || end == filter.len();
                if !(alone && may_stand) {
                    return Err(TopicError::Wildcard(start + place));
                }
            }
            start = end + 1;
        }
        Ok(Self(filter))
    }

    /// The filter's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether a message with this topic name is meant. A wildcard in the first level does not match a name that
    /// begins with `$`; `a/#` matches `a` as well. Work is linear in the shorter of the two.
    #[must_use]
    pub fn matches(&self, name: &[u8]) -> bool {
        if name.first() == Some(&b'$') && matches!(self.0.first(), Some(b'+' | b'#')) {
            return false;
        }
        let mut levels = name.split(|&byte| byte == b'/');
        for wanted in self.0.split(|&byte| byte == b'/') {
            if wanted == b"#" {
                return true;
            }
            match levels.next() {
                Some(level) if wanted == b"+" || wanted == level => {}
                _ => return false,
            }
        }
        levels.next().is_none()
    }
}

impl std::fmt::Debug for TopicFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// Whether a PUBLISH or a will may carry this topic name: 1 to 65535 bytes of UTF-8 without U+0000, `+` and `#`.
///
/// # Errors
/// Says which byte breaks which rule.
pub fn check_topic_name(name: &[u8]) -> Result<(), TopicError> {
    check_text(name)?;
    match name.iter().position(|byte| matches!(byte, b'+' | b'#')) {
        Some(place) => Err(TopicError::Wildcard(place)),
        None => Ok(()),
    }
}

fn check_text(text: &[u8]) -> Result<(), TopicError> {
    if text.is_empty() {
        return Err(TopicError::Empty);
    }
    if text.len() > usize::from(u16::MAX) {
        return Err(TopicError::TooLong(text.len()));
    }
    if let Err(error) = std::str::from_utf8(text) {
        return Err(TopicError::Text(error.valid_up_to()));
    }
    match text.iter().position(|&byte| byte == 0) {
        Some(place) => Err(TopicError::Text(place)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn matching(filter: &str, name: &str, expect: bool) {
        let found = TopicFilter::new(filter)
            .expect("a valid filter")
            .matches(name.as_bytes());
        assert_eq!(found, expect, "filter {filter:?}, name {name:?}");
    }

    #[track_caller]
    fn refused(filter: &[u8], expect: TopicError) {
        assert_eq!(TopicFilter::new(filter), Err(expect), "{}", filter.escape_ascii());
    }

    #[test]
    fn the_examples_of_section_4_7() {
        for name in [
            "sport/tennis/player1",
            "sport/tennis/player1/ranking",
            "sport/tennis/player1/score/wimbledon",
        ] {
            matching("sport/tennis/player1/#", name, true);
        }
        matching("sport/#", "sport", true);
        matching("sport/#", "sport/", true);
        matching("sport/#", "sports", false);
        matching("#", "sport/tennis", true);
        matching("sport/tennis/+", "sport/tennis/player1", true);
        matching("sport/tennis/+", "sport/tennis/player1/ranking", false);
        matching("sport/+", "sport", false);
        matching("sport/+", "sport/", true);
        matching("+/+", "/finance", true);
        matching("/+", "/finance", true);
        matching("+", "/finance", false);
        matching("+/tennis/#", "sport/tennis", true);
        matching("sport/+/player1", "sport/tennis/player1", true);
        matching("sport/+/player1", "sport/player1", false);
    }

    #[test]
    fn names_that_begin_with_a_dollar_sign() {
        matching("#", "$SYS/broker", false);
        matching("+/broker", "$SYS/broker", false);
        matching("+", "$SYS", false);
        matching("$SYS/#", "$SYS/broker", true);
        matching("$SYS/+", "$SYS/broker", true);
        matching("$SYS/#", "$SYS", true);
        matching("a/+", "a/$b", true);
        matching("#", "a/$SYS", true);
    }

    #[test]
    fn letters_and_empty_levels_count() {
        matching("ACCOUNTS", "Accounts", false);
        matching("/finance", "finance", false);
        matching("finance", "finance/", false);
        matching("a//b", "a//b", true);
        matching("a/+/b", "a//b", true);
        matching("a//b", "a/b", false);
        matching("/", "/", true);
        matching("+/+", "/", true);
        matching("+", "/", false);
        matching("/#", "/", true);
        matching("/#", "a", false);
        matching("Grüße/+", "Grüße/x", true);
    }

    #[test]
    fn filters_that_may_not_be_written() {
        refused(b"", TopicError::Empty);
        refused(b"sport/tennis#", TopicError::Wildcard(12));
        refused(b"sport/tennis/#/ranking", TopicError::Wildcard(13));
        refused(b"#/", TopicError::Wildcard(0));
        refused(b"##", TopicError::Wildcard(0));
        refused(b"sport+", TopicError::Wildcard(5));
        refused(b"a/+b/c", TopicError::Wildcard(2));
        refused(b"a/++", TopicError::Wildcard(2));
        refused(b"a/\xff", TopicError::Text(2));
        refused(b"a\0", TopicError::Text(1));
        refused(&[b'a'; 65536], TopicError::TooLong(65536));
    }

    #[test]
    fn names_that_may_not_be_published_to() {
        assert_eq!(check_topic_name(b"a/b c/$d"), Ok(()));
        assert_eq!(check_topic_name(b"/"), Ok(()));
        assert_eq!(check_topic_name(b""), Err(TopicError::Empty));
        assert_eq!(check_topic_name(b"a/+"), Err(TopicError::Wildcard(2)));
        assert_eq!(check_topic_name(b"a#"), Err(TopicError::Wildcard(1)));
        assert_eq!(check_topic_name(b"\xc3"), Err(TopicError::Text(0)));
    }

    #[test]
    fn errors_name_facts() {
        let words: Vec<String> = [
            TopicError::Empty,
            TopicError::TooLong(65536),
            TopicError::Text(3),
            TopicError::Wildcard(12),
        ]
        .iter()
        .map(ToString::to_string)
        .collect();
        assert_eq!(
            words,
            [
                "expected at least 1 byte, found none",
                "expected at most 65535 bytes, found 65536",
                "expected UTF-8 without U+0000, found another byte at 3",
                "misplaced wildcard at byte 12",
            ]
        );
    }

    /// Every filter that matches the name, written down one by one: each level kept or replaced by `+`, the whole
    /// thing cut anywhere and ended by `#`. It shares no line of thought with `matches`.
    fn all_filters_of(name: &str) -> BTreeSet<String> {
        let levels: Vec<&str> = name.split('/').collect();
        let mut prefixes: Vec<Vec<&str>> = vec![vec![]];
        let mut filters: BTreeSet<String> = BTreeSet::from(["#".to_owned()]);
        for level in levels {
            prefixes = prefixes
                .into_iter()
                .flat_map(|prefix| {
                    ["+", level].map(|next| {
                        let mut longer = prefix.clone();
                        longer.push(next);
                        longer
                    })
                })
                .collect();
            filters.extend(prefixes.iter().map(|prefix| format!("{}/#", prefix.join("/"))));
        }
        filters.extend(prefixes.iter().map(|prefix| prefix.join("/")));
        if name.starts_with('$') {
            filters.retain(|filter| filter.starts_with('$'));
        }
        filters
    }

    fn level() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["", "a", "b", "$a"])
    }

    proptest! {
        #[test]
        fn agrees_with_the_list_of_all_matching_filters(
            name in prop::collection::vec(level(), 1..6),
            filter in prop::collection::vec(prop_oneof![level(), Just("+")], 1..6),
            tail in any::<bool>(),
        ) {
            // One empty level alone is no name and no filter.
            let joined = |levels: Vec<&str>| if levels == [""] { "/".to_owned() } else { levels.join("/") };
            let name = joined(name);
            let mut filter = joined(filter);
            if tail {
                filter.push_str("/#");
            }
            let found = TopicFilter::new(filter.as_str()).unwrap().matches(name.as_bytes());
            prop_assert_eq!(found, all_filters_of(&name).contains(&filter), "{:?} {:?}", filter, name);
        }

        #[test]
        fn a_name_without_wildcards_is_a_filter_that_matches_itself(name in "[a-c/$]{1,12}") {
            prop_assert_eq!(check_topic_name(name.as_bytes()), Ok(()));
            prop_assert!(TopicFilter::new(name.as_str()).unwrap().matches(name.as_bytes()));
        }

        #[test]
        fn no_bytes_make_it_panic(filter: Vec<u8>, name: Vec<u8>) {
            let _ = check_topic_name(&name);
            if let Ok(filter) = TopicFilter::new(filter) {
                let all = TopicFilter::new("#").unwrap();
                prop_assert!(!filter.matches(&name) || all.matches(&name) || name[0] == b'$');
            }
        }
    }
}
