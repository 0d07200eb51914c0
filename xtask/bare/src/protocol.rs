//! `at-proto`: hears a modem, and plays both sides of every command.

use core::fmt::{Display, Write};

use at_proto::cmqtt::{self, SetTopic};
use at_proto::network::{self, Signal};
use at_proto::{
    Claim, Command, CommandLine, DecodeError, Encode, Encoder, Exchange, Form, Frame, Framer, InfoLines,
    Information, Invocation, Joined, LINE_ROOM, Line, Parse, ParseBasic, Quoted, Read, Step, Test,
    encode_line,
};

use crate::every::*;
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
            claim(exchange.line(line, b"AT+CMQTTTOPIC=0,9", false));
            claim(exchange.waited());
        }
        Frame::Prompt => {
            exchange.prompted();
            exchange.data_sent();
            framer.expect_echo(b"simcommsg", 9, true);
        }
        Frame::Block { data, .. } | Frame::Echo { data, .. } => write(data),
        Frame::Overlong { .. } => framer.reset(),
    }
}

fn claim(claim: Claim) {
    if let Claim::Failed(refusal) = claim {
        print(refusal);
    }
}

/// Reads the input as every answer, and writes what was understood.
pub(crate) fn understand(input: &[u8]) {
    macro_rules! each {
        ($($information:ty),* $(,)?) => { $(emit(<$information as Information<'_>>::decode(input));)* };
    }
    every_information!(each);
    urc(cmqtt::Urc::decode(input), |urc, out| urc.emit(out));
    urc(cmqtt::ResultUrc::decode(input), |urc, out| urc.emit(out));
    urc(network::Urc::decode(input), |urc, out| urc.emit(out));
}

fn emit<'a, T: Information<'a>>(decoded: Result<T, DecodeError>) {
    match decoded {
        Ok(information) => written(|out| information.emit(out)),
        Err(error) => print(error),
    }
}

fn urc<T>(decoded: Option<T>, emit: fn(&T, &mut Encoder<'_>)) {
    if let Some(urc) = decoded {
        written(|out| emit(&urc, out));
    }
}

fn written(emit: impl FnOnce(&mut Encoder<'_>)) {
    let mut memory = [0; 1024];
    let mut out = Encoder::new(&mut memory);
    emit(&mut out);
    match out.finish() {
        Ok(line) => write(line),
        Err(error) => print(error),
    }
}

/// Takes the input apart as a command line, reads every command in it as the modem's side does, and says it as the
/// host's side does: the fields are whatever the input holds.
pub(crate) fn obey(input: &[u8]) {
    let Some(Ok(commands)) = CommandLine::new(input) else {
        return;
    };
    for invocation in commands {
        match invocation {
            Ok(Invocation::Extended { name, form }) => {
                write(name);
                each_command(input, form);
            }
            Ok(Invocation::Basic { name, value }) => {
                write(name);
                each_basic(input, value);
            }
            Ok(_) => write(b"S"),
            Err(error) => print(error),
        }
    }
}

fn each_command<'a>(input: &'a [u8], form: Form<'a>) {
    macro_rules! each {
        ($($command:ty),* $(,)?) => { $(
            if let Ok(command) = <$command>::parse(form) {
                say(input, &command);
            }
        )* };
    }
    macro_rules! each_read {
        ($($command:ty),* $(,)?) => { $(say(input, &Read::<$command>::new());)* };
    }
    macro_rules! each_test {
        ($($command:ty),* $(,)?) => { $(say(input, &Test::<$command>::new());)* };
    }
    every_command!(each);
    every_readable!(each_read);
    every_testable!(each_test);
    let with_data = SetTopic::with(0, input);
    say(input, &with_data);
    if let Ok(joined) = Joined::new(&[&Signal, &with_data]) {
        line(input, &joined);
    }
    if let Err(error) = Quoted::new(input) {
        print(error);
    }
}

fn each_basic(input: &[u8], value: Option<u32>) {
    macro_rules! each {
        ($($command:ty),* $(,)?) => { $(
            if let Ok(command) = <$command>::parse_basic(value) {
                say(input, &command);
            }
        )* };
    }
    every_basic!(each);
}

/// The host's side of a command: its line, its data, its conversation and its reply.
fn say<C: Command>(input: &[u8], command: &C) {
    line(input, command);
    match command.decode(InfoLines::new(input)) {
        Ok(_) => write(b"understood"),
        Err(error) => print(error),
    }
}

fn line(input: &[u8], command: &dyn Encode) {
    let mut memory = [0; LINE_ROOM];
    match encode_line(command, &mut memory) {
        Ok(line) => {
            write(line);
            claim(Exchange::new(command.dialogue(), false).line(input, line, false));
        }
        Err(error) => print(error),
    }
    write(command.data());
}

fn print(message: impl Display) {
    let _ = write!(Output, "{message}");
}
