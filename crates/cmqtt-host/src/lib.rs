//! What a host adds to a driver for the MQTT client inside SIMCom modems, and is nobody's protocol.
