//! Inputs of every shape, cut wherever a read may cut them.

use std::io::{BufReader, Cursor};

use proptest::prelude::*;

use super::*;

const FOUR: Payloads = Payloads { max: 4, empty: false };

fn lines(input: &[u8], chunk: usize) -> Vec<Result<Vec<u8>, String>> {
    let input = BufReader::with_capacity(chunk, Cursor::new(input));
    let words = |line: Result<Vec<u8>, PayloadError>| line.map_err(|error| error.to_string());
    FOUR.lines(input).map(words).collect()
}

#[test]
fn a_line_that_cannot_be_sent_costs_no_other() {
    for chunk in [1, 2, 3, 100] {
        let all = lines(b"1\n12345\n\n\0\xff\r\n1234\n123456789\nlast", chunk);
        let long = |number| {
            Err(format!(
                "line {number} of standard input: more than 4 bytes, the most that the modem takes in a message; send it in parts"
            ))
        };
        assert_eq!(
            all,
            [
                Ok(b"1".to_vec()),
                long(2),
                Err("line 3 of standard input: an empty message, which this modem's family does not send; send at least one byte".to_owned()),
                Ok(b"\0\xff\r".to_vec()),
                Ok(b"1234".to_vec()),
                long(6),
                Ok(b"last".to_vec()),
            ]
        );
    }
}

#[test]
fn inputs_as_a_whole() {
    let whole = |input: &[u8]| {
        FOUR.whole("standard input", input)
            .map_err(|error| error.to_string())
    };
    assert_eq!(whole(b"\r\n\0x"), Ok(b"\r\n\0x".to_vec()));
    assert_eq!(
        whole(b"12345").expect_err("long"),
        "standard input: more than 4 bytes, the most that the modem takes in a message; send it in parts"
    );
    assert!(whole(b"").is_err());
    let allowed = Payloads { empty: true, ..FOUR };
    assert_eq!(allowed.whole("-n", &b""[..]).expect("empty"), b"");
    // What never ends is not read to its end.
    assert!(matches!(
        FOUR.whole("x", io::repeat(b'x')),
        Err(PayloadError::TooLong { .. })
    ));
    assert_eq!(
        FOUR.file(Path::new("/no/such")).expect_err("none").to_string(),
        "/no/such: cannot be read: No such file or directory (os error 2)"
    );
}

#[test]
fn an_input_that_fails_ends_the_lines() {
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("gone"))
        }
    }
    let all: Vec<_> = FOUR
        .lines(BufReader::new(Fails))
        .map(|line| line.expect_err("fails").to_string())
        .collect();
    assert_eq!(all, ["line 1 of standard input: cannot be read: gone"]);
}

proptest! {
    #[test]
    fn lines_are_what_stands_between_line_feeds(input in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..40), chunk in 1_usize..20) {
        let payloads = Payloads { max: 100, empty: true };
        let read: Result<Vec<_>, _> = payloads.lines(BufReader::with_capacity(chunk, Cursor::new(&input))).collect();
        let mut expected: Vec<_> = input.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
        if expected.last().is_some_and(Vec::is_empty) {
            expected.pop();
        }
        prop_assert_eq!(read.expect("no line is too long"), expected);
    }
}
