//! How a command line runs: command by command, until one fails, needs data, or waits for the network.

use at_proto::{CommandLine, Invocation};

use super::code::FinalResult;
use super::context::{DataFor, EquipmentError, Held, Outcome, Reply};
use super::mischief::Coming;
use super::{Modem, Phase, Task, network};
use crate::faults::{BootLines, Place};

impl Modem {
    pub(super) fn run(&mut self, task: Task) {
        match task {
            Task::Line => {
                if let Some(ran) = &mut self.ran {
                    ran.push(self.line.clone());
                }
                self.run_line();
            }
            Task::Refuse => self.finish(b"ERROR"),
            Task::Prompt(times, len, data_for) => self.prompt_now(times, len, data_for),
            Task::Finish(times, result) => self.finish_now(times, &result),
            Task::Data(data_for, data) => {
                let outcome = match data_for {
                    DataFor::File { name } => self.tls.store(&name, &data),
                    data_for => {
                        let (mqtt, mut context) = self.mqtt_and_context();
                        mqtt.handle_data(&mut context, data_for, data)
                    }
                };
                if self.conclude(Ok(outcome)) {
                    self.run_line();
                }
            }
        }
    }

    /// Runs what is left of the line, up to a command that needs more than this moment.
    fn run_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        loop {
            // It was found whole when it was typed.
            let Some(Ok(mut commands)) = CommandLine::new(&line) else {
                return self.finish(b"ERROR");
            };
            let Some(command) = commands.nth(self.commands_run) else {
                return self.finish(b"OK");
            };
            self.commands_run += 1;
            self.tx.begin_command();
            let reply = command.and_then(|command| self.invoke(command));
            if !self.conclude(reply) {
                break;
            }
        }
        if !matches!(self.phase, Phase::Typing) {
            self.line = line;
        }
    }

    fn invoke(&mut self, command: Invocation<'_>) -> Reply {
        match command {
            Invocation::Basic { name, value } => self.basic.command(&mut self.tx, &self.profile, name, value),
            Invocation::SetRegister { register, value } => Ok(self.basic.set_register(register, value)),
            Invocation::ReadRegister { register } => {
                Ok(self.basic.read_register(&mut self.tx, &self.profile, register))
            }
            Invocation::Extended { name, form } => {
                let name = name.to_ascii_uppercase();
                if name.starts_with(b"+CMQTT") {
                    let (mqtt, mut context) = self.mqtt_and_context();
                    return mqtt.command(&mut context, &name, form);
                }
                if name.starts_with(b"+CSSL") || name.starts_with(b"+CCERT") {
                    return self.tls.command(&mut self.tx, &self.profile, &name, form);
                }
                if let Some(reply) = self.basic.extended(&mut self.tx, &self.profile, &name, form) {
                    return reply;
                }
                let (mqtt, mut context) = self.mqtt_and_context();
                network::command(mqtt, &mut context, &name, form)
            }
        }
    }

    /// Says what became of a command. Whether the line's next command may run.
    fn conclude(&mut self, reply: Reply) -> bool {
        match reply {
            Ok(Outcome::Ok) => return true,
            Ok(Outcome::Error) | Err(_) => self.finish(b"ERROR"),
            Ok(Outcome::Equipment(error)) => self.finish_with(error),
            Ok(Outcome::Ended(verdict, ending)) => {
                let result = self.tx.ending(&self.profile.switches, verdict, ending);
                return self.end(result);
            }
            Ok(Outcome::Begun(command, client)) => {
                let early = command.shape(&self.profile.switches.shapes).answers_early();
                let result_first = self.tx.mischief.gives_result_first();
                if early && !result_first {
                    return true;
                }
                self.held = Held::Waiting {
                    command,
                    client,
                    result_first,
                };
                self.phase = Phase::Holding;
            }
            Ok(Outcome::Prompt(len, data_for)) => self.prompt(len, data_for),
            Ok(Outcome::PowerOff) => {
                self.finish_now(1, b"OK");
                self.power_down();
            }
            Ok(Outcome::Restart) => {
                self.finish_now(1, b"OK");
                self.tx.flush();
                self.power_up(self.now, BootLines::Said);
            }
        }
        false
    }

    /// Whether the line's next command may run: `OK` stands at the end of the line alone.
    fn end(&mut self, result: FinalResult) -> bool {
        match result {
            FinalResult::Ok => true,
            FinalResult::Error => {
                self.finish(b"ERROR");
                false
            }
        }
    }

    /// The verdict that the final result code waited for has come.
    pub(super) fn release(&mut self) {
        if let Held::Settled(result) = std::mem::take(&mut self.held)
            && self.end(result)
        {
            self.run_line();
        }
    }

    pub(super) fn prompt_now(&mut self, times: usize, len: usize, data_for: DataFor) {
        for _ in 0..times {
            self.tx.prompt(&self.profile.switches);
        }
        self.typed_at = self.now;
        self.phase = Phase::Data {
            len,
            data: Vec::new(),
            data_for,
        };
    }

    pub(super) fn finish(&mut self, result: &[u8]) {
        let Coming { times, late } = self.tx.mischief.come(Place::Final);
        if late.is_zero() {
            return self.finish_now(times, result);
        }
        self.phase = Phase::Working {
            due: self.now.saturating_add(late),
            task: Task::Finish(times, result.to_vec()),
        };
    }

    fn finish_now(&mut self, times: usize, result: &[u8]) {
        for _ in 0..times {
            self.tx.line(&self.profile.switches, result);
        }
        self.line.clear();
        self.commands_run = 0;
        self.phase = Phase::Typing;
    }

    fn finish_with(&mut self, error: EquipmentError) {
        match self.basic.error_format {
            0 => self.finish(b"ERROR"),
            1 => self.finish(format!("+CME ERROR: {}", error.number()).as_bytes()),
            _ => self.finish(format!("+CME ERROR: {}", error.words()).as_bytes()),
        }
    }
}
