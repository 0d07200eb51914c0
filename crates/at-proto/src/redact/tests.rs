//! What is hidden and what is shown.

use proptest::prelude::*;

use super::*;
use crate::Line;

#[track_caller]
fn check(line: &str, shown: &str) {
    assert_eq!(Redacted(line.as_bytes()).to_string(), shown);
}

/// Nothing of the line is hidden.
#[track_caller]
fn check_shown(line: &str) {
    check(line, &line.as_bytes().escape_ascii().to_string());
}

#[test]
fn the_password_of_a_connect() {
    check(
        r#"AT+CMQTTCONNECT=0,"tcp://host:1883",60,1,"user","pass;word""#,
        r#"AT+CMQTTCONNECT=0,\"tcp://host:1883\",60,1,\"user\",[redacted]"#,
    );
    check(
        r#"at+csq;+cmqttconnect = 0, "tcp://host", 60, 1, "user", "pass" ;+CSQ"#,
        r#"at+csq;+cmqttconnect = 0, \"tcp://host\", 60, 1, \"user\", [redacted];+CSQ"#,
    );
    check(
        r#"+CMQTTCONNECT: 0,"tcp://host:1883",20,1,"user","password""#,
        r#"+CMQTTCONNECT: 0,\"tcp://host:1883\",20,1,\"user\",[redacted]"#,
    );
    check(
        r#"AT+CMQTTCONNECT=0,"tcp://host",60,1,,"pass""#,
        r#"AT+CMQTTCONNECT=0,\"tcp://host\",60,1,,[redacted]"#,
    );
}

#[test]
fn the_last_text_of_a_fragment() {
    let shown = |line: &str| RedactedFragment(line.as_bytes()).to_string();
    for fragment in [
        r#"",1,"user","pass""#,
        r#""pass""#,
        r#"pass""#,
        r#"+pass""#,
        r#"AT"pass""#,
        r#"+"pass""#,
        r#"+a,"pass""#,
        r#"TA+a="pass""#,
    ] {
        let line = format!("{fragment} \r\n");
        assert!(!shown(&line).contains("ss"), "{line:?}");
    }
    assert_eq!(shown("user\",\"pass\"\r"), "user\\\",[redacted]\\r");
    for line in [
        r#"+CGPADDR: 1,"10.64.0.2""#,
        r#" at+cops=0,"a""#,
        r#"AT+CSQ;+CGDCONT="a""#,
        r#"AT+CSQ "a""#,
        r#"AT+COPS?"a""#,
        r#"{"a":"b"}"#,
        "RDY",
        "",
    ] {
        assert_eq!(shown(line), line.as_bytes().escape_ascii().to_string());
    }
}

#[test]
fn a_connect_without_one() {
    check_shown(r#"AT+CMQTTCONNECT=0,"tcp://test.mosquitto.org:1883",60,1"#);
    check_shown(r#"+CMQTTCONNECT: 0,"tcp://198.51.100.7:1883",20,1,"user""#);
    check_shown("AT+CMQTTCONNECT?;+CSQ");
    check_shown("AT+CMQTTCONNECT=?");
    check_shown("+CMQTTCONNECT: (0-0),(1-128),(1-64800),(0-1)[,<user_name>,<pass_word>]");
    check_shown("+CMQTTCONNECT: 0");
    check_shown("+CMQTTCONNECT: 0,26\r\n");
    check_shown("+CMQTTCONNECT: 0,0successfully.");
}

#[test]
fn a_pin() {
    check(r#"AT+CPIN="1234""#, "AT+CPIN=[redacted]");
    check(r#"AT+CPIN="12345678","1234";+CSQ"#, "AT+CPIN=[redacted];+CSQ");
    check("at+cpin=1234\r", "at+cpin=[redacted]\\r");
    check("AT+CPIN=1234;+CPIN=5678;", "AT+CPIN=[redacted];+CPIN=[redacted];");
    check_shown("AT+CPIN?+CPIN: READY");
    check_shown("+CPIN: SIM PIN");
    check_shown("AT+CPIN=?;+CPINR=1");
}

#[test]
fn the_password_of_a_key() {
    check(
        r#"AT+CSSLCFG="password",0,"secret""#,
        r#"AT+CSSLCFG=\"password\",0,[redacted]"#,
    );
    check(
        r#"+CSSLCFG: 0,3,1,0,120,"ca.pem","","",1,"secret""#,
        r#"+CSSLCFG: 0,3,1,0,120,\"ca.pem\",\"\",\"\",1,[redacted]"#,
    );
    check_shown(r#"AT+CSSLCFG="authmode",0,1;+CSSLCFG="enableSNI",0,1"#);
    check_shown(r#"AT+CSSLCFG="cacert",0,"ca.pem""#);
    check_shown(r#"+CSSLCFG: 0,3,1,0,120,"digicert_g2.pem","","",1"#);
    check_shown(r#"+CSSLCFG: 0,3,1,0,120,"digicert_g2.pem","","",1,"""#);
    check_shown("AT+CSSLCFG?");
}

#[test]
fn passwords_of_other_commands() {
    check("AT+CGAUTH=1,1,\"user\",\"pw\"", "AT+CGAUTH=1,1,[redacted]");
    check("+CGAUTH: 1,2,\"pw\",\"user\"", "+CGAUTH: 1,2,[redacted]");
    check(
        "AT+CLCK=\"SC\",1,\"1234\";+CSQ",
        r#"AT+CLCK=\"SC\",1,[redacted];+CSQ"#,
    );
    check("at+cpwd=\"SC\",\"1234\",\"5678\"", r#"at+cpwd=\"SC\",[redacted]"#);
    for shown in [
        "AT+CGAUTH=1,0",
        "AT+CGAUTH?",
        "AT+CLCK=\"SC\",2",
        "+CLCK: 1",
        "AT+CPWD=?",
    ] {
        check_shown(shown);
    }
}

#[test]
fn result_code_of_a_command_with_a_password_is_shown() {
    for line in [
        "+CMQTTCONNECT: 0,32Failed!",
        "+CMQTTCONNECT: 0,3 Failed, retry",
        "+CMQTTCONNECT: 0,0",
        "+CFTPSLOGIN: 0",
        "+CFTPSLOGIN: 13 Failed",
        "+CSMTPSAUTH: 0",
        "+CGAUTH: 1,0",
        "+CNCFG: 0,1",
        "+CPUK: SIM PUK",
        "+FTPPW: 1",
        "+HTTPPARA: 715",
    ] {
        check_shown(line);
    }
    // Numbers that are no code.
    check(
        "+CMQTTCONNECT: 0,10.0.0.1,60,1,u,p",
        "+CMQTTCONNECT: 0,[redacted]",
    );
    check("+CGAUTH: 1,2,1234,user", "+CGAUTH: 1,2,[redacted]");
}

#[test]
fn parameters_that_are_no_secret_are_shown() {
    for line in [
        r#"AT+HTTPPARA="CID",1;+CSQ"#,
        r#"AT+HTTPPARA="URL","http://host/a?b""#,
        r#"AT+SAPBR=3,1,"APN","cmnet""#,
        r#"AT+SMCONF="CLIENTID","id""#,
        r#"AT+SHAHEAD="Content-Type","text/plain""#,
        r#"AT+CNCFG=0,1,"cmnet""#,
        "AT$QCPDPP=1,0",
        "AT+CNCFG?",
        "AT+CFTPSLOGIN=?",
    ] {
        check_shown(line);
    }
}

#[test]
fn login_of_a_url_is_hidden() {
    check(
        r#"at+httppara="url","https://user:p@ss@host/path""#,
        r#"at+httppara=\"url\",\"https://[redacted]@host/path\""#,
    );
    check(
        "see ftp://u:p@h and mqtt://h",
        "see ftp://[redacted]@h and mqtt://h",
    );
    check(
        r#"AT+CMQTTCONNECT=0,"tcp://u:p@host:1883",60,1;+CSQ"#,
        "AT+CMQTTCONNECT=0,[redacted];+CSQ",
    );
    check(r#"0,"tcp://u:p@host:1883",60,1"#, "0,[redacted]");
}

#[test]
fn commands_with_a_password_are_named() {
    for line in [
        "at+cgauth=1,1",
        "AT+CSQ;$QCPDPP=1",
        "AT+CMQTTCONNECT=",
        "+CSSLCFG",
    ] {
        assert!(Redacted(line.as_bytes()).names_secret(), "{line}");
    }
    for line in ["AT+CSQ", "+CPI", "", "CPIN"] {
        assert!(!Redacted(line.as_bytes()).names_secret(), "{line}");
    }
}

#[test]
fn a_line_without_passwords() {
    check_shown("");
    check_shown("\r\nOK\r\n");
    check_shown("+CSQ: 23,0");
    check_shown("AT+CMQTTACCQ=0,\"a+b+c\",0");
}

/// The name is damaged, or the front of the line is lost.
#[test]
fn a_connect_is_known_by_its_fields() {
    let fields = r#"0,"tcp://host:1883",60,1,"user","pass;word""#;
    let shown = r#"0,\"tcp://host:1883\",60,1,\"user\",[redacted]"#;
    for name in ["ATCMQTTCONNECT=", "AT+CMQTCONNECT=", "+CMQTTCONNCT: ", ""] {
        check(&format!("{name}{fields}"), &format!("{name}{shown}"));
    }
    check(
        r#"st:1883", 60,1,"user","password""#,
        r#"st:1883\", 60,1,\"user\",[redacted]"#,
    );
    // Nor are the fields whole: better too much.
    check(
        r#"T+CMQTTCNNECT=0,"TCP://h",601,"user","password""#,
        r#"T+CMQTTCNNECT=0,\"TCP://h\",601,[redacted]"#,
    );
    check_shown(r#"CMQTTCONNECT: 0,"tcp://host:1883",60,1,"user""#);
}

#[test]
fn lines_that_look_like_a_connects_fields_are_shown() {
    check_shown(r#"+CPMS: "SM",5,50,"SM",5,50,"SM",5,50"#);
    check_shown(r#"+CGDCONT: 1,"IP","cmnet","0.0.0.0",0,0,,,,"#);
    check_shown(r#"+COPS: (2,"CHINA MOBILE","CMCC","46000",7),(1,"A","B","46001",7),,(0,1)"#);
    check_shown(r#"+CMGL: 1,"REC UNREAD","+8613900000000",,"08/01/30,20:40:31+00""#);
    check_shown(r#"CSSLCFG: 0,3,1,0,120,"digicert_g2.pem","","",1"#);
}

#[test]
fn what_strays_from_the_form_is_hidden() {
    check(
        r#"AT+CMQTTCONNECT=0,tcp://h,60,1,u,p"#,
        "AT+CMQTTCONNECT=0,[redacted]",
    );
    check(
        r#"AT+CMQTTCONNECT=0,10.0.0.1,60,1,u,p"#,
        "AT+CMQTTCONNECT=0,[redacted]",
    );
    check(r#"AT+CPIN="1234;+CSQ"#, "AT+CPIN=[redacted]");
    check(
        r#"AT+CSSLCFG="pasword",0,"x""#,
        r#"AT+CSSLCFG=\"pasword\",0,[redacted]"#,
    );
}

/// Bytes that stand nowhere else in the lines below, nor in an escaped byte, mixed with those that confuse.
const MARKS: &[u8] = b"^~{}|@";

fn any_secret() -> impl Strategy<Value = String> {
    let mark = proptest::sample::select(MARKS).prop_map(char::from);
    let confusing = proptest::sample::select(&b" ;,+:=?()-/0aA"[..]).prop_map(char::from);
    proptest::collection::vec(prop_oneof![mark, confusing], 1..20)
        .prop_map(|secret| secret.into_iter().collect::<String>())
}

/// A line in front of its password, where its fields begin, and what can follow.
fn any_line() -> impl Strategy<Value = (String, usize, String)> {
    let heads = [
        (r#"AT+CMQTTCONNECT=0,"tcp://host:1883",60,1,"user","#, 16),
        (r#"AT+CMQTTCONNECT=0, "tcp://host:1883", 60, 1, "", "#, 16),
        (r#"+CMQTTCONNECT: 0,"tcp://host:1883",20,1,"user","#, 15),
        (r#"AT+CPIN="#, 8),
        (r#"AT+CPIN="12345678","#, 8),
        (r#"AT+CSSLCFG="password",0,"#, 11),
        (r#"+CSSLCFG: 0,3,1,0,120,"ca.pem","","",1,"#, 10),
        (r#"AT+CPUK="12345678","#, 8),
        (r#"AT+CLCK="SC",1,"#, 8),
        (r#"AT+CPWD="SC","#, 8),
        (r#"AT+CGAUTH=1,1,"#, 10),
        (r#"AT+CGAUTH=1,2,"user","#, 10),
        (r#"+CGAUTH: 1,1,"user","#, 9),
        (r#"AT$QCPDPP=1,2,"#, 10),
        (r#"$QCPDPP: 1,1,"#, 9),
        (r#"AT+CNCFG=0,1,"cmnet","user","#, 9),
        (r#"+CNCFG: 0,1,"cmnet","user","#, 8),
        (r#"AT+CSTT="cmnet","user","#, 8),
        (r#"+CSTT: "cmnet","user","#, 7),
        (r#"AT+CFTPSLOGIN="ftp.example",21,"user","#, 14),
        (r#"+CFTPSLOGIN: "ftp.example",21,"user","#, 13),
        (r#"AT+HTTPPARA="USERDATA","#, 12),
        (r#"+HTTPPARA: "USERDATA","#, 11),
        (r#"AT+SAPBR=3,1,"PWD","#, 9),
        (r#"AT+SHAHEAD="Authorization","#, 11),
        (r#"AT+SMCONF="PASSWORD","#, 10),
        (r#"AT+CMQCON=0,3,"id",60,1,0,"user","#, 10),
        (r#"AT+CSMTPSAUTH=1,"user","#, 14),
        (r#"AT+FTPPW="#, 9),
        (r#"AT+CWJAP="network","#, 9),
    ];
    let before = ["", "AT+CSQ;", "AT+CMQTTACCQ=0,\"id\",1;", "AT+CPIN?"];
    let behind = ["", "\r", " ;+CSQ", ";+CMQTTCONNECT?", "\r\r\nOK\r\n"];
    (
        proptest::sample::select(before.to_vec()),
        proptest::sample::select(heads.to_vec()),
        proptest::sample::select(behind.to_vec()),
        any::<bool>(),
    )
        .prop_map(|(before, (head, fields), behind, lower)| {
            let head = if lower {
                head.to_lowercase()
            } else {
                head.to_owned()
            };
            (
                format!("{before}{head}"),
                before.len() + fields,
                behind.to_owned(),
            )
        })
}

#[track_caller]
fn check_hidden(line: &[u8]) {
    let shown = Redacted(line).to_string();
    assert!(
        !shown.bytes().any(|byte| MARKS.contains(&byte)),
        "{} shows as {shown}",
        line.escape_ascii()
    );
}

/// The same of the line taken apart.
#[track_caller]
fn check_hidden_rest(line: &[u8]) {
    let shown = format!("{:?}", Line::classify(line));
    // It has braces of its own.
    assert!(
        !shown.bytes().any(|byte| b"^~|@".contains(&byte)),
        "{} shows as {shown}",
        line.escape_ascii()
    );
}

proptest! {
    #[test]
    fn no_password_is_ever_shown((head, _, behind) in any_line(), secret in any_secret()) {
        let line = format!("{head}\"{secret}\"{behind}");
        check_hidden(line.as_bytes());
        check_hidden_rest(line.as_bytes());
    }

    #[test]
    fn nor_where_the_line_is_cut_or_lost_a_byte(
        (head, fields, behind) in any_line(),
        secret in any_secret(),
        place: proptest::sample::Index,
    ) {
        let line = format!("{head}\"{secret}\"{behind}").into_bytes();
        check_hidden(&line[..place.index(line.len())]);
        let mut lossy = line.clone();
        lossy.remove(fields - 1 + place.index(line.len() - fields + 1));
        check_hidden(&lossy);
    }

    #[test]
    fn nor_where_a_connect_lost_a_byte_anywhere(
        head in proptest::sample::select(vec![
            r#"AT+CMQTTCONNECT=0,"tcp://host:1883",60,1,"user","#,
            r#"at+cmqttconnect=0,"tcp://10.0.0.1:8883",64800,0,"u;s","#,
            r#"+CMQTTCONNECT: 0,"tcp://host:1883",20,1,"user","#,
            r#"AT+CMQTTCONNECT=0,"tcp://host:1883",6,1,"","#,
        ]),
        secret in any_secret(),
    ) {
        let line = format!("{head}\"{secret}\"").into_bytes();
        for lost in 0..line.len() {
            let mut lossy = line.clone();
            lossy.remove(lost);
            check_hidden(&lossy);
            check_hidden_rest(&lossy);
        }
    }

    #[test]
    fn nor_where_a_connect_lost_its_front(
        head in proptest::sample::select(vec![
            r#"AT+CMQTTCONNECT=0,"tcp://host:1883",60,1,"user","#,
            r#"at+cmqttconnect=0,"tcp://10.0.0.1:8883",64800,0,"a+b","#,
            r#"+CMQTTCONNECT: 0,"tcp://host:1883",20,1,"user","#,
            r#"AT+CMQTTCONNECT=0,"tcp://host:1883",6,1,"","#,
        ]),
        secret in any_secret(),
        behind in proptest::sample::select(vec!["", "\r", "\r\n"]),
    ) {
        let line = format!("{head}\"{secret}\"{behind}").into_bytes();
        for lost in 0..line.len() {
            let shown = RedactedFragment(&line[lost..]).to_string();
            prop_assert!(!shown.bytes().any(|byte| MARKS.contains(&byte)), "{shown}");
        }
    }

    #[test]
    fn any_bytes_can_be_printed(line in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = RedactedFragment(&line).to_string();
        let shown = Redacted(&line).to_string();
        prop_assert!(shown.len() <= 4 * line.len() + REDACTED.len() * (1 + line.len() / 6));
    }

    #[test]
    fn what_names_no_such_command_is_shown(line in "[ -!#-&,-?A-~]{0,80}") {
        check_shown(&line);
    }
}
