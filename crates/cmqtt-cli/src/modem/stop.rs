//! Being told to stop.

use std::fs;
use std::future::pending;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears from now on that the user, or the system, wants the program to end.
pub(crate) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    /// `None` under `nohup`.
    hangup: Option<Signal>,
}

impl Stop {
    /// From now on the signals do not end the program by themselves.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: match is_ignored(SignalKind::hangup()) {
                true => None,
                false => Some(signal(SignalKind::hangup())?),
            },
        })
    }

    /// Returns at the next signal, with its number.
    pub(crate) async fn told(&mut self) -> u8 {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => pending().await,
            }
        };
        let (heard, kind) = tokio::select! {
            heard = self.interrupt.recv() => (heard, SignalKind::interrupt()),
            heard = self.terminate.recv() => (heard, SignalKind::terminate()),
            heard = hangup => (heard, SignalKind::hangup()),
        };
        // Nobody is left who could tell.
        if heard.is_none() {
            pending::<()>().await;
        }
        u8::try_from(kind.as_raw_value()).unwrap_or(u8::MAX)
    }
}

/// Whether the program was started with this signal ignored. No safe call tells; where there is no `/proc`, it counts as
/// not ignored.
fn is_ignored(kind: SignalKind) -> bool {
    fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores(&status, kind.as_raw_value()))
}

/// Whether a signal of this number is in the mask `SigIgn` of `/proc/self/status`.
fn ignores(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let bit = u32::try_from(signal - 1)
        .ok()
        .and_then(|bit| 1_u64.checked_shl(bit));
    matches!((mask, bit), (Some(mask), Some(bit)) if mask & bit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_signal_is_in_the_mask() {
        let status =
            "Name:\tcmqtt\nSigBlk:\t0000000000000001\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000004002\n";
        let ignored: Vec<i32> = (1..=64).filter(|&signal| ignores(status, signal)).collect();
        assert_eq!(ignored, [1, 13]);
        assert!(!ignores("", 1) && !ignores("SigIgn:\tx", 1) && !ignores(status, 0));
    }
}
