//! Any line as every answer that there is.

use core::fmt::Debug;

use at_proto::cmqtt::{ResultUrc, SetTopic, Start, Urc};
use at_proto::network::{self, Signal};
use at_proto::{
    Claim, Command, Encode, EncodeError, Encoder, Exchange, FinalResult, InfoLines, Information, Line, Read,
    Reason, Refusal, Test, WaitingFor,
};

use crate::every::{every_information, every_readable, every_testable};

/// The input is a line as the modem sends it. What reads as an answer is written and read back: the same comes out.
pub fn line(input: &[u8]) {
    // The framer cut the line at its end: none holds one.
    let line = input
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .next()
        .unwrap_or_default();
    classify(line);
    dialogue(line, &Start { context: None });
    dialogue(line, &SetTopic { client: 0, len: 9 });
    dialogue(line, &Signal);
    macro_rules! each {
        ($($information:ty),* $(,)?) => { $(
            if let Ok(information) = <$information as Information<'_>>::decode(line) {
                if let Some(emitted) = emit(&information, line) {
                    let again = <$information as Information<'_>>::decode(&emitted).expect("what was written can be read");
                    assert_eq!(again, information);
                }
            }
        )* };
    }
    every_information!(each);
    urcs(line);
    answers(input);
}

fn emit<'a>(information: &(impl Information<'a> + Debug), line: &[u8]) -> Option<Vec<u8>> {
    written(line, |out| information.emit(out))
}

/// The input as the whole answer to a read or test form, its lines ended by LF.
fn answers(input: &[u8]) {
    macro_rules! each_read {
        ($($command:ty),* $(,)?) => { $(answer(&Read::<$command>::new(), input);)* };
    }
    macro_rules! each_test {
        ($($command:ty),* $(,)?) => { $(answer(&Test::<$command>::new(), input);)* };
    }
    every_readable!(each_read);
    every_testable!(each_test);
}

/// An answer that was cut is never understood.
fn answer<C: Command>(command: &C, input: &[u8]) {
    let _ = command.decode(InfoLines::new(input));
    assert!(command.decode(InfoLines::truncated(input, 1)).is_err());
}

/// A line is a URC of one family at most.
fn urcs(line: &[u8]) {
    let mut families = 0;
    if let Some(urc) = Urc::decode(line) {
        let emitted = written(line, |out| urc.emit(out)).expect("numbers can be written");
        assert_eq!(Urc::decode(&emitted), Some(urc));
        families += 1;
    }
    if let Some(urc) = ResultUrc::decode(line) {
        let emitted = written(line, |out| urc.emit(out)).expect("numbers can be written");
        assert_eq!(ResultUrc::decode(&emitted), Some(urc));
        families += 1;
    }
    if let Some(urc) = network::Urc::decode(line) {
        if let Some(emitted) = written(line, |out| urc.emit(out)) {
            assert_eq!(network::Urc::decode(&emitted), Some(urc));
        }
        families += 1;
    }
    assert!(families <= 1, "claimed by {families} families");
}

/// `None` for text with a control byte, which can be heard and not said.
fn written(line: &[u8], emit: impl FnOnce(&mut Encoder<'_>)) -> Option<Vec<u8>> {
    let mut memory = vec![0; 2 * line.len() + 256];
    let mut out = Encoder::new(&mut memory);
    emit(&mut out);
    match out.finish() {
        Ok(emitted) => Some(emitted.to_vec()),
        Err(EncodeError::InvalidByte { byte, .. }) if byte.is_ascii_control() && line.contains(&byte) => None,
        Err(error) => panic!("what was read can be written: {error}"),
    }
}

/// Every line is something, and what it is made of stands in it.
fn classify(line: &[u8]) {
    let trimmed = line.trim_ascii();
    match Line::classify(line) {
        Line::Final(FinalResult::Ok) => assert_eq!(trimmed, b"OK"),
        Line::Final(FinalResult::Error) => assert_eq!(trimmed, b"ERROR"),
        Line::Final(FinalResult::Equipment(reason)) => check_reason(trimmed, b"+CME ERROR:", reason),
        Line::Final(FinalResult::MessageService(reason)) => check_reason(trimmed, b"+CMS ERROR:", reason),
        Line::Named { name, rest } => {
            assert!(trimmed.starts_with(name) && trimmed.ends_with(rest));
            let between = &trimmed[name.len()..trimmed.len() - rest.len()];
            assert_eq!(between.first(), Some(&b':'));
            assert!(between[1..].iter().all(u8::is_ascii_whitespace));
        }
        Line::Text(text) => assert_eq!(text, line),
    }
}

#[track_caller]
fn check_reason(line: &[u8], name: &[u8], reason: Reason<'_>) {
    assert!(line.starts_with(name));
    match reason {
        Reason::Number(number) => assert!(line.trim_ascii().ends_with(number.to_string().as_bytes())),
        Reason::Words(words) => assert!(line.ends_with(words)),
    }
}

/// A command hears the line, then what ends any command: it ends once.
fn dialogue(line: &[u8], command: &dyn Encode) {
    let sent = b"AT+X";
    let mut exchange = Exchange::new(command.dialogue(), false);
    let mut ends = 0;
    let mut hear = |exchange: &mut Exchange, line: &[u8]| {
        if ends == 0 && exchange.line(line, sent, false).is_end() {
            ends += 1;
        }
        ends
    };
    hear(&mut exchange, line);
    if exchange.prompted() {
        assert_eq!(exchange.waiting_for(), WaitingFor::Data);
        exchange.data_sent();
    }
    hear(&mut exchange, line);
    hear(&mut exchange, b"+CME ERROR: 4");
    assert_eq!(ends, 1, "+CME ERROR ends every command");
    assert_ne!(
        exchange.waited(),
        Claim::Failed(Refusal::Code(0)),
        "0 is no failure"
    );
}
