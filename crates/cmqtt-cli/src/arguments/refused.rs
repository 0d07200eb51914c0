//! Options that mosquitto's programs have and a modem cannot honour. Each is known, and refused with the reason: someone
//! who types it learns why, instead of getting something else than was asked for.

use std::marker::PhantomData;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

/// The options that `cmqtt pub` refuses.
pub(crate) type PubRefusals = Refusals<Pub>;

/// The options that `cmqtt sub` refuses.
pub(crate) type SubRefusals = Refusals<Sub>;

/// Takes the options of a table, hidden in the help, and fails if one is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusals<T>(PhantomData<T>);

/// See [`PubRefusals`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pub {}

/// See [`SubRefusals`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sub {}

pub(crate) trait Table {
    const ROWS: &'static [&'static [Refused]];
}

impl Table for Pub {
    const ROWS: &'static [&'static [Refused]] = &[COMMON, PUB];
}

impl Table for Sub {
    const ROWS: &'static [&'static [Refused]] = &[COMMON, SUB];
}

/// One option: its names, how many values follow it, and why it is refused.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) short: Option<char>,
    pub(crate) long: Option<&'static str>,
    pub(crate) values: usize,
    pub(crate) reason: &'static str,
}

impl<T: Table> Refusals<T> {
    pub(crate) fn rows() -> impl Iterator<Item = &'static Refused> {
        T::ROWS.iter().copied().flatten()
    }
}

impl<T: Table> Args for Refusals<T> {
    fn augment_args(command: Command) -> Command {
        command.args(Self::rows().map(Refused::arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<T: Table> FromArgMatches for Refusals<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given =
            |row: &&Refused| matches.value_source(&row.id()) == Some(clap::parser::ValueSource::CommandLine);
        match Self::rows().find(given) {
            Some(row) => Err(clap::Error::raw(
                ErrorKind::ArgumentConflict,
                format!("{} is refused: {}\n", row.names(), row.reason),
            )),
            None => Ok(Self(PhantomData)),
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        Self::from_arg_matches(matches).map(|_| ())
    }
}

impl Refused {
    const fn flag(short: Option<char>, long: Option<&'static str>, reason: &'static str) -> Self {
        Self::option(short, long, 0, reason)
    }

    const fn option(
        short: Option<char>,
        long: Option<&'static str>,
        values: usize,
        reason: &'static str,
    ) -> Self {
        Self {
            short,
            long,
            values,
            reason,
        }
    }

    /// As somebody types it.
    pub(crate) fn name(&self) -> String {
        match (self.long, self.short) {
            (Some(long), _) => format!("--{long}"),
            (None, Some(short)) => format!("-{short}"),
            (None, None) => String::new(),
        }
    }

    /// Each name, so that the one that was typed is among them.
    fn names(&self) -> String {
        match (self.short, self.long) {
            (Some(short), Some(long)) => format!("-{short}, --{long}"),
            _ => self.name(),
        }
    }

    fn id(&self) -> String {
        format!("refused {}", self.name())
    }

    fn arg(&self) -> Arg {
        let arg = Arg::new(self.id()).hide(true);
        let arg = match self.values {
            0 => arg.action(ArgAction::Count),
            values => arg
                .action(ArgAction::Append)
                .num_args(values..=values + usize::from(values > 1))
                .value_parser(clap::value_parser!(std::ffi::OsString)),
        };
        let arg = self.short.into_iter().fold(arg, Arg::short);
        self.long.into_iter().fold(arg, Arg::long)
    }
}

const COMMON: &[Refused] = &[
    Refused::option(
        Some('A'),
        None,
        1,
        "the connection is the modem's, not this machine's: it has no address here to bind to",
    ),
    Refused::option(
        Some('D'),
        Some("property"),
        3,
        "properties are MQTT 5's: the modem speaks MQTT 3.1 and 3.1.1",
    ),
    Refused::option(
        Some('x'),
        Some("session-expiry-interval"),
        1,
        "it is MQTT 5's: the modem speaks MQTT 3.1 and 3.1.1; -c keeps the session",
    ),
    Refused::option(
        Some('M'),
        None,
        1,
        "the modem has one message on its way at a time",
    ),
    Refused::flag(
        Some('S'),
        None,
        "the modem looks up no SRV records: name the host with -h",
    ),
    Refused::option(
        None,
        Some("unix"),
        1,
        "the connection is the modem's: it reaches no socket of this machine",
    ),
    Refused::option(
        None,
        Some("proxy"),
        1,
        "the modem connects by itself, through no proxy",
    ),
    Refused::flag(
        None,
        Some("nodelay"),
        "the socket is the modem's, which has no such setting",
    ),
    Refused::flag(
        None,
        Some("will-retain"),
        "the modem's will has no retained flag (AT+CMQTTWILLMSG)",
    ),
    Refused::option(
        None,
        Some("capath"),
        1,
        "the modem holds single files: name the one that is needed with --cafile",
    ),
    Refused::flag(
        None,
        Some("tls-use-os-certs"),
        "the modem does not know this machine's certificates: name the CA with --cafile",
    ),
    Refused::option(
        None,
        Some("tls-version"),
        1,
        "the modem takes the highest version that it and the broker have",
    ),
    Refused::option(None, Some("ciphers"), 1, "the modem chooses the cipher suites"),
    Refused::option(None, Some("tls-alpn"), 1, "the modem sends no ALPN"),
    Refused::option(
        None,
        Some("tls-engine"),
        1,
        "the key has to be in the modem: name a file with --key",
    ),
    Refused::option(
        None,
        Some("tls-engine-kpass-sha1"),
        1,
        "the key has to be in the modem: name a file with --key",
    ),
    Refused::option(
        None,
        Some("keyform"),
        1,
        "the kind of key is found out: name a PEM or DER file with --key",
    ),
    Refused::option(
        None,
        Some("psk"),
        1,
        "the modem's MQTT has certificates only, no pre-shared keys",
    ),
    Refused::option(
        None,
        Some("psk-identity"),
        1,
        "the modem's MQTT has certificates only, no pre-shared keys",
    ),
];

const PUB: &[Refused] = &[];

const SUB: &[Refused] = &[
    Refused::flag(
        Some('R'),
        None,
        "the modem does not say whether a received message is a retained one",
    ),
    Refused::flag(
        None,
        Some("retained-only"),
        "the modem does not say whether a received message is a retained one",
    ),
    Refused::flag(
        None,
        Some("remove-retained"),
        "the modem does not say whether a received message is a retained one",
    ),
    Refused::option(
        None,
        Some("random-filter"),
        1,
        "every message that the modem took from the air is printed",
    ),
    Refused::flag(None, Some("pretty"), "one object is one line: pipe it through jq"),
];
