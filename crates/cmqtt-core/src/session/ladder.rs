//! How hard to try, and how long to wait before: gentle steps first, growing pauses, and no two devices in step.

use core::time::Duration;

use super::healing::Healing;

/// What an attempt does beside connecting, from the gentlest to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rung {
    /// Ask what the modem holds, and connect.
    Reconnect,
    /// Take everything down in order first: DISC, REL, STOP.
    Service,
    /// Restart the modem first: `AT+CRESET`.
    Restart,
    /// Switch its power first.
    Power,
}

/// Where an attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// The modem, its line, or its network: harder steps may help.
    Modem,
    /// The modem does not answer at all: of the harder steps only the power key helps, for it has to be asked for the
    /// others.
    Silence,
    /// The broker, or what lies before it, while the modem does what it is told: restarting the modem would help nobody.
    Broker,
    /// Nobody: the modem restarted, or the line was reset, and it has only to be tried again.
    Chance,
}

/// Attempts since the connection was last good.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ladder {
    rung: Rung,
    /// Attempts that failed on this rung.
    tries: u8,
    /// Times that the ladder was climbed to its end.
    rounds: u8,
    /// Attempts that failed, since the connection last stayed.
    failed: u8,
    /// What the rung does beside connecting is done, and the next attempt does not do it again.
    carried_out: bool,
    random: u64,
}

impl Ladder {
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            rung: Rung::Reconnect,
            tries: 0,
            rounds: 0,
            failed: 0,
            carried_out: false,
            random: seed,
        }
    }

    /// What the next attempt does. A restart that is cut short, as that of a modem whose port goes away with it, is not
    /// begun again: it would be for ever.
    pub(super) const fn rung(&self) -> Rung {
        match self.rung {
            Rung::Restart | Rung::Power if self.carried_out => Rung::Reconnect,
            rung => rung,
        }
    }

    /// It is connected: the next loss begins with the gentlest step. The pauses go on growing until it has stayed.
    pub(super) const fn connected(&mut self) {
        self.rung = Rung::Reconnect;
        self.tries = 0;
        self.rounds = 0;
        self.carried_out = false;
    }

    /// It is connected, but that is not enough: the next rung comes if it goes on so, and not this one again.
    pub(super) const fn connected_only(&mut self) {
        self.carried_out = true;
    }

    /// The connection is lost, and was up for so long: the pauses begin anew if that was long, and go on if it was not.
    pub(super) fn lost_after(&mut self, up: Duration, healing: &Healing) {
        self.failed = if up >= healing.longest_pause {
            0
        } else {
            self.failed.saturating_add(1)
        };
    }

    /// An attempt failed.
    pub(super) fn fail(&mut self, blame: Blame, healing: &Healing) {
        self.failed = self.failed.saturating_add(1);
        self.carried_out = blame == Blame::Chance;
        if blame == Blame::Chance {
            return;
        }
        self.tries = self.tries.saturating_add(1);
        if self.tries < attempts(self.rung) {
            return;
        }
        self.tries = 0;
        let patient = blame == Blame::Broker && self.rounds % PATIENT_ROUNDS != PATIENT_ROUNDS - 1;
        self.rung = match self.rung {
            Rung::Reconnect | Rung::Service | Rung::Restart if blame == Blame::Silence => {
                if healing.power_key.is_some() {
                    Rung::Power
                } else {
                    Rung::Reconnect
                }
            }
            Rung::Reconnect => Rung::Service,
            Rung::Service if healing.may_restart && !patient => Rung::Restart,
            Rung::Service | Rung::Restart if healing.power_key.is_some() && !patient => Rung::Power,
            Rung::Service | Rung::Restart | Rung::Power => {
                self.rounds = self.rounds.saturating_add(1);
                Rung::Reconnect
            }
        };
    }

    /// The pause before the next attempt: between half of its longest and all of it.
    pub(super) fn pause(&mut self, healing: &Healing) -> Duration {
        let doubled = 1_u32.checked_shl(self.failed.into()).unwrap_or(u32::MAX);
        let longest = healing
            .first_pause
            .saturating_mul(doubled)
            .min(healing.longest_pause);
        let half = longest / 2;
        let micros = u64::try_from(half.as_micros()).unwrap_or(u64::MAX);
        half + Duration::from_micros(
            self.draw()
                .checked_rem(micros.saturating_add(1))
                .unwrap_or_default(),
        )
    }

    /// The next of the numbers that the seed stands for (`SplitMix64`).
    const fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// How many attempts a rung is given: the gentlest has the most.
pub(super) const fn attempts(rung: Rung) -> u8 {
    match rung {
        Rung::Reconnect => 3,
        Rung::Service => 2,
        Rung::Restart | Rung::Power => 1,
    }
}

/// A broker that is away is tried for so many rounds, of five attempts each, before the modem is suspected after all: with
/// pauses of up to two minutes this is more than two hours.
const PATIENT_ROUNDS: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// The rungs of so many attempts that fail.
    fn climb(blame: Blame, healing: &Healing, attempts: usize) -> Vec<Rung> {
        let mut ladder = Ladder::new(1);
        (0..attempts)
            .map(|_| {
                let rung = ladder.rung();
                ladder.fail(blame, healing);
                rung
            })
            .collect()
    }

    #[test]
    fn gentle_steps_come_first_and_all_of_them_come_again() {
        use Rung::{Power, Reconnect, Restart, Service};
        let mut healing = Healing::new(1);
        healing.power_key = Some(Duration::from_secs(30));
        let gentle = [Reconnect, Reconnect, Reconnect, Service, Service];
        let round = [&gentle[..], &[Restart, Power]].concat();
        assert_eq!(climb(Blame::Modem, &healing, 14), [&round[..], &round].concat());
        healing.power_key = None;
        assert_eq!(climb(Blame::Modem, &healing, 6), round[..6]);
        healing.may_restart = false;
        assert_eq!(climb(Blame::Modem, &healing, 10), [gentle, gentle].concat());
        healing.power_key = Some(Duration::from_secs(30));
        assert_eq!(
            climb(Blame::Modem, &healing, 6),
            [&gentle[..], &[Power]].concat(),
            "a board's key where the modem may not restart itself"
        );
    }

    /// What has helped once may help again: harder steps come after all of the gentle ones have failed anew.
    #[test]
    fn a_connection_begins_the_ladder_anew() {
        let healing = Healing::new(1);
        let mut ladder = Ladder::new(1);
        for failures in 0..5 {
            for _ in 0..failures {
                ladder.fail(Blame::Modem, &healing);
            }
            ladder.connected();
            for _ in 0..3 {
                assert_eq!(ladder.rung(), Rung::Reconnect, "after {failures}");
                ladder.fail(Blame::Modem, &healing);
            }
            assert_eq!(ladder.rung(), Rung::Service);
            ladder.connected();
        }
        // The rounds of a broker that was away count anew, too.
        for _ in 0..79 {
            ladder.fail(Blame::Broker, &healing);
        }
        ladder.connected();
        for _ in 0..5 {
            assert_ne!(ladder.rung(), Rung::Restart);
            ladder.fail(Blame::Broker, &healing);
        }
        assert_eq!(ladder.rung(), Rung::Reconnect);
    }

    #[test]
    fn a_modem_that_is_silent_is_asked_for_nothing_and_its_power_is_switched() {
        use Rung::{Power, Reconnect};
        let mut healing = Healing::new(1);
        healing.power_key = Some(Duration::from_secs(30));
        let round = [Reconnect, Reconnect, Reconnect, Power];
        assert_eq!(climb(Blame::Silence, &healing, 8), [round, round].concat());
        healing.power_key = None;
        assert_eq!(climb(Blame::Silence, &healing, 50), [Reconnect; 50]);
        // It falls silent on a harder rung.
        healing.power_key = Some(Duration::from_secs(30));
        let mut ladder = Ladder::new(1);
        for _ in 0..3 {
            ladder.fail(Blame::Modem, &healing);
        }
        assert_eq!(ladder.rung(), Rung::Service);
        for _ in 0..2 {
            ladder.fail(Blame::Silence, &healing);
        }
        assert_eq!(ladder.rung(), Power);
    }

    #[test]
    fn a_restart_that_is_cut_short_is_not_begun_again_and_the_next_step_still_comes() {
        let mut healing = Healing::new(1);
        healing.power_key = Some(Duration::from_secs(30));
        let mut ladder = Ladder::new(1);
        for step in [Rung::Restart, Rung::Power] {
            while ladder.rung() != step {
                ladder.fail(Blame::Modem, &healing);
            }
            for _ in 0..100 {
                ladder.fail(Blame::Chance, &healing);
                assert_eq!(ladder.rung(), Rung::Reconnect);
            }
            ladder.connected_only();
            assert_eq!(ladder.rung(), Rung::Reconnect);
            ladder.fail(Blame::Modem, &healing);
        }
        assert_eq!(ladder.rung(), Rung::Reconnect);
        ladder.fail(Blame::Chance, &healing);
        ladder.connected();
        for _ in 0..5 {
            ladder.fail(Blame::Modem, &healing);
        }
        assert_eq!(ladder.rung(), Rung::Restart);
    }

    /// A modem that was restarted, and connects, and does no more than that, needs something else.
    #[test]
    fn what_did_not_help_enough_is_not_done_again() {
        let mut healing = Healing::new(1);
        healing.power_key = Some(Duration::from_secs(30));
        let mut ladder = Ladder::new(1);
        while ladder.rung() != Rung::Restart {
            ladder.fail(Blame::Modem, &healing);
        }
        ladder.connected_only();
        assert_eq!(ladder.rung(), Rung::Reconnect);
        ladder.fail(Blame::Modem, &healing);
        assert_eq!(ladder.rung(), Rung::Power);
    }

    #[test]
    fn a_broker_that_is_away_costs_a_restart_in_the_end_only() {
        let healing = Healing::new(1);
        let rungs = climb(Blame::Broker, &healing, 81);
        let first = rungs.iter().position(|&rung| rung == Rung::Restart);
        assert_eq!(first, Some(80));
        assert!(
            climb(Blame::Chance, &healing, 300)
                .iter()
                .all(|&rung| rung == Rung::Reconnect)
        );
    }

    #[test]
    fn pauses_grow_to_the_longest_and_begin_anew_after_a_connection_that_stayed() {
        let healing = Healing::new(1);
        let mut ladder = Ladder::new(1);
        let mut expected = healing.first_pause;
        for _ in 0..300 {
            let pause = ladder.pause(&healing);
            assert!(
                pause <= expected && pause >= expected / 2,
                "{pause:?} of {expected:?}"
            );
            ladder.fail(Blame::Modem, &healing);
            expected = (expected * 2).min(healing.longest_pause);
        }
        ladder.connected();
        ladder.lost_after(Duration::from_secs(1), &healing);
        assert!(
            ladder.pause(&healing) >= healing.longest_pause / 2,
            "it keeps coming and going"
        );
        ladder.connected();
        ladder.lost_after(healing.longest_pause, &healing);
        assert!(ladder.pause(&healing) <= healing.first_pause);
    }

    /// What the algorithm's authors publish for this seed.
    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut ladder = Ladder::new(1_234_567);
        let drawn = [(); 5].map(|()| ladder.draw());
        assert_eq!(
            drawn,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
    }

    #[test]
    fn no_two_devices_are_in_step() {
        let healing = Healing::new(0);
        let pauses: std::collections::BTreeSet<_> =
            (0..1000).map(|seed| Ladder::new(seed).pause(&healing)).collect();
        assert!(pauses.len() > 990, "{}", pauses.len());
        let mean = pauses.iter().sum::<Duration>() / 1000;
        assert!(
            mean.abs_diff(Duration::from_millis(750)) < Duration::from_millis(15),
            "{mean:?}"
        );
    }
}
