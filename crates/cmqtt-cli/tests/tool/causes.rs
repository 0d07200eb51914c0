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
