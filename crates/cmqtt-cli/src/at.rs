//! `cmqtt at`: what it takes, and what comes of it.

mod raw;

mod run;
pub(crate) use run::run;

use crate::arguments::{ModemArguments, SecretArgument, Usage, text};

/// Send AT commands as they are, and say what the answers mean.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Commands, such as AT+CSQ. Each waits for the answer to the one before.
    #[arg(required = true, value_name = "COMMAND")]
    pub(crate) commands: Vec<SecretArgument>,
    /// Seconds to wait for an answer; by default as long as the command may take.
    #[arg(short = 'W', value_name = "SECONDS", value_parser = crate::arguments::seconds)]
    pub(crate) wait: Option<std::time::Duration>,
    /// What follows the prompt of a command that asks for data. May be repeated: each such command takes the next one.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) data: Vec<String>,
    /// Seconds to listen for what the modem says unasked, after the last answer.
    #[arg(long, value_name = "SECONDS", value_parser = crate::arguments::seconds)]
    pub(crate) listen: Option<std::time::Duration>,
    /// Print JSON lines: one object a line of the conversation.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) modem: ModemArguments,
}

impl Arguments {
    /// The commands, each of which stays one on the line. An error says which one is wrong, and never quotes it: it may
    /// hold a PIN.
    pub(crate) fn commands(&self) -> Result<Vec<String>, Usage> {
        (1..)
            .zip(&self.commands)
            .map(|(number, command)| checked(number, command))
            .collect()
    }
}

fn checked(number: usize, command: &SecretArgument) -> Result<String, Usage> {
    let place = format!("command {number}");
    let command = text(&place, command.reveal())?;
    let is_command = command
        .get(..2)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("AT"));
    let reason = match command.bytes().position(|byte| byte.is_ascii_control()) {
        _ if !is_command => "a command begins with AT".to_owned(),
        Some(at) => {
            format!("the control byte at {at} would end it; give each command as an argument of its own")
        }
        None => return Ok(command),
    };
    Err(Usage::Wrong { place, reason })
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "cmqtt at")]
    struct Program {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn what_it_takes() {
        Program::command().debug_assert();
        let parse = |commands: &[&str]| {
            let typed = ["at"].iter().chain(commands);
            let program = Program::try_parse_from(typed).map_err(|error| error.to_string())?;
            program.arguments.commands().map_err(|error| error.to_string())
        };
        assert_eq!(parse(&["AT", "at+csq"]).expect("commands"), ["AT", "at+csq"]);
        assert!(parse(&[]).expect_err("none").contains("<COMMAND>"));
        let words = [
            &["ATI", "+CSQ"][..],
            &["AT+CPIN=\"1234\"\rAT+CFUN=0"],
            &["\u{e9}"],
            &["A"],
        ]
        .map(|commands| parse(commands).expect_err("refused"));
        insta::assert_snapshot!(words.join("\n"));
    }
}
