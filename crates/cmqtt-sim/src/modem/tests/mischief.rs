//! Each of the modem's faults as the host hears it.

use std::time::Duration;

use proptest::prelude::*;

use super::script::{Desk, connected};
use crate::{Family, FaultClass, FaultKind, FaultPlan, Forecast, Happened, Output, Profile};

/// A modem without delays that was told `ATE0` and whose client is connected: six seconds have passed.
fn desk(profile: &Profile, plan: &str) -> Desk {
    let mut desk = connected(profile.clone().at_once());
    desk.modem.set_faults(&plan.parse().expect("a plan"));
    desk
}

/// What the modem has said by then, in bytes.
const BEFORE: usize =
    b"ATE0\r\r\nOK\r\n\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n\r\nOK\r\n\r\nOK\r\n\r\n+CMQTTCONNECT: 0,0\r\n".len();

fn happened(desk: &mut Desk) -> Vec<String> {
    std::iter::from_fn(|| desk.modem.poll_happened())
        .map(|one| one.to_string())
        .collect()
}

#[track_caller]
fn check(plan: &str, script: &str) {
    let mut desk = desk(&Profile::SIM7028, plan);
    desk.play(script);
    let lines = plan.lines().filter(|line| !line.starts_with("until")).count();
    assert_eq!(happened(&mut desk).len(), lines, "{plan}");
}

#[test]
fn a_prompt_is_lost_doubled_or_late() {
    let topic = r"
        > AT+CMQTTTOPIC=0,3
        >> abc
        < OK
        > AT+CMQTTPAYLOAD=0,1
        << \r\n>
        >> x
        < OK";
    check("0s prompt-lost", topic);
    check(
        "0s prompt-twice",
        r"
        > AT+CMQTTTOPIC=0,3
        << \r\n>\r\n>
        >> abc
        < OK",
    );
    check(
        "0s prompt-late 11s",
        r"
        > AT+CMQTTTOPIC=0,3
        + 8
        + 1
        << \r\n>
        >> abc
        < OK",
    );
    // Data that did not wait for the prompt are data all the same.
    check(
        "0s prompt-late 11s",
        r"
        > AT+CMQTTTOPIC=0,3
        >> abc
        + 7
        << \r\n>\r\nOK\r\n",
    );
}

#[test]
fn a_final_result_code_is_lost_or_late() {
    check(
        "0s +1 final-lost",
        "
        > AT
        < OK
        > AT+CSQ
        < +CSQ: 23,0
        > AT
        < OK",
    );
    // What is typed meanwhile waits.
    check(
        "0s final-late 10s",
        "
        > AT+CSQ
        < +CSQ: 23,0
        > AT+CMQTTNONE
        + 6
        < OK
        < ERROR",
    );
}

#[test]
fn a_result_is_lost_late_or_first() {
    let publish = "
        > AT+CMQTTTOPIC=0,1
        << \\r\\n>
        >> a
        < OK
        > AT+CMQTTPUB=0,1,60
        < OK
        ? Publish";
    check(
        "0s result-lost",
        &format!("{publish}\n~ published\n+ 500\n> AT\n< OK"),
    );
    check(
        "0s result-late 200s",
        &format!("{publish}\n~ published\n+ 197\n+ 1\n< +CMQTTPUB: 0,0"),
    );
    // Long given up, in the midst of the next.
    check(
        "0s result-late 200s",
        &format!(
            "{publish}\n~ published\n+ 196\n> AT+CMQTTTOPIC=0,1\n<< \\r\\n>\n>> b\n< OK\n< +CMQTTPUB: 0,0"
        ),
    );
    check(
        "0s result-first",
        "
        > AT+CMQTTTOPIC=0,1
        << \\r\\n>
        >> a
        < OK
        > AT+CMQTTPUB=0,1,60
        ? Publish
        ~ published
        < +CMQTTPUB: 0,0
        < OK",
    );
    check(
        "0s result-first",
        "
        > AT+CMQTTSUB=0,1,1
        << \\r\\n>
        >> a
        ? Subscribe
        ~ not-granted
        < +CMQTTSUB: 0,1
        < OK",
    );
    // A restart takes what is late with it.
    check(
        "0s result-late 20s\n20s restart now silent",
        &format!("{publish}\n~ published\n+ 500\n? Abort"),
    );
}

#[test]
fn lines_come_in_gaps() {
    // Before, in and after an answer, and when nothing is said.
    let noise = r#"noise "~\x20x""#;
    check(&format!("0s +1 {noise}"), "> AT\n< ~ x\n< OK\n");
    check(&format!("0s +2 {noise}"), "> AT+CSQ\n< +CSQ: 23,0\n< ~ x\n< OK\n");
    check(&format!("100s {noise}"), "+ 100\n< ~ x");
    let mut desk = desk(&Profile::SIM7028, &format!("0s +2 {noise}\n0s +3 {noise}"));
    desk.send(b"ATI\r");
    let heard = desk.heard.escape_ascii().to_string();
    assert!(
        heard.starts_with(
            r"\r\nManufacturer: SIMCOM INCORPORATED\r\n\r\n~ x\r\nModel: SIM7028\r\n\r\n~ x\r\nRevision"
        ),
        "{heard}"
    );
    // Never inside data, nor inside a line that is being typed.
    check(
        &format!("20s {noise}"),
        "> AT+CMQTTTOPIC=0,3\n<< \\r\\n>\n>> ab\n+ 20\n>> c\n< OK\n< ~ x",
    );
}

#[test]
fn what_waits_is_let_out_inside_an_answer() {
    let mut desk = desk(&Profile::SIM7028, "0s +2 let-out");
    // It comes with the command's last byte.
    desk.modem.handle_received(desk.now, b"AT+CSQ");
    desk.modem
        .switches_mut()
        .set("command-delay=1s")
        .expect("a switch");
    desk.modem.handle_received(desk.now, b"\r");
    desk.modem.inject_line(desk.now, b"+CGEV: ME PDN ACT 2");
    desk.pass(Duration::from_secs(2));
    desk.play("< +CSQ: 23,0\n< +CGEV: ME PDN ACT 2\n< OK");
}

#[test]
fn echo_changes_by_itself() {
    check(
        "12s echo on\n30s echo off",
        "> AT\n< OK\n+ 10\n> AT\n<< AT\\r\\r\\nOK\\r\\n\n+ 20\n> AT\n< OK",
    );
}

#[test]
fn a_modem_restarts_at_any_byte_that_it_says() {
    let whole = b"\r\n+CSQ: 23,0\r\n\r\nOK\r\n";
    for byte in 0..whole.len() {
        let mut desk = desk(&Profile::SIM7028, &format!("0s +{byte} restart to-host"));
        desk.send(b"AT+CSQ\r");
        let expect = [
            &whole[..byte],
            b"\r\nRDY\r\n\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n",
        ]
        .concat();
        assert_eq!(
            desk.heard.escape_ascii().to_string(),
            expect.escape_ascii().to_string()
        );
        desk.heard.clear();
        // Everything in it is gone, and echo is back on.
        desk.play("? Abort\n> AT+CMQTTDISC?\n<< AT+CMQTTDISC?\\r\\r\\nERROR\\r\\n");
        let expect = format!("8s restart to-host, byte {}", BEFORE + byte);
        assert_eq!(happened(&mut desk), [expect]);
    }
}

#[test]
fn a_modem_restarts_at_any_byte_that_it_hears() {
    for byte in 0..7 {
        let mut desk = desk(&Profile::SIM7028, &format!("0s +{byte} restart to-modem silent"));
        // The rest finds it deaf until it is up, which without delays is at once.
        desk.modem.switches_mut().set("boot-delay=1s").expect("a switch");
        desk.send(b"AT+CSQ\r");
        desk.play("? Abort\n> AT\n<< AT\\r\\r\\nOK\\r\\n");
    }
    // In the midst of data.
    check(
        "0s +19 restart to-modem silent",
        "> AT+CMQTTTOPIC=0,3\n<< \\r\\n>\n>> abc\n<< c\n? Abort\n",
    );
}

#[test]
fn a_modem_that_hangs_answers_later_or_not_at_all() {
    check(
        "7s hang 100s",
        "+ 1\n> AT\n~ message t p\n+ 90\n> AT+CSQ\n+ 2\n< OK\n
         << \\r\\n+CMQTTRXSTART: 0,1,1\\r\\n+CMQTTRXTOPIC: 0,1\\r\\nt\\r\\n+CMQTTRXPAYLOAD: 0,1\\r\\np\\r\\n+CMQTTRXEND: 0\\r\\n
         < +CSQ: 23,0\n< OK\n",
    );
    check(
        "7s hang 100s deaf",
        "+ 1\n> AT\n~ lost 2\n+ 90\n> AT+CSQ\n+ 2\n< +CMQTTCONNLOST: 0,2\n> AT\n< OK",
    );
}

#[test]
fn what_happens_to_a_modem_that_hangs_does_not_wait_for_its_end() {
    // A second hang makes it longer; deferred is what it was.
    check("9s hang 20s\n20s hang 15s deaf", "+ 3\n> AT\n+ 21\n+ 1\n< OK");
    // A restart ends it.
    check(
        "9s hang forever\n20s restart now silent\n30s echo off",
        "+ 3\n> AT\n+ 8\n? Abort\n> AT\n<< AT\\r\\r\\nOK\\r\\n\n+ 10\n> AT\n< OK",
    );
    // Noise and late results come when it goes on.
    check("9s hang 20s\n15s noise \"~\"", "+ 20\n+ 2\n< ~");
}

/// The last step of any recovery.
#[test]
fn the_power_key_works_always() {
    for family in Family::ALL {
        let profile = Profile::of(family);
        let mut desk = desk(&profile, "9s hang forever");
        desk.pass(Duration::from_secs(5));
        desk.send(b"AT\r");
        desk.send(b"AT+CRESET\r");
        desk.pass(Duration::from_secs(10_000));
        assert_eq!(
            desk.heard.escape_ascii().to_string(),
            "",
            "{family}: a modem that hangs is deaf"
        );
        assert_eq!(desk.modem.poll(), Output::Wait(None));
        desk.modem.power_cycle(desk.now);
        desk.pass(Duration::from_secs(1));
        booted(&mut desk, family, b"");
    }
}

#[test]
fn a_reset_is_answered_and_then_the_modem_boots() {
    for family in Family::ALL {
        let mut desk = desk(&Profile::of(family), "");
        desk.send(b"AT+CRESET\r");
        booted(&mut desk, family, b"\r\nOK\r\n");
        // With hardware's delays it is deaf for a while, and its last lines come when it answers already.
        let mut desk = Desk::new(Profile::of(family));
        desk.send(b"AT+CRESET\r");
        let listens = desk.modem.poll();
        assert!(matches!(listens, Output::Wait(Some(_))), "{family}: {listens:?}");
        desk.heard.clear();
        desk.modem.handle_received(desk.now, b"A");
        desk.pass(Duration::from_secs(4));
        desk.send(b"AT\r");
        let heard = String::from_utf8_lossy(&desk.heard).into_owned();
        assert!(heard.ends_with("AT\r\r\nOK\r\n"), "{family}: {heard:?}");
        assert!(!heard.contains("PB DONE"), "{family}: {heard:?}");
        desk.pass(Duration::from_secs(10));
        assert!(desk.heard.ends_with(b"\r\nPB DONE\r\n"), "{family}");
    }
}

/// It has said so, knows nothing of what was, and echoes.
#[track_caller]
fn booted(desk: &mut Desk, family: Family, before: &[u8]) {
    let first = match family {
        Family::A76xx => &b"\r\n*ATREADY: 1\r\n"[..],
        _ => b"\r\nRDY\r\n",
    };
    let lines = [
        before,
        first,
        b"\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n\r\nPB DONE\r\n",
    ]
    .concat();
    assert_eq!(
        desk.heard.escape_ascii().to_string(),
        lines.escape_ascii().to_string(),
        "{family}"
    );
    desk.heard.clear();
    desk.play("? Abort\n> AT\n<< AT\\r\\r\\nOK\\r\\n\n> AT+CMQTTACCQ?\n<< AT+CMQTTACCQ?\\r\\r\\nERROR\\r\\n");
}

#[test]
fn after_its_end_a_plan_does_nothing() {
    // Also what waited for a gap that never came in time: the modem does not wait for it.
    let plan = "until 10s\n0s +500 final-lost\n7s noise \"~\"\n11s restart now\n9s echo on";
    let mut desk = desk(&Profile::SIM7028, plan);
    desk.modem.handle_received(desk.now, b"AT+CMQTTTOPIC=0,3\r");
    desk.pass(Duration::from_secs(1));
    desk.heard.clear();
    desk.play("+ 10\n>> abc\n< OK\n> AT\n<< AT\\r\\r\\nOK\\r\\n\n+ 100");
}

/// A session of some length, with what the modem said, asked and did wrong.
fn session(profile: &Profile, plan: &FaultPlan, pieces: usize) -> (String, String, Vec<Happened>) {
    let mut desk = connected(profile.clone());
    desk.modem.set_faults(plan);
    desk.answering = true;
    for _ in 0..20 {
        for line in [
            "AT\r",
            "ATE0;+CSQ;+CMQTTDISC?\r",
            "AT+CMQTTSTART\r",
            "AT+CMQTTACCQ=0,\"id\"\r",
            "AT+CMQTTCONNECT=0,\"tcp://broker.example\",60,1\r",
            "AT+CMQTTTOPIC=0,3\r",
            "a/b",
            "AT+CMQTTPAYLOAD=0,4\r",
            "\r\n>\r",
            "AT+CMQTTPUB=0,1,60\r",
        ] {
            for piece in line.as_bytes().chunks(pieces) {
                desk.modem.handle_received(desk.now, piece);
            }
            desk.pass(Duration::from_secs(2));
        }
    }
    desk.pass(Duration::from_secs(10_000));
    let happened = std::iter::from_fn(|| desk.modem.poll_happened()).collect();
    (
        desk.heard.escape_ascii().to_string(),
        format!("{:?}", desk.asked),
        happened,
    )
}

fn forecast() -> Forecast {
    let mut forecast = Forecast::of(FaultClass::Clean, 3, Duration::from_secs(400));
    forecast.away = Duration::from_secs(20);
    forecast.pause = Duration::from_secs(5);
    forecast
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_happened_happens_again_however_bytes_are_split(
        seed in any::<u64>(),
        family in proptest::sample::select(&Family::ALL[..]),
        pieces in 1usize..20,
    ) {
        let profile = Profile::of(family);
        let plan = forecast().varied(seed).draw(seed);
        let first = session(&profile, &plan, usize::MAX);
        prop_assert_eq!(&first, &session(&profile, &plan, pieces));
        let replay = FaultPlan::replay(&first.2, plan.until).to_string().parse().expect("its own text");
        prop_assert_eq!(&first, &session(&profile, &replay, pieces));
    }
}

#[test]
fn each_kind_happens_in_a_session() {
    let plan = forecast().draw(1);
    let (.., happened) = session(&Profile::SIM7600, &plan, usize::MAX);
    for kind in FaultKind::of(FaultClass::Clean) {
        let planned = plan.faults.iter().filter(|fault| fault.what.kind() == kind);
        let modems = planned.filter(|fault| fault.what.place().layer() == crate::faults::Layer::Modem);
        if modems.count() > 0 {
            assert!(happened.iter().any(|one| one.fault.what.kind() == kind), "{kind}");
        }
    }
}
