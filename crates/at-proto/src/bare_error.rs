//! What a bare `ERROR` most likely means, by the command that it answers.

use crate::Command;
use crate::cmqtt::{
    Acquire, Connect, Disconnect, Publish, Release, SetPayload, SetTopic, SetWillMessage, SetWillTopic,
    Start, Stop, Subscribe, SubscribeTopic, Unsubscribe, UnsubscribeTopic,
};
use crate::tls::{Configure, StoreFile};

/// What a bare `ERROR` to this command most likely means; `name` is the command's, `+CMQTTSTART`. Commands that are not
/// in the table fail for many reasons, of which a modem without the command is one.
#[must_use]
pub fn bare_error_cause(name: &str) -> Option<&'static str> {
    TABLE
        .iter()
        .find(|(command, _)| *command == name)
        .map(|&(_, cause)| cause)
}

const DATA_ARE_NO_ARGUMENT: &str = "the service is not started, no client is acquired, the length is out of range, or the \
                                    text was given as an argument: it follows the prompt";
const NO_CACHED_FILTERS: &str = "SIM767X has no such command, SIM7028 has no SUBTOPIC: they take SUB and UNSUB with a length; \
                                 or no client is connected";

const TABLE: [(&str, &str); 18] = [
    (
        Start::NAME,
        "the service runs already, the modem is not registered or has no address, or the module has no such command",
    ),
    (
        Stop::NAME,
        "the service does not run, or a client is still acquired",
    ),
    (
        Acquire::NAME,
        "the service is not started, or the client slot or the identifier is out of range",
    ),
    (Release::NAME, "the client is not acquired, or still connected"),
    (
        Connect::NAME,
        "the login is not in quotes, the address does not begin with tcp://, a value is out of range, or a SUB is in progress",
    ),
    (Disconnect::NAME, "the client is not connected"),
    (SetTopic::NAME, DATA_ARE_NO_ARGUMENT),
    (SetPayload::NAME, DATA_ARE_NO_ARGUMENT),
    (SetWillTopic::NAME, DATA_ARE_NO_ARGUMENT),
    (SetWillMessage::NAME, DATA_ARE_NO_ARGUMENT),
    (
        Publish::NAME,
        "no topic is set, the timeout is out of range, or the client is not connected",
    ),
    (
        Subscribe::NAME,
        "the client is not connected, or the filter was given as an argument: the command takes its length, and the filter \
         follows the prompt",
    ),
    (
        Unsubscribe::NAME,
        "the client is not connected, or the filter was given as an argument: the command takes its length, and the filter \
         follows the prompt",
    ),
    (SubscribeTopic::NAME, NO_CACHED_FILTERS),
    (UnsubscribeTopic::NAME, NO_CACHED_FILTERS),
    (
        "+CMQTTPING",
        "no module has such a command: the modem pings by itself, as often as the keep alive of CONNECT says",
    ),
    (
        StoreFile::NAME,
        "the file store has no room, the name is not allowed, or the firmware takes no file (SIM7670G B03 and B04; B02 and \
         B05 do)",
    ),
    (
        Configure::NAME,
        "the firmware does not know this key (older SIM7600 has no enableSNI, A7670C-LNNV V11 has no CSSLCFG), or the value \
         is out of range",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bare_error_has_a_cause_for_each_mqtt_command() {
        for (name, words) in [
            ("+CMQTTSTART", "not registered"),
            ("+CMQTTCONNECT", "quotes"),
            ("+CMQTTSUBTOPIC", "SUB and UNSUB"),
            ("+CMQTTWILLTOPIC", "follows the prompt"),
            ("+CMQTTSUB", "follows the prompt"),
            ("+CMQTTPING", "pings by itself"),
            ("+CCERTDOWN", "firmware"),
            ("+CSSLCFG", "enableSNI"),
        ] {
            let cause = bare_error_cause(name).expect(name);
            assert!(cause.contains(words), "{name}: {cause}");
        }
        assert_eq!(bare_error_cause("+CSQ"), None);
    }
}
