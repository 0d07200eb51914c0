//! An async driver for the MQTT client inside SIMCom modems.
