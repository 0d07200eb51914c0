//! `cmqtt clock`: the modem's clock, by which it judges certificates.

use std::io::{self, Write};

use at_proto::Read;
use at_proto::network::Clock;
use cmqtt_host::tls::ModemTime;

use crate::arguments::ModemArguments;
use crate::exit::End;
use crate::modem::{Failure, Modem, Shown, planned, run as run_async};

/// Print the modem's clock and its difference to this computer's, or set it.
///
/// With --cafile, the dates of the broker's certificate are checked where the modem's clock is within a day of this
/// computer's.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Set the modem's clock from this computer's first.
    #[arg(value_name = "set")]
    action: Option<Action>,
    #[command(flatten)]
    modem: ModemArguments,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Action {
    Set,
}

pub(crate) fn run(arguments: &Arguments) -> End {
    planned(NAME, arguments.modem.whole_plan(), |plan| {
        run_async(NAME, false, async {
            let mut modem = Modem::open(&plan, Shown::new(!plan.trace)).await?;
            if matches!(arguments.action, Some(Action::Set)) {
                set(&mut modem).await?;
            }
            print(&mut modem).await
        })
    })
}

async fn set(modem: &mut Modem) -> Result<(), Failure> {
    let family = modem.recognition().family();
    let four_digit_year = family.is_some_and(|family| family.facts().four_digit_year);
    let host = ModemTime::of_host();
    let clock = host.to_clock(four_digit_year).filter(|_| host.is_set());
    let clock = clock.ok_or(Failure::HostClock(host))?;
    Ok(modem.command(&clock, |()| ()).await?)
}

async fn print(modem: &mut Modem) -> Result<End, Failure> {
    let clock = modem.command(&Read::<Clock>::new(), |clock| clock).await?;
    let host = ModemTime::of_host();
    modem.quiet();
    let words = ModemTime::from_clock(&clock).map_or_else(
        || "the modem's clock shows no date; set it with `cmqtt clock set`".to_owned(),
        |time| format!("{time}  {}", difference(time, host)),
    );
    writeln!(io::stdout().lock(), "{words}").map_err(Failure::Output)?;
    Ok(End::Done)
}

/// How the modem's clock differs from the host's.
fn difference(modem: ModemTime, host: ModemTime) -> String {
    let seconds = modem.as_unix().abs_diff(host.as_unix());
    let relation = match modem.cmp(&host) {
        std::cmp::Ordering::Less => "behind",
        std::cmp::Ordering::Equal => return "the same as this computer's clock".to_owned(),
        std::cmp::Ordering::Greater => "ahead of",
    };
    let amount = match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    };
    let remedy = if modem.is_right(host) {
        ""
    } else {
        "; dates of certificates are not checked: set it with `cmqtt clock set`"
    };
    format!("{amount} {relation} this computer's clock{remedy}")
}

const NAME: &str = "clock";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn difference_is_told_in_a_fitting_unit() {
        let host = 1_790_000_000;
        let words = [-2_000_000, -7_300, -3_599, -1, 0, 119, 86_400, 200_000]
            .map(|seconds| difference(ModemTime::from_unix(host + seconds), ModemTime::from_unix(host)));
        insta::assert_snapshot!(words.join("\n"), @"
        23 days behind this computer's clock; dates of certificates are not checked: set it with `cmqtt clock set`
        2 h behind this computer's clock
        59 min behind this computer's clock
        1 s behind this computer's clock
        the same as this computer's clock
        119 s ahead of this computer's clock
        24 h ahead of this computer's clock
        2 days ahead of this computer's clock; dates of certificates are not checked: set it with `cmqtt clock set`
        ");
    }
}
