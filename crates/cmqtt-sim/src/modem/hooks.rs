//! What a test, or a person at a simulated modem, can do to the world around it.

use std::time::Duration;

use at_proto::{cmqtt, network};

use super::{Context, Modem, Mqtt, Radio, Registration, Sim};
use crate::faults::BootLines;
use crate::profile::Family;
use crate::switches::Switches;

impl Modem {
    /// The world around the modem as it is.
    #[must_use]
    pub fn radio(&self) -> &Radio {
        &self.radio
    }

    /// Changes switches while the modem runs.
    pub fn switches_mut(&mut self) -> &mut Switches {
        &mut self.profile.switches
    }

    /// From now on, records every command line that runs: see [`Modem::take_commands`].
    pub fn record_commands(&mut self) {
        self.ran.get_or_insert_default();
    }

    /// Whether START is refused now because the power came up a short while ago: the switch `start-refused`.
    #[must_use]
    pub fn refuses_start(&self) -> bool {
        let on_for = self.now.saturating_sub(self.radio.powered_at);
        self.profile.switches.refusals.start.code(on_for).is_some()
    }

    /// Whether bytes wait that came while the modem was busy: it takes them for commands when it is not.
    #[must_use]
    pub fn has_typed_ahead(&self) -> bool {
        !self.typed_ahead.is_empty()
    }

    /// The command lines that ran since this was asked last, as they were typed, without their CR. They may hold a
    /// password.
    pub fn take_commands(&mut self) -> Vec<Vec<u8>> {
        self.ran.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// The power goes and comes: everything in the modem is gone, connections end without a goodbye, and after the
    /// boot's delay the family's boot lines come. Files and the definitions of packet data contexts stay.
    pub fn power_cycle(&mut self, now: Duration) {
        self.advance(now);
        self.power_up(self.now, BootLines::Said);
        // Without a delay it is up at once.
        self.advance(now);
    }

    /// A line that nobody asked for, such as a URC that the simulator does not know. Written as it is, without its
    /// line ends.
    pub fn inject_line(&mut self, now: Duration, line: &[u8]) {
        self.advance(now);
        if self.power.is_on() {
            self.tx.urc(&self.profile.switches, line);
        }
        self.work();
    }

    /// Sets what `AT+CSQ` says: `rssi` 0 to 31 or 99, `ber` 0 to 7 or 99.
    pub fn set_signal(&mut self, rssi: u8, ber: u8) {
        self.radio.signal = (rssi, ber);
    }

    /// Puts a SIM in, takes it out, or locks it.
    pub fn set_sim(&mut self, sim: Sim) {
        self.radio.sim = sim;
        self.radio.unlocked = false;
    }

    /// Moves the modem's registration, which it reports where the host asked for reports. Connections stay: see
    /// [`Modem::lose_network`].
    pub fn set_registration(&mut self, now: Duration, registration: Registration) {
        self.advance(now);
        // The world changes also around a modem that is off.
        if std::mem::replace(&mut self.radio.registration, registration) != registration {
            self.happen(now, |_, cx| super::network::report_registration(cx));
        }
    }

    /// The network takes the packet data context away, and every connection with it; the modem says so with `+CGEV`
    /// alone.
    pub fn deactivate(&mut self, now: Duration) {
        self.advance(now);
        self.radio.active = false;
        self.happen(now, |mqtt, cx| {
            cx.urc(|out| network::Urc::PacketEvent(b"EPS PDN DEACT 1").emit(out));
            mqtt.forget_connections(cx);
        });
    }

    /// The network goes away beneath every connection: `+CMQTTCONNLOST: <client>,3`, on families that have it
    /// `+CMQTTNONET`, on SIM7600 `+CIPEVENT` before both. The packet data context ends.
    pub fn lose_network(&mut self, now: Duration) {
        self.advance(now);
        self.radio.active = false;
        self.happen(now, |mqtt, cx| {
            if cx.profile.family == Family::Sim7600 {
                cx.urc(|out| network::Urc::NetworkClosed.emit(out));
            }
            mqtt.lose_network(cx);
            if cx.profile.limits.no_network_urc && mqtt.is_running() {
                cx.urc(|out| cmqtt::Urc::NoNetwork.emit(out));
            }
        });
    }

    /// The packet data context is there again, if the modem is registered.
    pub fn restore_network(&mut self, now: Duration) {
        self.advance(now);
        self.radio.activate();
        self.work();
    }

    /// The keep alive of every connection fails: nothing is answered any more. SIM7600 says `+CMQTTPING` and still holds
    /// the client for connected, until DISC; the others say `+CMQTTCONNLOST: <client>,3`.
    pub fn fail_keep_alive(&mut self, now: Duration) {
        self.happen(now, Mqtt::fail_keep_alive);
    }

    fn happen(&mut self, now: Duration, what: impl FnOnce(&mut Mqtt, &mut Context<'_>)) {
        self.advance(now);
        if self.power.is_on() {
            let (mqtt, mut context) = self.mqtt_and_context();
            what(mqtt, &mut context);
        }
        self.work();
    }
}
