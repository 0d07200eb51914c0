//! Conversations with the modem, as the host and the network have them.

mod broker;
mod bytes;
mod mischief;
mod mqtt;
mod network;
mod order;
mod properties;
mod refusals;
mod script;
mod shapes;
mod surroundings;
mod timing;
mod tls;
