//! Every byte of the MQTT service that the notes, the manuals and the captures show: command lines, answers, URCs and
//! result lines, each read and written again. What a round trip alone cannot tell, two mistakes that cancel, shows
//! here.

use core::fmt::Debug;

use super::*;
use crate::{
    Awaiting, Claim, CommandLine, Dialogue, Encode, Encoder, Exchange, Frame, Framer, InfoLines, Information,
    Invocation, LINE_ROOM, Parse, Read, Step, Test, encode_line,
};

#[test]
fn service() {
    command::<Start>(b"AT+CMQTTSTART");
    command::<Start>(b"AT+CMQTTSTART=1");
    command::<Test<Start>>(b"AT+CMQTTSTART=?");
    result(b"+CMQTTSTART: 0");
    result(b"+CMQTTSTART: 23");

    command::<Stop>(b"AT+CMQTTSTOP");
    command::<Test<Stop>>(b"AT+CMQTTSTOP=?");
    result(b"+CMQTTSTOP: 0");
    result(b"+CMQTTSTOP: 19");
    result(b"+CMQTTSTOP: 21");
}

#[test]
fn client() {
    command::<Acquire<'_>>(b"AT+CMQTTACCQ=0,\"a12mmmm\",0");
    command::<Acquire<'_>>(b"AT+CMQTTACCQ=0,\"client test0\"");
    command::<Acquire<'_>>(b"AT+CMQTTACCQ=0,\"client test0\",1");
    command::<Read<Acquire<'_>>>(b"AT+CMQTTACCQ?");
    command::<Test<Acquire<'_>>>(b"AT+CMQTTACCQ=?");
    answer::<AcquiredClient<'_>>(b"+CMQTTACCQ: 0,\"a12mmmm\",0");
    answer::<AcquiredClient<'_>>(b"+CMQTTACCQ: 1,\"\",0");
    answer::<AcquireRanges>(b"+CMQTTACCQ: (0-0),(1-256)[,(0-1)]");
    result(b"+CMQTTACCQ: 0,19");

    command::<Release>(b"AT+CMQTTREL=0");
    command::<Read<Release>>(b"AT+CMQTTREL?");
    command::<Test<Release>>(b"AT+CMQTTREL=?");
    answer::<ReleaseRanges>(b"+CMQTTREL: (0-1)");
    result(b"+CMQTTREL: 0,20");
}

#[test]
fn settings() {
    command::<SetSslContext>(b"AT+CMQTTSSLCFG=0,0");
    command::<SetSslContext>(b"AT+CMQTTSSLCFG=0,1");
    command::<Read<SetSslContext>>(b"AT+CMQTTSSLCFG?");
    command::<Test<SetSslContext>>(b"AT+CMQTTSSLCFG=?");
    answer::<SslContext>(b"+CMQTTSSLCFG: 0,0");
    answer::<SslContextRanges>(b"+CMQTTSSLCFG: (0,0),(0-1)");

    command::<Configure>(b"AT+CMQTTCFG=\"checkUTF8\",0,0");
    command::<Configure>(b"AT+CMQTTCFG=\"checkUTF8\",0,1");
    command::<Configure>(b"AT+CMQTTCFG=\"optimeout\",0,24");
    command::<Configure>(b"AT+CMQTTCFG=\"version\",0,4");
    command::<Configure>(b"AT+CMQTTCFG=\"argtopic\",0,1,1");
    command::<Read<Configure>>(b"AT+CMQTTCFG?");
    command::<Test<Configure>>(b"AT+CMQTTCFG=?");
    answer::<ClientConfig>(b"+CMQTTCFG: 0,1,120");
    answer::<ClientConfig>(b"+CMQTTCFG: 0,0,24");
    spelled::<ClientConfig>(b"+CMQTTCFG:1,1,120", b"+CMQTTCFG: 1,1,120");
    answer::<ConfigRanges<'_>>(b"+CMQTTCFG: \"checkUTF8\",(0-0),(0-1)");
    answer::<ConfigRanges<'_>>(b"+CMQTTCFG: \"optimeout\",(0-0),(20-120)");

    command::<SetWillTopic>(b"AT+CMQTTWILLTOPIC=0,10");
    command::<Test<SetWillTopic>>(b"AT+CMQTTWILLTOPIC=?");
    answer::<LengthRanges<SetWillTopic>>(b"+CMQTTWILLTOPIC: (0-0),(1-1024)");
    result(b"+CMQTTWILLTOPIC: 0,20");

    command::<SetWillMessage>(b"AT+CMQTTWILLMSG=0,6,1");
    command::<Test<SetWillMessage>>(b"AT+CMQTTWILLMSG=?");
    answer::<MessageRanges<SetWillMessage>>(b"+CMQTTWILLMSG: (0-0),(1-1024),(0-2)");
    result(b"+CMQTTWILLMSG: 0,20");
}

#[test]
fn connection() {
    command::<Connect<'_>>(b"AT+CMQTTCONNECT=0,\"tcp://120.27.2.154:1883\",20,1");
    command::<Connect<'_>>(b"AT+CMQTTCONNECT=0,\"tcp://test.mosquitto.org:1883\",60,1");
    command::<Connect<'_>>(b"AT+CMQTTCONNECT=0,\"tcp://hooleeping.com:8883\",60,1");
    command::<Connect<'_>>(b"AT+CMQTTCONNECT=0,\"tcp://192.168.77.123\",20,1");
    command::<Connect<'_>>(b"AT+CMQTTCONNECT=0,\"tcp://host\",20,1,\"user\"");
    command::<Connect<'_>>(b"AT+CMQTTCONNECT=0,\"tcp://host\",20,1,\"user\",\"password\"");
    command::<Read<Connect<'_>>>(b"AT+CMQTTCONNECT?");
    command::<Test<Connect<'_>>>(b"AT+CMQTTCONNECT=?");
    answer::<ConnectionInfo<'_>>(b"+CMQTTCONNECT: 0");
    answer::<ConnectionInfo<'_>>(b"+CMQTTCONNECT: 0,\"tcp://120.27.2.154:1883\",20,1");
    answer::<ConnectionInfo<'_>>(b"+CMQTTCONNECT: 0,\"tcp://host:1883\",20,1,\"user\"");
    answer::<ConnectionInfo<'_>>(b"+CMQTTCONNECT: 0,\"tcp://host:1883\",20,1,\"user\",\"password\"");
    answer::<ConnectRanges>(b"+CMQTTCONNECT: (0-0),(1-128),(1-64800),(0-1)[,<user_name>,<pass_word>]");
    result(b"+CMQTTCONNECT: 0,0");
    result(b"+CMQTTCONNECT: 0,3");
    result(b"+CMQTTCONNECT: 0,26");
    result(b"+CMQTTCONNECT: 0,32");

    command::<Disconnect>(b"AT+CMQTTDISC=0,120");
    command::<Disconnect>(b"AT+CMQTTDISC=0,0");
    command::<Disconnect>(b"AT+CMQTTDISC=0");
    command::<Read<Disconnect>>(b"AT+CMQTTDISC?");
    command::<Test<Disconnect>>(b"AT+CMQTTDISC=?");
    answer::<ConnectionState>(b"+CMQTTDISC: 0,0");
    answer::<ConnectionState>(b"+CMQTTDISC: 1,1");
    spelled::<ConnectionState>(b"+CMQTTDISC: 0, 1", b"+CMQTTDISC: 0,1");
    spelled::<ConnectionState>(b"+CMQTTDISC:0,0", b"+CMQTTDISC: 0,0");
    answer::<DisconnectRanges>(b"+CMQTTDISC: (0-0),(0, 60-180)");
    spelled::<DisconnectRanges>(b"+CMQTTDISC: (0-0),(0,60-180)", b"+CMQTTDISC: (0-0),(0, 60-180)");
    result(b"+CMQTTDISC: 0,0");
}

#[test]
fn publishing() {
    command::<SetTopic>(b"AT+CMQTTTOPIC=0,9");
    command::<SetTopic>(b"AT+CMQTTTOPIC=0,13");
    command::<Test<SetTopic>>(b"AT+CMQTTTOPIC=?");
    answer::<LengthRanges<SetTopic>>(b"+CMQTTTOPIC: (0-0),(1-1024)");
    result(b"+CMQTTTOPIC: 0,22");

    command::<SetPayload>(b"AT+CMQTTPAYLOAD=0,60");
    command::<Test<SetPayload>>(b"AT+CMQTTPAYLOAD=?");
    answer::<LengthRanges<SetPayload>>(b"+CMQTTPAYLOAD: (0-0),(1-10240)");
    answer::<LengthRanges<SetPayload>>(b"+CMQTTPAYLOAD: (0-0),(1-1024)");
    result(b"+CMQTTPAYLOAD: 0,22");

    command::<Publish>(b"AT+CMQTTPUB=0,1,60");
    command::<Publish>(b"AT+CMQTTPUB=0,1,60,1");
    command::<Publish>(b"AT+CMQTTPUB=0,1,60,0,1");
    command::<Test<Publish>>(b"AT+CMQTTPUB=?");
    answer::<PublishRanges>(b"+CMQTTPUB: (0-0),(0-2),(60-180),(0-1),(0-1)");
    result(b"+CMQTTPUB: 0,0");
    result(b"+CMQTTPUB: 0,6");
}

#[test]
fn subscriptions() {
    command::<SubscribeTopic>(b"AT+CMQTTSUBTOPIC=0,9,1");
    command::<Test<SubscribeTopic>>(b"AT+CMQTTSUBTOPIC=?");
    answer::<MessageRanges<SubscribeTopic>>(b"+CMQTTSUBTOPIC: (0-1),(1-1024),(0-2)");
    result(b"+CMQTTSUBTOPIC: 0,20");

    command::<Subscribe>(b"AT+CMQTTSUB=0,9,1");
    command::<Subscribe>(b"AT+CMQTTSUB=0,39,0,0");
    command::<Subscribe>(b"AT+CMQTTSUB=0,1");
    command::<Subscribe>(b"AT+CMQTTSUB=0");
    command::<Read<Subscribe>>(b"AT+CMQTTSUB?");
    command::<Test<Subscribe>>(b"AT+CMQTTSUB=?");
    answer::<Subscription<'_>>(b"+CMQTTSUB:");
    answer::<Subscription<'_>>(b"simcommsg");
    answer::<SubscriptionRanges<Subscribe>>(b"+CMQTTSUB: (0-0),(1-1024),(0-2),(0-1)");
    result(b"+CMQTTSUB: 0,0");

    command::<UnsubscribeTopic>(b"AT+CMQTTUNSUBTOPIC=0,9");
    command::<Test<UnsubscribeTopic>>(b"AT+CMQTTUNSUBTOPIC=?");
    answer::<LengthRanges<UnsubscribeTopic>>(b"+CMQTTUNSUBTOPIC: (0-1),(1-1024)");
    result(b"+CMQTTUNSUBTOPIC: 0,20");

    command::<Unsubscribe>(b"AT+CMQTTUNSUB=0,9,0");
    command::<Unsubscribe>(b"AT+CMQTTUNSUB=0,1");
    command::<Test<Unsubscribe>>(b"AT+CMQTTUNSUB=?");
    answer::<SubscriptionRanges<Unsubscribe>>(b"+CMQTTUNSUB: (0-0),(1-1024),(0-2),(0-1)");
    result(b"+CMQTTUNSUB: 0,0");
}

#[test]
fn unsolicited() {
    urc(b"+CMQTTCONNLOST: 0,1");
    urc(b"+CMQTTCONNLOST: 0,2");
    urc(b"+CMQTTCONNLOST: 0,3");
    urc(b"+CMQTTNONET");
    urc(b"+CMQTTPING: 0,17");
    urc(b"+CMQTTRXSTART: 0,9,60");
    urc(b"+CMQTTRXTOPIC: 0,9");
    urc(b"+CMQTTRXPAYLOAD: 0,60");
    urc(b"+CMQTTRXEND: 0");
}

#[test]
fn the_lines_of_the_read_and_test_answers_of_several_lines() {
    let info =
        InfoLines::new(b"+CMQTTCFG: \"checkUTF8\",(0-0),(0-1)\n+CMQTTCFG: \"optimeout\",(0-0),(20-120)\n");
    let reply = Test::<Configure>::new();
    let keys: Result<Vec<_>, _> = crate::Command::decode(&reply, info)
        .unwrap()
        .map(|line| line.map(|ranges| (ranges.key.as_bytes(), ranges.value.max())))
        .collect();
    assert_eq!(keys, Ok(vec![(&b"checkUTF8"[..], 1), (b"optimeout", 120)]));

    let info = InfoLines::new(b"+CMQTTDISC: 0,0\n+CMQTTDISC: 1,1\n");
    let states: Result<Vec<_>, _> = crate::Command::decode(&Read::<Disconnect>::new(), info)
        .unwrap()
        .map(|line| line.map(|state| state.connected))
        .collect();
    assert_eq!(states, Ok(vec![true, false]));

    let idle = crate::Command::decode(&Read::<Connect<'_>>::new(), InfoLines::new(b"")).unwrap();
    assert_eq!(idle.count(), 0);

    let info = InfoLines::new(b"+CMQTTSUB:\nsimcommsg\n");
    let topics: Result<Vec<_>, _> = crate::Command::decode(&Read::<Subscribe>::new(), info)
        .unwrap()
        .collect();
    assert_eq!(
        topics,
        Ok(vec![Subscription::Header, Subscription::Filter(b"simcommsg")])
    );
}

#[test]
fn what_each_dialogue_waits_for() {
    let commands: [&dyn Encode; 17] = [
        &Start { context: None },
        &Stop,
        &parsed::<Acquire<'_>>(b"AT+CMQTTACCQ=0,\"a\""),
        &Release { client: 0 },
        &parsed::<SetSslContext>(b"AT+CMQTTSSLCFG=0,1"),
        &parsed::<Configure>(b"AT+CMQTTCFG=\"optimeout\",0,24"),
        &SetWillTopic::with(0, b"topic"),
        &SetWillMessage::with(0, b"message", 1),
        &parsed::<Connect<'_>>(b"AT+CMQTTCONNECT=0,\"tcp://host\",60,1"),
        &parsed::<Disconnect>(b"AT+CMQTTDISC=0,120"),
        &SetTopic::with(0, b"topic"),
        &SetPayload::with(0, b"payload"),
        &parsed::<Publish>(b"AT+CMQTTPUB=0,1,60"),
        &SubscribeTopic::with(0, b"filter", 1),
        &Subscribe::with(0, b"filter", 1),
        &UnsubscribeTopic::with(0, b"filter"),
        &Unsubscribe::with(0, b"filter"),
    ];
    let table: String = commands.map(|command| summary(&command.dialogue())).concat();
    insta::assert_snapshot!(table, @r#"
        +CMQTTSTART: prompt None, result Some("err"), error None, 12 s
        +CMQTTSTOP: prompt None, result Some("err"), error None, 12 s
        +CMQTTACCQ: prompt None, result None, error Some("0,err"), 15 s
        +CMQTTREL: prompt None, result None, error Some("0,err"), 15 s
        +CMQTTSSLCFG: prompt None, result None, error None, 9 s
        +CMQTTCFG: prompt None, result None, error None, 9 s
        +CMQTTWILLTOPIC: prompt Some(5), result None, error Some("0,err"), 10 s
        +CMQTTWILLMSG: prompt Some(7), result None, error Some("0,err"), 10 s
        +CMQTTCONNECT: prompt None, result Some("0,err"), error None, 120 s
        +CMQTTDISC: prompt None, result Some("0,err"), error None, 130 s
        +CMQTTTOPIC: prompt Some(5), result None, error Some("0,err"), 10 s
        +CMQTTPAYLOAD: prompt Some(7), result None, error Some("0,err"), 10 s
        +CMQTTPUB: prompt None, result Some("0,err"), error None, 70 s
        +CMQTTSUBTOPIC: prompt Some(6), result None, error Some("0,err"), 10 s
        +CMQTTSUB: prompt Some(6), result Some("0,err"), error None, 120 s
        +CMQTTUNSUBTOPIC: prompt Some(6), result None, error Some("0,err"), 10 s
        +CMQTTUNSUB: prompt Some(6), result Some("0,err"), error None, 120 s
        "#);
}

#[test]
fn the_bytes_after_subscribes_data() {
    let command = Subscribe::with(0, b"simcommsg", 1);
    let mut exchange = Exchange::new(command.dialogue(), false);
    assert!(exchange.prompted());
    exchange.data_sent();
    let claims: Vec<_> = lines(b"\r\nOK\r\n\r\n+CMQTTSUB: 0,0\r\n")
        .iter()
        .map(|line| exchange.line(line, b"", false))
        .collect();
    assert_eq!(claims, [Claim::Progress, Claim::Done]);
}

#[test]
fn a_received_message_in_both_layouts() {
    let payload = b"\r\nOK\r\n> +CMQTTRXEND: 0\r\n";
    let compact = [
        b"\r\n+CMQTTRXSTART: 0,9,24\r\n+CMQTTRXTOPIC: 0,9\r\nsimcommsg\r\n+CMQTTRXPAYLOAD: 0,24\r\n",
        &payload[..],
        b"\r\n+CMQTTRXEND: 0\r\n",
    ]
    .concat();
    let spaced = [
        b"\r\n+CMQTTRXSTART: 0,9,24\r\n\r\n+CMQTTRXTOPIC: 0,9\r\nsimcommsg\r\n\r\n+CMQTTRXPAYLOAD: 0,10\r\n",
        &payload[..10],
        b"\r\n\r\n+CMQTTRXPAYLOAD: 0,14\r\n",
        &payload[10..],
        b"\r\n\r\n+CMQTTRXEND: 0\r\n",
    ]
    .concat();
    for stream in [compact, spaced] {
        let (topic, received) = message(&stream);
        assert_eq!(topic, b"simcommsg");
        assert_eq!(received, payload);
    }
}

/// The modem reads the line as this command, and the host writes it so.
#[track_caller]
fn command<'a, C: Encode + Parse<'a> + Debug>(line: &'a [u8]) {
    let command = parsed::<C>(line);
    let mut memory = [0; LINE_ROOM];
    let written = encode_line(&command, &mut memory).expect("it encodes");
    assert_eq!(
        written.escape_ascii().to_string(),
        format!("{}\\r", line.escape_ascii())
    );
}

#[track_caller]
fn parsed<'a, C: Parse<'a>>(line: &'a [u8]) -> C {
    let mut commands = CommandLine::new(line).expect("a prefix").expect("not too long");
    let Some(Ok(Invocation::Extended { name, form })) = commands.next() else {
        panic!("no extended command: {}", line.escape_ascii());
    };
    assert_eq!(name, C::NAME.as_bytes());
    C::parse(form).expect("the modem reads it")
}

/// The host reads the line, and the modem writes it so.
#[track_caller]
fn answer<'a, T: Information<'a>>(line: &'a [u8]) {
    spelled::<T>(line, line);
}

/// The host reads the line, and the modem writes it with other blanks.
#[track_caller]
fn spelled<'a, T: Information<'a>>(line: &'a [u8], canonical: &[u8]) {
    let information = T::decode(line).expect("the host reads it");
    written(|out| information.emit(out), canonical);
}

#[track_caller]
fn urc(line: &[u8]) {
    let urc = Urc::decode(line).expect("a URC");
    written(|out| urc.emit(out), line);
    assert_eq!(ResultUrc::decode(line), None);
}

#[track_caller]
fn result(line: &[u8]) {
    let result = ResultUrc::decode(line).expect("a result line");
    written(|out| result.emit(out), line);
    assert_eq!(Urc::decode(line), None);
}

#[track_caller]
fn written(emit: impl FnOnce(&mut Encoder<'_>), line: &[u8]) {
    let mut memory = [0; 256];
    let mut out = Encoder::new(&mut memory);
    emit(&mut out);
    let written = out.finish().expect("it fits");
    assert_eq!(
        written.escape_ascii().to_string(),
        line.escape_ascii().to_string()
    );
}

fn summary(dialogue: &Dialogue) -> String {
    let client = |line: crate::ResultLine| line.client.map_or("err".into(), |client| format!("{client},err"));
    format!(
        "{}: prompt {:?}, result {:?}, error {:?}, {} s\n",
        dialogue.name,
        dialogue.prompt,
        dialogue.result.map(client),
        dialogue.error.map(client),
        dialogue.budget.as_secs(),
    )
}

/// The lines of a stream without blocks.
fn lines(mut stream: &[u8]) -> Vec<&[u8]> {
    let mut framer = Framer::new(256);
    let mut lines = Vec::new();
    while let Step::Complete { value, consumed } = framer.step(stream, Awaiting::Line) {
        let Frame::Line(line) = value else {
            panic!("no line: {value:?}")
        };
        lines.push(line);
        stream = &stream[consumed..];
    }
    lines
}

/// The topic and the payload of the one message in the stream.
fn message(mut stream: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut framer = Framer::new(256);
    let (mut topic, mut payload) = (Vec::new(), Vec::new());
    let mut ended = false;
    let mut in_topic = false;
    while let Step::Complete { value, consumed } = framer.step(stream, Awaiting::Line) {
        match value {
            Frame::Block { data, .. } if in_topic => topic.extend_from_slice(data),
            Frame::Block { data, .. } => payload.extend_from_slice(data),
            Frame::Line(line) => match Urc::decode(line).expect("a URC") {
                Urc::MessageStart {
                    topic_len,
                    payload_len,
                    ..
                } => assert_eq!((topic_len, payload_len), (9, 24)),
                Urc::MessageTopic { len, .. } => {
                    in_topic = true;
                    framer.expect_block(len as usize);
                }
                Urc::MessagePayload { len, .. } => {
                    in_topic = false;
                    framer.expect_block(len as usize);
                }
                Urc::MessageEnd { .. } => ended = true,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        }
        stream = &stream[consumed..];
    }
    assert!(ended);
    (topic, payload)
}
