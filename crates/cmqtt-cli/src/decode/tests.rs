//! Properties of the whole decoder.

use proptest::prelude::*;
use serde_json::Value;

use super::decoder::Decoder;
use super::frame::Frame;
use super::print;
use super::reader::Reader;

fn decode(log: &[u8]) -> Vec<Frame> {
    let frames: Result<Vec<_>, _> = Decoder::new(Reader::new(log), false).collect();
    frames.expect("memory does not fail to be read")
}

/// Hands out a few bytes at a time.
struct Dribble<'a>(&'a [u8], usize);

impl std::io::Read for Dribble<'_> {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let len = self.0.len().min(self.1).min(room.len());
        let (now, later) = self.0.split_at(len);
        room[..len].copy_from_slice(now);
        self.0 = later;
        Ok(len)
    }
}

/// What a conversation is made of, and what spoils it.
const PARTS: &[&str] = &[
    "\r\n",
    "\n",
    "\r",
    "> ",
    "< ",
    ">",
    "10:39:37.199 -> ",
    "[10:39:37] ",
    "AT",
    "AT+CSQ",
    "+CSQ: 27,99",
    "OK",
    "ERROR",
    "+CME ERROR: 14",
    "AT+CMQTTPAYLOAD=0,8",
    "AT+CMQTTTOPIC=0,2",
    "AT+CMQTTSUB=0,3,1",
    "+CMQTTSUB: 0,0",
    "AT+CMQTTSTART",
    "+CMQTTSTART: 0",
    "+CMQTTRXSTART: 0,1,8",
    "+CMQTTRXTOPIC: 0,1",
    "t",
    "+CMQTTRXPAYLOAD: 0,8",
    "payload!",
    "+CMQTTRXEND: 0",
    "+CMQTTCONNLOST: 0,1",
    "RDY",
    "+CPIN: READY",
    "AT+CPIN?",
    "ATE0",
    "AT+CCERTDOWN=\"key.pem\",30",
    "-----BEGIN PRIVATE KEY-----",
    "# comment",
    "\0",
    "\u{fffd}",
    "\"",
    ",",
    ";",
    " ",
];

fn log() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        8 => proptest::sample::select(PARTS).prop_map(|part| part.as_bytes().to_vec()),
        4 => Just(b"\r\n".to_vec()),
        4 => Just(b"\n".to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..20),
    ];
    proptest::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

/// A name that no part of a log has.
const PASSWORD: &str = "~Hush~";

fn connect() -> impl Strategy<Value = String> {
    (
        proptest::sample::select(&["AT+CMQTTCONNECT=", "at+cmqttconnect=", "+CMQTTCONNECT: "][..]),
        proptest::sample::select(&["0,\"tcp://h:1883\",60,1,\"me\",", "1, \"tcp://h\", 60, 0, \"\", "][..]),
        proptest::sample::select(&["\r\n", "\n", "OK\r\n", ";+CSQ\r\n"][..]),
    )
        .prop_map(|(name, fields, end)| format!("{name}{fields}\"{PASSWORD}\"{end}"))
}

proptest! {
    #[test]
    fn any_log_is_decoded_to_its_end(log in log()) {
        let frames = decode(&log);
        let mut line = 1;
        for frame in &frames {
            prop_assert!(frame.line >= line);
            line = frame.line;
            let mut json = Vec::new();
            print::json_line(frame, &mut json).expect("memory");
            let object: Value = serde_json::from_slice(&json).expect("an object");
            prop_assert!(object["kind"].is_string() && object.get("text").or(object.get("text_hex")).is_some_and(Value::is_string) && object.get("from").is_some());
            prop_assert_eq!(json.iter().filter(|&&byte| byte == b'\n').count(), 1);
            let mut columns = Vec::new();
            print::columns(frame, false, &mut columns).expect("memory");
            let columns = String::from_utf8(columns).expect("text");
            prop_assert!(!columns.trim_end_matches('\n').chars().any(at_proto::Printable::escapes));
        }
        let lines = log.iter().filter(|&&byte| byte == b'\n').count() as u64 + 1;
        prop_assert!(line <= lines);
        // Nothing is skipped: the last word of the log is in the last frame.
        let marked = [&log[..], b"\r\nOK\r\n\r\nEND-OF-LOG\r\n"].concat();
        let last = decode(&marked).pop().expect("a frame");
        prop_assert!(last.text.ends_with(b"END-OF-LOG") || last.text == b"[redacted]", "{:?}", last);
    }

    #[test]
    fn frames_do_not_depend_on_how_the_log_is_read(log in log(), size in 1..9_usize) {
        let whole: Vec<String> = decode(&log).iter().map(|frame| format!("{frame:?}")).collect();
        let pieces = Decoder::new(Reader::new(Dribble(&log, size)), false);
        let pieces: Vec<String> = pieces.map(|frame| format!("{:?}", frame.expect("memory"))).collect();
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn a_password_is_never_printed(before in log(), connect in connect(), after in log()) {
        let log = [&before[..], b"\n", connect.as_bytes(), &after].concat();
        for frame in decode(&log) {
            let mut json = Vec::new();
            print::json_line(&frame, &mut json).expect("memory");
            let json = String::from_utf8(json).expect("text");
            prop_assert!(!json.contains(PASSWORD) && !format!("{:?}", frame.fields).contains(PASSWORD), "{json}");
            prop_assert!(!frame.text.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes()), "{json}");
        }
    }

    /// Whatever a payload holds, it is data on a log that has all its bytes.
    #[test]
    fn a_payload_is_data(payload in prop_oneof![log(), proptest::collection::vec(any::<u8>(), 1..200)]) {
        prop_assume!(!payload.is_empty());
        let len = payload.len();
        let log = [
            format!("\r\n+CMQTTRXSTART: 0,1,{len}\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,{len}\r\n").as_bytes(),
            &payload,
            b"\r\n+CMQTTRXEND: 0\r\n",
        ]
        .concat();
        let frames: Vec<Frame> = Decoder::new(Reader::new(&log[..]), true).map(|frame| frame.expect("memory")).collect();
        let kinds: Vec<&str> = frames.iter().map(|frame| frame.kind.name()).collect();
        prop_assert_eq!(kinds, ["urc", "urc", "data", "urc", "data", "urc"]);
        prop_assert_eq!(&frames[4].text, &payload);
        prop_assert_eq!(&frames[4].note, &None);
    }
}

#[test]
fn bare_error_is_given_its_likely_cause() {
    let log = "> AT+CMQTTCONNECT=0,\"tcp://h.example:1883\",60,1,my_user,my_pass\n< ERROR\n\
               > AT+CMQTTSTART\n< ERROR\n> AT+CMQTTSUBTOPIC=0,21,0\n< ERROR\n> AT+CMQTTPING=0\n< ERROR\n\
               > AT+CSQ\n< ERROR\n";
    let mut text = Vec::new();
    for frame in decode(log.as_bytes()) {
        print::columns(&frame, false, &mut text).expect("memory");
    }
    let text = String::from_utf8(text).expect("UTF-8");
    for words in [
        "login is not in quotes",
        "not registered",
        "SUB and UNSUB",
        "pings by itself",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(text.matches("likely: ").count(), 4, "{text}");
}
