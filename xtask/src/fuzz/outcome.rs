//! What libFuzzer says at the end.

/// What became of one run of a target.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    runs: u64,
    /// Places in the code that were reached, and these with how often.
    edges: u64,
    features: u64,
    found: u64,
    pub(super) crashes: usize,
}

impl Outcome {
    /// Reads libFuzzer's words. `None` when it did not run.
    pub(super) fn read(words: &str, crashes: usize) -> Option<Self> {
        let statistic = |name: &str| {
            let line = words.lines().rfind(|line| line.starts_with(name))?;
            number(line.strip_prefix(name)?)
        };
        // `#1024	NEW    cov: 312 ft: 840 corp: …`: the last says how far it came.
        let pulse = words
            .lines()
            .rfind(|line| line.starts_with('#') && line.contains(" cov: "))?;
        let after = |name: &str| number(pulse.split_once(name)?.1);
        Some(Self {
            runs: statistic("stat::number_of_executed_units:")?,
            edges: after(" cov: ")?,
            features: after(" ft: ")?,
            found: statistic("stat::new_units_added:")?,
            crashes,
        })
    }

    pub(super) fn row(&self, target: &str, kept: String) -> [String; 7] {
        [
            target.to_owned(),
            self.runs.to_string(),
            self.edges.to_string(),
            self.features.to_string(),
            self.found.to_string(),
            kept,
            self.crashes.to_string(),
        ]
    }
}

/// The number at the front, behind blanks.
fn number(text: &str) -> Option<u64> {
    text.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_count() {
        let words = "INFO: Seed: 1
#2\tINITED cov: 3 ft: 4 corp: 1/1b exec/s: 0 rss: 32Mb
#1024\tNEW    cov: 312 ft: 840 corp: 9/99b lim: 4 exec/s: 512 rss: 33Mb
Done 1446040 runs in 61 second(s)
stat::number_of_executed_units: 1446040
stat::average_exec_per_sec:     23705
stat::new_units_added:          10323
";
        let outcome = Outcome::read(words, 0).unwrap();
        assert_eq!(
            outcome.row("line", String::from("7")),
            ["line", "1446040", "312", "840", "10323", "7", "0"]
        );
    }

    #[test]
    fn a_build_that_fails_is_no_run() {
        assert_eq!(Outcome::read("error[E0425]: cannot find value", 0), None);
    }
}
