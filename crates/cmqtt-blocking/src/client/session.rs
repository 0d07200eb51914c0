//! What people want of a modem, made of what it offers: the session's requests.

use cmqtt_core::at_proto::tls::FileName;
use cmqtt_core::at_proto::{Family, Recognition};
use cmqtt_core::{Network, Plan};
use cmqtt_host::Error;

use super::Client;
use crate::port::Port;

/// Each of these takes several commands; how far it has come is told by [`Event::Progress`](crate::Event::Progress).
impl<P: Port> Client<P> {
    /// Finds the modem, switches its echo off and learns what it is. A family that is named counts more than what the
    /// model's name says.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn identify(&mut self, family: Option<Family>) -> Result<Family, Error> {
        self.run("identify", None, |machine| machine.identify(family), |_| Ok(()))?;
        Ok(self.family())
    }

    /// Waits for the network: SIM, access point, registration, attachment, address.
    ///
    /// # Errors
    /// As every request: [`Error`]. Its failures are listed at
    /// [`Session::wait_for_network`](cmqtt_core::Session::wait_for_network).
    pub fn wait_for_network(&mut self, network: &Network<'_>) -> Result<(), Error> {
        self.run(
            "wait_for_network",
            None,
            |machine| machine.wait_for_network(network),
            |_| Ok(()),
        )
    }

    /// Brings a client to connected and subscribed, whatever the modem holds: see
    /// [`Session::bring_up`](cmqtt_core::Session::bring_up).
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn bring_up(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        let client = Some(plan.connection.client);
        self.run("bring_up", client, |machine| machine.bring_up(plan), |_| Ok(()))
    }

    /// The same, but what is connected already is taken down in order: see
    /// [`Session::bring_up_anew`](cmqtt_core::Session::bring_up_anew).
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn bring_up_anew(&mut self, plan: &Plan<'_>) -> Result<(), Error> {
        let client = Some(plan.connection.client);
        self.run(
            "bring_up_anew",
            client,
            |machine| machine.bring_up_anew(plan),
            |_| Ok(()),
        )
    }

    /// Takes a client down in order: disconnected, released, and the service stopped if no other client is held. One that
    /// was kept is kept no more.
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn take_down(&mut self, client: u8) -> Result<(), Error> {
        if self.engine.kept() == Some(client) {
            self.let_go();
        }
        self.run(
            "take_down",
            Some(client),
            |machine| machine.take_down(client),
            |_| Ok(()),
        )
    }

    /// Sees to it that the modem holds a certificate or a key under this name: see
    /// [`Client::provide_file`](cmqtt_core::Client::provide_file).
    ///
    /// # Errors
    /// As every request: [`Error`].
    pub fn provide_file(&mut self, name: FileName<'_>, file: &[u8]) -> Result<(), Error> {
        self.ask("provide_file", None, |modem| modem.provide_file(name, file))
    }

    /// What the model's name said of its MQTT commands.
    pub const fn recognition(&self) -> Recognition {
        self.engine.recognition()
    }

    /// The family that the modem is taken for.
    pub const fn family(&self) -> Family {
        self.engine.family()
    }
}
