//! MQTT 3.1 for a library that speaks 3.1.1: between the two, a CONNECT differs only in how it begins, the protocol's
//! name and level. Everything after CONNECT is the same on the wire.

/// Rewrites a whole 3.1.1 CONNECT into one of 3.1. `None`: it is not a 3.1.1 CONNECT, or becomes too long.
pub(super) fn downgrade(connect: &[u8]) -> Option<Vec<u8>> {
    let (length, start) = remaining_length(connect.get(1..)?)?;
    let rest = connect.get(1 + start..)?.strip_prefix(NAME_3_1_1)?;
    let mut rewritten = vec![connect[0]];
    put_remaining_length(&mut rewritten, length + GROWTH)?;
    rewritten.extend_from_slice(NAME_3_1);
    rewritten.extend_from_slice(rest);
    Some(rewritten)
}

/// How the bytes of a new connection begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// More bytes are needed, 14 at most.
    Incomplete,
    /// A CONNECT of 3.1: put these in the place of the first so many.
    Old { replace: usize, with: Vec<u8> },
    /// A CONNECT that is not one of 3.1.
    Other,
    /// No CONNECT: who begins so does not speak MQTT.
    Foreign,
}

/// Looks for a 3.1 CONNECT, to be read as one of 3.1.1.
pub(super) fn upgrade(received: &[u8]) -> Beginning {
    let Some((&first, after)) = received.split_first() else {
        return Beginning::Incomplete;
    };
    if first != CONNECT {
        return Beginning::Foreign;
    }
    let Some((length, start)) = remaining_length(after) else {
        return if after.len() < 4 {
            Beginning::Incomplete
        } else {
            Beginning::Other
        };
    };
    let name = &after[start..];
    if name.len() < NAME_3_1.len() {
        let possible = NAME_3_1.starts_with(name);
        return if possible {
            Beginning::Incomplete
        } else {
            Beginning::Other
        };
    }
    if !name.starts_with(NAME_3_1) || length < NAME_3_1.len() {
        return Beginning::Other;
    }
    let mut with = vec![CONNECT];
    match put_remaining_length(&mut with, length - GROWTH) {
        Some(()) => with.extend_from_slice(NAME_3_1_1),
        None => return Beginning::Other,
    }
    Beginning::Old {
        replace: 1 + start + NAME_3_1.len(),
        with,
    }
}

/// Reads a remaining length (MQTT 3.1.1, section 2.2.3): the number and how many bytes say it. `None`: too few bytes,
/// or a fifth would be needed.
fn remaining_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0;
    for (place, &byte) in bytes.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((length, place + 1));
        }
    }
    None
}

fn put_remaining_length(out: &mut Vec<u8>, mut length: usize) -> Option<()> {
    if length > LONGEST {
        return None;
    }
    loop {
        let low = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            out.push(low);
            return Some(());
        }
        out.push(low | 0x80);
    }
}

const CONNECT: u8 = 0x10;
/// Protocol name and level of MQTT 3.1.1, section 3.1.2.
const NAME_3_1_1: &[u8] = b"\x00\x04MQTT\x04";
/// Protocol name and level of MQTT V3.1, section 3.1.
const NAME_3_1: &[u8] = b"\x00\x06MQIsdp\x03";
const GROWTH: usize = NAME_3_1.len() - NAME_3_1_1.len();
/// Four bytes of seven bits.
const LONGEST: usize = (1 << 28) - 1;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A 3.1.1 CONNECT whose variable header and payload go on with `rest`.
    fn connect(rest: &[u8]) -> Vec<u8> {
        let mut packet = vec![CONNECT];
        put_remaining_length(&mut packet, NAME_3_1_1.len() + rest.len()).unwrap();
        packet.extend_from_slice(NAME_3_1_1);
        packet.extend_from_slice(rest);
        packet
    }

    #[test]
    fn the_bytes_of_both_revisions() {
        let new = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a";
        let old = b"\x10\x0f\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x01a";
        assert_eq!(downgrade(new).as_deref(), Some(&old[..]));
        let with = b"\x10\x0d\x00\x04MQTT\x04".to_vec();
        assert_eq!(upgrade(old), Beginning::Old { replace: 11, with });
    }

    #[test]
    fn the_remaining_length_may_need_one_byte_more() {
        let new = connect(&[7; 120]);
        assert_eq!(new[..2], [0x10, 127]);
        let old = downgrade(&new).unwrap();
        assert_eq!(old[..3], [0x10, 0x81, 0x01]);
        assert_eq!(old.len(), new.len() + 3);
    }

    #[test]
    fn what_is_not_a_connect_of_the_other_revision() {
        assert_eq!(downgrade(b""), None);
        assert_eq!(downgrade(b"\x10"), None);
        assert_eq!(downgrade(b"\xc0\x00"), None);
        assert_eq!(downgrade(b"\x10\x07\x00\x04MQTT\x05"), None);
        assert_eq!(upgrade(b""), Beginning::Incomplete);
        assert_eq!(upgrade(b"GET / HTTP/1.1"), Beginning::Foreign);
        assert_eq!(upgrade(b"\x10\xff\xff\xff\xff\x01"), Beginning::Other);
        assert_eq!(upgrade(b"\x10\x0c\x00\x04MQ"), Beginning::Other);
        assert_eq!(upgrade(b"\x10\x0f\x00\x06MQIsdp\x04"), Beginning::Other);
        // Its length says that it ends within its own name.
        assert_eq!(upgrade(b"\x10\x01\x00\x06MQIsdp\x03"), Beginning::Other);
    }

    proptest! {
        #[test]
        fn there_and_back(rest in prop::collection::vec(any::<u8>(), 0..20_000)) {
            let new = connect(&rest);
            let old = downgrade(&new).unwrap();
            for end in 0..old.len().min(10) {
                prop_assert_eq!(upgrade(&old[..end]), Beginning::Incomplete);
            }
            let Beginning::Old { replace, with } = upgrade(&old) else { panic!("a 3.1 CONNECT") };
            prop_assert!(replace <= 14);
            prop_assert_eq!([&with, &old[replace..]].concat(), new);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = downgrade(&bytes);
            let incomplete = upgrade(&bytes) == Beginning::Incomplete;
            prop_assert!(!incomplete || bytes.len() < 14);
        }
    }
}
