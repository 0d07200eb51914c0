//! The MQTT service: the note's session, and every refusal.

use super::script::{check, check_connected};
use crate::Profile;

/// The note's section 4.1 from START to STOP.
#[test]
fn the_notes_plain_session() {
    check(
        Profile::SIM7028,
        r#"
        > AT+CSQ
        << \r\n+CSQ: 23,0\r\n\r\nOK\r\n
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 0
        > AT+CMQTTACCQ=0,"client test0"
        < OK
        > AT+CMQTTWILLTOPIC=0,10
        << \r\n>
        >> 0123456789
        < OK
        > AT+CMQTTWILLMSG=0,6,1
        << \r\n>
        >> qwerty
        < OK
        > AT+CMQTTCONNECT=0,"tcp://test.mosquitto.org:1883",60,1
        ? Connect(Connect { host: "test.mosquitto.org", port: 1883, version: V3_1_1, client_id: "client test0", keep_alive: 60, clean_session: true, user: None, password: None, will: Some(Will { topic: [48, 49, 50, 51, 52, 53, 54, 55, 56, 57], message: [113, 119, 101, 114, 116, 121], qos: AtLeastOnce }) })
        < OK
        ~ connected
        < +CMQTTCONNECT: 0,0
        > AT+CMQTTSUB=0,9,1
        << \r\n>
        >> simcommsg
        ? Subscribe { filters: [([115, 105, 109, 99, 111, 109, 109, 115, 103], AtLeastOnce)] }
        < OK
        ~ granted
        < +CMQTTSUB: 0,0
        > AT+CMQTTTOPIC=0,9
        << \r\n>
        >> simcommsg
        < OK
        > AT+CMQTTPAYLOAD=0,60
        << \r\n>
        >> 012345678901234567890123456789012345678901234567890123456789
        < OK
        > AT+CMQTTPUB=0,1,60
        ? Publish
        < OK
        ~ message simcommsg 012345678901234567890123456789012345678901234567890123456789
        ~ published
        < +CMQTTPUB: 0,0
        << \r\n+CMQTTRXSTART: 0,9,60\r\n+CMQTTRXTOPIC: 0,9\r\nsimcommsg\r\n+CMQTTRXPAYLOAD: 0,60\r\n
        << 012345678901234567890123456789012345678901234567890123456789\r\n+CMQTTRXEND: 0\r\n
        > AT+CMQTTSUB=0
        < OK
        < +CMQTTSUB: 0,0
        > AT+CMQTTUNSUB=0,9,0
        << \r\n>
        >> simcommsg
        ? Unsubscribe { filters: [[115, 105, 109, 99, 111, 109, 109, 115, 103]] }
        < OK
        ~ unsubscribed
        < +CMQTTUNSUB: 0,0
        > AT+CMQTTDISC=0,120
        ? Disconnect
        < OK
        ~ disconnected
        < +CMQTTDISC: 0,0
        > AT+CMQTTREL=0
        < OK
        > AT+CMQTTSTOP
        < OK
        < +CMQTTSTOP: 0
        "#,
    );
}

#[test]
fn before_start_only_tests_are_answered() {
    check(
        Profile::SIM7028,
        r#"
        > AT+CMQTTSTOP
        < ERROR
        > AT+CMQTTACCQ=0,"a12mmmm",0
        < ERROR
        > AT+CMQTTACCQ?
        < ERROR
        > AT+CMQTTREL?
        < ERROR
        > AT+CMQTTREL=0
        < ERROR
        > AT+CMQTTSSLCFG=0,0
        < ERROR
        > AT+CMQTTTOPIC=0,9
        < ERROR
        > AT+CMQTTDISC?
        < ERROR
        > AT+CMQTTCFG="checkUTF8",0,0
        < ERROR
        > AT+CMQTTNOSUCH=1
        < ERROR
        > AT+CMQTTSTART=1
        < ERROR
        > AT+CMQTTSTART?
        < ERROR
        > AT+CMQTTSTART=?
        < OK
        > AT+CMQTTSTOP=?
        < OK
        > AT+CMQTTACCQ=?
        << \r\n+CMQTTACCQ: (0-0),(1-256)[,(0-1)]\r\n\r\nOK\r\n
        > AT+CMQTTREL=?
        << \r\n+CMQTTREL: (0-1)\r\n\r\nOK\r\n
        > AT+CMQTTSSLCFG=?
        << \r\n+CMQTTSSLCFG: (0,0),(0-1)\r\n\r\nOK\r\n
        > AT+CMQTTWILLTOPIC=?
        << \r\n+CMQTTWILLTOPIC: (0-0),(1-1024)\r\n\r\nOK\r\n
        > AT+CMQTTWILLMSG=?
        << \r\n+CMQTTWILLMSG: (0-0),(1-1024),(0-2)\r\n\r\nOK\r\n
        > AT+CMQTTCONNECT=?
        << \r\n+CMQTTCONNECT: (0-0),(1-128),(1-64800),(0-1)[,<user_name>,<pass_word>]\r\n\r\nOK\r\n
        > AT+CMQTTDISC=?
        << \r\n+CMQTTDISC: (0-0),(0, 60-180)\r\n\r\nOK\r\n
        > AT+CMQTTTOPIC=?
        << \r\n+CMQTTTOPIC: (0-0),(1-1024)\r\n\r\nOK\r\n
        > AT+CMQTTPAYLOAD=?
        << \r\n+CMQTTPAYLOAD: (0-0),(1-10240)\r\n\r\nOK\r\n
        ! payload-max=1024
        > AT+CMQTTPAYLOAD=?
        << \r\n+CMQTTPAYLOAD: (0-0),(1-1024)\r\n\r\nOK\r\n
        > AT+CMQTTPUB=?
        << \r\n+CMQTTPUB: (0-0),(0-2),(60-180),(0-1),(0-1)\r\n\r\nOK\r\n
        > AT+CMQTTSUB=?
        << \r\n+CMQTTSUB: (0-0),(1-1024),(0-2),(0-1)\r\n\r\nOK\r\n
        > AT+CMQTTUNSUB=?
        << \r\n+CMQTTUNSUB: (0-0),(1-1024),(0-2),(0-1)\r\n\r\nOK\r\n
        > AT+CMQTTCFG=?
        << \r\n+CMQTTCFG: "checkUTF8",(0-0),(0-1)\r\n+CMQTTCFG: "optimeout",(0-0),(20-120)\r\n\r\nOK\r\n
        > AT+CMQTTSUBTOPIC=?
        < ERROR
        > AT+CMQTTNOSUCH=?
        < ERROR
        "#,
    );
}

#[test]
fn clients_are_acquired_once_and_released_when_idle() {
    check(
        Profile::SIM7028,
        r#"
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 0
        > AT+CMQTTSTART
        < ERROR
        ! start-again=result-error
        > AT+CMQTTSTART
        < +CMQTTSTART: 23
        < ERROR
        > AT+CMQTTACCQ?
        < OK
        > AT+CMQTTREL?
        < OK
        > AT+CMQTTREL=0
        < +CMQTTREL: 0,20
        < ERROR
        ! rel-idle=ok
        > AT+CMQTTREL=0
        < OK
        > AT+CMQTTREL=1
        < +CMQTTREL: 1,10
        < ERROR
        > AT+CMQTTACCQ=1,"id"
        < +CMQTTACCQ: 1,10
        < ERROR
        > AT+CMQTTACCQ=0,""
        < +CMQTTACCQ: 0,22
        < ERROR
        > AT+CMQTTACCQ=0,"id",2
        < +CMQTTACCQ: 0,12
        < ERROR
        > AT+CMQTTACCQ=0,"id",0,4
        < +CMQTTACCQ: 0,12
        < ERROR
        > AT+CMQTTACCQ=0
        < ERROR
        > AT+CMQTTACCQ=0,"a12mmmm",0
        < OK
        > AT+CMQTTACCQ=0,"a12mmmm",0
        < +CMQTTACCQ: 0,19
        < ERROR
        > AT+CMQTTACCQ?
        << \r\n+CMQTTACCQ: 0,"a12mmmm",0\r\n\r\nOK\r\n
        > AT+CMQTTSTOP
        < +CMQTTSTOP: 21
        < ERROR
        > AT+CMQTTREL=0
        < OK
        > AT+CMQTTSTOP
        < OK
        < +CMQTTSTOP: 0
        > AT+CMQTTSTOP
        < ERROR
        "#,
    );
}

#[test]
fn a_client_is_named_before_anything_is_asked_of_it() {
    check(
        Profile::SIM7028,
        r#"
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 0
        > AT+CMQTTTOPIC=0,9
        < +CMQTTTOPIC: 0,20
        < ERROR
        > AT+CMQTTPAYLOAD=1,9
        < +CMQTTPAYLOAD: 1,10
        < ERROR
        > AT+CMQTTWILLTOPIC=0,9
        < +CMQTTWILLTOPIC: 0,20
        < ERROR
        > AT+CMQTTWILLMSG=3,9,0
        < +CMQTTWILLMSG: 3,10
        < ERROR
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        < OK
        < +CMQTTCONNECT: 0,20
        > AT+CMQTTCONNECT=1,"tcp://a.example",60,1
        < OK
        < +CMQTTCONNECT: 1,10
        > AT+CMQTTPUB=0,0,60
        < OK
        < +CMQTTPUB: 0,20
        > AT+CMQTTSUB=0,9,0
        < +CMQTTSUB: 0,20
        < ERROR
        > AT+CMQTTSUB=0
        < OK
        < +CMQTTSUB: 0,20
        > AT+CMQTTUNSUB=0,9,0
        < +CMQTTUNSUB: 0,20
        < ERROR
        > AT+CMQTTDISC=0,60
        < OK
        < +CMQTTDISC: 0,20
        > AT+CMQTTCFG="optimeout",0,24
        < ERROR
        > AT+CMQTTSSLCFG=0,0
        < ERROR
        > AT+CMQTTACCQ=0,"id"
        < OK
        > AT+CMQTTPUB=0,0,60
        < OK
        < +CMQTTPUB: 0,11
        > AT+CMQTTSUB=0,9,0
        < +CMQTTSUB: 0,11
        < ERROR
        > AT+CMQTTSUB=0
        < OK
        < +CMQTTSUB: 0,11
        > AT+CMQTTUNSUB=0,0
        < OK
        < +CMQTTUNSUB: 0,11
        > AT+CMQTTDISC=0,60
        < OK
        < +CMQTTDISC: 0,11
        > AT+CMQTTCONNECT?
        < OK
        ! connect-idle=index
        > AT+CMQTTCONNECT?
        << \r\n+CMQTTCONNECT: 0\r\n\r\nOK\r\n
        "#,
    );
}

#[test]
fn values_out_of_range_are_refused() {
    check_connected(
        Profile::SIM7028,
        r#"
        > AT+CMQTTTOPIC=0,0
        < +CMQTTTOPIC: 0,22
        < ERROR
        > AT+CMQTTTOPIC=0,1025
        < +CMQTTTOPIC: 0,22
        < ERROR
        > AT+CMQTTPAYLOAD=0,10241
        < +CMQTTPAYLOAD: 0,22
        < ERROR
        ! payload-max=1024
        > AT+CMQTTPAYLOAD=0,1025
        < +CMQTTPAYLOAD: 0,22
        < ERROR
        > AT+CMQTTSUB=0,1025,0
        < +CMQTTSUB: 0,22
        < ERROR
        > AT+CMQTTSUB=0,9,3
        < +CMQTTSUB: 0,12
        < ERROR
        > AT+CMQTTSUB=0,9,0,2
        < +CMQTTSUB: 0,12
        < ERROR
        > AT+CMQTTPUB=0,3,60
        < OK
        < +CMQTTPUB: 0,12
        > AT+CMQTTPUB=0,0,59
        < OK
        < +CMQTTPUB: 0,12
        > AT+CMQTTPUB=0,0,181
        < OK
        < +CMQTTPUB: 0,12
        > AT+CMQTTPUB=0,0,60,2
        < OK
        < +CMQTTPUB: 0,12
        > AT+CMQTTPUB=0,0,60,0,2
        < OK
        < +CMQTTPUB: 0,12
        > AT+CMQTTDISC=0,59
        < OK
        < +CMQTTDISC: 0,12
        > AT+CMQTTDISC=0
        < OK
        < +CMQTTDISC: 0,12
        > AT+CMQTTCFG="optimeout",0,19
        < ERROR
        > AT+CMQTTCFG="optimeout",0,121
        < ERROR
        > AT+CMQTTCFG="checkUTF8",0,2
        < ERROR
        > AT+CMQTTCFG="version",0,4
        < ERROR
        > AT+CMQTTSSLCFG=0,2
        < ERROR
        > AT+CMQTTTOPIC=0
        < ERROR
        > AT+CMQTTTOPIC?
        < ERROR
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        < OK
        < +CMQTTCONNECT: 0,13
        > AT+CMQTTWILLTOPIC=0,9
        < +CMQTTWILLTOPIC: 0,13
        < ERROR
        > AT+CMQTTREL=0
        < +CMQTTREL: 0,19
        < ERROR
        ! disc-timeout=5-180
        ! pub-timeout=1-180
        > AT+CMQTTPUB=0,0,1
        < OK
        < +CMQTTPUB: 0,18
        > AT+CMQTTDISC=0,5
        < OK
        ? Disconnect
        ~ disconnected
        < +CMQTTDISC: 0,0
        "#,
    );
}

#[test]
fn connect_checks_its_arguments() {
    let desk = check(
        Profile::SIM7028,
        r#"
        > AT+CMQTTSTART
        < OK
        < +CMQTTSTART: 0
        > AT+CMQTTACCQ=0,"id"
        < OK
        > AT+CMQTTCONNECT=0,"a.example:1883",60,1
        < OK
        < +CMQTTCONNECT: 0,12
        > AT+CMQTTCONNECT=0,"ssl://a.example:8883",60,1
        < OK
        < +CMQTTCONNECT: 0,12
        > AT+CMQTTCONNECT=0,"tcp://",60,1
        < OK
        < +CMQTTCONNECT: 0,12
        > AT+CMQTTCONNECT=0,"tcp://a:0",60,1
        < OK
        < +CMQTTCONNECT: 0,12
        > AT+CMQTTCONNECT=0,"tcp://a:65536",60,1
        < OK
        < +CMQTTCONNECT: 0,12
        > AT+CMQTTCONNECT=0,"tcp://a",0,1
        < OK
        < +CMQTTCONNECT: 0,12
        > AT+CMQTTCONNECT=0,"tcp://a",64801,1
        < OK
        < +CMQTTCONNECT: 0,12
        > AT+CMQTTCONNECT=0,"tcp://a",60,2
        < OK
        < +CMQTTCONNECT: 0,12
        > AT+CMQTTCONNECT=0,"tcp://a",60,1,""
        < OK
        < +CMQTTCONNECT: 0,22
        > AT+CMQTTCONNECT=0,"",60,1
        < OK
        < +CMQTTCONNECT: 0,22
        > AT+CMQTTCONNECT=0,"tcp://a",60
        < ERROR
        > AT+CMQTTCONNECT=0,"tcp://[2001:db8::1]:8080",64800,0,"user","secret"
        < OK
        ? Connect(Connect { host: "2001:db8::1", port: 8080, version: V3_1_1, client_id: "id", keep_alive: 64800, clean_session: false, user: Some("user"), password: Some("[redacted]"), will: None })
        > AT+CMQTTCONNECT=0,"tcp://a",60,1
        < OK
        < +CMQTTCONNECT: 0,14
        > AT+CMQTTDISC=0,60
        < OK
        < +CMQTTDISC: 0,14
        > AT+CMQTTDISC?
        << \r\n+CMQTTDISC: 0,1\r\n\r\nOK\r\n
        ~ connected
        < +CMQTTCONNECT: 0,0
        > AT+CMQTTDISC?
        << \r\n+CMQTTDISC: 0,0\r\n\r\nOK\r\n
        > AT+CMQTTCONNECT?
        << \r\n+CMQTTCONNECT: 0,"tcp://[2001:db8::1]:8080",64800,0,"user","secret"\r\n\r\nOK\r\n
        "#,
    );
    assert!(!format!("{:?}", desk.modem).contains("secret"));
}

#[test]
fn the_networks_refusals_become_result_codes() {
    for (event, code) in [
        ("dns", 25),
        ("unreachable", 3),
        ("closed", 26),
        ("timed-out", 17),
        ("protocol", 15),
        ("refused 1", 27),
        ("refused 2", 28),
        ("refused 3", 29),
        ("refused 4", 30),
        ("refused 5", 31),
        ("refused 6", 15),
    ] {
        check(
            Profile::SIM7028,
            &format!(
                r#"
                > AT+CMQTTSTART
                < OK
                < +CMQTTSTART: 0
                > AT+CMQTTACCQ=0,"id"
                < OK
                > AT+CMQTTSSLCFG=0,1
                < OK
                > AT+CMQTTSSLCFG?
                << \r\n+CMQTTSSLCFG: 0,1\r\n\r\nOK\r\n
                > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
                ? Connect
                < OK
                ~ {event}
                < +CMQTTCONNECT: 0,{code}
                > AT+CMQTTSSLCFG?
                < OK
                > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
                ? Connect
                < OK
                + 120
                ? Abort
                < +CMQTTCONNECT: 0,17
                "#
            ),
        );
    }
}

#[test]
fn a_publish_takes_topic_and_payload_with_it() {
    check_connected(
        Profile::SIM7028,
        r"
        > AT+CMQTTPUB=0,0,60
        < OK
        < +CMQTTPUB: 0,18
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> a
        < OK
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> b
        < OK
        > AT+CMQTTPUB=0,2,60,1,1
        < OK
        ? Publish { topic: [98], payload: [], qos: ExactlyOnce, retain: true, dup: true }
        > AT+CMQTTPUB=0,0,60
        < OK
        < +CMQTTPUB: 0,14
        > AT+CMQTTSUB=0,1,0
        < +CMQTTSUB: 0,14
        < ERROR
        ~ published
        < +CMQTTPUB: 0,0
        ~ published
        > AT+CMQTTPUB=0,0,60
        < OK
        < +CMQTTPUB: 0,18
        ! empty-payload=refused
        > AT+CMQTTPUB=0,0,60
        < OK
        < +CMQTTPUB: 0,18
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> a
        < OK
        > AT+CMQTTPUB=0,0,60
        < OK
        < +CMQTTPUB: 0,12
        > AT+CMQTTPAYLOAD=0,1
        << \r\n>
        >> p
        < OK
        > AT+CMQTTPUB=0,1,60
        < OK
        ? Publish { topic: [97], payload: [112], qos: AtLeastOnce, retain: false, dup: false }
        + 60
        < +CMQTTPUB: 0,17
        > AT+CMQTTTOPIC=0,1;+CMQTTPAYLOAD=0,1
        << \r\n>
        >> c
        << \r\n>
        >> d
        < OK
        > AT+CMQTTPUB=0,1,60
        < OK
        ? Publish { topic: [99]
        ~ published
        ~ published
        < +CMQTTPUB: 0,0
        ",
    );
}

#[test]
fn topics_have_to_be_utf8_unless_told_otherwise() {
    check_connected(
        Profile::SIM7028,
        r#"
        > AT+CMQTTTOPIC=0,2
        << \r\n>
        >> a\xff
        < +CMQTTTOPIC: 0,2
        < ERROR
        > AT+CMQTTSUB=0,2,0
        << \r\n>
        >> a\xff
        < OK
        < +CMQTTSUB: 0,2
        > AT+CMQTTUNSUB=0,2,0
        << \r\n>
        >> a\xff
        < OK
        < +CMQTTUNSUB: 0,2
        > AT+CMQTTCFG?
        << \r\n+CMQTTCFG: 0,1,120\r\n\r\nOK\r\n
        > AT+CMQTTCFG="checkUTF8",0,0
        < OK
        > AT+CMQTTCFG="optimeout",0,24
        < OK
        > AT+CMQTTCFG?
        << \r\n+CMQTTCFG: 0,0,24\r\n\r\nOK\r\n
        > AT+CMQTTTOPIC=0,2
        << \r\n>
        >> a\xff
        < OK
        > AT+CMQTTSUB=0,2,0
        << \r\n>
        >> a\xff
        ? Subscribe
        < OK
        + 24
        < +CMQTTSUB: 0,17
        "#,
    );
}

#[test]
fn cached_filters_go_with_one_command() {
    let mut profile = Profile::SIM7028;
    profile.switches.set("subtopic=on").expect("a switch");
    check_connected(
        profile,
        r"
        > AT+CMQTTSUBTOPIC=?
        << \r\n+CMQTTSUBTOPIC: (0-0),(1-1024),(0-2)\r\n\r\nOK\r\n
        > AT+CMQTTUNSUBTOPIC=?
        << \r\n+CMQTTUNSUBTOPIC: (0-0),(1-1024)\r\n\r\nOK\r\n
        > AT+CMQTTSUBTOPIC=0,1,3
        < +CMQTTSUBTOPIC: 0,12
        < ERROR
        > AT+CMQTTSUBTOPIC=0,2000,0
        < +CMQTTSUBTOPIC: 0,22
        < ERROR
        > AT+CMQTTSUBTOPIC=0,1,0
        << \r\n>
        >> a
        < OK
        > AT+CMQTTSUBTOPIC=0,1,2
        << \r\n>
        >> b
        < OK
        > AT+CMQTTSUB=0
        ? Subscribe { filters: [([97], AtMostOnce), ([98], ExactlyOnce)] }
        < OK
        ~ granted
        < +CMQTTSUB: 0,0
        > AT+CMQTTSUB?
        << \r\n+CMQTTSUB:\r\na\r\nb\r\n\r\nOK\r\n
        > AT+CMQTTSUB=0
        < OK
        < +CMQTTSUB: 0,0
        ! empty-sub=error
        > AT+CMQTTSUB=0,1
        < ERROR
        > AT+CMQTTUNSUB=0,0
        < ERROR
        > AT+CMQTTUNSUBTOPIC=0,1
        << \r\n>
        >> a
        < OK
        > AT+CMQTTUNSUB=0,1
        ? Unsubscribe { filters: [[97]] }
        < OK
        ~ unsubscribed
        < +CMQTTUNSUB: 0,0
        > AT+CMQTTSUB?
        << \r\n+CMQTTSUB:\r\nb\r\n\r\nOK\r\n
        ",
    );
}

#[test]
fn cached_filters_have_a_limit_together() {
    let mut desk = super::script::connected(Profile::A76XX);
    for _ in 0..5 {
        desk.send(b"AT+CMQTTSUBTOPIC=0,1024,0\r");
        desk.send(&[b'x'; 1024]);
    }
    desk.heard.clear();
    desk.play(
        r"
        > AT+CMQTTSUBTOPIC=0,1,0
        < +CMQTTSUBTOPIC: 0,22
        < ERROR
        ",
    );
}

#[test]
fn a_lost_connection_keeps_client_and_service() {
    check_connected(
        Profile::SIM7028,
        r#"
        ~ lost 1
        < +CMQTTCONNLOST: 0,1
        ~ lost 1
        > AT+CMQTTDISC?
        << \r\n+CMQTTDISC: 0,1\r\n\r\nOK\r\n
        ~ message t late
        > AT+CMQTTCONNECT=0,"tcp://a.example",60,1
        ? Connect
        < OK
        ~ connected
        < +CMQTTCONNECT: 0,0
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        > AT+CMQTTPUB=0,1,60
        ? Publish
        < OK
        ~ lost 2
        < +CMQTTPUB: 0,6
        < +CMQTTCONNLOST: 0,2
        ~ lost 2
        "#,
    );
}

#[test]
fn a_message_of_the_modems_own_waits_for_its_publish() {
    let script = r"
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        > AT+CMQTTPUB=0,1,60
        ? Publish
        < OK
        ~ message x other
        << \r\n+CMQTTRXSTART: 0,1,5\r\n+CMQTTRXTOPIC: 0,1\r\nx\r\n+CMQTTRXPAYLOAD: 0,5\r\nother\r\n+CMQTTRXEND: 0\r\n
        ~ message t
        ~ message x other
        ~ published
        < +CMQTTPUB: 0,0
        << \r\n+CMQTTRXSTART: 0,1,0\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXEND: 0\r\n
        << \r\n+CMQTTRXSTART: 0,1,5\r\n+CMQTTRXTOPIC: 0,1\r\nx\r\n+CMQTTRXPAYLOAD: 0,5\r\nother\r\n+CMQTTRXEND: 0\r\n
        ! rx-order=as-it-comes
        > AT+CMQTTTOPIC=0,1
        << \r\n>
        >> t
        < OK
        > AT+CMQTTPUB=0,1,60
        ? Publish
        < OK
        ~ message t
        << \r\n+CMQTTRXSTART: 0,1,0\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXEND: 0\r\n
        ~ published
        < +CMQTTPUB: 0,0
        ";
    check_connected(Profile::SIM7028, script);
}

#[test]
fn received_messages_in_other_layouts() {
    check_connected(
        Profile::SIM7028,
        r"
        ! rx-layout=spaced
        ~ message t hello
        << \r\n+CMQTTRXSTART: 0,1,5\r\n\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n\r\n+CMQTTRXPAYLOAD: 0,5\r\nhello\r\n\r\n+CMQTTRXEND: 0\r\n
        ! rx-layout=compact
        ! rx-chunk=2
        ~ message abc hello
        << \r\n+CMQTTRXSTART: 0,3,5\r\n+CMQTTRXTOPIC: 0,2\r\nab\r\n+CMQTTRXTOPIC: 0,1\r\nc\r\n
        << +CMQTTRXPAYLOAD: 0,2\r\nhe\r\n+CMQTTRXPAYLOAD: 0,2\r\nll\r\n+CMQTTRXPAYLOAD: 0,1\r\no\r\n+CMQTTRXEND: 0\r\n
        ! colon-blank=off
        ! rx-chunk=whole
        ~ message t: hello
        << \r\n+CMQTTRXSTART:0,2,5\r\n+CMQTTRXTOPIC:0,2\r\nt:\r\n+CMQTTRXPAYLOAD:0,5\r\nhello\r\n+CMQTTRXEND:0\r\n
        > AT+CSQ
        << \r\n+CSQ:23,0\r\n\r\nOK\r\n
        ",
    );
}

#[test]
fn prompts_and_data_in_other_forms() {
    check_connected(
        Profile::SIM7028,
        r"
        ! prompt=blank
        > AT+CMQTTTOPIC=0,1
        << \r\n>\x20
        >> t
        < OK
        ! prompt=crlf
        > AT+CMQTTTOPIC=0,1
        << \r\n>\r\n
        >> t
        < OK
        ! prompt=plain
        ! data-echo=on
        > AT+CMQTTTOPIC=0,3
        << \r\n>
        >> a\rb\r\n
        << a\rb
        < OK
        ! data-wait=30s
        > AT+CMQTTTOPIC=0,3
        << \r\n>
        >> ab
        << ab
        + 27
        + 1
        < ERROR
        > ATE1
        < OK
        ! leading-crlf=off
        > AT
        << AT\rOK\r\n
        > AT+CSQ
        << AT+CSQ\r+CSQ: 23,0\r\n\r\nOK\r\n
        ",
    );
}
