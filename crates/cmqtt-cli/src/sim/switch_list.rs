//! `--list-switches`.

use std::io::Write;

use cmqtt_sim::{Family, Profile, SWITCHES};

use super::Failure;

/// Explains every switch, with its value in a family.
pub(super) fn print(family: Family, out: &mut impl Write) -> Result<(), Failure> {
    let switches = Profile::of(family).switches;
    writeln!(
        out,
        "What differs between firmwares, as {family} has it. Set with --set SWITCH=VALUE."
    )?;
    for switch in SWITCHES {
        writeln!(out, "\n{}={}", switch.name, switch.get(&switches))?;
        writeln!(out, "    values: {}", switch.allowed())?;
        for line in wrapped(switch.explanation) {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(out.flush()?)
}

/// Breaks a text between words.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Columns for the explanation; with its indentation it fits into eighty.
const WIDTH: usize = 76;

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(family: Family) -> String {
        let mut out = vec![];
        print(family, &mut out).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn every_switch_stands_in_the_list_with_its_value() {
        for family in Family::ALL {
            let list = listed(family);
            for switch in SWITCHES {
                let value = switch.get(&Profile::of(family).switches);
                assert!(
                    list.contains(&format!("\n{}={value}\n", switch.name)),
                    "{}",
                    switch.name
                );
            }
        }
        assert!(listed(Family::Sim7028).contains("\nsubtopic=off\n"));
        assert!(listed(Family::Sim7600).contains("\nsubtopic=on\n"));
    }

    #[test]
    fn no_explanation_is_wider_than_a_terminal() {
        for line in listed(Family::Sim7028)
            .lines()
            .filter(|line| !line.contains("values:"))
        {
            assert!(line.len() <= WIDTH + 4, "{line}");
        }
    }
}
