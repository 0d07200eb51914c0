//! Every shape in which an asynchronous command can end.

use super::script::{check, check_connected};
use crate::{Profile, Registration};

#[test]
fn success_in_both_orders() {
    check(
        Profile::SIM7028,
        r#"
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 0
        > AT+CMQTTSTOP
        < OK
        < +CMQTTSTOP: 0
        ! start-success=result-first
        ! stop-success=result-first
        ! connect-success=result-first
        ! disc-success=result-first
        ! pub-success=result-first
        ! sub-success=result-first
        ! unsub-success=result-first
        > AT+CMQTTSTART
        < +CMQTTSTART: 0
        < OK
        > AT+CMQTTACCQ=0,"id"
        < OK
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        ? Connect
        + 10
        ~ connected
        < +CMQTTCONNECT: 0,0
        < OK
        > AT+CMQTTSUB=0,1,0
        << \r\n>
        >> t
        ? Subscribe
        ~ granted
        < +CMQTTSUB: 0,0
        < OK
        > AT+CMQTTSUB=0
        < +CMQTTSUB: 0,0
        < OK
        > AT+CMQTTUNSUB=0,1,0
        << \r\n>
        >> t
        ? Unsubscribe
        ~ unsubscribed
        < +CMQTTUNSUB: 0,0
        < OK
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        > AT+CMQTTPUB=0,0,60
        ? Publish
        ~ published
        < +CMQTTPUB: 0,0
        < OK
        > AT+CMQTTDISC=0,60
        ? Disconnect
        ~ disconnected
        < +CMQTTDISC: 0,0
        < OK
        > AT+CMQTTREL=0
        < OK
        > AT+CMQTTSTOP
        < +CMQTTSTOP: 0
        < OK
        "#,
    );
}

/// A refusal that comes from the network, and one that is known at once.
#[test]
fn failure_in_all_four_shapes() {
    check(
        Profile::SIM7028,
        r#"
        > AT+CMQTTSTART;+CMQTTACCQ=0,"id"
        < ERROR
        < +CMQTTSTART: 0
        > AT+CMQTTACCQ=0,"id"
        < OK
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        ? Connect
        < OK
        ~ closed
        < +CMQTTCONNECT: 0,26
        > AT+CMQTTCONNECT=0,"http://a.example",60,1
        < OK
        < +CMQTTCONNECT: 0,12
        ! connect-failure=result-error
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        ? Connect
        ~ unreachable
        < +CMQTTCONNECT: 0,3
        < ERROR
        > AT+CMQTTCONNECT=0,"http://a.example",60,1
        < +CMQTTCONNECT: 0,12
        < ERROR
        ! connect-failure=error-result
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        ? Connect
        ~ dns
        < ERROR
        < +CMQTTCONNECT: 0,25
        > AT+CMQTTCONNECT=0,"http://a.example",60,1
        < ERROR
        < +CMQTTCONNECT: 0,12
        ! connect-failure=error
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        ? Connect
        ~ refused 5
        < ERROR
        > AT+CMQTTCONNECT=0,"http://a.example",60,1
        < ERROR
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        ? Connect
        ~ connected
        < OK
        < +CMQTTCONNECT: 0,0
        "#,
    );
}

#[test]
fn the_other_commands_fail_in_their_shapes() {
    check_connected(
        Profile::SIM7028,
        r"
        > AT+CMQTTPUB=0,1,60
        < OK
        < +CMQTTPUB: 0,18
        ! pub-failure=result-error
        > AT+CMQTTPUB=0,1,60
        < +CMQTTPUB: 0,18
        < ERROR
        > AT+CMQTTDISC=0,7
        < OK
        < +CMQTTDISC: 0,12
        ! disc-failure=error-result
        > AT+CMQTTDISC=0,7
        < ERROR
        < +CMQTTDISC: 0,12
        > AT+CMQTTSUB=0,2000,0
        < +CMQTTSUB: 0,22
        < ERROR
        ! sub-failure=error-result
        > AT+CMQTTSUB=0,2000,0
        < ERROR
        < +CMQTTSUB: 0,22
        > AT+CMQTTSUB=0,1,0
        << \r\n>
        >> t
        ? Subscribe
        ~ not-granted
        < ERROR
        < +CMQTTSUB: 0,1
        ! unsub-failure=error
        > AT+CMQTTUNSUB=0,2000,0
        < ERROR
        > AT+CMQTTSTOP
        < +CMQTTSTOP: 21
        < ERROR
        ! stop-failure=ok-result
        ! stop-held=19
        > AT+CMQTTSTOP
        < OK
        < +CMQTTSTOP: 19
        ",
    );
}

#[test]
fn families_have_the_shapes_that_were_seen() {
    check(
        Profile::SIM7600,
        r#"
        > AT+CMQTTSTART
        < +CMQTTSTART: 0
        < OK
        > AT+CMQTTSTART
        < +CMQTTSTART: 23
        < ERROR
        > AT+CMQTTREL=0
        < OK
        > AT+CMQTTACCQ=0,"id",0,3
        < OK
        > AT+CMQTTSTOP
        < +CMQTTSTOP: 21
        < ERROR
        "#,
    );
    check(
        Profile::A76XX,
        r#"
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 0
        > AT+CMQTTSTART
        < ERROR
        > AT+CMQTTREL=0
        < +CMQTTREL: 0,20
        < ERROR
        > AT+CMQTTACCQ=0,"id",1,4
        < +CMQTTACCQ: 0,12
        < ERROR
        > AT+CMQTTACCQ=0,"id"
        < OK
        > AT+CMQTTACCQ?
        << \r\n+CMQTTACCQ: 0,"id",0\r\n+CMQTTACCQ: 1,"",0\r\n\r\nOK\r\n
        > AT+CMQTTDISC?
        << \r\n+CMQTTDISC: 0,1\r\n+CMQTTDISC: 1,1\r\n\r\nOK\r\n
        > AT+CMQTTCONNECT=0,"tcp://a.example:1883",60,1
        ? Connect(Connect { host: "a.example", port: 1883, version: V3_1,
        ~ unreachable
        < +CMQTTCONNECT: 0,3
        < ERROR
        > AT+CMQTTCFG="version",0,4
        < OK
        > AT+CMQTTCONNECT=0,"tcp://a.example:1883",60,1
        ? Connect(Connect { host: "a.example", port: 1883, version: V3_1_1,
        ~ connected
        < OK
        < +CMQTTCONNECT: 0,0
        "#,
    );
    check(
        Profile::SIM767X,
        r#"
        > AT+CMQTTSTART=1
        < OK
        < +CMQTTSTART: 0
        > AT+CMQTTACCQ=1,"id"
        < OK
        > AT+CMQTTSTOP
        < +CMQTTSTOP: 19
        < ERROR
        > AT+CMQTTSUBTOPIC=1,3,0
        < ERROR
        > AT+CMQTTTOPIC=1,3
        << \r\n>
        >> a\rb
        << a\rb
        < OK
        "#,
    );
}

/// START without a network, in the shapes of both families.
#[test]
fn a_start_that_fails() {
    for (profile, answer) in [
        (Profile::SIM7028, "< OK\n< +CMQTTSTART: 1"),
        (Profile::SIM7600, "< +CMQTTSTART: 1\n< ERROR"),
    ] {
        let mut desk = check(profile, "");
        desk.modem.set_registration(desk.now, Registration::Denied);
        desk.play(&format!("> at+cmqttstart\n{answer}"));
        desk.modem.set_registration(desk.now, Registration::Roaming);
        desk.send(b"At+CmqttStart\r");
        assert!(desk.heard.windows(16).any(|line| line == b"\r\n+CMQTTSTART: 0"));
    }
}

/// However a failure ends: what the answer brings with it comes behind a successful publish's result.
#[test]
fn every_failure_shape_leaves_a_message_behind_its_publish() {
    for place in PLACES {
        for failure in FAILURES {
            check_connected(
                Profile::SIM7028,
                &format!(
                    r"
                    ! urcs={place}
                    ! pub-failure={failure}
                    > AT+CMQTTTOPIC=0,2
                    << \r\n>
                    >> qq
                    < OK
                    > AT+CMQTTPUB=0,1,60
                    ? Publish
                    {early}
                    ~ message qq
                    ~ published
                    {late}
                    < +CMQTTPUB: 0,0
                    << \r\n+CMQTTRXSTART: 0,2,0\r\n+CMQTTRXTOPIC: 0,2\r\nqq\r\n+CMQTTRXEND: 0\r\n
                    ",
                    early = if failure == "ok-result" { "< OK" } else { "" },
                    late = if failure == "ok-result" { "" } else { "< OK" },
                ),
            );
        }
    }
}

/// A command that the loss of its connection ends has its result before the news of the loss.
#[test]
fn every_failure_shape_comes_before_the_loss_that_causes_it() {
    for place in PLACES {
        for (failure, early, late) in [
            ("ok-result", "< OK", "< +CMQTTSUB: 0,6"),
            ("result-error", "", "< +CMQTTSUB: 0,6\n< ERROR"),
            ("error-result", "", "< ERROR\n< +CMQTTSUB: 0,6"),
            ("error", "", "< ERROR"),
        ] {
            check_connected(
                Profile::SIM7028,
                &format!(
                    r"
                    ! urcs={place}
                    ! sub-failure={failure}
                    > AT+CMQTTSUB=0,5,1
                    << \r\n>
                    >> a/#xx
                    ? Subscribe
                    {early}
                    ~ lost 1
                    {late}
                    < +CMQTTCONNLOST: 0,1
                    "
                ),
            );
        }
    }
}

/// Every place that a URC may have.
const PLACES: [&str; 2] = ["between-commands", "between-lines"];
/// Every shape of a failure.
const FAILURES: [&str; 4] = ["ok-result", "result-error", "error-result", "error"];
