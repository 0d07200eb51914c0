//! `cmqtt cert`: what it takes, and what comes of it.

mod run;
pub(crate) use run::run;

use std::path::PathBuf;

use at_proto::tls::FileName;
use cmqtt_host::tls::Role;

use crate::arguments::ModemArguments;

/// Look after the certificates and keys in the modem.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// Print the names that the modem holds; it tells nothing else.
    List {
        #[command(flatten)]
        modem: ModemArguments,
    },
    /// Check a file, and send it to the modem.
    Add {
        /// A certificate or a private key, PEM or DER.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What the file is for: ca, cert or key.
        #[arg(long, value_name = "ROLE", default_value = "ca", value_parser = role)]
        role: Role,
        /// Its name in the modem; by default one that carries a hash of the content.
        #[arg(long, value_name = "NAME", value_parser = name)]
        name: Option<String>,
        #[command(flatten)]
        modem: ModemArguments,
    },
    /// Delete files from the modem.
    Remove {
        /// Names as `cmqtt cert list` prints them.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        #[command(flatten)]
        modem: ModemArguments,
    },
}

fn role(text: &str) -> Result<Role, String> {
    match text {
        "ca" => Ok(Role::Ca),
        "cert" => Ok(Role::ClientCertificate),
        "key" => Ok(Role::ClientKey),
        _ => Err("a file is for ca, cert or key".to_owned()),
    }
}

fn name(text: &str) -> Result<String, String> {
    FileName::new(text)
        .map(|_| text.to_owned())
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "cmqtt cert")]
    struct Program {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn what_it_takes() {
        Program::command().debug_assert();
        let parse =
            |line: &str| Program::try_parse_from(line.split(' ')).map(|program| program.arguments.action);
        let Ok(Action::Add { role, name, .. }) = parse("cert add ca.pem --role key --name a.pem") else {
            panic!("a file to add");
        };
        assert_eq!((role, name.as_deref()), (Role::ClientKey, Some("a.pem")));
        assert!(matches!(
            parse("cert list --device /dev/modem"),
            Ok(Action::List { .. })
        ));
        assert!(
            matches!(parse("cert remove a.pem b.der"), Ok(Action::Remove { names, .. }) if names.len() == 2)
        );
        let words = [
            "cert remove",
            "cert add",
            "cert add ca.pem --role server",
            "cert add ca.pem --name a.crt",
            "cert add ca.pem --name ../a.pem",
        ]
        .map(|line| {
            parse(line)
                .expect_err(line)
                .to_string()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned()
        });
        insta::assert_snapshot!(words.join("\n"));
    }
}
