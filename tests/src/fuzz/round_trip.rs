//! Any value of every type to bytes, and back.

use at_proto::cmqtt::{self, ResultUrc};
use at_proto::network;
use at_proto::{
    Awaiting, CommandLine, Dialogue, Encode, EncodeError, Encoder, Frame, Framer, InfoLines, Information,
    Invocation, Joined, LINE_ROOM, MAX_LINE, Parse, ParseBasic, Read, Step, Test, encode_line,
};

use super::any::Any;
use super::script::Script;
use crate::every::{every_basic, every_command, every_information, every_readable, every_testable};

/// The input is a list of values: what kind each is, and the bytes that it is made from. A value is written and read
/// back, and the same comes out; or writing it is refused. What is written is one line, whatever is in the value.
pub fn round_trip(input: &[u8]) {
    let mut script = Script::new(input);
    while let Some(kind) = script.byte() {
        match kind % 16 {
            0..6 => command(&mut script),
            6..12 => information(&mut script),
            12 => urc(&mut script),
            13 => joined(&mut script),
            14 => data(&mut script),
            _ => own_command(&mut script),
        }
    }
}

/// One command of all, in all of its forms.
fn command(script: &mut Script<'_>) {
    let chosen = usize::from(script.byte().unwrap_or_default());
    let mut index = 0;
    macro_rules! extended {
        ($($command:ty),* $(,)?) => { $(
            if chosen == index {
                let command = <$command>::any(script);
                if let Some(line) = line_of(&command) {
                    let Invocation::Extended { name, form } = single(&line) else {
                        panic!("no extended command");
                    };
                    assert_eq!(name, <$command as Parse<'_>>::NAME.as_bytes());
                    assert_eq!(<$command>::parse(form), Ok(command.spelled_out()));
                }
                return;
            }
            index += 1;
        )* };
    }
    every_command!(extended);
    macro_rules! basic {
        ($($command:ty),* $(,)?) => { $(
            if chosen == index {
                let command = <$command>::any(script);
                let line = line_of(&command).expect("a short line");
                let Invocation::Basic { name, value } = single(&line) else {
                    panic!("no basic command");
                };
                assert_eq!(name, <$command as ParseBasic>::NAME.as_bytes());
                assert_eq!(<$command>::parse_basic(value), Ok(command));
                return;
            }
            index += 1;
        )* };
    }
    every_basic!(basic);
    macro_rules! read {
        ($($command:ty),* $(,)?) => { $(
            if chosen == index {
                return form_comes_back(&Read::<$command>::new(), |form| Read::<$command>::parse(form).is_ok());
            }
            index += 1;
        )* };
    }
    every_readable!(read);
    macro_rules! test {
        ($($command:ty),* $(,)?) => { $(
            if chosen == index {
                return form_comes_back(&Test::<$command>::new(), |form| Test::<$command>::parse(form).is_ok());
            }
            index += 1;
        )* };
    }
    every_testable!(test);
}

/// The read or test form of a command.
fn form_comes_back(command: &dyn Encode, reads: impl FnOnce(at_proto::Form<'_>) -> bool) {
    let line = line_of(command).expect("a short line");
    let Invocation::Extended { name, form } = single(&line) else {
        panic!("no extended command");
    };
    assert_eq!(name, command.dialogue().name.as_bytes());
    assert!(reads(form));
}

/// One information line of all.
fn information(script: &mut Script<'_>) {
    let chosen = usize::from(script.byte().unwrap_or_default());
    let mut index = 0;
    macro_rules! each {
        ($($information:ty),* $(,)?) => { $(
            if chosen == index {
                let information = <$information>::any(script);
                if let Some(line) = written(|out| information.emit(out)) {
                    assert_eq!(<$information>::decode(&line), Ok(information));
                    // As an answer, between others.
                    let answer = [&line[..], b"\n", &line, b"\n"].concat();
                    let lines = InfoLines::new(&answer).all::<$information>().expect("nothing is lost");
                    assert_eq!(lines.filter(|line| *line == Ok(information)).count(), 2);
                }
                return;
            }
            index += 1;
        )* };
    }
    every_information!(each);
}

/// One URC of all. It is read as what it is, and as nothing else.
fn urc(script: &mut Script<'_>) {
    match script.byte().unwrap_or_default() % 3 {
        0 => {
            let urc = cmqtt::Urc::any(script);
            let line = written(|out| urc.emit(out)).expect("numbers can be written");
            assert_eq!(cmqtt::Urc::decode(&line), Some(urc));
            assert_eq!(
                (ResultUrc::decode(&line), network::Urc::decode(&line)),
                (None, None)
            );
        }
        1 => {
            let urc = ResultUrc::any(script);
            let line = written(|out| urc.emit(out)).expect("numbers can be written");
            assert_eq!(ResultUrc::decode(&line), Some(urc));
            assert_eq!(
                (cmqtt::Urc::decode(&line), network::Urc::decode(&line)),
                (None, None)
            );
        }
        _ => {
            let urc = network::Urc::any(script);
            let Some(line) = written(|out| urc.emit(out)) else {
                return;
            };
            assert_eq!(network::Urc::decode(&line), Some(urc));
            assert_eq!(
                (cmqtt::Urc::decode(&line), ResultUrc::decode(&line)),
                (None, None)
            );
        }
    }
}

/// Several commands on one line: the modem's side takes the same ones from it, in order.
fn joined(script: &mut Script<'_>) {
    let count = 1 + usize::from(script.byte().unwrap_or_default() % 5);
    let commands: Vec<Box<dyn Encode>> = (0..count).map(|_| joinable(script)).collect();
    let commands: Vec<&dyn Encode> = commands.iter().map(Box::as_ref).collect();
    let Ok(joined) = Joined::new(&commands) else {
        return;
    };
    let Some(line) = line_of(&joined) else { return };
    let together = CommandLine::new(&line)
        .expect("begins with AT")
        .expect("not too long");
    let alone: Vec<_> = commands.iter().filter_map(|command| line_of(*command)).collect();
    let alone: Vec<_> = alone.iter().map(|line| Ok(single(line))).collect();
    assert_eq!(together.collect::<Vec<_>>(), alone);
}

/// Commands that can stand before another, and one that has to be the last.
fn joinable<'a>(script: &mut Script<'a>) -> Box<dyn Encode + 'a> {
    match script.byte().unwrap_or_default() % 8 {
        0 => Box::new(at_proto::basic::Echo::any(script)),
        1 => Box::new(at_proto::basic::Identify::any(script)),
        2 => Box::new(network::Signal),
        3 => Box::new(network::DefineContext::any(script)),
        4 => Box::new(network::EnterPin::any(script)),
        5 => Box::new(Read::<cmqtt::Connect<'_>>::new()),
        6 => Box::new(Test::<cmqtt::Publish>::new()),
        _ => Box::new(cmqtt::Connect::any(script)),
    }
}

/// A command asks for just as many bytes as it brings.
fn data(script: &mut Script<'_>) {
    let client = u8::any(script);
    let qos = u8::any(script);
    let name = at_proto::Quoted::any(script);
    let data = <&[u8]>::any(script);
    let commands: [&dyn Encode; 9] = [
        &cmqtt::SetTopic::with(client, data),
        &cmqtt::SetPayload::with(client, data),
        &cmqtt::SetWillTopic::with(client, data),
        &cmqtt::SetWillMessage::with(client, data, qos),
        &cmqtt::Subscribe::with(client, data, qos),
        &cmqtt::SubscribeTopic::with(client, data, qos),
        &cmqtt::Unsubscribe::with(client, data),
        &cmqtt::UnsubscribeTopic::with(client, data),
        &at_proto::tls::StoreFile::with(name, data),
    ];
    for command in commands {
        let asked = command.dialogue().prompt.expect("it asks for data");
        assert_eq!((asked as usize, command.data()), (data.len(), data));
    }
}

/// A command of somebody else's driver, which writes whatever it wants: one line comes of it, or none.
fn own_command(script: &mut Script<'_>) {
    let command = Own(Any::any(script));
    let control = command.0.iter().position(u8::is_ascii_control);
    let mut memory = [0; LINE_ROOM];
    match (encode_line(&command, &mut memory), control) {
        (Ok(line), None) => assert_eq!(line, [b"AT", command.0, b"\r"].concat()),
        (Err(EncodeError::LineTooLong { len, .. }), _) => {
            assert!(len == command.0.len() && len > MAX_LINE);
        }
        (Err(EncodeError::InvalidByte { byte, at }), Some(control)) => {
            assert_eq!((at, byte), (control + 2, command.0[control]));
        }
        (other, _) => panic!("{other:?}"),
    }
}

/// Bytes as a command.
struct Own<'a>(&'a [u8]);

impl Encode for Own<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.bytes(self.0);
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new("own")
    }
}

/// A command's line without its end. `None` when it is refused for its length: what can be put into a command holds no
/// byte that is refused.
fn line_of(command: &dyn Encode) -> Option<Vec<u8>> {
    let mut memory = [0; LINE_ROOM];
    match encode_line(command, &mut memory) {
        Ok(line) => {
            let line = line.strip_suffix(b"\r").expect("a CR at the end");
            assert!(!line.iter().any(u8::is_ascii_control), "more than one line");
            Some(line.to_vec())
        }
        Err(EncodeError::LineTooLong { len, .. }) => {
            assert!(len > MAX_LINE);
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// The one command on a line.
fn single(line: &[u8]) -> Invocation<'_> {
    let mut commands = CommandLine::new(line)
        .expect("begins with AT")
        .expect("not too long");
    match (commands.next(), commands.next()) {
        (Some(Ok(invocation)), None) => invocation,
        other => panic!("not one command: {other:?}"),
    }
}

/// A line of the modem, which the host's framer finds whole. `None` when a byte in it is refused.
fn written(emit: impl FnOnce(&mut Encoder<'_>)) -> Option<Vec<u8>> {
    let mut memory = [0; 8192];
    let mut out = Encoder::new(&mut memory);
    emit(&mut out);
    let line = match out.finish() {
        Ok(line) => line.to_vec(),
        Err(EncodeError::InvalidByte { .. }) => return None,
        Err(error) => panic!("{error}"),
    };
    let sent = [b"\r\n", &line[..], b"\r\n"].concat();
    let mut framer = Framer::new(memory.len());
    match framer.step(&sent, Awaiting::Prompt) {
        Step::Complete {
            value: Frame::Line(found),
            consumed,
        } => {
            assert_eq!((found, consumed), (&line[..], sent.len()));
        }
        Step::Complete {
            value: Frame::Prompt, ..
        } => assert!(line.starts_with(b">")),
        Step::Incomplete { .. } => assert!(line.is_empty()),
        Step::Complete { value, .. } => panic!("{value:?}"),
    }
    Some(line)
}
