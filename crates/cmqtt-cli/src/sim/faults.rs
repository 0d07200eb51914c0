//! `--faults SEED[:KIND,KIND...]`, `--fault-plan FILE` and `--list-faults`.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use cmqtt_sim::host::Faults;
use cmqtt_sim::{FaultClass, FaultKind, FaultPlan, FaultPlanError, Forecast};

use super::Failure;

/// A seed, and the kinds of faults that it chooses from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seed {
    seed: u64,
    kinds: Vec<FaultKind>,
}

impl Seed {
    pub(super) fn faults(&self) -> Faults {
        let kinds = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX);
        let each = FAULTS.div_ceil(kinds.max(1));
        let forecast = self
            .kinds
            .iter()
            .fold(Forecast::calm(TURN), |forecast, &kind| forecast.with(kind, each));
        let forecast = Forecast {
            away: AWAY,
            bytes: BYTES,
            ..forecast
        };
        Faults::endless(forecast, self.seed)
    }
}

impl FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (seed, kinds) = text
            .split_once(':')
            .map_or((text, None), |(seed, kinds)| (seed, Some(kinds)));
        let seed = seed
            .parse()
            .map_err(|_| format!("expected a number from 0 to {}, found {seed:?}", u64::MAX))?;
        let mut found: Vec<FaultKind> = match kinds {
            None => FaultKind::of(FaultClass::Clean)
                .filter(|&kind| kind != FaultKind::Unplug)
                .collect(),
            Some(kinds) => kinds
                .split(',')
                .map(kind)
                .collect::<Result<Vec<_>, _>>()?
                .concat(),
        };
        // The order in which they are given makes no difference.
        found.sort_unstable();
        found.dedup();
        Ok(Self { seed, kinds: found })
    }
}

/// A kind by its name, or all of a class.
fn kind(name: &str) -> Result<Vec<FaultKind>, String> {
    match name {
        "clean" => Ok(FaultKind::of(FaultClass::Clean).collect()),
        "dirty" => Ok(FaultKind::of(FaultClass::Dirty).collect()),
        name => name
            .parse()
            .map(|kind| vec![kind])
            .map_err(|error| format!("{error}; there are {}", names())),
    }
}

fn names() -> String {
    let kinds = FaultKind::ALL.iter().map(|kind| kind.name());
    kinds.chain(["clean", "dirty"]).collect::<Vec<_>>().join(", ")
}

/// Why a file is no plan.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanError {
    #[error("{0}")]
    Read(#[from] io::Error),
    #[error("{0}")]
    Plan(#[from] FaultPlanError),
}

pub(super) fn plan(file: &Path) -> Result<Faults, PlanError> {
    let plan: FaultPlan = fs::read_to_string(file)?.parse()?;
    Ok(Faults::plan(plan))
}

/// `--list-faults`.
pub(super) fn print(out: &mut impl Write) -> Result<(), Failure> {
    for (class, words) in [
        (
            FaultClass::Clean,
            "Faults that alter no byte (all of them: clean):",
        ),
        (FaultClass::Dirty, "\nFaults that do (all of them: dirty):"),
    ] {
        writeln!(out, "{words}")?;
        for kind in FaultKind::of(class) {
            writeln!(out, "  {kind:13} {}", kind.explanation())?;
        }
    }
    Ok(out.flush()?)
}

/// How many faults are drawn for how long: about three in a minute, where few kinds are wanted.
const FAULTS: u32 = 30;
const TURN: Duration = Duration::from_secs(600);
/// The longest time that anything is away: somebody waits for it.
const AWAY: Duration = Duration::from_secs(60);
/// How many bytes a fault may pass over: a few commands.
const BYTES: u32 = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_stands_alone_or_with_kinds() {
        let read = |text: &str| text.parse::<Seed>().map(|seed| (seed.seed, seed.kinds));
        assert_eq!(
            read("7:restart,lose,lose"),
            Ok((7, vec![FaultKind::Lose, FaultKind::Restart]))
        );
        let (seed, kinds) = read("18446744073709551615").expect("a seed");
        assert_eq!(seed, u64::MAX);
        assert!(kinds.iter().all(|kind| kind.class() == FaultClass::Clean));
        assert!(
            !kinds.contains(&FaultKind::Unplug),
            "the device would have another name"
        );
        let (_, kinds) = read("0:clean,dirty").expect("all");
        assert_eq!(kinds, FaultKind::ALL);
    }

    #[test]
    fn what_is_no_seed_is_named() {
        let refused = |text: &str| text.parse::<Seed>().expect_err("refused");
        assert_eq!(
            refused("x:lose"),
            r#"expected a number from 0 to 18446744073709551615, found "x""#
        );
        assert!(refused("").starts_with("expected a number"));
        assert!(refused("-1").starts_with("expected a number"));
        insta::assert_snapshot!(refused("1:loose"));
        assert!(refused("1:").starts_with(r#"no kind of fault is named """#));
    }

    #[test]
    fn each_kind_is_explained() {
        let mut out = vec![];
        print(&mut out).expect("memory");
        insta::assert_snapshot!(String::from_utf8(out).expect("text"));
    }
}
