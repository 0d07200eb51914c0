//! Any line as every answer that there is.

use core::fmt::Debug;

use at_proto::cmqtt::*;
use at_proto::network::*;
use at_proto::{
    Claim, Encode, EncodeError, Encoder, Exchange, FinalResult, Information, Line, Reason, Refusal,
    WaitingFor,
};

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
            if let Ok(information) = <$information>::decode(line) {
                if let Some(emitted) = emit(&information, line) {
                    let again = <$information>::decode(&emitted).expect("what was written can be read");
                    assert_eq!(again, information);
                }
            }
        )* };
    }
    each!(
        AcquireRanges,
        AcquiredClient<'_>,
        ClientConfig,
        ConfigRanges<'_>,
        ConnectRanges,
        ConnectionInfo<'_>,
        ConnectionState,
        DisconnectRanges,
        LengthRanges<SetTopic>,
        PublishRanges,
        ReleaseRanges,
        SignalQuality,
        SignalRanges,
        SslContext,
        SslContextRanges,
        Subscription<'_>,
    );
}

/// `None` for text with a control byte, which can be heard and not said.
fn emit<'a>(information: &(impl Information<'a> + Debug), line: &[u8]) -> Option<Vec<u8>> {
    let mut memory = vec![0; 2 * line.len() + 256];
    let mut out = Encoder::new(&mut memory);
    information.emit(&mut out);
    match out.finish() {
        Ok(emitted) => Some(emitted.to_vec()),
        Err(EncodeError::InvalidByte { byte, .. }) if line.contains(&byte) => None,
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
        if ends == 0 && matches!(exchange.line(line, sent, false), Claim::Done | Claim::Failed(_)) {
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
