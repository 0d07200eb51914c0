//! What a modem is, and what it finds around itself when it is switched on, as switches say it.

use super::script::{Desk, check};
use crate::Profile;

/// The profile with these switches.
fn with(profile: Profile, switches: &[&str]) -> Profile {
    let mut profile = profile;
    for switch in switches {
        profile.switches.set(switch).expect("a switch");
    }
    profile
}

#[test]
fn model_is_called_as_the_switch_says() {
    check(
        with(Profile::SIM7028, &["model=SIM7080G", "cmqtt=off"]),
        r"
        > AT+CGMM
        << \r\nSIM7080G\r\n\r\nOK\r\n
        > ATI
        << \r\nManufacturer: SIMCOM INCORPORATED\r\nModel: SIM7080G\r\nRevision: 2110B07SIM7028\r\nIMEI: 867284060000001\r\n\r\nOK\r\n
        > AT+CMQTTSTART
        < ERROR
        ",
    );
}

#[test]
fn absent_sim_is_told_in_either_form() {
    check(
        with(Profile::SIM7600, &["sim=not-available"]),
        r#"
        > AT+CPIN?
        << \r\n+SIMCARD: NOT AVAILABLE\r\n\r\nERROR\r\n
        > AT+CPIN="1234"
        << \r\n+SIMCARD: NOT AVAILABLE\r\n\r\nERROR\r\n
        > AT+CREG?
        << \r\n+CREG: 0,0\r\n\r\nOK\r\n
        > AT+CMQTTSTART
        < +CMQTTSTART: 1
        < ERROR
        "#,
    );
    check(
        with(Profile::SIM7600, &["sim=absent"]),
        r"
        > AT+CPIN?
        < ERROR
        > AT+CMEE=1
        < OK
        > AT+CPIN?
        < +CME ERROR: 10
        > AT+CMEE=2
        < OK
        > AT+CPIN?
        < +CME ERROR: SIM not inserted
        ",
    );
}

#[test]
fn failing_sim_recovers_after_its_time_and_fails_again_after_a_restart() {
    check(
        with(Profile::A76XX, &["sim=13,10s", "boot-delay=0", "boot=silent"]),
        r#"
        > AT+CPIN?
        < +CME ERROR: 13
        > AT+CPIN="1234"
        < +CME ERROR: 13
        > AT+CGATT=1
        < +CME ERROR: 13
        + 10
        < +CPIN: READY
        > AT+CPIN?
        << \r\n+CPIN: READY\r\n\r\nOK\r\n
        > AT+CREG?
        << \r\n+CREG: 0,1\r\n\r\nOK\r\n
        > AT+CRESET
        < OK
        > ATE0
        << ATE0\r\r\nOK\r\n
        > AT+CPIN?
        < +CME ERROR: 13
        "#,
    );
    for (code, words) in [(13, "SIM failure"), (14, "SIM busy"), (313, "SIM failure")] {
        check(
            with(Profile::SIM7028, &[&format!("sim={code}")]),
            &format!(
                "
                > AT+CMEE=1
                < OK
                > AT+CPIN?
                < +CME ERROR: {code}
                + 3600
                > AT+CMEE=2
                < OK
                > AT+CPIN?
                < +CME ERROR: {words}
                "
            ),
        );
    }
}

#[test]
fn locked_sim_takes_the_pin_of_the_switch() {
    check(
        with(Profile::SIM7028, &["sim=pin-1234"]),
        r#"
        > AT+CPIN?
        << \r\n+CPIN: SIM PIN\r\n\r\nOK\r\n
        > AT+CPIN="1234"
        < OK
        < +CPIN: READY
        "#,
    );
}

#[test]
fn registration_is_what_the_switch_says() {
    for stat in 0..=11 {
        let profile = with(Profile::SIM7028, &[&format!("registration={stat}")]);
        let attached = u8::from([1, 5, 9, 10].contains(&stat));
        check(
            profile,
            &format!(
                "
                > AT+CEREG?
                << \\r\\n+CEREG: 0,{stat}\\r\\n\\r\\nOK\\r\\n
                > AT+CGATT?
                << \\r\\n+CGATT: {attached}\\r\\n\\r\\nOK\\r\\n
                "
            ),
        );
    }
}

#[test]
fn address_comes_with_cgact_or_never() {
    check(
        with(Profile::SIM7028, &["address=cgact"]),
        r"
        > AT+CGATT?
        << \r\n+CGATT: 1\r\n\r\nOK\r\n
        > AT+CGPADDR=1
        << \r\n+CGPADDR: 1\r\n\r\nOK\r\n
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 1
        > AT+CGACT=1,1
        < OK
        > AT+CGPADDR=1
        << \r\n+CGPADDR: 1,\x2210.64.0.2\x22\r\n\r\nOK\r\n
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 0
        ",
    );
    check(
        with(Profile::SIM7028, &["address=never"]),
        r"
        > AT+CGACT=1,1
        < ERROR
        > AT+CGPADDR=1
        << \r\n+CGPADDR: 1\r\n\r\nOK\r\n
        > AT+CMEE=1
        < OK
        > AT+CGACT=1,1
        < +CME ERROR: 30
        ",
    );
}

#[test]
fn clock_goes_on_from_what_the_switch_says_and_is_right_again_after_a_restart() {
    let mut desk = Desk::new(with(
        Profile::SIM7028,
        &["clock=2026-12-01T08:00:00", "delays=none", "boot=silent"],
    ));
    desk.play(
        r#"
        > ATE0
        << ATE0\r\r\nOK\r\n
        > AT+CCLK?
        << \r\n+CCLK: "26/12/01,08:00:02+00"\r\n\r\nOK\r\n
        > AT+CCLK="30/01/01,00:00:00+00"
        < OK
        > AT+CCLK?
        << \r\n+CCLK: "30/01/01,00:00:02+00"\r\n\r\nOK\r\n
        > AT+CRESET
        < OK
        > ATE0
        << ATE0\r\r\nOK\r\n
        > AT+CCLK?
        << \r\n+CCLK: "26/12/01,08:00:12+00"\r\n\r\nOK\r\n
        "#,
    );
}
