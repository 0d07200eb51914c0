//! `at-proto`: hears a modem, says every command, and obeys commands as a modem would.

use core::fmt::Write;

use at_proto::cmqtt::{Acquire, SetTopic};
use at_proto::network::Signal;
use at_proto::{
    Claim, Command, CommandLine, Encode, Exchange, Form, Frame, Framer, InfoLines, Invocation, Joined,
    LINE_ROOM, Line, Parse, Quoted, Read, Readable, Step, Test, Testable, encode_line,
};

use crate::system::{Output, write};

/// Cuts the input into frames, tells what each line is, and follows one command's dialogue.
pub(crate) fn hear(mut input: &[u8]) {
    let mut framer = Framer::new(usize::from(input.first().copied().unwrap_or_default()));
    let mut exchange = Exchange::new(SetTopic { client: 0, len: 9 }.dialogue(), input.len() % 2 == 0);
    loop {
        match framer.step(input, exchange.awaiting()) {
            Step::Incomplete { .. } => return,
            Step::Complete { value, consumed } => {
                frame(&mut framer, &mut exchange, value);
                input = input.get(consumed..).unwrap_or_default();
            }
        }
    }
}

fn frame(framer: &mut Framer, exchange: &mut Exchange, frame: Frame<'_>) {
    match frame {
        Frame::Line(line) => {
            match Line::classify(line) {
                Line::Named { name, rest } => {
                    write(name);
                    framer.expect_block(rest.len());
                }
                Line::Final(_) => write(b"final"),
                Line::Text(text) => write(text),
            }
            if let Claim::Failed(refusal) = exchange.line(line, b"AT+CMQTTTOPIC=0,9", false) {
                let _ = write!(Output, "{refusal}");
            }
        }
        Frame::Prompt => {
            exchange.prompted();
            exchange.data_sent();
            framer.expect_echo(b's', 9, true);
        }
        Frame::Block { data, .. } | Frame::Echo { data, .. } => write(data),
        Frame::Overlong { .. } => framer.reset(),
    }
}

/// Encodes every command with fields made of the input, and reads the input as each one's answer.
pub(crate) fn say(input: &[u8]) {
    let byte = |index: usize| input.get(index).copied().unwrap_or_default();
    let client = byte(0);
    let len = u32::from(byte(1)) << 8;
    let Ok(id) = Quoted::new(input) else { return };

    command(input, &Signal);
    test::<Signal>(input);
    command(
        input,
        &Acquire {
            client,
            id,
            server_type: Some(byte(2)),
            version: Some(byte(3)),
        },
    );
    read::<Acquire<'_>>(input);
    test::<Acquire<'_>>(input);
    command(input, &SetTopic { client, len });
    command(input, &SetTopic::with(client, input));
    test::<SetTopic>(input);

    let commands: [&dyn Encode; 2] = [&Signal, &SetTopic { client, len }];
    if let Ok(joined) = Joined::new(&commands) {
        line(&joined);
    }
}

fn command<C: Command>(input: &[u8], command: &C) {
    line(command);
    match command.decode(InfoLines::new(input)) {
        Ok(_) => write(b"understood"),
        Err(error) => {
            let _ = write!(Output, "{error}");
        }
    }
}

fn read<C: Readable>(input: &[u8]) {
    command(input, &Read::<C>::new());
}

fn test<C: Testable>(input: &[u8]) {
    command(input, &Test::<C>::new());
}

fn line(command: &dyn Encode) {
    let mut memory = [0; LINE_ROOM];
    match encode_line(command, &mut memory) {
        Ok(line) => write(line),
        Err(error) => {
            let _ = write!(Output, "{error}");
        }
    }
    write(command.data());
}

/// Takes the input apart as a command line, as the modem's side does.
pub(crate) fn obey(input: &[u8]) {
    let Some(Ok(commands)) = CommandLine::new(input) else {
        return;
    };
    for invocation in commands {
        match invocation {
            Ok(Invocation::Extended { name, form }) => {
                write(name);
                parse::<Signal>(form);
                parse::<Acquire<'_>>(form);
                parse::<SetTopic>(form);
            }
            Ok(Invocation::Basic { name, .. }) => write(name),
            Ok(_) => write(b"S"),
            Err(error) => {
                let _ = write!(Output, "{error}");
            }
        }
    }
}

fn parse<'a, C: Parse<'a> + Encode>(form: Form<'a>) {
    if let Ok(command) = C::parse(form) {
        line(&command);
    }
}
