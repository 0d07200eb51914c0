//! Formats against what mosquitto_sub prints, and against anything else.

use std::time::Duration;

use jiff::civil::date;
use jiff::tz::Offset;
use proptest::prelude::*;

use super::*;

fn time() -> Zoned {
    let zone = TimeZone::fixed(Offset::constant(1));
    let time = date(2016, 8, 10).at(9, 47, 38, 12_345_678);
    time.to_zoned(zone).expect("a time")
}

fn print(format: &OutputFormat, topic: &[u8], payload: &[u8]) -> Result<Vec<u8>, PrintError> {
    let mut out = Vec::new();
    let time = time();
    let message = Printed {
        topic,
        payload,
        time: &time,
        terminal: false,
    };
    format.print(message, &mut out).map(|()| out)
}

#[track_caller]
fn check(format: &str, expected: &str) {
    let format = OutputFormat::parse(format).expect("a format");
    let printed = print(&format, b"a/b", b"hello").expect("printed");
    assert_eq!(String::from_utf8_lossy(&printed), expected);
}

#[test]
fn as_mosquitto_2_prints_it() {
    // Each taken from mosquitto_sub 2.0.11, the times from its man page.
    check(
        "%t|%10t|%-10t|%.2t|%10.2t|%-10.2t|%010t",
        "a/b|       a/b|a/b       |a/|        a/|a/        |       a/b",
    );
    check(
        "%p|%10p|%-10p|%.2p|%010p|%-10.2p",
        "hello|     hello|hello     |he|00000hello|he        ",
    );
    check("%l|%5l|%-5l|%05l|%-05l|%.2l", "5|    5|5    |00005|5    |5");
    check("%x|%X|%.2x", "68656c6c6f|68656C6C6F|6865");
    check(
        "%I|%30I|%.4I",
        "2016-08-10T09:47:38+0100|      2016-08-10T09:47:38+0100|2016",
    );
    check("a\\0b\\a\\e\\n\\r\\t\\v\\\\", "a\0b\x07\x1b\n\r\t\x0b\\");
    check("@@ @Y @H @N", "@ 2016 09 012345678");
    check("%U 100%%", "1470818858.012345678 100%");
    check("%0t%-t", "a/ba/b");
    check("", "");
}

#[test]
fn where_mosquitto_departs_from_its_page() {
    check(
        "%20x|%020X|%-12x|",
        "          68656c6c6f|000000000068656C6C6F|68656c6c6f  |",
    );
    check("%4x", "68656c6c6f");
}

#[test]
fn json_objects() {
    let show = |format: &OutputFormat, payload: &[u8]| match print(format, b"a/\"b\n", payload) {
        Ok(printed) => String::from_utf8(printed).expect("JSON is UTF-8"),
        Err(error) => error.to_string(),
    };
    let (text, json) = (
        OutputFormat::json(),
        OutputFormat::parse("x%J").expect("a format"),
    );
    let all = [
        show(&text, b"hello \"world\"\n\0\x7f"),
        show(&text, "22 \u{b0}C".as_bytes()),
        show(&text, b"h\xff\x00"),
        show(&text, b""),
        show(&json, b"{\"z\": 27.0, \"a\\\" \\\\\": [1,\r\n 2e400]}"),
        show(&json, b" \"a b\" "),
        show(&json, b"27 nope"),
        show(&json, b"\"\xff\""),
        show(&json, b""),
        show(&json, b"[\n1,\n]"),
    ];
    for line in &all {
        assert!(!line.contains('\n'), "{line:?}");
    }
    insta::assert_snapshot!(all.join("\n"));
    assert_eq!(OutputFormat::parse("%j").expect("a format"), text);
}

#[test]
fn payloads_are_bytes() {
    let every: Vec<_> = (0..=255).collect();
    assert_eq!(
        print(&OutputFormat::plain(false), b"t", &every).expect("printed"),
        every
    );
    let verbose = print(&OutputFormat::plain(true), b"t", &every).expect("printed");
    assert_eq!(verbose, [b"t ", every.as_slice()].concat());
}

#[test]
fn what_is_refused() {
    let refused = [
        "%",
        "a%10",
        "%5.",
        "@",
        "abc\\",
        "%y",
        "%--5t",
        "%0-5t",
        "\\q",
        "@!",
        "@\u{e9}",
        "%q",
        "%r",
        "%3m",
        "%A",
        "%C",
        "%D",
        "%E",
        "%F",
        "%P",
        "%R",
        "%S",
        "%65536t",
        "%.99999999999999999999p",
        "x\n%y",
    ];
    let words = refused.map(|format| OutputFormat::parse(format).expect_err("refused").to_string());
    insta::assert_snapshot!(words.join("\n"));
}

#[test]
fn every_letter_of_the_time_prints() {
    // Compared with strftime in the C locale.
    let mut table = String::new();
    for letter in ('a'..='z').chain('A'..='Z').chain(['+']) {
        if let Ok(format) = OutputFormat::parse(&format!("@{letter}")) {
            let printed = print(&format, b"t", b"").expect("a letter that was accepted can be printed");
            table += &format!(
                "@{letter} {}\n",
                String::from_utf8(printed).expect("text").escape_debug()
            );
        }
    }
    insta::assert_snapshot!(table);
}

proptest! {
    #[test]
    fn plain_text_comes_out_as_it_is(text in "[^%@\\\\]{0,40}") {
        let format = OutputFormat::parse(&text).expect("nothing to refuse");
        prop_assert_eq!(print(&format, b"t", b"p").expect("printed"), text.into_bytes());
    }

    #[test]
    fn no_format_is_too_strange(format in "([%@\\\\][-0]{0,2}[0-9]{0,3}(\\.[0-9]{0,3})?\\PC?|\\PC){0,8}", payload in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(format) = OutputFormat::parse(&format) {
            let _ = print(&format, &payload, &payload);
        }
    }

    #[test]
    fn an_object_can_be_read_back(payload in "\\PC{0,20}") {
        let printed = print(&OutputFormat::json(), b"t", payload.as_bytes()).expect("printed");
        let object: serde_json::Value = serde_json::from_slice(&printed).expect("JSON");
        prop_assert_eq!(object["payload"].as_str(), Some(payload.as_str()));
    }

    #[test]
    fn json_keeps_its_meaning(text in "\\PC{0,10}", number in any::<i64>()) {
        let value = serde_json::json!({ "a b": [text, number, null], "c": { "\" ": "\\" } });
        let payload = serde_json::to_vec_pretty(&value).expect("JSON");
        let printed = print(&OutputFormat::parse("%J").expect("a format"), b"t", &payload).expect("printed");
        let object: serde_json::Value = serde_json::from_slice(&printed).expect("JSON");
        prop_assert_eq!(&object["payload"], &value);
    }
}

/// A format with every letter that prints a time.
fn every_time() -> OutputFormat {
    let letters = parse::STRFTIME.chars().map(|letter| format!("@{letter} "));
    let format = letters.collect::<String>() + "@N %I %U %j %J";
    OutputFormat::parse(&format).expect("a format")
}

proptest! {
    #[test]
    fn every_time_of_every_clock_is_printed(
        seconds in prop_oneof![any::<i64>(), -400_000_000_000..400_000_000_000i64],
        nanoseconds in 0..1_000_000_000u32,
        offset in -93_599..=93_599i32,
    ) {
        let distance = Duration::new(seconds.unsigned_abs(), nanoseconds);
        let time = if seconds < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        if let Some(time) = time {
            let zone = TimeZone::fixed(Offset::from_seconds(offset).expect("an offset"));
            for time in [local_time(time), local_time(time).with_time_zone(zone)] {
                let message = Printed { topic: b"t", payload: b"1", time: &time, terminal: false };
                let mut out = Vec::new();
                every_time().print(message, &mut out).expect("printed");
            }
        }
    }
}
