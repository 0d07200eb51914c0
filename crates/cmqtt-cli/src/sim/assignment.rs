//! `--set switch=value`.

use std::str::FromStr;

use cmqtt_sim::{Profile, SWITCHES, SwitchError, Switches};

/// An assignment that a modem will take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment(String);

impl Assignment {
    pub(super) fn apply(&self, switches: &mut Switches) {
        // It was taken when it was read, and no family takes other words.
        let _ = switches.set(&self.0);
    }
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut switches = Profile::SIM7028.switches;
        let Err(error) = switches.set(text) else {
            return Ok(Self(text.to_owned()));
        };
        let hint = match &error {
            SwitchError::Unknown(name) | SwitchError::NoValue(name) => hint(name),
            _ => return Err(error.to_string()),
        };
        Err(format!("{error}; {hint}"))
    }
}

/// What to write instead of what is no switch, or is nothing but a switch.
fn hint(name: &str) -> String {
    if let Some(switch) = SWITCHES.iter().find(|switch| switch.name == name) {
        return format!("{name} takes {}", switch.allowed());
    }
    match near(name).as_slice() {
        [] => "--list-switches names all".to_owned(),
        near => format!("did you mean {}?", near.join(", ")),
    }
}

/// The switches that may have been meant, the nearest first.
fn near(name: &str) -> Vec<&'static str> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    let mut near: Vec<_> = SWITCHES
        .iter()
        .filter_map(|switch| {
            let within = name.len() >= MEANINGFUL && switch.name.contains(&name);
            let distance = if within { 0 } else { distance(&name, switch.name) };
            let shorter = name.len().min(switch.name.len());
            (distance <= MISTAKES.min(shorter / BYTES_FOR_EACH)).then_some((distance, switch.name))
        })
        .collect();
    near.sort();
    near.into_iter().map(|(_, name)| name).take(SHOWN).collect()
}

/// How many bytes have to be inserted, left out or changed.
fn distance(from: &str, to: &str) -> usize {
    // Beyond this length nothing is near.
    let from = from.as_bytes().get(..LONGEST).unwrap_or(from.as_bytes());
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above, from) in from.iter().enumerate() {
        let mut diagonal = above;
        let mut left = above + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, to) in row.iter_mut().skip(1).zip(to.bytes()) {
            let changed = diagonal + usize::from(*from != to);
            diagonal = *cell;
            left = changed.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The shortest part of a name that stands for it.
const MEANINGFUL: usize = 3;
/// The most mistakes in a name that is still recognised.
const MISTAKES: usize = 3;
/// One mistake is taken for one in so many bytes: of `foo`, `boot` is not near.
const BYTES_FOR_EACH: usize = 3;
/// The most names that are offered.
const SHOWN: usize = 6;
/// The longest name that is looked at, in bytes.
const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        text.parse::<Assignment>().expect_err("refused")
    }

    #[test]
    fn what_is_taken_is_applied() {
        let assignment: Assignment = "payload-max=1024".parse().expect("taken");
        let mut switches = Profile::SIM7028.switches;
        assignment.apply(&mut switches);
        let mut expected = Profile::SIM7028.switches;
        expected.set("payload-max=1024").expect("taken");
        assert_eq!(switches, expected);
        assert_ne!(switches, Profile::SIM7028.switches);
    }

    #[test]
    fn what_is_wrong_is_named_with_what_may_have_been_meant() {
        let check = |text: &str, words: &str| assert_eq!(refused(text), words);
        check(
            "promt=blank",
            r#"no switch is named "promt"; did you mean prompt?"#,
        );
        check(
            "RX_LAYOUT=spaced",
            r#"no switch is named "RX_LAYOUT"; did you mean rx-layout?"#,
        );
        check(
            "connect=result-error",
            r#"no switch is named "connect"; did you mean connect-again, connect-failure, connect-idle, connect-refused, connect-success?"#,
        );
        check(
            "delays",
            r#"expected switch=value, found "delays"; delays takes none | typical"#,
        );
        check(
            "prompt=none",
            r#"prompt: expected plain | blank | crlf, found "none""#,
        );
        check(
            "colour=red",
            r#"no switch is named "colour"; --list-switches names all"#,
        );
        check("foo=1", r#"no switch is named "foo"; --list-switches names all"#);
        check("bot=rdy", r#"no switch is named "bot"; did you mean boot?"#);
        check(
            "",
            r#"expected switch=value, found ""; --list-switches names all"#,
        );
        check("=", r#"no switch is named ""; --list-switches names all"#);
    }

    #[test]
    fn distances() {
        assert_eq!(distance("prompt", "prompt"), 0);
        assert_eq!(distance("promt", "prompt"), 1);
        assert_eq!(distance("", "prompt"), 6);
        assert_eq!(distance("boot", "root"), 1);
        assert_eq!(distance(&"x".repeat(10_000), "prompt"), LONGEST);
    }
}
