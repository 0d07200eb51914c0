//! Waiting for the network: the SIM, the access point, registration, attachment, address. Each step is asked for again
//! and again until it is so, or its time has passed.

use core::time::Duration;

use at_proto::network::{
    Attachment, ContextAddress, DefineContext, Domain, EnterPin, Eps, Packet, PinState, Registration,
    RegistrationState, ReportRegistration, Signal, SignalQuality,
};
use at_proto::{Command, InfoLines, Read, Readable, Refusal};

use super::{Act, Answer, Ask, Context};
use crate::request::{Cause, Effect, Failure, NoAddress};
use crate::session::progress::{Progress, Step};
use crate::time::Instant;
use crate::timer::WaitReason;

/// What is waited for now, and until when.
#[derive(Clone, Copy, Debug)]
pub(in crate::session) struct Network {
    stage: Stage,
    until: Instant,
    pin_given: bool,
    /// What was told last.
    signal: Option<SignalQuality>,
    registration: Option<(Domain, RegistrationState)>,
    attach_asked: bool,
    /// What came of the questions for an address, and of `AT+CGACT`.
    address: NoAddress,
    activate_asked: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Sim,
    Pin,
    Contexts,
    DefineContext,
    Signal,
    Registration(Domain),
    Attachment,
    Attach,
    Address,
    Activate,
}

impl Network {
    pub(in crate::session) const fn new() -> Self {
        Self {
            stage: Stage::Sim,
            until: Instant::ZERO,
            pin_given: false,
            signal: None,
            registration: None,
            attach_asked: false,
            address: NoAddress {
                asked: 0,
                activation: None,
            },
            activate_asked: false,
        }
    }

    pub(super) fn next<M>(&mut self, answer: Answer<'_>, cx: &mut Context<'_, M>) -> Act {
        if let (Some(failure), None) = (answer.failure(""), answer.refusal()) {
            // An activation that takes longer than that may still give an address.
            if !matches!(
                (self.stage, failure.cause),
                (Stage::Activate, Cause::TimedOut(WaitReason::FinalResult))
            ) {
                return Act::Fail(failure);
            }
        }
        match (self.stage, answer) {
            (Stage::Sim, Answer::Begin) => {
                cx.access.sim_missing = false;
                cx.access.no_address = None;
                self.begin(Step::Sim, SIM, cx);
                Act::Ask(Ask::PinState)
            }
            (stage, Answer::Paused) => Act::Ask(match stage {
                Stage::Sim | Stage::Pin => Ask::PinState,
                Stage::Attachment | Stage::Attach => Ask::Attachment,
                Stage::Address => return self.ask_address(),
                _ => self.ask_signal(),
            }),
            (Stage::Sim, Answer::Done(info)) => self.on_sim(info, cx),
            (Stage::Sim, _) => self.on_sim_refused(answer, cx),
            (Stage::Pin, Answer::Done(_)) => {
                cx.access.tried_pin = None;
                self.stage = Stage::Sim;
                self.begin(Step::Sim, SIM, cx);
                self.pause(WaitReason::SimReady)
            }
            (Stage::Contexts, Answer::Done(info)) => self.on_contexts(info, cx),
            (Stage::Contexts, _) => self.go(Stage::DefineContext, Ask::DefineContext),
            (Stage::DefineContext, Answer::Done(_)) => self.register(cx),
            (Stage::Signal, _) => self.on_signal(answer, cx),
            (Stage::Registration(domain), _) => self.on_registration(domain, answer, cx),
            (Stage::Attachment, _) => self.on_attachment(answer, cx),
            // An attach that is refused may have been under way already.
            (Stage::Attach, _) => {
                self.stage = Stage::Attachment;
                self.pause(WaitReason::Attachment)
            }
            (Stage::Address, Answer::Done(info)) => self.on_address(info, cx),
            // Some firmware does not know the question: START gets the address by itself.
            (Stage::Address, _) => Act::Done,
            (Stage::Activate, _) => {
                self.address.activation = answer.refusal();
                self.begin(Step::Address, ADDRESS, cx);
                self.ask_address()
            }
            (Stage::Pin, _) => {
                if answer.refusal().is_some_and(is_busy) {
                    cx.access.tried_pin = None;
                }
                answer.fail("")
            }
            (Stage::DefineContext, _) => answer.fail(""),
        }
    }

    fn on_sim<M>(&mut self, info: InfoLines<'_>, cx: &mut Context<'_, M>) -> Act {
        match Read::<EnterPin<'_>>::new().decode(info) {
            // A second PIN is for other things than the network.
            Ok(PinState::Ready | PinState::Pin2 | PinState::Puk2) => {
                // Whoever unlocked it, all its tries are there again.
                cx.access.tried_pin = None;
                if cx.access.apn.is_some() {
                    self.begin(Step::AccessPoint, Duration::from_secs(18), cx);
                    return self.go(Stage::Contexts, Ask::Contexts);
                }
                self.register(cx)
            }
            // Three wrong ones block the SIM: it gets one.
            Ok(PinState::Pin)
                if !self.pin_given && cx.access.pin.is_some() && cx.access.pin != cx.access.tried_pin =>
            {
                self.pin_given = true;
                cx.access.tried_pin = cx.access.pin;
                self.go(Stage::Pin, Ask::EnterPin)
            }
            // It is being checked.
            Ok(PinState::Pin) if self.pin_given && cx.now < self.until => self.pause(WaitReason::SimReady),
            Ok(PinState::Pin) if cx.access.pin.is_some() => fail(PIN, Cause::PinNotAccepted),
            Ok(PinState::Pin) => fail(PIN, Cause::PinRequired),
            Ok(PinState::Puk) => fail(PIN, Cause::PukRequired),
            _ if cx.now < self.until => self.pause(WaitReason::SimReady),
            _ => fail(PIN, Cause::TimedOut(WaitReason::SimReady)),
        }
    }

    /// A SIM is "busy", "failed" or "not available" for seconds after a boot; "not inserted" is certain.
    fn on_sim_refused<M>(&mut self, answer: Answer<'_>, cx: &Context<'_, M>) -> Act {
        let missing = match answer.refusal() {
            Some(Refusal::Equipment(number)) => number == 10,
            Some(Refusal::Words(words)) => words.as_bytes().ends_with(b"not inserted"),
            _ => false,
        };
        if missing {
            return fail(PIN, Cause::NoSim);
        }
        match answer.refusal() {
            Some(Refusal::Error) if cx.now >= self.until && cx.access.sim_missing => fail(PIN, Cause::NoSim),
            Some(refusal) if cx.now >= self.until => fail(PIN, Cause::SimNotReady(refusal)),
            _ => self.pause(WaitReason::SimReady),
        }
    }

    fn on_contexts<M>(&mut self, info: InfoLines<'_>, cx: &mut Context<'_, M>) -> Act {
        let wanted = cx.access.apn.as_ref().map_or("", |apn| apn.as_str());
        let is_so = DefineContext::decode_read(info).is_ok_and(|contexts| {
            contexts.filter_map(Result::ok).any(|context| {
                context.cid == 1 && context.apn.is_some_and(|apn| apn.as_bytes() == wanted.as_bytes())
            })
        });
        if is_so {
            self.register(cx)
        } else {
            self.go(Stage::DefineContext, Ask::DefineContext)
        }
    }

    fn register<M>(&mut self, cx: &mut Context<'_, M>) -> Act {
        self.begin(Step::Registration, cx.access.registration, cx);
        Act::Ask(self.ask_signal())
    }

    const fn ask_signal(&mut self) -> Ask {
        self.stage = Stage::Signal;
        Ask::Signal
    }

    fn on_signal<M>(&mut self, answer: Answer<'_>, cx: &mut Context<'_, M>) -> Act {
        if let Answer::Done(info) = answer
            && let Ok(signal) = Signal.decode(info)
            && self.signal.replace(signal) != Some(signal)
        {
            cx.tell(Progress::Signal(signal));
        }
        self.go(Stage::Registration(Domain::Eps), Ask::Registration(Domain::Eps))
    }

    /// EPS is what LTE and NB-IoT have, the packet domain what SIM7500/7600 may fall back to.
    fn on_registration<M>(&mut self, domain: Domain, answer: Answer<'_>, cx: &mut Context<'_, M>) -> Act {
        let registration = match answer {
            Answer::Done(info) => read_registration(domain, info),
            _ => None,
        };
        if let Some(state) = registration {
            let known = (domain, state);
            let told = self.registration.is_some_and(|(_, before)| before == state);
            // The packet domain of a modem that is an LTE one only is never registered: no news.
            let news = domain == Domain::Eps || self.registration.is_none() || state.is_registered();
            if news && !told {
                cx.tell(Progress::Registration { domain, state });
                self.registration = Some(known);
            }
            if state.is_registered() {
                self.begin(Step::Attachment, ATTACHMENT, cx);
                return self.go(Stage::Attachment, Ask::Attachment);
            }
        }
        match domain {
            Domain::Eps => self.go(
                Stage::Registration(Domain::Packet),
                Ask::Registration(Domain::Packet),
            ),
            _ if cx.now < self.until => self.pause(WaitReason::Registration),
            _ => {
                let state = self.registration.map(|(_, state)| state);
                fail(domain.name(), Cause::NotRegistered(state))
            }
        }
    }

    fn on_attachment<M>(&mut self, answer: Answer<'_>, cx: &mut Context<'_, M>) -> Act {
        let attached = match answer {
            Answer::Done(info) => Attachment::decode_read(info).map_or(1, |attachment| attachment.state),
            // Firmware that does not know the question is attached when it is registered.
            _ => 1,
        };
        if attached == 1 {
            self.begin(Step::Address, ADDRESS, cx);
            return self.ask_address();
        }
        if cx.now >= self.until {
            return fail(ATTACHED, Cause::TimedOut(WaitReason::Attachment));
        }
        if !self.attach_asked {
            self.attach_asked = true;
            return self.go(Stage::Attach, Ask::Attach);
        }
        self.pause(WaitReason::Attachment)
    }

    fn on_address<M>(&mut self, info: InfoLines<'_>, cx: &mut Context<'_, M>) -> Act {
        let address = info.all::<ContextAddress<'_>>().ok().and_then(|contexts| {
            contexts
                .filter_map(Result::ok)
                .filter_map(|context| context.addresses)
                .map(|(address, _)| ipv4(address.as_bytes()))
                .find(|address| *address != Some([0; 4]))
        });
        match address {
            Some(address) => {
                cx.tell(Progress::Address(address));
                Act::Done
            }
            None if cx.now < self.until && self.address.activation.is_none() => {
                self.pause(WaitReason::Address)
            }
            None if !self.activate_asked => {
                self.activate_asked = true;
                self.go(Stage::Activate, Ask::Activate)
            }
            // On some firmware START activates the context and so gets one.
            None => {
                cx.access.no_address = Some(self.address);
                cx.tell(Progress::NoAddress(self.address));
                Act::Done
            }
        }
    }

    const fn ask_address(&mut self) -> Act {
        self.address.asked = self.address.asked.saturating_add(1);
        self.go(Stage::Address, Ask::Address)
    }

    const fn go(&mut self, stage: Stage, ask: Ask) -> Act {
        self.stage = stage;
        Act::Ask(ask)
    }

    fn begin<M>(&mut self, step: Step, budget: Duration, cx: &mut Context<'_, M>) {
        self.until = cx.now + budget;
        cx.begin(step, budget);
    }

    const fn pause(&self, reason: WaitReason) -> Act {
        Act::Pause(PAUSE, reason)
    }
}

/// Whether the SIM did not look at the PIN: it is still being read.
fn is_busy(refusal: Refusal) -> bool {
    match refusal {
        Refusal::Equipment(number) => number == 14,
        Refusal::Words(words) => words.as_bytes().ends_with(b"busy"),
        _ => false,
    }
}

fn read_registration(domain: Domain, info: InfoLines<'_>) -> Option<RegistrationState> {
    let registration: Result<Registration<'_>, _> = match domain {
        Domain::Eps => ReportRegistration::<Eps>::decode_read(info),
        _ => ReportRegistration::<Packet>::decode_read(info),
    };
    registration.ok().map(|registration| registration.state)
}

const fn fail(command: &'static str, cause: Cause) -> Act {
    Act::Fail(Failure {
        command,
        cause,
        effect: Effect::None,
    })
}

/// `1.2.3.4`
fn ipv4(text: &[u8]) -> Option<[u8; 4]> {
    let mut parts = text.split(|&byte| byte == b'.');
    let mut address = [0; 4];
    for part in &mut address {
        *part = core::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    }
    parts.next().is_none().then_some(address)
}

const PIN: &str = "+CPIN";
const ATTACHED: &str = "+CGATT";

/// Between two questions. A URC that tells of a change ends it sooner.
const PAUSE: Duration = Duration::from_secs(2);

/// How long a SIM may take to be read after power-up.
const SIM: Duration = Duration::from_secs(20);

/// How long the packet service may take (3GPP TS 27.007, section 10.1.9, leaves it to the network; drivers allow this).
const ATTACHMENT: Duration = Duration::from_secs(75);

/// How long an address is waited for before START is left to get it.
const ADDRESS: Duration = Duration::from_secs(10);

/// How long registration may take on NB-IoT, what public drivers allow.
pub(in crate::session) const REGISTRATION: Duration = Duration::from_secs(180);

/// `AT+CGATT=1`, from its last byte to `OK`.
pub(in crate::session) const ATTACH: Duration = ATTACHMENT;
