//! A client with TLS: which context counts, which files it needs, and what its failures are called.

use std::io::{self, ErrorKind};
use std::time::Duration;

use super::script::{Desk, check};
use crate::{FileStore, MemoryFiles, Modem, NetworkRequest, Profile, TlsIdentity, TlsRequest, TlsVersion};

/// A modem that holds `ca.pem`, `cert.pem` and `key.der`, each with its own name inside, and client 0 with TLS.
#[track_caller]
fn acquired(profile: Profile, script: &str) -> Desk {
    let mut files = MemoryFiles::default();
    for name in ["ca.pem", "cert.pem", "key.der"] {
        files.write(name.as_bytes(), name.as_bytes()).expect("memory");
    }
    let mut desk = Desk::with(Modem::with_files(profile, files));
    for line in ["ATE0\r", "AT+CMQTTSTART\r", "AT+CMQTTACCQ=0,\"id\",1\r"] {
        desk.send(line.as_bytes());
    }
    desk.heard.clear();
    desk.play(script);
    desk
}

/// What CONNECT asks of TLS after these settings.
#[track_caller]
fn request(profile: Profile, script: &str) -> TlsRequest {
    let mut desk = acquired(profile, script);
    desk.send(b"AT+CMQTTCONNECT=0,\"tcp://a.example:8883\",60,1\r");
    match desk.asked.pop_front() {
        Some((0, NetworkRequest::Connect(connect))) => *connect.tls.expect("TLS"),
        asked => panic!("the modem asked {asked:?}: {}", desk.heard.escape_ascii()),
    }
}

#[test]
fn without_any_setting_nothing_is_verified() {
    assert_eq!(
        request(Profile::SIM7028, ""),
        TlsRequest {
            version: TlsVersion::All,
            ca: None,
            identity: None,
            sni: false,
            check_name: false,
            time: None,
            negotiation_time: Duration::from_secs(300),
        }
    );
}

#[test]
fn every_key_counts() {
    let script = r#"
        > AT+CSSLCFG="sslversion",0,3;+CSSLCFG="authmode",0,2;+CSSLCFG="cacert",0,"ca.pem"
        < OK
        > AT+CSSLCFG="clientcert",0,"cert.pem";+CSSLCFG="clientkey",0,"key.der";+CSSLCFG="password",0,"s3cret"
        < OK
        > AT+CSSLCFG="ignorelocaltime",0,0;+CSSLCFG="negotiatetime",0,10;+CSSLCFG="enableSNI",0,1
        < OK
        > AT+CCLK="26/11/24,18:00:00+08"
        < OK
    "#;
    let expect = TlsRequest {
        version: TlsVersion::Tls12,
        ca: Some(b"ca.pem".to_vec()),
        identity: Some(TlsIdentity {
            certificate: b"cert.pem".to_vec(),
            key: b"key.der".to_vec(),
            password: b"s3cret".to_vec(),
        }),
        sni: true,
        check_name: true,
        // 16:00:00 of universal time, and the few seconds that the conversation took.
        time: None,
        negotiation_time: Duration::from_secs(10),
    };
    let found = request(Profile::SIM7028, script);
    let since = found
        .time
        .expect("the modem's time")
        .checked_sub(Duration::from_secs(1_795_536_000));
    assert!(
        since.is_some_and(|since| since < Duration::from_secs(10)),
        "{since:?}"
    );
    assert_eq!(TlsRequest { time: None, ..found }, expect);
    let shown = format!("{expect:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("107"), "{shown}");
}

#[test]
fn client_only_shows_a_certificate_and_verifies_none() {
    let script = r#"
        > AT+CSSLCFG="authmode",0,3;+CSSLCFG="clientcert",0,"cert.pem";+CSSLCFG="clientkey",0,"key.der"
        < OK
    "#;
    let found = request(Profile::SIM7028, script);
    assert_eq!(found.ca, None);
    assert!(!found.check_name && found.identity.is_some());
}

#[test]
fn the_name_is_checked_as_the_switch_says() {
    for (switch, sni, expect) in [
        ("always", 0, true),
        ("with-sni", 0, false),
        ("with-sni", 1, true),
        ("never", 1, false),
    ] {
        let script = format!(
            r#"
            ! tls-name={switch}
            > AT+CSSLCFG="authmode",0,1;+CSSLCFG="cacert",0,"ca.pem";+CSSLCFG="enableSNI",0,{sni}
            < OK
            "#
        );
        assert_eq!(
            request(Profile::SIM7028, &script).check_name,
            expect,
            "{switch} {sni}"
        );
    }
}

#[test]
fn the_chosen_context_counts_until_disc_and_then_the_client_s_own() {
    acquired(
        Profile::SIM7028,
        r#"
        > AT+CSSLCFG="sslversion",0,0;+CSSLCFG="sslversion",1,3
        < OK
        > AT+CMQTTSSLCFG=0,1
        < OK
        > AT+CMQTTCONNECT=0,"tcp://a.example:8883",60,1
        < OK
        ? Connect(Connect { host: "a.example", port: 8883, version: V3_1_1, client_id: "id", keep_alive: 60, clean_session: true, user: None, password: None, will: None, tls: TlsRequest { version: Tls12,
        ~ connected
        < +CMQTTCONNECT: 0,0
        > AT+CMQTTDISC=0,60
        < OK
        ? Disconnect
        ~ disconnected
        < +CMQTTDISC: 0,0
        > AT+CMQTTCONNECT=0,"tcp://a.example:8883",60,1
        < OK
        ? Connect(Connect { host: "a.example", port: 8883, version: V3_1_1, client_id: "id", keep_alive: 60, clean_session: true, user: None, password: None, will: None, tls: TlsRequest { version: Ssl3,
        "#,
    );
}

#[test]
fn a_certificate_that_is_not_set_or_not_there_is_33() {
    for settings in [
        r#""authmode",0,1"#,
        r#""authmode",0,1;+CSSLCFG="cacert",0,"no.pem""#,
        r#""authmode",0,2;+CSSLCFG="cacert",0,"ca.pem""#,
        r#""authmode",0,2;+CSSLCFG="clientcert",0,"cert.pem";+CSSLCFG="clientkey",0,"key.der""#,
        r#""authmode",0,3;+CSSLCFG="clientcert",0,"cert.pem""#,
        r#""authmode",0,3;+CSSLCFG="clientkey",0,"key.der""#,
        r#""authmode",0,3;+CSSLCFG="clientcert",0,"cert.pem";+CSSLCFG="clientkey",0,"no.der""#,
    ] {
        let script = format!(
            r#"
            > AT+CSSLCFG={settings}
            < OK
            > AT+CMQTTSSLCFG=0,0
            < OK
            > AT+CMQTTCONNECT=0,"tcp://a.example:8883",60,1
            < OK
            < +CMQTTCONNECT: 0,33
            > AT+CMQTTSSLCFG?
            < OK
            > AT+CSSLCFG="authmode",0,0
            < OK
            > AT+CMQTTCONNECT=0,"tcp://a.example:8883",60,1
            < OK
            ? Connect
            ~ connected
            < +CMQTTCONNECT: 0,0
            "#
        );
        acquired(Profile::SIM7028, &script);
    }
}

#[test]
fn what_fails_in_the_network_has_its_code_and_the_next_connect_works() {
    for (event, code) in [
        ("handshake", 32),
        ("unusable-file", 34),
        ("closed", 26),
        ("unreachable", 3),
    ] {
        let script = format!(
            r#"
            > AT+CMQTTCONNECT=0,"tcp://a.example:8883",60,1
            < OK
            ? Connect
            ~ {event}
            < +CMQTTCONNECT: 0,{code}
            > AT+CMQTTCONNECT=0,"tcp://a.example:8883",60,1
            < OK
            ? Connect
            ~ connected
            < +CMQTTCONNECT: 0,0
            "#
        );
        acquired(Profile::SIM7028, &script);
    }
}

#[test]
fn the_negotiation_has_its_time_on_top() {
    acquired(
        Profile::SIM7028,
        r#"
        > AT+CSSLCFG="negotiatetime",0,50
        < OK
        > AT+CMQTTCONNECT=0,"tcp://a.example:8883",60,1
        < OK
        ? Connect
        + 167
        + 4
        ? Abort
        < +CMQTTCONNECT: 0,17
        "#,
    );
}

#[test]
fn files_outlive_a_restart_and_contexts_do_not() {
    check(
        Profile::SIM7028,
        r#"
        ! boot=silent
        > AT+CCERTDOWN="ca.pem",2
        << \r\n>
        >> hi
        < OK
        > AT+CSSLCFG="cacert",1,"ca.pem"
        < OK
        > AT+CRESET
        < OK
        + 6
        >> ATE0\r
        << ATE0\r\r\nOK\r\n
        > AT+CCERTLIST
        << \r\n+CCERTLIST: "ca.pem"\r\n\r\nOK\r\n
        > AT+CSSLCFG?
        << \r\n+CSSLCFG: 0,4,0,1,300,"","","",0\r\n
        << +CSSLCFG: 1,4,0,1,300,"","","",0\r\n\r\nOK\r\n
        "#,
    );
}

/// A flash that takes nothing and lets nothing go.
struct FullFlash;

impl FileStore for FullFlash {
    fn names(&self) -> Vec<Vec<u8>> {
        vec![b"old.pem".to_vec()]
    }

    fn read(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn write(&mut self, _: &[u8], _: &[u8]) -> io::Result<()> {
        Err(ErrorKind::StorageFull.into())
    }

    fn remove(&mut self, _: &[u8]) -> bool {
        false
    }
}

#[test]
fn a_flash_that_takes_nothing_is_an_error_and_the_modem_goes_on() {
    let mut desk = Desk::with(Modem::with_files(Profile::SIM7028, FullFlash));
    desk.send(b"ATE0\r");
    desk.heard.clear();
    desk.play(
        r#"
        > AT+CCERTDOWN="ca.pem",2
        << \r\n>
        >> hi
        < ERROR
        > AT+CCERTDELE="old.pem"
        < ERROR
        > AT+CCERTLIST
        << \r\n+CCERTLIST: "old.pem"\r\n\r\nOK\r\n
        "#,
    );
}
