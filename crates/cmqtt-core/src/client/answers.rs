//! Whose a line is, and what becomes of the request that runs: the command's own lines first, then what is owed to
//! earlier commands, then URCs; what is left belongs to nobody.

use core::mem;

use at_proto::cmqtt::{
    Connect, Outlook, Publish, ResultCode, SetPayload, Start, Stop, Subscribe, Unsubscribe, Urc,
};
use at_proto::{
    Claim, Command, Dialogue, Encode, Exchange, InfoShape, Refusal, ResultLine, WaitingFor, network,
    tells_an_echo,
};

use super::{Client, Item, Probes, Running};
use crate::config::DataEcho;
use crate::flow;
use crate::inbox::Broken;
use crate::request::{Cause, Effect, Failure};
use crate::storage::Span;
use crate::timer::{BUSY_LIMIT, BUSY_PAUSE, DATA_ACCEPTED, GRACE, PROMPT, WaitReason};

/// How often the modem is asked whether it is in step before a request gives up.
const MAX_PROBES: u8 = 3;

impl<M: AsRef<[u8]> + AsMut<[u8]>> Client<M> {
    pub(super) fn on_line(&mut self, span: Span) {
        let line = self.received.get(span);
        let urc = Urc::decode(line);
        self.check_chunk(line.len(), urc.is_some());
        let line = self.received.get(span);
        let network = network::Urc::decode(line);
        let late = self.late.find(line);
        if network.is_some_and(|urc| urc.is_boot()) {
            return self.on_restart();
        }
        let unsolicited = urc.is_some() || network.is_some() || late.is_some();
        let claim = match &mut self.running {
            Some(running) if self.outgoing.line_sent() => {
                let sent = self.outgoing.echo(running.probes.is_some());
                running.exchange.line(line, sent, unsolicited)
            }
            _ => Claim::NotMine,
        };
        match claim {
            Claim::NotMine => match (late, urc, network) {
                (Some((result, code)), _, _) => {
                    self.late.settle(result);
                    self.news.push(Item::LateResult { result, code });
                    self.on_second_result(result);
                }
                (None, Some(urc), _) => self.on_urc(urc),
                (None, None, Some(_)) => self.news.push(Item::Network(span)),
                (None, None, None) => {
                    self.skip_damaged_chunk(span);
                    self.news.push(Item::Unclaimed(span));
                }
            },
            Claim::Echo => {}
            Claim::Information => self.information.push(line),
            Claim::Progress => {
                self.stop_data();
                self.set_timer();
            }
            Claim::Done if self.is_stale() => {
                // What was made up for may have been a file, which stands under its name now.
                self.line.file_made_up |= self.line.owed > 0;
                self.news.push(Item::Unclaimed(span));
            }
            Claim::Done => self.on_success(),
            Claim::Failed(_) if self.is_probing() => self.news.push(Item::Unclaimed(span)),
            Claim::Failed(refusal) => self.on_refusal(refusal),
            Claim::Damaged => {
                self.news.push(Item::Unclaimed(span));
                self.fail(Cause::Damaged);
            }
        }
    }

    /// A line was too long to be kept. If it may have been part of an answer, that is not whole.
    pub(super) fn on_overlong(&mut self, dropped: usize) {
        self.check_chunk(dropped, false);
        let informs = |running: &Running| !matches!(running.exchange.dialogue().info, InfoShape::None);
        if self.running.as_ref().is_some_and(informs) && !self.is_probing() {
            self.information.truncate(dropped);
        }
        self.news.push(Item::Overlong { dropped });
    }

    pub(super) fn on_prompt(&mut self) {
        let Some(running) = &mut self.running else { return };
        if !running.exchange.prompted() {
            return;
        }
        let (from, to) = running.data;
        if from == to {
            running.exchange.data_sent();
            return self.set_timer();
        }
        self.outgoing.send_data(from, to);
        let data = self.outgoing.data(from, to);
        if self.line.data_echo != DataEcho::Off {
            let known = self.line.data_echo == DataEcho::On;
            self.framer.expect_echo(data, data.len(), known);
            // What was learned from a modem that took the data for commands ends with the next topic, which shows it anew.
            if self.config.quirks.data_echo == DataEcho::Learn
                && data.first().is_some_and(|&first| tells_an_echo(first))
            {
                self.line.data_echo = DataEcho::Learn;
            }
        }
        self.timers.clear_command();
    }

    /// The modem repeats data: known for all that follow.
    pub(super) fn on_data_echo(&mut self) {
        self.line.data_echo = DataEcho::On;
    }

    /// A boot line: everything in the modem is gone, also what it owed.
    fn on_restart(&mut self) {
        self.drop_message(Broken::Reset);
        self.give_up(Cause::Restarted);
        self.late.clear();
        self.line.in_step = true;
        self.line.owed = 0;
        self.line.probes = 0;
        self.line.echo = false;
        self.line.payload_left = false;
        self.line.serves = false;
        self.news.push(Item::Restarted);
    }

    /// Something was waited for in vain.
    pub(super) fn on_waited(&mut self, reason: WaitReason) {
        if reason == WaitReason::ClientBusy {
            return self.send();
        }
        let Some(running) = &self.running else { return };
        match running.probes {
            Some(Probes { answered: true, .. }) => return self.back_in_step(),
            Some(Probes { sent, .. }) if sent < MAX_PROBES => return self.probe(sent.saturating_add(1)),
            Some(_) => return self.give_up(Cause::TimedOut(WaitReason::BackInStep)),
            None => {}
        }
        if running.exchange.waiting_for() == WaitingFor::FinalAfterResult {
            // The command has ended, but an OK or ERROR is still under way.
            self.line.in_step = false;
        }
        if running.exchange.waiting_for() == WaitingFor::ResultAfterError
            && let Some(result) = running.exchange.dialogue().result
        {
            self.late.suspect(result, self.clock.now());
        }
        match running.exchange.waited() {
            Claim::Done => self.on_success(),
            Claim::Failed(refusal) => self.on_refusal(refusal),
            _ => self.give_up(Cause::TimedOut(reason)),
        }
    }

    /// A result came that was an earlier command's, or so it seems. If the present one has had one already, nobody knows
    /// which of the two is whose.
    fn on_second_result(&mut self, result: ResultLine) {
        let Some(running) = &self.running else { return };
        let exchange = &running.exchange;
        if self.outgoing.line_sent()
            && exchange.waiting_for() == WaitingFor::FinalAfterResult
            && exchange.dialogue().result == Some(result)
        {
            self.line.in_step = false;
            self.fail(Cause::Contradiction);
        }
    }

    /// The present command succeeded.
    fn on_success(&mut self) {
        let Some(running) = &self.running else { return };
        self.timers.clear_command();
        let echoed = running.exchange.echoed();
        let dialogue = *running.exchange.dialogue();
        self.line.echo = dialogue.echo.unwrap_or(echoed);
        self.line.payload_left &= dialogue.name != Publish::NAME;
        match dialogue.name {
            Start::NAME => self.on_service_started(),
            Stop::NAME => {}
            // What ends with a result of its own, only a service that runs can do.
            _ => self.line.serves |= dialogue.result.is_some(),
        }
        let Some(running) = &mut self.running else { return };
        if running.probes.is_some() {
            return self.on_probe_answered();
        }
        let next = running.flow.next(
            self.information.lines(),
            self.outgoing.all_data(),
            &mut self.config.limits,
        );
        self.go_on(next);
    }

    /// START succeeded. A service that runs cannot be started: if it ran, the modem has restarted in silence.
    fn on_service_started(&mut self) {
        if mem::replace(&mut self.line.serves, true) {
            self.late.clear();
        }
        // It was being sent by the service of before.
        self.drop_message(Broken::Reset);
    }

    /// A modem that has refused would take the rest of the data for commands. If it waits for them all the same, the
    /// next request makes up for them.
    const fn stop_data(&mut self) {
        if let Some(running) = &self.running
            && self.outgoing.in_data()
        {
            let (from, to) = running.data;
            self.line.owed = to.saturating_sub(from);
            self.line.in_step = false;
            self.outgoing.stop();
        }
    }

    /// The present command was refused.
    fn on_refusal(&mut self, refusal: Refusal) {
        self.stop_data();
        let now = self.now();
        let Some(running) = &mut self.running else { return };
        self.timers.clear_command();
        self.line.echo = running.exchange.echoed();
        let dialogue = running.exchange.dialogue();
        if is_repeated_when_busy(dialogue, refusal)
            && !dialogue
                .result
                .is_some_and(|result| self.late.is_suspect(result, now))
            && now < *running.busy_until.get_or_insert(now + BUSY_LIMIT)
        {
            running.flow.repeat();
            self.outgoing.hold();
            self.framer.end_echo();
            return self.timers.set_command(now + BUSY_PAUSE, WaitReason::ClientBusy);
        }
        match running.flow.refused() {
            Some(next) => self.go_on(next),
            None => self.fail(Cause::Refused(refusal)),
        }
    }

    fn go_on(&mut self, next: flow::Next) {
        match next {
            flow::Next::Command => self.send(),
            flow::Next::Contradiction => self.fail(Cause::Contradiction),
            flow::Next::Done => {
                if let Some(Running { id, .. }) = self.running.take() {
                    self.news.push(Item::Done { id });
                }
            }
        }
    }

    /// Ends the request that runs at a command whose end nobody knows. What the modem may still say or wait for is
    /// remembered.
    pub(super) fn give_up(&mut self, cause: Cause) {
        let Some(running) = &self.running else { return };
        let exchange = &running.exchange;
        let dialogue = exchange.dialogue();
        if running.probes.is_none() && self.outgoing.has_begun() {
            let waiting = exchange.waiting_for();
            if let Some(result) = dialogue.result
                && waiting != WaitingFor::FinalAfterResult
            {
                self.late.expect(result, self.clock.now(), dialogue.budget);
            }
            if !matches!(waiting, WaitingFor::Result | WaitingFor::ResultAfterError) {
                self.line.in_step = false;
            }
            if dialogue.name == network::Signal::NAME {
                // It may still be answered, as the question is that finds out whether the modem is in step.
                self.line.probes = self.line.probes.saturating_add(1);
            }
            if let Some(len) = dialogue.prompt {
                self.line.owed = len as usize;
            }
        }
        self.fail(cause);
    }

    /// Ends the request that runs.
    pub(super) fn fail(&mut self, cause: Cause) {
        let Some(running) = self.running.take() else {
            return;
        };
        let sent = running.probes.is_none() && self.outgoing.has_begun();
        let dialogue = running.exchange.dialogue();
        let suspect = |result: &ResultLine| self.late.is_suspect(*result, self.clock.now());
        let effect = match cause {
            // The code may be an earlier command's, whose `ERROR` had come without it: then this one's is still to come.
            Cause::Refused(Refusal::Code(_)) | Cause::Damaged
                if let Some(result) = dialogue.result.filter(suspect) =>
            {
                self.late.expect(result, self.clock.now(), dialogue.budget);
                running.flow.effect()
            }
            Cause::Refused(refusal) if sent => running.flow.effect_of(refusal),
            Cause::Refused(_) | Cause::Encode(_) => Effect::None,
            _ if sent => running.flow.effect(),
            _ => Effect::None,
        };
        self.outgoing.stop();
        self.framer.end_echo();
        self.timers.clear_command();
        let command = running.exchange.dialogue().name;
        self.news.push(Item::Failed {
            id: running.id,
            failure: Failure {
                command,
                cause,
                effect,
            },
        });
    }

    /// Writes the present command of the request that runs, and sends it.
    fn send(&mut self) {
        let Some(running) = &self.running else { return };
        match self.outgoing.write(&running.flow) {
            Ok(step) => self.transmit_in_step(step),
            Err(error) => self.fail(Cause::Encode(error)),
        }
    }

    /// Sends the command that was written, or first finds out whether the modem is in step.
    pub(super) fn transmit_in_step(&mut self, step: flow::Step) {
        if !self.line.in_step {
            return self.probe(1);
        }
        let Some(running) = &mut self.running else { return };
        self.information.clear();
        self.line.payload_left |= step.dialogue.name == SetPayload::NAME;
        self.line.serves &= step.dialogue.name != Stop::NAME;
        self.outgoing.send_line();
        running.exchange = Exchange::new(step.dialogue, self.line.echo);
        running.data = step.data;
    }

    /// Asks something that cannot be mistaken. An answer of another time ends before its information line.
    fn probe(&mut self, count: u8) {
        let Some(running) = &mut self.running else { return };
        running.probes = Some(Probes {
            sent: count,
            answered: false,
        });
        self.line.probes = self.line.probes.saturating_add(1);
        // Nobody knows any more whether the modem echoes: that may be what got lost.
        running.exchange = Exchange::new(network::Signal.dialogue(), false);
        self.information.clear();
        // What is owed stays so until a probe was answered; made up for once is enough.
        self.outgoing
            .send_probe(if count == 1 { self.line.owed } else { 0 });
    }

    /// The last probe was answered, or one before it: then the others' answers follow at once, or never.
    fn on_probe_answered(&mut self) {
        self.line.probes = self.line.probes.saturating_sub(1);
        let Some(running) = &mut self.running else { return };
        if self.line.probes == 0 {
            return self.back_in_step();
        }
        if let Some(probes) = &mut running.probes {
            probes.answered = true;
        }
        running.exchange = Exchange::new(network::Signal.dialogue(), false);
        self.information.clear();
        self.timers
            .set_command(self.clock.now() + GRACE, WaitReason::BackInStep);
    }

    /// What comes now answers what is sent now.
    fn back_in_step(&mut self) {
        let Some(running) = &mut self.running else { return };
        running.probes = None;
        self.line.in_step = true;
        self.line.owed = 0;
        self.line.probes = 0;
        self.send();
    }

    const fn is_probing(&self) -> bool {
        matches!(self.running, Some(Running { probes: Some(_), .. }))
    }

    /// Whether an `OK` that has come cannot be the probe's.
    const fn is_stale(&self) -> bool {
        self.is_probing() && self.information.is_empty()
    }

    /// Sets the timer for what the present command waits for.
    pub(super) fn set_timer(&mut self) {
        let Some(running) = &self.running else { return };
        let dialogue = running.exchange.dialogue();
        let (wait, reason) = match running.exchange.waiting_for() {
            // The data go at the port's own speed.
            WaitingFor::Data => return self.timers.clear_command(),
            // What is owed may still be on its way when the probe behind it is written.
            _ if running.probes.is_some_and(|probes| probes.sent == 1) => (
                self.config
                    .time_on_line(self.line.owed)
                    .saturating_add(dialogue.budget),
                WaitReason::BackInStep,
            ),
            _ if running.probes.is_some() => (dialogue.budget, WaitReason::BackInStep),
            WaitingFor::Prompt => (PROMPT, WaitReason::Prompt),
            WaitingFor::Final => match (dialogue.prompt, dialogue.result) {
                (None, _) => (dialogue.budget, WaitReason::FinalResult),
                (Some(len), None) => (
                    self.config
                        .time_on_line(len as usize)
                        .saturating_add(dialogue.budget),
                    WaitReason::DataAccepted,
                ),
                (Some(len), Some(_)) => (
                    self.config
                        .time_on_line(len as usize)
                        .saturating_add(DATA_ACCEPTED),
                    WaitReason::DataAccepted,
                ),
            },
            WaitingFor::Result => (dialogue.budget, WaitReason::ResultUrc),
            WaitingFor::FinalAfterResult => (GRACE, WaitReason::FinalAfterResult),
            WaitingFor::ResultAfterError => (GRACE, WaitReason::ResultAfterError),
        };
        self.timers.set_command(self.clock.now() + wait, reason);
    }
}

/// Whether the modem refused only because the client is busy, so that the same command succeeds in a moment.
///
/// Not CONNECT, which a connection or an earlier CONNECT may keep busy for minutes. Not a SUB or UNSUB of cached filters
/// either: the modem may have wiped the cache, and then reports success for nothing.
fn is_repeated_when_busy(dialogue: &Dialogue, refusal: Refusal) -> bool {
    let is_busy = matches!(refusal, Refusal::Code(code) if ResultCode(code).outlook() == Outlook::Busy);
    let is_cached =
        dialogue.prompt.is_none() && [Subscribe::NAME, Unsubscribe::NAME].contains(&dialogue.name);
    is_busy && dialogue.name.starts_with("+CMQTT") && dialogue.name != Connect::NAME && !is_cached
}
