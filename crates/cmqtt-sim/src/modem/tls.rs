//! TLS contexts and the files that they name.

use at_proto::Form;

use super::context::{Outcome, Reply};
use super::transmitter::Transmitter;
use crate::profile::Profile;

#[derive(Debug)]
pub(super) struct Tls {}

impl Tls {
    pub(super) fn new(_: u8) -> Self {
        Self {}
    }

    pub(super) fn forget_contexts(&mut self) {}

    pub(super) fn store(&mut self, _: Vec<u8>, _: Vec<u8>) -> Outcome {
        Outcome::Error
    }

    pub(super) fn command(&mut self, _: &mut Transmitter, _: &Profile, _: &[u8], _: Form<'_>) -> Reply {
        Ok(Outcome::Error)
    }
}
