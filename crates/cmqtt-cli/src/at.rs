//! `cmqtt at`: what it takes, and what comes of it.

mod run;
pub(crate) use run::run;

use crate::arguments::ModemArguments;

/// Send AT commands as they are, and say what the answers mean.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Commands, such as AT+CSQ. Each waits for the answer to the one before.
    #[arg(required = true, value_name = "COMMAND", value_parser = command)]
    pub(crate) commands: Vec<String>,
    /// Seconds to wait for an answer; by default as long as the command may take.
    #[arg(short = 'W', value_name = "SECONDS", value_parser = crate::arguments::seconds)]
    pub(crate) wait: Option<std::time::Duration>,
    /// What follows the prompt of a command that asks for data.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// Seconds to listen for what the modem says unasked, after the last answer.
    #[arg(long, value_name = "SECONDS", value_parser = crate::arguments::seconds)]
    pub(crate) listen: Option<std::time::Duration>,
    /// Print JSON lines: one object a line of the conversation.
    #[arg(long)]
    pub(crate) json: bool,
    /// Show passwords, PINs and keys instead of `[redacted]`.
    #[arg(long)]
    pub(crate) show_secrets: bool,
    #[command(flatten)]
    pub(crate) modem: ModemArguments,
}

fn command(text: &str) -> Result<String, String> {
    if !text
        .get(..2)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("AT"))
    {
        return Err("a command begins with AT".to_owned());
    }
    match text.bytes().position(|byte| byte.is_ascii_control()) {
        Some(at) => Err(format!(
            "a control byte at {at} would end the command; give each command as an argument of its own"
        )),
        None => Ok(text.to_owned()),
    }
}
