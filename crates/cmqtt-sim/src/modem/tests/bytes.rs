//! The bytes on the line: echo, line ends, prompts, data, joined commands.

use super::script::{Desk, check, check_connected};
use crate::Profile;

/// With echo on, as after power-up.
#[track_caller]
fn check_echoing(script: &str) {
    Desk::new(Profile::SIM7028).play(script);
}

#[test]
fn echo_is_the_command_and_its_cr() {
    check_echoing(
        r"
        > AT
        << AT\r\r\nOK\r\n
        > at+csq
        << at+csq\r\r\n+CSQ: 23,0\r\n\r\nOK\r\n
        > ATE0
        << ATE0\r\r\nOK\r\n
        > AT
        << \r\nOK\r\n
        > aTe1
        << \r\nOK\r\n
        > At
        << At\r\r\nOK\r\n
        ",
    );
}

#[test]
fn a_line_feed_after_cr_is_ignored() {
    check_echoing(
        r"
        >> AT\r\nAT\r\n
        << AT\r\r\nOK\r\nAT\r\r\nOK\r\n
        >> \r\n
        << \r
        ",
    );
}

#[test]
fn what_is_no_command_line_gets_no_answer() {
    check_echoing(
        r"
        > hello
        << hello\r
        > A
        << A\r
        >> \x1aAT\x08T\r
        << AT\x08 \x08T\r\r\nOK\r\n
        ",
    );
}

#[test]
fn joined_commands_have_one_final_result() {
    check(
        Profile::SIM7028,
        r"
        > ATE0Q0S0=1S3=13V1X4;+CSQ;+CGMM
        << \r\n+CSQ: 23,0\r\n\r\nSIM7028\r\n\r\nOK\r\n
        > ATS0?S3?S5?
        << \r\n001\r\n\r\n013\r\n\r\n008\r\n\r\nOK\r\n
        > ATS0=S0?
        << \r\n000\r\n\r\nOK\r\n
        > AT+CSQ;+NOSUCH;+CGMM
        << \r\n+CSQ: 23,0\r\n\r\nERROR\r\n
        > ATE0;+CSQ=5;E1
        < ERROR
        > ATV0
        < ERROR
        > AT+CSQ=?
        << \r\n+CSQ: (0-31,99),(0-7,99)\r\n\r\nOK\r\n
        ",
    );
}

#[test]
fn a_line_holds_559_characters_and_39_commands() {
    let mut desk = check(Profile::SIM7028, "");
    let client = |len: usize| format!("AT+CMQTTACCQ=0,\"{}\"\r", "x".repeat(len));
    let longest = 559 - "+CMQTTACCQ=0,\"\"".len();
    desk.play("> AT+CMQTTSTART\n< OK\n< +CMQTTSTART: 0");
    // It fits the line, and is refused for its own length.
    desk.send(client(longest).as_bytes());
    desk.play("< +CMQTTACCQ: 0,22\n< ERROR");
    desk.send(client(longest + 1).as_bytes());
    desk.play("< ERROR");
    desk.send(client(5000).as_bytes());
    desk.play("< ERROR");
    desk.send(format!("AT{}\r", "X0".repeat(39)).as_bytes());
    desk.play("< OK");
    desk.send(format!("AT{}\r", "X0".repeat(40)).as_bytes());
    desk.play("< ERROR");
    desk.play("> AT\n< OK");
}

#[test]
fn lines_typed_ahead_wait_for_the_final_result() {
    check_echoing(
        r"
        >> AT\rAT+CSQ\rAT\r
        << AT\r\r\nOK\r\nAT+CSQ\r\r\n+CSQ: 23,0\r\n\r\nOK\r\nAT\r\r\nOK\r\n
        ",
    );
}

#[test]
fn the_byte_strings_of_a_sim7600ce_driver() {
    let mut profile = Profile::SIM7600;
    profile.switches.set("start-success=ok-first").expect("a switch");
    let mut desk = Desk::new(profile);
    desk.modem.power_cycle(desk.now);
    desk.pass(std::time::Duration::from_secs(20));
    desk.answering = true;
    desk.play(
        r#"
        << \r\nRDY\r\n
        << \r\n+CPIN: READY\r\n
        << \r\nSMS DONE\r\n
        << \r\nPB DONE\r\n
        > ATE0
        << ATE0\r\r\nOK\r\n
        > AT+CMQTTSTART
        << \r\nOK\r\n\r\n+CMQTTSTART: 0\r\n
        > AT+CMQTTACCQ=0,"id"
        << \r\nOK\r\n
        > AT+CMQTTCONNECT=0,"tcp://a.example:1883",60,1
        ? Connect
        << \r\nOK\r\n\r\n+CMQTTCONNECT: 0,0\r\n
        > AT+CMQTTSUB=0,9,1
        << \r\n>
        >> simcommsg
        ? Subscribe
        << \r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n
        > AT+CMQTTTOPIC=0,9
        << \r\n>
        >> simcommsg
        << \r\nOK\r\n
        > AT+CMQTTPUB=0,1,60
        ? Publish
        << \r\nOK\r\n\r\n+CMQTTPUB: 0,0\r\n
        "#,
    );
}

#[test]
fn data_are_exactly_so_many_bytes_whatever_they_are() {
    check_connected(
        Profile::SIM7028,
        r"
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        > AT+CMQTTPAYLOAD=0,26
        << \r\n>
        >> \nOK\r\nERROR\r\n>\0\x1a\x1b\xff+CMQTT
        >> AT
        + 60
        >> \r\r\n
        < OK
        > AT+CMQTTPUB=0,0,60
        < OK
        ? Publish { topic: [116], payload: [10, 79, 75, 13, 10, 69, 82, 82, 79, 82, 13, 10, 62, 0, 26, 27, 255, 43, 67, 77, 81, 84, 84, 65, 84, 13], qos: AtMostOnce, retain: false, dup: false }
        ~ published
        < +CMQTTPUB: 0,0
        ",
    );
}

#[test]
fn line_ends_behind_data_are_swallowed_also_by_the_echo() {
    let mut desk = Desk::new(Profile::SIM7028);
    desk.play(
        r#"
        > AT+CMQTTSTART
        << AT+CMQTTSTART\r\r\nOK\r\n\r\n+CMQTTSTART: 0\r\n
        > AT+CMQTTACCQ=0,"id"
        << AT+CMQTTACCQ=0,"id"\r\r\nOK\r\n
        > AT+CMQTTTOPIC=0,3
        << AT+CMQTTTOPIC=0,3\r\r\n>
        >> abc\r\n\r\r
        << \r\nOK\r\n
        >> \r
        > AT
        << AT\r\r\nOK\r\n
        >> AT+CMQTTTOPIC=0,3\r\n
        << AT+CMQTTTOPIC=0,3\r\r\n>
        >> abc
        << \r\nOK\r\n
        "#,
    );
}

/// With and without delays: a host that ends its lines with CR LF never loses its LF into the data, one that ends
/// them with CR may send data that begin with LF.
#[test]
fn the_line_feed_of_a_command_is_no_data() {
    for profile in [Profile::SIM7028, Profile::SIM7028.at_once()] {
        let mut desk = check(
            profile.clone(),
            r#"
            >> AT+CMQTTSTART\r\n
            < OK
            < +CMQTTSTART: 0
            >> AT+CMQTTACCQ=0,"id"\r\n
            < OK
            >> AT+CMQTTTOPIC=0,1\r\nt
            << \r\n>
            < OK
            >> AT+CMQTTTOPIC=0,2\r\n
            << \r\n>
            >> \nt
            < OK
            "#,
        );
        desk.answering = true;
        desk.play(
            r#"
            > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
            ? Connect
            < OK
            < +CMQTTCONNECT: 0,0
            > AT+CMQTTPAYLOAD=0,1
            << \r\n>
            >> \n
            < OK
            > AT+CMQTTPUB=0,0,60
            ? Publish { topic: [10, 116], payload: [10]
            < OK
            < +CMQTTPUB: 0,0
            "#,
        );
    }
}

#[test]
fn a_urc_waits_for_the_end_of_a_command_and_of_its_data() {
    let mut desk = check_connected(
        Profile::SIM7028,
        r"
        > AT+CMQTTTOPIC=0,3
        << \r\n>
        ~ message t hello
        >> ab
        ~ message t again
        >> c
        << \r\nOK\r\n
        << \r\n+CMQTTRXSTART: 0,1,5\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,5\r\nhello\r\n+CMQTTRXEND: 0\r\n
        << \r\n+CMQTTRXSTART: 0,1,5\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,5\r\nagain\r\n+CMQTTRXEND: 0\r\n
        ",
    );
    desk.modem.handle_received(desk.now, b"AT\r");
    desk.modem.inject_line(desk.now, b"+CGEV: ME PDN ACT 8,1");
    desk.pass(std::time::Duration::from_secs(1));
    desk.play(
        r"
        < OK
        < +CGEV: ME PDN ACT 8,1
        ! urcs=between-lines
        ",
    );
    desk.modem.handle_received(desk.now, b"AT\r");
    desk.modem.inject_line(desk.now, b"+CGEV: ME PDN ACT 8,1");
    desk.pass(std::time::Duration::from_secs(1));
    desk.play(
        r"
        < +CGEV: ME PDN ACT 8,1
        < OK
        ",
    );
}

#[test]
fn a_half_typed_line_is_not_torn_until_its_writer_pauses() {
    let mut desk = Desk::new(Profile::SIM7028);
    desk.modem.handle_received(desk.now, b"AT+C");
    desk.modem.inject_line(desk.now, b"SMS DONE");
    desk.pass(std::time::Duration::from_millis(400));
    desk.play(r"<< AT+C");
    desk.send(b"SQ\r");
    desk.play(
        r"
        << SQ\r\r\n+CSQ: 23,0\r\n\r\nOK\r\n
        < SMS DONE
        >> AT+C
        << AT+C
        ",
    );
    desk.modem.inject_line(desk.now, b"PB DONE");
    desk.pass(std::time::Duration::from_millis(1));
    desk.play("< PB DONE");
}
