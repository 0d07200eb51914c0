//! One command's dialogue, for any command: which lines are its own, and when it has ended. No clock: the caller
//! gives up when [`Exchange::waiting_for`] has lasted too long.

use core::fmt::{self, Debug, Display, Formatter};

use crate::command::Dialogue;
use crate::frame::Awaiting;
use crate::line::{FinalResult, Line, Reason};
use crate::redact::Redacted;

/// The conversation about one command, from the moment its line is sent.
///
/// The final result code and the result URC are two independent events: firmware sends them in either order, and
/// `ERROR` alone, the URC alone or both in any order say that the command failed.
#[derive(Clone, Debug)]
pub struct Exchange {
    dialogue: Dialogue,
    stage: Stage,
    echo: Echo,
    /// `OK` (`true`) or `ERROR` came, and the result is still to come.
    ended: Option<bool>,
    /// The result came, and the final result code is still to come.
    code: Option<u16>,
}

/// Whose a line is, and what it did to the command. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a line that is not the command's belongs to somebody else"]
pub enum Claim {
    /// Not this command's.
    NotMine,
    /// The command line, repeated by the modem.
    Echo,
    /// An information line.
    Information,
    /// A step on the way to the end.
    Progress,
    /// The command succeeded.
    Done,
    /// The command failed.
    Failed(Refusal),
    /// The command has ended, but the line that says how is damaged.
    Damaged,
}

impl Claim {
    /// Whether the command has ended.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Done | Self::Failed(_) | Self::Damaged)
    }
}

/// What the modem said when it refused. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// `ERROR`, and no line that says why.
    Error,
    /// The result code of a line such as `+CMQTTCONNECT: 0,26`.
    Code(u16),
    /// `+CME ERROR: <number>`.
    Equipment(u16),
    /// `+CMS ERROR: <number>`.
    MessageService(u16),
    /// `+CME ERROR` or `+CMS ERROR` with words.
    Words(Words),
}

/// What the command needs next. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// The prompt.
    Prompt,
    /// The caller has to send the data and call [`Exchange::data_sent`].
    Data,
    /// The final result code.
    Final,
    /// The result URC; `OK` has come.
    Result,
    /// The final result code that belongs to a result that has come: it follows at once or never.
    FinalAfterResult,
    /// The result URC that says why; `ERROR` has come. It follows at once or never.
    ResultAfterError,
}

/// The first bytes of an error's words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Words {
    bytes: [u8; Self::ROOM],
    len: u8,
}

impl Exchange {
    /// A dialogue that begins now. With `echo` the modem is known to repeat commands: an information line that comes
    /// before the repetition answers another.
    pub const fn new(dialogue: Dialogue, echo: bool) -> Self {
        let stage = if dialogue.prompt.is_some() {
            Stage::Prompt
        } else {
            Stage::Answer
        };
        let echo = if echo { Echo::Due } else { Echo::Possible };
        Self {
            dialogue,
            stage,
            echo,
            ended: None,
            code: None,
        }
    }

    /// What the dialogue looks like.
    pub const fn dialogue(&self) -> &Dialogue {
        &self.dialogue
    }

    /// Whether the command line came back.
    pub const fn echoed(&self) -> bool {
        matches!(self.echo, Echo::Seen)
    }

    /// What the framer has to look for.
    pub const fn awaiting(&self) -> Awaiting {
        if self.awaits_prompt() {
            Awaiting::Prompt
        } else {
            Awaiting::Line
        }
    }

    /// What the command needs next.
    pub const fn waiting_for(&self) -> WaitingFor {
        match (self.stage, self.ended, self.code) {
            (_, None, Some(_)) => WaitingFor::FinalAfterResult,
            (_, Some(true), _) => WaitingFor::Result,
            (_, Some(false), _) => WaitingFor::ResultAfterError,
            (Stage::Prompt, None, None) => WaitingFor::Prompt,
            (Stage::Data, None, None) => WaitingFor::Data,
            (Stage::Answer, None, None) => WaitingFor::Final,
        }
    }

    /// The prompt came. `false` when none was awaited.
    pub const fn prompted(&mut self) -> bool {
        let awaited = self.awaits_prompt();
        if awaited {
            self.stage = Stage::Data;
        }
        awaited
    }

    /// The last byte of the data is on its way.
    pub const fn data_sent(&mut self) {
        self.stage = Stage::Answer;
    }

    /// A line came. `sent` is the command line without its CR; `unsolicited` says that the line reads as a URC or
    /// is owed to an earlier command.
    pub fn line(&mut self, text: &[u8], sent: &[u8], unsolicited: bool) -> Claim {
        if !self.echoed() && text == sent {
            self.echo = Echo::Seen;
            return Claim::Echo;
        }
        let line = Line::classify(text);
        if let Some(code) = self.code_in(&line) {
            return self.result(code);
        }
        if let Line::Final(result) = line {
            return self.final_result(result);
        }
        if let (Some(true), Some(result), false) = (self.ended, self.dialogue.result, unsolicited)
            && result.is_damaged_in(text)
        {
            return Claim::Damaged;
        }
        self.information(self.dialogue.info.accepts(&line, unsolicited))
    }

    /// The caller waited long enough for [`WaitingFor::FinalAfterResult`] or [`WaitingFor::ResultAfterError`]: what
    /// came says how the command ended. [`Claim::NotMine`] in any other state: nobody knows how it ended.
    pub const fn waited(&self) -> Claim {
        match (self.ended, self.code) {
            (None, Some(0)) => Claim::Done,
            (None, Some(code)) => Claim::Failed(Refusal::Code(code)),
            (Some(false), _) => Claim::Failed(Refusal::Error),
            _ => Claim::NotMine,
        }
    }

    fn final_result(&mut self, result: FinalResult<'_>) -> Claim {
        match result {
            // An answer to a command of another time: this one's data are still to come.
            FinalResult::Ok if self.needs_data() => Claim::NotMine,
            FinalResult::Ok => match (self.dialogue.result, self.code) {
                (None, None | Some(0)) | (Some(_), Some(0)) => Claim::Done,
                (_, Some(code)) => Claim::Failed(Refusal::Code(code)),
                (Some(_), None) => self.end(true),
            },
            FinalResult::Error => match (self.dialogue.result, self.code) {
                (_, Some(code)) if code != 0 => Claim::Failed(Refusal::Code(code)),
                (Some(_), None) => self.end(false),
                _ => Claim::Failed(Refusal::Error),
            },
            FinalResult::Equipment(Reason::Number(number)) => Claim::Failed(Refusal::Equipment(number)),
            FinalResult::MessageService(Reason::Number(number)) => {
                Claim::Failed(Refusal::MessageService(number))
            }
            FinalResult::Equipment(Reason::Words(words))
            | FinalResult::MessageService(Reason::Words(words)) => {
                Claim::Failed(Refusal::Words(Words::new(words)))
            }
        }
    }

    /// `OK` or `ERROR` came first. A second one is somebody else's.
    const fn end(&mut self, ok: bool) -> Claim {
        if self.ended.is_some() {
            return Claim::NotMine;
        }
        self.ended = Some(ok);
        Claim::Progress
    }

    fn result(&mut self, code: u16) -> Claim {
        if self.code.is_some() || (code == 0 && self.needs_data()) {
            return Claim::NotMine;
        }
        match (self.ended, code) {
            (None, _) => {
                self.code = Some(code);
                Claim::Progress
            }
            (Some(true), 0) => Claim::Done,
            (Some(false), 0) => Claim::Failed(Refusal::Error),
            (Some(_), code) => Claim::Failed(Refusal::Code(code)),
        }
    }

    const fn information(&self, answers: bool) -> Claim {
        if answers && self.ended.is_none() && !matches!(self.echo, Echo::Due) {
            return Claim::Information;
        }
        Claim::NotMine
    }

    fn code_in(&self, line: &Line<'_>) -> Option<u16> {
        let result = self.dialogue.result.or(self.dialogue.error)?;
        result.code_in(line)
    }

    /// A modem that has refused takes no data: it would take them for commands.
    const fn awaits_prompt(&self) -> bool {
        matches!(self.stage, Stage::Prompt) && self.ended.is_none() && self.code.is_none()
    }

    const fn needs_data(&self) -> bool {
        matches!(self.stage, Stage::Prompt | Stage::Data)
    }
}

impl Words {
    const ROOM: usize = 62;

    fn new(words: &[u8]) -> Self {
        let mut bytes = [0; Self::ROOM];
        let mut len = 0;
        for (to, &from) in bytes.iter_mut().zip(words) {
            *to = from;
            len += 1;
        }
        Self { bytes, len }
    }

    /// The words, as far as there was room.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl Display for Refusal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error => f.write_str("ERROR"),
            Self::Code(code) => write!(f, "result code {code}"),
            Self::Equipment(number) => write!(f, "+CME ERROR: {number}"),
            Self::MessageService(number) => write!(f, "+CMS ERROR: {number}"),
            Self::Words(words) => write!(f, "{}", Redacted(words.as_bytes())),
        }
    }
}

impl Debug for Words {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(&Redacted(self.as_bytes()), f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Prompt,
    Data,
    Answer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    /// Nobody knows whether the modem echoes.
    Possible,
    /// It does, and has not yet.
    Due,
    Seen,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::basic::Identify;
    use crate::cmqtt::{Acquire, Connect, Publish, Release, SetTopic, Start, Stop, Subscribe};
    use crate::network::{Eps, ReportRegistration, Signal};
    use crate::{Encode, Quoted, Read, Test};

    const IDENTIFY: Identify = Identify { value: None };
    const SENT: &str = "AT+SENT";

    /// Lets the command hear these lines, of which `>` is a prompt, `data` the moment when the data are sent, and
    /// `...` that nothing more comes for a while. Whose each is, and what it did.
    fn hear(command: &dyn Encode, echo: bool, lines: &[&str]) -> Vec<Claim> {
        let mut exchange = Exchange::new(command.dialogue(), echo);
        let mut claims = Vec::new();
        for line in lines {
            match *line {
                ">" => assert_eq!(exchange.prompted(), exchange.waiting_for() == WaitingFor::Data),
                "data" => exchange.data_sent(),
                "..." => claims.push(exchange.waited()),
                line => claims.push(exchange.line(line.as_bytes(), SENT.as_bytes(), false)),
            }
        }
        claims
    }

    #[track_caller]
    fn check(command: &dyn Encode, lines: &[&str], expected: &[Claim]) {
        assert_eq!(hear(command, false, lines), expected, "{lines:?}");
    }

    const PROGRESS: Claim = Claim::Progress;
    const DONE: Claim = Claim::Done;
    const OTHERS: Claim = Claim::NotMine;
    const ERROR: Claim = Claim::Failed(Refusal::Error);

    const fn code(code: u16) -> Claim {
        Claim::Failed(Refusal::Code(code))
    }

    fn connect() -> Connect<'static> {
        Connect {
            client: 0,
            server: Quoted::new("tcp://h:1883").unwrap(),
            keep_alive: 60,
            clean_session: 1,
            credentials: None,
        }
    }

    const PUBLISH: Publish = Publish {
        client: 0,
        qos: 1,
        timeout: 60,
        retained: None,
        dup: None,
    };

    #[test]
    fn a_damaged_result_ends_a_command_whose_ok_has_come() {
        use Claim::{Damaged, NotMine, Progress};
        check(&PUBLISH, &["OK", "+CMQTPUB: 0,0"], &[Progress, Damaged]);
        check(&PUBLISH, &["+CMQTPUB: 0,0", "OK"], &[NotMine, Progress]);
        check(&PUBLISH, &["ERROR", "+CMQTPUB: 0,11"], &[Progress, NotMine]);
        check(&PUBLISH, &["OK", "+CMQTTPUB: 1,0"], &[Progress, NotMine]);
        let mut exchange = Exchange::new(PUBLISH.dialogue(), false);
        assert_eq!(exchange.line(b"OK", b"AT", false), Progress);
        assert_eq!(
            exchange.line(b"+CMQTTPUB: 0,", b"AT", true),
            NotMine,
            "it is owed to another"
        );
    }

    /// Every shape in which firmware was seen to end a command that has a result URC: the final result code and the
    /// result are two events, in either order.
    #[test]
    fn commands_with_a_result() {
        let start = Start { context: None };
        let commands: [(&dyn Encode, &str); 4] = [
            (&start, "+CMQTTSTART: "),
            (&Stop, "+CMQTTSTOP: "),
            (&connect(), "+CMQTTCONNECT: 0,"),
            (&PUBLISH, "+CMQTTPUB: 0,"),
        ];
        for (command, result) in commands {
            let good = format!("{result}0");
            let bad = format!("{result}26");
            check(command, &["OK", &good], &[PROGRESS, DONE]);
            check(command, &[&good, "OK"], &[PROGRESS, DONE]);
            check(command, &["OK", &bad], &[PROGRESS, code(26)]);
            check(command, &[&bad, "OK"], &[PROGRESS, code(26)]);
            check(command, &[&bad, "ERROR"], &[PROGRESS, code(26)]);
            check(command, &["ERROR", &bad], &[PROGRESS, code(26)]);
            // What the other half would have said never comes.
            check(command, &["ERROR", "..."], &[PROGRESS, ERROR]);
            check(command, &[&bad, "..."], &[PROGRESS, code(26)]);
            check(command, &[&good, "..."], &[PROGRESS, DONE]);
            // OK alone says nothing: the caller's budget decides.
            check(command, &["OK", "..."], &[PROGRESS, OTHERS]);
            check(
                command,
                &["+CME ERROR: 30"],
                &[Claim::Failed(Refusal::Equipment(30))],
            );
        }
    }

    #[test]
    fn contradictions() {
        check(&PUBLISH, &["+CMQTTPUB: 0,0", "ERROR"], &[PROGRESS, ERROR]);
        check(&PUBLISH, &["ERROR", "+CMQTTPUB: 0,0"], &[PROGRESS, ERROR]);
        // A second half of the same kind is somebody else's.
        check(
            &PUBLISH,
            &["OK", "OK", "+CMQTTPUB: 0,0"],
            &[PROGRESS, OTHERS, DONE],
        );
        check(
            &PUBLISH,
            &["+CMQTTPUB: 0,6", "+CMQTTPUB: 0,0", "OK"],
            &[PROGRESS, OTHERS, code(6)],
        );
    }

    #[test]
    fn the_result_of_another() {
        // Of another client, of another command, with a field too many, a connection lost in between.
        for line in [
            "+CMQTTPUB: 1,0",
            "+CMQTTSUB: 0,0",
            "+CMQTTPUB: 0,0,0",
            "+CMQTTPUB: 0",
            "+CMQTTCONNLOST: 0,1",
        ] {
            check(
                &PUBLISH,
                &["OK", line, "+CMQTTPUB: 0,0"],
                &[PROGRESS, OTHERS, DONE],
            );
        }
    }

    #[test]
    fn commands_that_say_why_before_error() {
        let acquire = Acquire {
            client: 0,
            id: Quoted::default(),
            server_type: None,
            version: None,
        };
        let commands: [(&dyn Encode, &str); 2] = [
            (&acquire, "+CMQTTACCQ: 0,19"),
            (&Release { client: 0 }, "+CMQTTREL: 0,20"),
        ];
        for (command, why) in commands {
            check(command, &["OK"], &[DONE]);
            check(command, &["ERROR"], &[ERROR]);
            let number = if why.ends_with("19") { 19 } else { 20 };
            check(command, &[why, "ERROR"], &[PROGRESS, code(number)]);
            check(command, &[why, "..."], &[PROGRESS, code(number)]);
        }
    }

    #[test]
    fn commands_with_data() {
        let topic = SetTopic { client: 0, len: 9 };
        check(&topic, &[">", "data", "OK"], &[DONE]);
        check(
            &topic,
            &[">", "data", "+CMQTTTOPIC: 0,2", "ERROR"],
            &[PROGRESS, code(2)],
        );
        check(&topic, &["ERROR"], &[ERROR]);
        check(&topic, &["+CMQTTTOPIC: 0,20", "ERROR"], &[PROGRESS, code(20)]);
        let subscribe = Subscribe::with(0, b"simcommsg", 1);
        check(
            &subscribe,
            &[">", "data", "OK", "+CMQTTSUB: 0,0"],
            &[PROGRESS, DONE],
        );
        check(
            &subscribe,
            &[">", "data", "OK", "+CMQTTSUB: 0,17"],
            &[PROGRESS, code(17)],
        );
        check(&subscribe, &["ERROR", "..."], &[PROGRESS, ERROR]);
    }

    /// `OK` and a success before the data were sent belong to an earlier command.
    #[test]
    fn a_stale_answer_while_the_prompt_is_awaited() {
        let subscribe = Subscribe::with(0, b"simcommsg", 1);
        check(
            &subscribe,
            &["OK", "+CMQTTSUB: 0,0", ">", "OK", "data", "OK", "+CMQTTSUB: 0,0"],
            &[OTHERS, OTHERS, OTHERS, PROGRESS, DONE],
        );
    }

    #[test]
    fn no_prompt_counts_after_a_refusal() {
        let dialogue = Subscribe::with(0, b"simcommsg", 1).dialogue();
        for line in ["ERROR", "+CMQTTSUB: 0,11"] {
            let mut exchange = Exchange::new(dialogue, false);
            assert_eq!(exchange.awaiting(), Awaiting::Prompt);
            assert_eq!(exchange.line(line.as_bytes(), b"", false), PROGRESS);
            assert_eq!(exchange.awaiting(), Awaiting::Line);
            assert!(!exchange.prompted());
        }
    }

    #[test]
    fn information() {
        check(&Signal, &["+CSQ: 23,0", "OK"], &[Claim::Information, DONE]);
        check(&Signal, &["+CEREG: 1", "PB DONE", "OK"], &[OTHERS, OTHERS, DONE]);
        check(
            &IDENTIFY,
            &["Manufacturer: SIMCOM", "+GCAP: +CGSM", "OK"],
            &[Claim::Information, Claim::Information, DONE],
        );
        // The same name is an answer with <n>, a URC without.
        let registration = Read::<ReportRegistration<Eps>>::new();
        check(
            &registration,
            &["+CEREG: 2", "+CEREG: 0,1", "OK"],
            &[OTHERS, Claim::Information, DONE],
        );
        // A late result is no test answer.
        let ranges = Test::<Publish>::new();
        check(
            &ranges,
            &["+CMQTTPUB: 0,0", "+CMQTTPUB: (0-0),(0-2)", "OK"],
            &[OTHERS, Claim::Information, DONE],
        );
    }

    #[test]
    fn a_line_that_is_a_urc_is_no_information() {
        let mut exchange = Exchange::new(IDENTIFY.dialogue(), false);
        assert_eq!(exchange.line(b"SMS DONE", b"", true), OTHERS);
        assert_eq!(exchange.line(b"SMS DONE", b"", false), Claim::Information);
    }

    #[test]
    fn the_echo() {
        let claims = hear(&Signal, false, &["AT+SENT", "+CSQ: 23,0", "OK"]);
        assert_eq!(claims, [Claim::Echo, Claim::Information, DONE]);
        // Where echo is known to be on, information before it is another command's.
        let claims = hear(&Signal, true, &["+CSQ: 99,99", "AT+SENT", "+CSQ: 23,0", "OK"]);
        assert_eq!(claims, [OTHERS, Claim::Echo, Claim::Information, DONE]);
        // Repeated once: the second time it is information, or nobody's.
        assert_eq!(
            hear(&IDENTIFY, false, &["AT+SENT", "AT+SENT"]),
            [Claim::Echo, Claim::Information]
        );
        assert_eq!(
            hear(&Signal, false, &["AT+SENT", "AT+SENT"]),
            [Claim::Echo, OTHERS]
        );
        // A URC between echo and answer, as A7670G sends it after CONNECT.
        let claims = hear(
            &connect(),
            true,
            &["AT+SENT", "SMS DONE", "PB DONE", "OK", "+CMQTTCONNECT: 0,0"],
        );
        assert_eq!(claims, [Claim::Echo, OTHERS, OTHERS, PROGRESS, DONE]);
    }

    #[test]
    fn what_is_waited_for() {
        let mut exchange = Exchange::new(Subscribe::with(0, b"simcommsg", 1).dialogue(), false);
        assert_eq!(exchange.waiting_for(), WaitingFor::Prompt);
        assert!(exchange.prompted());
        assert_eq!(exchange.waiting_for(), WaitingFor::Data);
        assert!(!exchange.prompted());
        exchange.data_sent();
        assert_eq!(exchange.waiting_for(), WaitingFor::Final);
        let mut ok = exchange.clone();
        assert_eq!(ok.line(b"OK", b"", false), PROGRESS);
        assert_eq!(ok.waiting_for(), WaitingFor::Result);
        let mut error = exchange.clone();
        assert_eq!(error.line(b"ERROR", b"", false), PROGRESS);
        assert_eq!(error.waiting_for(), WaitingFor::ResultAfterError);
        assert_eq!(exchange.line(b"+CMQTTSUB: 0,1", b"", false), PROGRESS);
        assert_eq!(exchange.waiting_for(), WaitingFor::FinalAfterResult);
    }

    #[test]
    fn refusals_in_words() {
        let refusal = |line: &str| match hear(&Signal, false, &[line]).pop() {
            Some(Claim::Failed(refusal)) => refusal.to_string(),
            other => panic!("{line}: {other:?}"),
        };
        insta::assert_snapshot!(refusal("ERROR"), @"ERROR");
        insta::assert_snapshot!(refusal("+CME ERROR: 10"), @"+CME ERROR: 10");
        insta::assert_snapshot!(refusal("+CMS ERROR: 500"), @"+CMS ERROR: 500");
        insta::assert_snapshot!(refusal("+CME ERROR: SIM not inserted"), @"SIM not inserted");
        let long = format!("+CME ERROR: {}", "x".repeat(100));
        assert_eq!(refusal(&long), "x".repeat(62));
    }
}
