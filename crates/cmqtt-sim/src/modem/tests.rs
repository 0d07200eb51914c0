//! Conversations with the modem, as the host and the network have them.

mod bytes;
mod mqtt;
mod properties;
mod script;
mod shapes;
