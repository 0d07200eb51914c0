//! Running programs: each under a heading, timed, and with the command to repeat it when it fails.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// What a chore ends with; the error is a sentence for people.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default()
}

/// A command line in the workspace's root.
#[derive(Clone)]
pub(crate) struct Run {
    words: Vec<String>,
    environment: Vec<(&'static str, String)>,
}

impl Run {
    /// A program and its arguments, separated by blanks. None of ours holds one.
    pub(crate) fn new(line: &str) -> Self {
        Self {
            words: line.split_whitespace().map(String::from).collect(),
            environment: Vec::new(),
        }
    }

    /// A program at this path.
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            words: vec![path.display().to_string()],
            environment: Vec::new(),
        }
    }

    /// With more arguments, which may hold blanks.
    pub(crate) fn arguments<T: AsRef<str>>(mut self, arguments: &[T]) -> Self {
        self.words
            .extend(arguments.iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// With an environment variable.
    pub(crate) fn environment(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Runs it under a heading and says how long it took.
    pub(crate) fn step(&self, name: &str) -> Result {
        let begun = Instant::now();
        self.last_step(name)?;
        eprintln!("-- {name}: {:.1} s", begun.elapsed().as_secs_f32());
        Ok(())
    }

    /// The same, where the program's own words are to be the last.
    pub(crate) fn last_step(&self, name: &str) -> Result {
        eprintln!("\n== {name}: {self}");
        let status = self
            .command()
            .status()
            .map_err(|error| format!("step \"{name}\" could not start: {self}: {error}"))?;
        if status.success() {
            return Ok(());
        }
        Err(format!("step \"{name}\" failed ({status}). To repeat it: {self}"))
    }

    /// The same, with what the program says in a file. Where it fails, the end of that is in the error.
    pub(crate) fn logged(&self, name: &str, log: &Path) -> Result {
        eprintln!("\n== {name}: {self}");
        let failed = |error: std::io::Error| format!("step \"{name}\": {}: {error}", log.display());
        let file = File::create(log).map_err(failed)?;
        let twin = file.try_clone().map_err(failed)?;
        let status = self
            .command()
            .stdout(file)
            .stderr(twin)
            .status()
            .map_err(|error| format!("step \"{name}\" could not start: {self}: {error}"))?;
        if status.success() {
            return Ok(());
        }
        let words = std::fs::read(log).map_err(failed)?;
        let words = String::from_utf8_lossy(&words);
        let last: Vec<&str> = words.lines().rev().take(LAST_LINES).collect();
        let last: Vec<&str> = last.into_iter().rev().collect();
        Err(format!(
            "step \"{name}\" failed ({status}). It said last:\n{}\nTo repeat it: {self}",
            last.join("\n")
        ))
    }

    /// Runs it in silence. What it printed comes back, as an error if it failed.
    pub(crate) fn quiet(&self) -> std::result::Result<String, Failure> {
        let output = self.command().output().map_err(|error| Failure {
            output: format!("{self}: {error}"),
        })?;
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        if output.status.success() {
            Ok(text)
        } else {
            Err(Failure { output: text })
        }
    }

    /// Runs it in silence, and expects it to fail and to say these words: the line in which it does.
    pub(crate) fn expect_failure(&self, words: &str) -> Result<String> {
        eprintln!("\n== {self}");
        let Err(failure) = self.quiet() else {
            return Err(format!("{self} should fail, but succeeds"));
        };
        let line = failure.output.lines().find(|line| line.contains(words));
        line.map(str::to_owned).ok_or_else(|| {
            format!(
                "{self} fails, but does not say {words:?}:\n{failure}",
                failure = failure.output
            )
        })
    }

    fn command(&self) -> Command {
        let (program, arguments) = self
            .words
            .split_first()
            .map_or(("", &[][..]), |(program, rest)| (program.as_str(), rest));
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            // Cargo tells its own children which toolchain and package runs them; ours are no business of that one.
            .env_remove("CARGO_MANIFEST_DIR")
            .env_remove("RUSTUP_TOOLCHAIN")
            .stdin(Stdio::null())
            .current_dir(root());
        command
    }
}

/// The lines of a log that an error repeats.
const LAST_LINES: usize = 20;

/// What a program said that failed.
pub(crate) struct Failure {
    pub(crate) output: String,
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (name, value) in &self.environment {
            write!(f, "{name}='{value}' ")?;
        }
        f.write_str(&self.words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_step_names_itself_and_the_command() {
        let error = Run::new("cargo no-such-chore")
            .environment("CI", "true")
            .step("chores");
        let error = error.unwrap_err();
        assert!(error.contains("step \"chores\" failed"), "{error}");
        assert!(
            error.ends_with("To repeat it: CI='true' cargo no-such-chore"),
            "{error}"
        );
    }

    #[test]
    fn a_log_holds_what_was_said() {
        let log = std::env::temp_dir().join(format!("xtask-log-{}", std::process::id()));
        let error = Run::new("cargo no-such-chore")
            .logged("chores", &log)
            .unwrap_err();
        let words = std::fs::read_to_string(&log).expect("a log");
        std::fs::remove_file(&log).expect("the log");
        assert!(words.contains("no-such-chore"), "{words}");
        assert!(error.contains(words.lines().next().expect("a line")), "{error}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = Run::new("no-such-program --flag").step("a step").unwrap_err();
        assert!(
            error.contains("could not start: no-such-program --flag"),
            "{error}"
        );
    }
}
