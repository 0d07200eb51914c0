//! Answers that an adapter reads itself.

use cmqtt_core::at_proto::cmqtt::Disconnect;
use cmqtt_core::at_proto::{Command, InfoLines, Read};

use crate::error::Error;

/// Whether the answer to `AT+CMQTTDISC?` lists a client as connected. `false` for one that it does not list.
///
/// # Errors
/// [`Error::Answer`].
pub fn is_connected(client: u8, information: InfoLines<'_>) -> Result<bool, Error> {
    for state in Read::<Disconnect>::new().decode(information)? {
        let state = state?;
        if state.client == client {
            return Ok(state.connected);
        }
    }
    Ok(false)
}
