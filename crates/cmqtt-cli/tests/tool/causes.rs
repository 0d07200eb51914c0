//! What the program says of modems that cannot do what is wanted: what the modem said, and what to do about it.

use super::answering::Scripted;

#[test]
fn module_with_other_mqtt_commands_is_named_by_info_and_refused_by_pub_sub_and_gateway() {
    for (model, commands) in [
        ("SIM7080G", "AT+SMCONF, AT+SMCONN, AT+SMPUB"),
        ("SIM7020E", "AT+CMQ"),
        ("SIM8200EA-M2", "another command set"),
    ] {
        let modem = Scripted::new(&[("AT+CGMM", model), ("AT+CMQTT", "ERROR")]);
        for run in [
            "pub -h broker.example -t t -m x",
            "pub -h broker.example -t t -m x --spool spool",
            "sub -h broker.example -t t",
            "gateway -h broker.example --spool spool",
        ] {
            let ended = modem
                .run(run)
                .with(1, &["this module has no AT+CMQTT commands", commands]);
            assert!(!ended.err.contains("SIM7028"), "{}", ended.err);
        }
        let info = modem.run("info").text();
        assert!(info.contains(&format!("{model} (family unknown)")), "{info}");
        assert!(info.contains(commands), "{info}");
        let info: serde_json::Value = serde_json::from_str(&modem.run("info --json").text()).expect("JSON");
        assert!(info["family"].is_null(), "{info}");
        assert_eq!(modem.count("AT+CMQTT"), 0, "{:?}", modem.lines());
        assert_eq!(modem.count("AT+CEREG"), 2, "info asks: {:?}", modem.lines());
    }
}

#[test]
fn unknown_module_that_refuses_mqtt_is_advised_to_force_a_family() {
    let modem = Scripted::new(&[("AT+CGMM", "FOO123"), ("AT+CMQTT", "ERROR")]);
    let info = modem.run("info").text();
    assert!(info.contains("FOO123 (family unknown)"), "{info}");
    modem
        .run("pub -h broker.example -t t -m x")
        .with(1, &["the model is unknown", "may have no AT+CMQTT", "--family"]);
}

const PUB: &str = "pub -h broker.example -t t -m x";

#[test]
fn sim_failures_advise_a_pin_only_where_it_is_the_cause() {
    let sim = |state, entered| Scripted::new(&[("AT+CPIN?", state), ("AT+CPIN=", entered)]);
    let missing = sim("+CME ERROR: SIM not inserted", "OK").run(PUB);
    let missing = missing.with(1, &["there is no SIM in the modem"]);
    assert!(!missing.err.contains("--pin"), "{}", missing.err);

    let locked = "+CPIN: SIM PIN";
    sim(locked, "OK")
        .run(PUB)
        .with(1, &["the SIM wants its PIN; give it with --pin"]);
    let wrong = sim(locked, "+CME ERROR: incorrect password").run(&format!("{PUB} --pin 1234"));
    let wrong = wrong.with(1, &["check --pin: three wrong ones block the SIM"]);
    assert!(!wrong.err.contains("give it with --pin"), "{}", wrong.err);
}

#[test]
fn registration_without_data_service_is_told_while_it_is_awaited() {
    for (state, words) in [
        (
            "+CEREG: 0,3",
            "the network denies registration; it is still awaited",
        ),
        (
            "+CEREG: 0,8",
            "the network gives no data service: emergency calls only",
        ),
        (
            "+CEREG: 0,11",
            "the network gives no data service: attached for emergency calls or RLOS",
        ),
    ] {
        let modem = Scripted::new(&[("AT+CEREG?", state), ("AT+CGREG?", "+CGREG: 0,0")]);
        let tool = modem.start(PUB);
        tool.err.wait_for(0, words.as_bytes(), 0);
        tool.kill();
    }
}

#[test]
fn restart_during_connect_names_the_supply() {
    let restarts = [
        ("AT+CGMM", "A7670E-FASE"),
        ("AT+CMQTTCONNECT=0", "OK|*ATREADY: 1"),
    ];
    Scripted::new(&restarts).run(PUB).with(
        1,
        &[
            "the modem restarted",
            "the supply may not carry the transmitter's peak current",
        ],
    );
}

#[test]
fn bare_error_is_given_its_likely_cause() {
    Scripted::new(&[("AT+CMQTTCONNECT=0", "ERROR")])
        .run(PUB)
        .with(1, &["+CMQTTCONNECT: ERROR (likely: the login is not in quotes"]);
}
