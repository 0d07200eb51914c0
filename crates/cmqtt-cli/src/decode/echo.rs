//! Whether the modem repeats its commands, learned from the log.

/// What the log has shown of the echo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    /// Nothing, or too little.
    Unknown,
    /// The last command came back.
    On,
    /// The last command did not come back, the one before did or nobody knows.
    Missing,
    /// Several commands in a row did not come back, or `ATE0` succeeded: a command that comes twice was sent twice.
    Off,
}

impl Echo {
    /// A command was answered; whether it had come back.
    pub(crate) const fn answered(&mut self, echoed: bool) {
        *self = match (echoed, *self) {
            (true, _) => Self::On,
            (false, Self::Missing | Self::Off) => Self::Off,
            (false, Self::Unknown | Self::On) => Self::Missing,
        };
    }

    /// A command succeeded that switches the echo.
    pub(crate) const fn switched(&mut self, on: bool) {
        *self = if on { Self::Unknown } else { Self::Off };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_answers_without_echo_say_that_there_is_none() {
        let mut echo = Echo::Unknown;
        echo.answered(true);
        assert_eq!(echo, Echo::On);
        echo.answered(false);
        assert_eq!(echo, Echo::Missing);
        echo.answered(false);
        assert_eq!(echo, Echo::Off);
        echo.switched(true);
        assert_eq!(echo, Echo::Unknown);
    }
}
