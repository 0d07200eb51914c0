//! The quality of service.

use crate::error::ValueError;

/// How hard client and broker try to deliver a message (MQTT 3.1.1, section 4.3). The set is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QoS {
    /// 0: sent once, perhaps lost.
    #[default]
    AtMostOnce = 0,
    /// 1: acknowledged, perhaps delivered twice.
    AtLeastOnce = 1,
    /// 2: acknowledged and delivered once.
    ExactlyOnce = 2,
}

impl From<QoS> for u8 {
    fn from(qos: QoS) -> Self {
        qos as Self
    }
}

impl TryFrom<u8> for QoS {
    type Error = ValueError;

    fn try_from(number: u8) -> Result<Self, ValueError> {
        match number {
            0 => Ok(Self::AtMostOnce),
            1 => Ok(Self::AtLeastOnce),
            2 => Ok(Self::ExactlyOnce),
            _ => Err(ValueError::OutOfRange {
                what: "quality of service",
                value: u32::from(number),
                min: 0,
                max: 2,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number() {
        for number in 0..=2 {
            assert_eq!(QoS::try_from(number).map(u8::from), Ok(number));
        }
        insta::assert_snapshot!(QoS::try_from(3).unwrap_err(), @"quality of service: 3, but 0 to 2 are allowed");
    }
}
