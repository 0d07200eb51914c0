//! The keep alive.

use crate::error::ValueError;

/// After how many seconds without a message the modem sends a ping: 1 to 64800 (the vendor's note, section 3.2.8). The
/// default is what the note's sessions use, 60.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeepAlive(u32);

impl KeepAlive {
    /// The longest, 18 hours.
    pub const MAX: Self = Self(64_800);

    /// Checks a number of seconds.
    ///
    /// # Errors
    /// [`ValueError::OutOfRange`].
    pub const fn new(seconds: u32) -> Result<Self, ValueError> {
        match seconds {
            1..=64_800 => Ok(Self(seconds)),
            _ => Err(ValueError::OutOfRange {
                what: "keep alive in seconds",
                value: seconds,
                min: 1,
                max: Self::MAX.0,
            }),
        }
    }

    /// The seconds.
    pub const fn as_secs(self) -> u32 {
        self.0
    }
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self(60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range() {
        assert_eq!(KeepAlive::new(1).map(KeepAlive::as_secs), Ok(1));
        assert_eq!(KeepAlive::new(64_800), Ok(KeepAlive::MAX));
        assert_eq!(KeepAlive::default().as_secs(), 60);
        insta::assert_snapshot!(KeepAlive::new(0).unwrap_err(), @"keep alive in seconds: 0, but 1 to 64800 are allowed");
        insta::assert_snapshot!(KeepAlive::new(64_801).unwrap_err(), @"keep alive in seconds: 64801, but 1 to 64800 are allowed");
    }
}
