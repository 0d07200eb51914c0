//! What can be asked of a session. Each request takes many commands, and one runs at a time.

use at_proto::{Family, VersionChoice};

use super::plan::Plan;
use super::task::{self, Access, BringUp, Identify, Network as NetworkTask, Short, TakeDown, Task};
use super::{Network, Session};
use crate::request::{RequestError, RequestId};

impl<M: AsRef<[u8]> + AsMut<[u8]>> Session<M> {
    /// Finds the modem: asks until it answers (and makes up for data that it may still wait for), switches echo off and
    /// errors to words, and asks for its model. Its family is what the model says, unless the caller names one; limits
    /// and budgets follow.
    ///
    /// # Errors
    /// [`RequestError::Busy`].
    pub fn identify(&mut self, family: Option<Family>) -> Result<RequestId, RequestError> {
        self.begin(Task::Identify(Identify::new(family)))
    }

    /// Waits for the network: the SIM is ready, the access point is the right one, the modem is registered and attached
    /// and has an address.
    ///
    /// It fails with [`PinRequired`](crate::Cause::PinRequired), [`PukRequired`](crate::Cause::PukRequired),
    /// [`NoSim`](crate::Cause::NoSim) and [`NotRegistered`](crate::Cause::NotRegistered), which
    /// says how the registration stood at last.
    ///
    /// # Errors
    /// [`RequestError::Busy`]; [`RequestError::Keeping`], for what is kept has a network of its own.
    pub fn wait_for_network(&mut self, network: &Network<'_>) -> Result<RequestId, RequestError> {
        if self.keeper.is_some() {
            return Err(RequestError::Keeping);
        }
        self.check_free()?;
        self.take_access(network);
        self.begin(Task::Network(NetworkTask::new()))
    }

    /// Brings a client to where the plan wants it: connected and subscribed. What the modem holds already is asked for
    /// first. It is kept when it is what the plan says, and taken down in order when it is not, or when that cannot be told:
    /// a modem does not show its will, nor which version it speaks. A START or CONNECT of before that has not ended is
    /// waited for, and so is a result that is still owed. What the modem refuses with a code that passes by itself is tried
    /// again for [`Config::retry_time`](crate::Config::retry_time). The filters are subscribed to in any case, for the modem does not
    /// say to what it is subscribed; so retained messages come again.
    ///
    /// Where a host of before has published by a connection that stays, the result of its last PUB may still come, and looks
    /// like that of the first one here: who publishes brings the client up by [`Session::bring_up_anew`].
    ///
    /// # Errors
    /// [`RequestError::Busy`], [`RequestError::Keeping`], [`RequestError::NoRoomForPlan`], [`RequestError::Unsupported`],
    /// [`RequestError::Incomplete`]; [`RequestError::OutOfRange`] for what this modem does not take.
    pub fn bring_up(&mut self, plan: &Plan<'_>) -> Result<RequestId, RequestError> {
        let adopt = !self.plan.outlives(plan);
        self.begin_bring_up(plan, adopt)
    }

    /// The same, but takes down in order what is connected already.
    ///
    /// # Errors
    /// Those of [`Session::bring_up`].
    pub fn bring_up_anew(&mut self, plan: &Plan<'_>) -> Result<RequestId, RequestError> {
        self.begin_bring_up(plan, false)
    }

    fn begin_bring_up(&mut self, plan: &Plan<'_>, adopt: bool) -> Result<RequestId, RequestError> {
        if self.keeper.is_some() {
            return Err(RequestError::Keeping);
        }
        self.check_plan(plan)?;
        self.up = false;
        self.plan.keep(plan)?;
        self.begin(Task::BringUp(BringUp::new(adopt, true)))
    }

    /// Takes a client down in order: DISC, REL, and STOP if no other client is held. It fails when the modem holds the
    /// client on, as it does while a CONNECT is under way.
    ///
    /// # Errors
    /// [`RequestError::Busy`]; [`RequestError::OutOfRange`] for the client index.
    pub fn take_down(&mut self, client: u8) -> Result<RequestId, RequestError> {
        self.client.check_client(client)?;
        self.check_free()?;
        if client == self.plan.client() {
            self.let_go();
            self.up = false;
        }
        self.begin(Task::TakeDown(TakeDown::new(client)))
    }

    pub(super) fn check_plan(&self, plan: &Plan<'_>) -> Result<(), RequestError> {
        self.check_free()?;
        self.client.check_plan(plan)?;
        let facts = self.client.config().family.facts();
        if let Some(version) = plan.version
            && facts.version_choice == VersionChoice::None
            && version != facts.default_version
        {
            return Err(RequestError::Unsupported {
                what: "a choice of the MQTT version",
            });
        }
        match plan.tls.and_then(|tls| tls.missing()) {
            Some(what) => Err(RequestError::Incomplete { what }),
            None => Ok(()),
        }
    }

    pub(super) fn take_access(&mut self, network: &Network<'_>) {
        self.access = Access {
            tried_pin: self.access.tried_pin,
            sim_missing: false,
            no_address: None,
            apn: network.apn.map(|apn| Short::new(apn.as_bytes())),
            pin: network.pin.map(|pin| Short::new(pin.as_bytes())),
            registration: network.registration.unwrap_or(task::REGISTRATION),
        };
    }
}
