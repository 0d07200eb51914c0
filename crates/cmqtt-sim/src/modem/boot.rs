//! Power: on, off, and what the modem says while it comes up.

use std::collections::VecDeque;
use std::time::Duration;

use at_proto::network::{PinState, Urc};

use super::transmitter::emit;
use super::{Basic, Collector, Held, Modem, Mqtt, Phase, network};
use crate::faults::BootLines;
use crate::network::NetworkRequest;
use crate::switches::{Boot, PowerOff};

/// Whether the modem runs.
#[derive(Debug)]
pub(super) enum Power {
    On,
    /// It comes up, is deaf until the first of these lines (at that time), and says the others later.
    Booting {
        listens_at: Duration,
        lines: VecDeque<(Duration, Urc<'static>)>,
    },
    /// It runs, and has still something to say about its start.
    Late(VecDeque<(Duration, Urc<'static>)>),
    Off,
}

impl Power {
    pub(super) fn is_on(&self) -> bool {
        matches!(self, Self::On | Self::Late(_))
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        match self {
            Self::On | Self::Off => None,
            Self::Booting { listens_at, .. } => Some(*listens_at),
            Self::Late(lines) => lines.front().map(|&(at, _)| at),
        }
    }
}

impl Modem {
    /// What of power-up is due.
    pub(super) fn handle_power(&mut self) {
        match std::mem::replace(&mut self.power, Power::On) {
            Power::Booting { listens_at, lines } if listens_at <= self.now => self.power = Power::Late(lines),
            other => self.power = other,
        }
        if let Power::Late(lines) = &mut self.power {
            while let Some(&(at, line)) = lines.front()
                && at <= self.now
            {
                self.tx.urc(&self.profile.switches, &emit(|out| line.emit(out)));
                lines.pop_front();
            }
            if lines.is_empty() {
                self.power = Power::On;
            }
        }
    }

    /// A SIM that failed does so no longer: a modem that is on says so.
    pub(super) fn unlock_sim(&mut self) {
        if self.power.is_on() {
            let (_, mut context) = self.mqtt_and_context();
            network::unlock(&mut context);
        } else {
            self.radio.unlocked = true;
            self.radio.activate();
        }
    }

    /// Everything in the modem is gone, and it comes up.
    pub(super) fn power_up(&mut self, now: Duration, lines: BootLines) {
        self.forget_everything();
        let listens_at = now.saturating_add(self.random.delay(self.profile.switches.delays.boot));
        let boot = match lines {
            BootLines::Said => self.profile.switches.boot,
            BootLines::Silent => Boot::Silent,
        };
        let lines = match boot {
            Boot::Silent => &[][..],
            Boot::Rdy => &[
                (0, Urc::Ready),
                (1, Urc::Pin(PinState::Ready)),
                (6, Urc::SmsDone),
                (8, Urc::PhonebookDone),
            ],
            Boot::AtReady => &[
                (0, Urc::AtReady),
                (2, Urc::Pin(PinState::Ready)),
                (9, Urc::SmsDone),
                (10, Urc::PhonebookDone),
            ],
        };
        let quick = self.profile.switches.delays.boot.max.is_zero();
        let lines = lines
            .iter()
            .filter(|(_, line)| *line != Urc::Pin(PinState::Ready) || self.radio.is_ready())
            .map(|&(seconds, line)| {
                let after = if quick { 0 } else { seconds };
                (listens_at.saturating_add(Duration::from_secs(after)), line)
            })
            .collect();
        self.power = Power::Booting { listens_at, lines };
    }

    /// `AT+CPOF`: says so, and is gone.
    pub(super) fn power_down(&mut self) {
        self.tx
            .urc(&self.profile.switches, &emit(|out| Urc::PowerDown.emit(out)));
        self.tx.flush();
        match self.profile.switches.power_off {
            PowerOff::Restart => self.power_up(self.now, BootLines::Said),
            PowerOff::StayOff => {
                self.forget_everything();
                self.power = Power::Off;
            }
        }
    }

    /// What the flash keeps, certificate files, stays; so does the world around the modem.
    fn forget_everything(&mut self) {
        let clients = self.profile.limits.clients;
        // What had not yet been asked of the network is lost with the rest; what has ended stays so.
        self.requests
            .retain(|(_, request)| matches!(request, NetworkRequest::Abort));
        for client in 0..clients {
            if self.mqtt.has_connection(client) {
                self.requests.push_back((client, NetworkRequest::Abort));
            }
        }
        self.tx.forget_waiting();
        self.phase = Phase::Typing;
        self.collector = Collector::default();
        self.typed_ahead.clear();
        self.line.clear();
        self.commands_run = 0;
        self.held = Held::Nothing;
        self.hang = None;
        self.basic = Basic::new(self.profile.family);
        self.tls.forget_contexts();
        self.radio.restart(self.now);
        self.mqtt = Mqtt::new(clients);
    }
}
