//! Any command line on the modem's side.

use at_proto::{
    CommandLine, Encode, EncodeError, Form, Invocation, LINE_ROOM, MAX_COMMANDS, MAX_LINE, Parse, ParseBasic,
    encode_line,
};

use crate::every::{every_basic, every_command};

/// The input is a command line as the host sends it. What reads as a command is written and read back: the same
/// comes out.
pub fn command_line(input: &[u8]) {
    let line = input.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let Some(commands) = CommandLine::new(line) else {
        assert!(!line.trim_ascii().to_ascii_uppercase().starts_with(b"AT"));
        return;
    };
    let Ok(commands) = commands else {
        assert!(line.len() > MAX_LINE || line.len() > MAX_COMMANDS);
        return;
    };
    let mut failed = false;
    for (index, invocation) in commands.enumerate() {
        assert!(index < MAX_COMMANDS);
        assert!(!failed, "nothing runs after what is no command");
        match invocation {
            Ok(Invocation::Extended { form, .. }) => each(form),
            Ok(Invocation::Basic { name, value }) => {
                assert!(matches!(name.len(), 1 | 2));
                each_basic(value);
            }
            Ok(Invocation::SetRegister { .. } | Invocation::ReadRegister { .. }) => {}
            Err(_) => failed = true,
        }
    }
}

fn each(form: Form<'_>) {
    macro_rules! each {
        ($($command:ty),* $(,)?) => { $(
            if let Ok(command) = <$command>::parse(form) {
                let mut memory = [0; LINE_ROOM];
                // A default that the host left out makes the line longer.
                match encode_line(&command, &mut memory) {
                    Ok(line) => {
                        let again = <$command>::parse(single(line, &command)).expect("what was written can be read");
                        assert_eq!(again, command);
                    }
                    Err(error) => assert!(matches!(error, EncodeError::LineTooLong { .. }), "{error}"),
                }
            }
        )* };
    }
    every_command!(each);
}

fn each_basic(value: Option<u32>) {
    macro_rules! each {
        ($($command:ty),* $(,)?) => { $(
            if let Ok(command) = <$command>::parse_basic(value) {
                let mut memory = [0; LINE_ROOM];
                let line = encode_line(&command, &mut memory).expect("a short line");
                let mut commands = CommandLine::new(without_end(line))
                    .expect("begins with AT")
                    .expect("not too long");
                let Some(Ok(Invocation::Basic { value, .. })) = commands.next() else {
                    panic!("no basic command");
                };
                let again = <$command>::parse_basic(value).expect("what was written can be read");
                assert_eq!(again, command);
            }
        )* };
    }
    every_basic!(each);
}

/// A command line as the modem's side takes it.
fn without_end(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").expect("a CR at the end")
}

/// The one command of a line that was written.
fn single<'a>(line: &'a [u8], command: &dyn Encode) -> Form<'a> {
    let mut commands = CommandLine::new(without_end(line))
        .expect("begins with AT")
        .expect("not too long");
    match (commands.next(), commands.next()) {
        (Some(Ok(Invocation::Extended { name, form })), None) => {
            assert_eq!(name, command.dialogue().name.as_bytes());
            form
        }
        other => panic!("{other:?}"),
    }
}
