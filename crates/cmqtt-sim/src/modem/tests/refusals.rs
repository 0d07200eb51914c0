//! What a modem, or the broker behind it, refuses although nothing is wrong with the command.

use super::script::{check, check_connected};
use crate::Profile;

/// Two seconds pass after each step.
#[test]
fn busy_client_refuses_until_its_time_is_over() {
    check(
        Profile::SIM7600,
        r#"
        ! busy=5s
        > AT+CMQTTSTART
        < +CMQTTSTART: 0
        < OK
        > AT+CMQTTACCQ=0,"id"
        < OK
        > AT+CMQTTCONNECT=0,"tcp://broker.example",60,1
        ? Connect
        < OK
        ~ connected
        < +CMQTTCONNECT: 0,0
        > AT+CMQTTTOPIC=0,1
        < +CMQTTTOPIC: 0,14
        < ERROR
        > AT+CMQTTSUB=0,1,1
        < +CMQTTSUB: 0,14
        < ERROR
        > AT+CMQTTSUB=0,1,1
        << \r\n>
        >> t
        ? Subscribe
        < OK
        ~ granted
        < +CMQTTSUB: 0,0
        > AT+CMQTTPAYLOAD=0,1
        < +CMQTTPAYLOAD: 0,14
        < ERROR
        > AT+CMQTTTOPIC=0,1
        < +CMQTTTOPIC: 0,14
        < ERROR
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        "#,
    );
}

/// Each as `+CMQTTxxx: 0,14` and `ERROR`, also where a failure is `OK` and the result.
#[test]
fn busy_client_refuses_each_command_that_needs_it() {
    for (command, name) in [
        ("TOPIC=0,1", "TOPIC"),
        ("PAYLOAD=0,1", "PAYLOAD"),
        ("PUB=0,0,60", "PUB"),
        ("SUBTOPIC=0,1,0", "SUBTOPIC"),
        ("SUB=0,1,0", "SUB"),
        ("SUB=0", "SUB"),
        ("UNSUBTOPIC=0,1", "UNSUBTOPIC"),
        ("UNSUB=0,1,0", "UNSUB"),
        ("UNSUB=0,0", "UNSUB"),
        ("REL=0", "REL"),
    ] {
        for shape in ["ok-result", "error"] {
            check_connected(
                Profile::A76XX,
                &format!(
                    "
                    ! busy=60s
                    > AT+CMQTTSUB=0,1,1
                    << \\r\\n>
                    >> t
                    ? Subscribe
                    < OK
                    ~ granted
                    < +CMQTTSUB: 0,0
                    ! pub-failure={shape}
                    ! sub-failure={shape}
                    ! unsub-failure={shape}
                    > AT+CMQTT{command}
                    < +CMQTT{name}: 0,14
                    < ERROR
                    "
                ),
            );
        }
    }
}

#[test]
fn client_that_awaits_an_acknowledgement_is_busy() {
    check_connected(
        Profile::SIM7028,
        r"
        ! busy=1ms
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        > AT+CMQTTPUB=0,1,60
        ? Publish
        < OK
        > AT+CMQTTTOPIC=0,1
        < +CMQTTTOPIC: 0,14
        < ERROR
        + 60
        < +CMQTTPUB: 0,17
        > AT+CMQTTTOPIC=0,1
        < +CMQTTTOPIC: 0,14
        < ERROR
        ~ published
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        ",
    );
}

#[test]
fn denied_topic_ends_the_connection_each_time() {
    check_connected(
        Profile::SIM7600,
        r#"
        ! denied-topics=secret/#,+/admin
        > AT+CMQTTTOPIC=0,8
        << \r\n>
        >> secret/a
        < OK
        > AT+CMQTTPUB=0,1,60
        < OK
        < +CMQTTPUB: 0,6
        < +CMQTTCONNLOST: 0,1
        ? Abort
        > AT+CMQTTCONNECT=0,"tcp://broker.example",60,1
        ? Connect
        < OK
        ~ connected
        < +CMQTTCONNECT: 0,0
        > AT+CMQTTTOPIC=0,7
        << \r\n>
        >> a/admin
        < OK
        > AT+CMQTTPUB=0,0,60
        < OK
        < +CMQTTPUB: 0,0
        < +CMQTTCONNLOST: 0,1
        ? Abort
        "#,
    );
}

#[test]
fn lost_publish_says_nothing_where_firmware_says_nothing() {
    let script = r"
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        > AT+CMQTTPUB=0,1,60
        ? Publish
        < OK
        ~ lost 1
        ";
    let alone = format!("! lost-pub=none\n{script}< +CMQTTCONNLOST: 0,1");
    check_connected(Profile::SIM7028, &alone);
    let with_code = format!("{script}< +CMQTTPUB: 0,6\n< +CMQTTCONNLOST: 0,1");
    check_connected(Profile::SIM7028, &with_code);
    check_connected(
        Profile::SIM7028,
        r"
        ! lost-pub=none
        ! denied-topics=t
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        > AT+CMQTTPUB=0,2,60
        < OK
        < +CMQTTCONNLOST: 0,1
        ? Abort
        ",
    );
    // No command stays without its final result code.
    check_connected(
        Profile::SIM7028,
        r"
        ! lost-pub=none
        ! pub-failure=result-error
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        > AT+CMQTTPUB=0,1,60
        ? Publish
        ~ lost 1
        < +CMQTTPUB: 0,6
        < ERROR
        < +CMQTTCONNLOST: 0,1
        ",
    );
}

#[test]
fn start_and_connect_are_refused_for_a_while_after_power_up() {
    check(
        Profile::SIM7028,
        r#"
        ! start-refused=7,10s
        ! connect-refused=3,30s
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 7
        > AT+CMQTTACCQ=0,"id"
        < ERROR
        + 10
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 0
        > AT+CMQTTACCQ=0,"id"
        < OK
        > AT+CMQTTCONNECT=0,"tcp://broker.example",60,1
        < OK
        < +CMQTTCONNECT: 0,3
        + 30
        > AT+CMQTTCONNECT=0,"tcp://broker.example",60,1
        ? Connect
        < OK
        ~ connected
        < +CMQTTCONNECT: 0,0
        ! boot=silent
        ! boot-delay=0
        > AT+CRESET
        ? Abort
        < OK
        > ATE0
        << ATE0\r\r\nOK\r\n
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 7
        "#,
    );
}

#[test]
fn connect_on_a_live_connection_is_refused_with_the_chosen_code() {
    for code in ["13", "19"] {
        check_connected(
            Profile::A76XX,
            &format!(
                "
                ! connect-again={code}
                > AT+CMQTTCONNECT=0,\"tcp://broker.example\",60,1
                < +CMQTTCONNECT: 0,{code}
                < ERROR
                "
            ),
        );
    }
}

#[test]
fn module_without_mqtt_knows_none_of_its_commands() {
    check(
        Profile::SIM7028,
        r#"
        ! cmqtt=off
        > AT+CMQTTSTART
        < ERROR
        > AT+CMQTTSTART=?
        < ERROR
        > AT+CMQTTACCQ?
        < ERROR
        > AT+CMQTTDISC=0,60
        < ERROR
        > AT
        < OK
        "#,
    );
}

#[test]
fn certificates_and_tls_keys_are_refused_by_name() {
    check(
        Profile::SIM7600,
        r#"
        ! ccertdown=off
        > AT+CCERTDOWN=?
        < OK
        > AT+CCERTDOWN="ca.pem",2
        < ERROR
        ! ccertdown=on
        > AT+CCERTDOWN="ca.pem",2
        << \r\n>
        >> ab
        < OK
        ! csslcfg-refused=enableSNI,negotiatetime
        > AT+CSSLCFG="sslversion",0,4
        < OK
        > AT+CSSLCFG="enableSNI",0,1
        < ERROR
        > AT+CSSLCFG="negotiatetime",0,60
        < ERROR
        ! csslcfg-refused=all
        > AT+CSSLCFG="sslversion",0,4
        < ERROR
        > AT+CSSLCFG?
        < ERROR
        > AT+CSSLCFG=?
        < ERROR
        > AT+CCERTLIST
        < +CCERTLIST: "ca.pem"
        < OK
        "#,
    );
}

#[test]
fn disc_states_whatever_timeouts_it_is_set_to() {
    check(
        Profile::SIM7028,
        r"
        ! disc-timeout=4294967295-4294967295
        > AT+CMQTTDISC=?
        << \r\n+CMQTTDISC: (0-0),(0, 4294967295-4294967295)\r\n\r\nOK\r\n
        ! disc-timeout=300-300
        > AT+CMQTTDISC=?
        << \r\n+CMQTTDISC: (0-0),(0, 300-300)\r\n\r\nOK\r\n
        ",
    );
}
