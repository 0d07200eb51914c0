//! When the modem answers.

use std::time::Duration;

use crate::{Modem, Output, Profile};

/// When each burst comes after START was typed at a second past the epoch.
fn bursts(profile: &Profile) -> Vec<(Duration, Vec<u8>)> {
    let mut modem = Modem::new(profile.clone());
    let mut now = Duration::from_secs(1);
    let mut bursts = Vec::new();
    modem.handle_received(now, b"AT+CMQTTSTART\r");
    loop {
        match modem.poll() {
            Output::Transmit(bytes) => bursts.push((now - Duration::from_secs(1), bytes)),
            Output::Network(_, request) => panic!("the modem asked {request:?}"),
            Output::Wait(Some(deadline)) => {
                now = deadline;
                modem.handle_timeout(now);
            }
            Output::Wait(None) => return bursts,
        }
    }
}

#[test]
fn delays_are_drawn_from_the_seed() {
    let mut seen = Vec::new();
    for seed in 0..50 {
        let mut profile = Profile::SIM7028;
        profile.seed = seed;
        let bursts = bursts(&profile);
        assert_eq!(bursts, self::bursts(&profile));
        let [(echo, _), (ok, answer), (result, urc)] = &bursts[..] else {
            panic!("{bursts:?}");
        };
        assert_eq!(
            (answer.as_slice(), urc.as_slice()),
            (&b"\r\nOK\r\n"[..], &b"\r\n+CMQTTSTART: 0\r\n"[..])
        );
        let milliseconds = |least, most| Duration::from_millis(least)..=Duration::from_millis(most);
        assert_eq!(*echo, Duration::ZERO);
        assert!(milliseconds(3, 150).contains(ok));
        assert!(milliseconds(50, 500).contains(&(*result - *ok)));
        seen.push(*ok);
    }
    seen.dedup();
    assert!(seen.len() > 40);
}

#[test]
fn a_modem_without_delays_answers_at_the_same_moment() {
    let bursts = bursts(&Profile::SIM7028.at_once());
    assert_eq!(
        bursts,
        [(
            Duration::ZERO,
            b"AT+CMQTTSTART\r\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n".to_vec()
        )]
    );
}
