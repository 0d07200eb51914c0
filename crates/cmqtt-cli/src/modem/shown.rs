//! The progress line: what is awaited, for how long already, and what is known of the network. On a terminal alone.

use std::fmt::Display;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use at_proto::Printable;
use at_proto::network::RegistrationState;
use cmqtt_tokio::{Progress, Step};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::arguments::note;

mod screen;
use screen::Screen;

/// What is shown of a modem's progress.
pub(crate) struct Shown {
    bar: ProgressBar,
    wanted: bool,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    step: Option<Step>,
    budget: Duration,
    /// `SIM7028, -67 dBm`
    modem: Vec<(&'static str, String)>,
    /// The TLS settings of which it was said that the modem refuses them.
    refused: Vec<&'static str>,
}

impl Shown {
    /// On standard error, where that is a terminal and nothing else is written there.
    pub(crate) fn new(wanted: bool) -> Self {
        let target = if wanted && io::stderr().is_terminal() {
            ProgressDrawTarget::term_like_with_hz(Box::new(Screen::default()), FRAMES)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        bar.set_style(style(LINE));
        Self {
            bar,
            wanted,
            known: Mutex::default(),
        }
    }

    /// Something is done that the driver does not tell of.
    pub(crate) fn says(&self, words: impl Display) {
        self.show(words.to_string());
    }

    /// How far the driver has come.
    pub(crate) fn progress(&self, progress: Progress) {
        let mut warning = None;
        let mut known = self.known();
        match progress {
            Progress::Step { step, budget } => {
                known.step = Some(step);
                known.budget = budget;
                self.bar.reset_elapsed();
            }
            Progress::Family { family, recognised } => {
                let family = if recognised {
                    family.name()
                } else {
                    "family unknown"
                };
                known.learn("family", family.to_owned());
            }
            Progress::Signal(signal) => {
                let strength = signal.dbm().map(|dbm| format!("{dbm} dBm {}", bars(dbm)));
                known.learn("signal", strength.unwrap_or_else(|| "no signal".to_owned()));
            }
            Progress::Registration { state, .. } => {
                known.learn("registration", state.to_string());
                warning = match state {
                    RegistrationState::Denied => {
                        Some(format!("the network denies registration; {STILL_WAITS}"))
                    }
                    state if state.is_without_data() => Some(format!(
                        "the network gives no data service: {state}; {STILL_WAITS}"
                    )),
                    _ => None,
                };
            }
            Progress::NoAddress(seen) => warning = Some(format!("{seen}; it is tried all the same")),
            Progress::Address(Some([a, b, c, d])) => known.learn("address", format!("{a}.{b}.{c}.{d}")),
            Progress::Adopted { .. } => known.learn("takeover", "goes on with what it held".to_owned()),
            Progress::TakenDown { .. } => known.learn("takeover", "what it held is taken down".to_owned()),
            Progress::StillBusy { .. } => {
                known.learn("takeover", "an earlier connect is awaited".to_owned());
            }
            Progress::TryingAgain { command, code, .. } => {
                known.learn("refusal", format!("{command} {code}; trying again"));
            }
            Progress::SettingRefused { key } if !known.refused.contains(&key) => {
                known.refused.push(key);
                self.aside(|| note(without(key)));
            }
            Progress::Sending { sent, of } => {
                drop(known);
                self.bar.set_length(of as u64);
                self.bar.set_position(sent as u64);
                self.bar.set_style(style(BAR));
                self.tick();
                return;
            }
            _ => {}
        }
        let words = known.words();
        drop(known);
        self.show(words);
        if let Some(warning) = warning {
            self.warn(&warning);
        }
    }

    /// Says on standard error what somebody should know at once, terminal or not.
    pub(crate) fn warn(&self, what: &impl Display) {
        if self.wanted {
            self.bar.suspend(|| note(what));
        }
    }

    /// The step that was begun last.
    pub(crate) fn step(&self) -> Option<Step> {
        self.known().step
    }

    /// Another request begins, of which no step is known yet.
    pub(crate) fn forget_step(&self) {
        self.known().step = None;
    }

    /// Nothing is awaited any more: the line goes away until something is.
    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }

    /// Something else is printed, with the line out of its way.
    pub(crate) fn aside(&self, print: impl FnOnce()) {
        self.bar.suspend(print);
    }

    fn show(&self, words: String) {
        self.bar.set_style(style(LINE));
        self.bar.set_message(Printable(words.as_bytes()).to_string());
        self.tick();
    }

    fn tick(&self) {
        if self.bar.is_hidden() {
            return;
        }
        if self.bar.is_finished() {
            self.bar.reset();
        }
        // Its clock ends with the line. What runs already stays as it is.
        self.bar.enable_steady_tick(TICK);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn learn(&mut self, what: &'static str, words: String) {
        match self.modem.iter_mut().find(|(known, _)| *known == what) {
            Some((_, known)) => *known = words,
            None => self.modem.push((what, words)),
        }
    }

    fn words(&self) -> String {
        let step = self.step.map_or_else(String::new, |step| {
            format!("{step} (at most {} s)", self.budget.as_secs())
        });
        let modem: Vec<&str> = self.modem.iter().map(|(_, words)| words.as_str()).collect();
        if modem.is_empty() {
            step
        } else {
            format!("{step}  {}", modem.join(", "))
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

const STILL_WAITS: &str = "it is still awaited";

/// What is awaited, and for how long already.
const LINE: &str = "{spinner} {elapsed} {wide_msg}";

/// What it means that the modem refuses a TLS setting that a connection can do without.
fn without(key: &str) -> String {
    let effect = match key {
        "enableSNI" => {
            "the broker is not told which name is wanted, and a broker in a cloud may refuse the handshake"
        }
        _ => "an expired certificate of the broker is accepted",
    };
    format!("the modem refuses the TLS setting \"{key}\": {effect}")
}

/// How much of a file has gone to the modem.
const BAR: &str = "{msg} {wide_bar} {bytes}/{total_bytes}";

/// Four bars and how many of them are full: -70 dBm and more is excellent, less than -100 dBm hardly enough.
pub(crate) fn bars(dbm: i16) -> &'static str {
    match dbm {
        -70.. => "▂▄▆█",
        -85.. => "▂▄▆ ",
        -100.. => "▂▄  ",
        _ => "▂   ",
    }
}

/// The most frames in a second.
const FRAMES: u8 = 20;

/// How often the spinner turns.
const TICK: Duration = Duration::from_millis(200);
