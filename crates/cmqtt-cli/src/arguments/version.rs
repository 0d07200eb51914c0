//! `-V`.

use at_proto::MqttVersion;

/// The version of MQTT. Not every family lets one choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Version {
    V31,
    #[default]
    V311,
}

impl Version {
    /// As the driver names it.
    pub(crate) const fn mqtt(self) -> MqttVersion {
        match self {
            Self::V31 => MqttVersion::V3_1,
            Self::V311 => MqttVersion::V3_1_1,
        }
    }

    /// `mqttv311`, `311`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "mqttv31" | "31" => Ok(Self::V31),
            "mqttv311" | "311" => Ok(Self::V311),
            "mqttv5" | "5" => Err("the modem speaks MQTT 3.1 and 3.1.1, not MQTT 5; leave -V out".to_owned()),
            _ => Err("the versions are mqttv31 and mqttv311".to_owned()),
        }
    }
}
