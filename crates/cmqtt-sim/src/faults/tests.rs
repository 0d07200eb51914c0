//! Plans as text, and from seeds.

use proptest::prelude::*;

use super::*;

/// A line of each kind, and of each form that a kind has.
const EVERY: &str = r#"until 4294967295.999999999s
0s lose to-host
12.5s +37 double to-modem
0.000000001s +4294967295 flip to-host 3
3s garbage to-host "\xff\"\\\x20a"
3s garbage to-host ""
3s cut 5s
3s pause to-modem 0.25s
3s split to-host 1 200
3s unplug 5s
3s prompt-lost
3s +2 prompt-twice
3s prompt-late 11s
3s final-lost
3s final-late 0.5s
3s result-lost
3s result-late 200s
3s result-first
3s noise "+CGEV:\x20ME\x20PDN\x20ACT\x202"
3s let-out
3s echo on
3s echo off
3s restart now
3s restart to-modem silent
3s +900 restart to-host
3s hang 30s
3s hang 30s deaf
3s hang forever
3s no-network 7200s
3s no-context 60s
3s broker-away 60s
3s refuse 4 60s
3s kick closed
3s kick reset
3s kick network
3s stall 90s
3s ack-lost
3s keep-alive
"#;

#[test]
fn every_kind_has_a_text_that_is_read_back() {
    let plan: FaultPlan = EVERY.parse().expect("a plan");
    assert_eq!(plan.to_string(), EVERY);
    for kind in FaultKind::ALL {
        assert!(
            plan.faults.iter().any(|fault| fault.what.kind() == *kind),
            "{kind}"
        );
        assert_eq!(kind.name().parse(), Ok(*kind));
    }
}

#[test]
fn comments_and_blanks_mean_nothing() {
    let plan: FaultPlan = "# a world\n\n  3s   lose\tto-host  \r\n#\n"
        .parse()
        .expect("a plan");
    assert_eq!(plan.to_string(), "3s lose to-host\n");
    assert_eq!(format!("{:?}", plan.faults), "[3s lose to-host]");
}

#[test]
fn what_is_wrong_is_named() {
    let error = |text: &str| text.parse::<FaultPlan>().expect_err("refused").to_string();
    insta::assert_snapshot!(error("3 lose to-host"), @r#"line 1: expected a time such as 2.5s, found "3""#);
    insta::assert_snapshot!(error("3s\n"), @"line 1: expected a kind of fault, found the line's end");
    insta::assert_snapshot!(error("3s lose to-host\n3s loose to-host"), @r#"line 2: expected a kind of fault, found "loose""#);
    insta::assert_snapshot!(error("3s lose"), @"line 1: expected to-modem or to-host, found the line's end");
    insta::assert_snapshot!(error("3s lose to-host now"), @r#"line 1: expected the line's end, found "now""#);
    insta::assert_snapshot!(error("3s +x lose to-host"), @r#"line 1: expected a number after +, found "x""#);
    insta::assert_snapshot!(error("3s ++1 lose to-host"), @r#"line 1: expected a number after +, found "+1""#);
    insta::assert_snapshot!(error("3s refuse 6 1s"), @r#"line 1: expected a return code from 1 to 5, found "6""#);
    insta::assert_snapshot!(error("3s noise \"\\x2\""), @r#"line 1: expected bytes in quotation marks, such as "a\x20b", found "\"\\x2\"""#);
    insta::assert_snapshot!(error("3s noise \"a\"b\""), @r#"line 1: expected bytes in quotation marks, such as "a\x20b", found "\"a\"b\"""#);
    for time in [
        "s",
        ".5s",
        "1.s",
        "-1s",
        "+1s",
        "1e3s",
        "4294967296s",
        "1.0000000001s",
        "1.+5s",
    ] {
        assert!(format!("{time} ack-lost").parse::<FaultPlan>().is_err(), "{time}");
    }
}

#[test]
fn a_kind_is_clean_or_dirty() {
    let dirty: Vec<_> = FaultKind::of(FaultClass::Dirty).map(FaultKind::name).collect();
    assert_eq!(dirty, ["lose", "double", "flip", "garbage", "cut"]);
    let clean = Forecast::of(FaultClass::Clean, 2, Duration::from_secs(100)).draw(1);
    assert!(clean.is_clean());
    let dirty = Forecast::of(FaultClass::Dirty, 2, Duration::from_secs(100)).draw(1);
    assert!(!dirty.is_clean());
}

#[test]
fn the_kinds() {
    let list: Vec<_> = FaultKind::ALL
        .iter()
        .map(|kind| format!("{kind} ({:?}): {}", kind.class(), kind.explanation()))
        .collect();
    insta::assert_snapshot!(list.join("\n"));
}

/// A seed that is kept somewhere still means the same.
#[test]
fn the_plan_of_a_seed() {
    let hour = Duration::from_secs(3600);
    let everything = Forecast::of(FaultClass::Dirty, 1, hour);
    let everything =
        FaultKind::of(FaultClass::Clean).fold(everything, |forecast, kind| forecast.with(kind, 2));
    insta::assert_snapshot!(everything.draw(7));
}

#[test]
fn happenings_are_counted_by_kind() {
    let plan: FaultPlan = "0s lose to-host\n1s restart now\n2s lose to-modem"
        .parse()
        .expect("a plan");
    let mut tally = Tally::default();
    for fault in plan.faults {
        tally.count(&Happened {
            at: fault.at,
            byte: None,
            fault,
        });
    }
    assert_eq!(
        (tally.of(FaultKind::Lose), tally.of(FaultKind::Cut), tally.total()),
        (2, 0, 3)
    );
    let mut both = tally.clone();
    both.add(&tally);
    assert_eq!(both.to_string(), "lose 4, restart 2");
}

proptest! {
    #[test]
    fn a_drawn_plan_reads_back_and_keeps_to_its_forecast(seed in any::<u64>(), varied in any::<bool>()) {
        let mut forecast = Forecast {
            from: Duration::from_secs(10),
            forever: true,
            ..Forecast::of(FaultClass::Clean, 3, Duration::from_secs(500))
        };
        for kind in FaultKind::of(FaultClass::Dirty) {
            forecast = forecast.with(kind, 3);
        }
        if varied {
            forecast = forecast.varied(seed);
        }
        let plan = forecast.draw(seed);
        prop_assert_eq!(&plan, &forecast.draw(seed));
        prop_assert_eq!(plan.to_string().parse(), Ok(plan.clone()));
        for (&kind, &count) in &forecast.counts {
            let drawn = plan.faults.iter().filter(|fault| fault.what.kind() == kind).count();
            prop_assert_eq!(drawn, count as usize, "{}", kind);
        }
        for fault in &plan.faults {
            prop_assert!(forecast.from <= fault.at && fault.at < forecast.until);
            let lasts = match fault.what {
                What::Cut(time) | What::Unplug(time) | What::NoNetwork(time) | What::Stall(time) => time,
                What::Hang(Some(time), _) => time,
                _ => Duration::ZERO,
            };
            prop_assert!(fault.at + lasts <= forecast.until, "{:?}", fault);
        }
    }

    #[test]
    fn any_text_is_a_plan_or_an_error(text in "\\PC{0,40}|([0-9s.+ ]|lose|hang|noise|\"|to-host|\n){0,12}") {
        if let Ok(plan) = text.parse::<FaultPlan>() {
            prop_assert_eq!(plan.to_string().parse(), Ok(plan));
        }
    }
}
