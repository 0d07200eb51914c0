//! The subscribing itself.

use std::cell::Cell;
use std::io::{self, IsTerminal};
use std::num::NonZeroU32;
use std::pin::pin;
use std::time::SystemTime;

use at_proto::cmqtt::TopicFilter;
use cmqtt_host::tls::TlsFiles;
use cmqtt_sim::broker::TopicFilter as Matcher;
use cmqtt_tokio::{Event, Message};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Arguments, Plan};
use crate::exit::End;
use crate::modem::{Failure, GivingUp, Holding, Modem, Staying, planned, run as run_async, with_client};
use crate::output::{self, Printer, complain};
use crate::output_format::{PrintError, Printed, local_time};

pub(crate) fn run(arguments: &Arguments) -> End {
    planned(NAME, arguments.plan(), |plan| {
        run_async(NAME, plan.quiet, subscribe(&plan))
    })
}

async fn subscribe(plan: &Plan) -> Result<End, Failure> {
    // What can be wrong here is found before the modem is touched.
    let files = plan.broker.tls_files()?;
    let subscriber = Subscriber {
        plan,
        files,
        hidden: plan
            .filter_out
            .iter()
            .filter_map(|filter| Matcher::new(filter.as_bytes()).ok())
            .collect(),
        left: Cell::new(plan.count.map(NonZeroU32::get)),
        terminal: !plan.raw && io::stdout().is_terminal(),
        printer: Printer {
            name: NAME,
            quiet: plan.quiet,
            things: "messages",
        },
    };
    let giving_up = GivingUp::new(NAME, plan.quiet, plan.staying);
    let waited = async {
        match plan.wait {
            Some(time) => tokio::time::sleep(time).await,
            None => std::future::pending().await,
        }
    };
    tokio::pin!(waited);
    let prepared = async {
        let shows = !plan.quiet && !plan.modem.trace;
        giving_up
            .within(Modem::prepare(&plan.modem, shows, &giving_up))
            .await
    };
    let mut modem = tokio::select! {
        modem = prepared => modem?,
        () = &mut waited => return Ok(End::WaitedEnough),
    };
    let holding = Holding {
        name: NAME,
        quiet: plan.quiet,
        client: plan.modem.client,
        // That is how it is ended.
        told: |_| End::Stopped,
    };
    let mut early = modem.early_messages();
    let end = with_client(&mut modem, &holding, async |modem| {
        tokio::select! {
            end = subscriber.listen(modem, &mut early, &giving_up) => end,
            () = &mut waited => Ok(End::WaitedEnough),
            error = output::broken() => Err(Failure::Output(error)),
        }
    })
    .await?;
    // What came in the last moment: the modem has taken it, and the broker sends it to nobody else.
    while let Ok(message) = early.try_recv() {
        subscriber.take(&message)?;
    }
    Ok(end)
}

struct Subscriber<'p> {
    plan: &'p Plan,
    files: Option<TlsFiles>,
    hidden: Vec<Matcher>,
    /// How many messages are still to be printed before the end.
    left: Cell<Option<u32>>,
    printer: Printer,
    /// Whether what is printed has to be escaped.
    terminal: bool,
}

impl Subscriber<'_> {
    async fn listen(
        &self,
        modem: &mut Modem,
        early: &mut UnboundedReceiver<Message>,
        giving_up: &GivingUp,
    ) -> Result<End, Failure> {
        {
            let connects = giving_up.first(modem, async |modem| self.connect(modem).await);
            let mut connected = pin!(giving_up.within(connects));
            loop {
                tokio::select! {
                    biased;
                    // A modem may be slow to say that it has subscribed, and retained messages come before that.
                    Some(message) = early.recv() => {
                        if self.take(&message)? {
                            return Ok(End::Done);
                        }
                    }
                    connected = &mut connected => break connected?,
                }
            }
        }
        modem.quiet();
        if self.plan.exit_when_subscribed {
            return Ok(End::Done);
        }
        loop {
            let event = tokio::select! {
                biased;
                Some(message) = early.recv() => Event::Message(message),
                event = modem.next_event() => event?,
            };
            match event {
                Event::Message(message) => {
                    if self.take(&message)? {
                        return Ok(End::Done);
                    }
                }
                Event::Overflow { messages, .. } if messages > 0 => {
                    self.complain(format_args!(
                        "{messages} messages came faster than they could be printed, and are lost"
                    ));
                }
                Event::MessageStart { payload_len, .. } => {
                    self.complain(format_args!(
                        "a message of {payload_len} bytes is larger than this program takes, and is lost"
                    ));
                }
                Event::MessageBroken { cause, .. } => {
                    self.complain(format_args!(
                        "a message was damaged on the serial line, and is lost: {cause}"
                    ));
                }
                event => modem.heed(&event, &self.staying())?,
            }
        }
    }

    async fn connect(&self, modem: &mut Modem) -> Result<(), Failure> {
        let staying = self.staying();
        let Plan {
            modem: target,
            broker,
            filters,
            unsubscribe,
            qos,
            ..
        } = self.plan;
        let filters = filters
            .iter()
            .map(|filter| Ok((TopicFilter::new(filter)?, *qos)))
            .collect::<Result<Vec<_>, Failure>>()?;
        modem
            .stay_up(&staying, broker, self.files.as_ref(), &filters)
            .await?;
        for filter in unsubscribe {
            modem
                .unsubscribe(target.client, TopicFilter::new(filter)?)
                .await?;
        }
        Ok(())
    }

    fn staying(&self) -> Staying<'_> {
        let plan = self.plan;
        Staying {
            name: NAME,
            quiet: plan.quiet,
            publishes: false,
            modem: &plan.modem,
            // Nothing has to stay.
            plan: plan.staying.filter(|_| !plan.exit_when_subscribed),
        }
    }

    /// Prints a message, if it is one of those that are wanted. Whether these are all.
    fn take(&self, message: &Message) -> Result<bool, Failure> {
        // Another client of the modem's, which somebody else has left connected.
        let is_ours = message.client == self.plan.modem.client;
        if is_ours && self.left.get() != Some(0) && self.print(message)? {
            self.left.set(self.left.get().map(|left| left - 1));
        }
        Ok(self.left.get() == Some(0))
    }

    /// Whether it was printed.
    fn print(&self, message: &Message) -> Result<bool, Failure> {
        if self.hidden.iter().any(|filter| filter.matches(&message.topic)) {
            return Ok(false);
        }
        let time = local_time(SystemTime::now());
        let printed = Printed {
            topic: &message.topic,
            payload: &message.payload,
            time: &time,
            terminal: self.terminal,
        };
        let mut out = Vec::new();
        match self.plan.format.print(printed, &mut out) {
            Ok(()) => {}
            Err(PrintError::Output(error)) => return Err(Failure::Output(error)),
            Err(error @ PrintError::NotJson { .. }) => {
                self.complain(format_args!("{error}"));
                return Ok(false);
            }
        }
        if self.plan.line_end {
            out.push(b'\n');
        }
        self.printer.print(out).map_err(Failure::Output)
    }

    fn complain(&self, what: std::fmt::Arguments<'_>) {
        if !self.plan.quiet {
            complain(NAME, &what);
        }
    }
}

const NAME: &str = "sub";
