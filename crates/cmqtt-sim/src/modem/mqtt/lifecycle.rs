//! START, ACCQ, REL, STOP (the vendor's note, sections 3.2.1 to 3.2.4).

use at_proto::cmqtt::{Acquire, AcquireRanges, AcquiredClient, Release, ReleaseRanges, Start, Stop};
use at_proto::{Quoted, Ranges};

use super::client::Client;
use super::{
    Asynchronous, Context, Mqtt, Outcome, Reply, ResultCode, Service, check_len, check_max, conclude,
};
use crate::modem::code::{Ending, verdict};
use crate::network::MqttVersion;
use crate::profile::{Family, VersionChoice};
use crate::switches::{AcquireList, ReleaseIdle, StartAgain, StopHeld};

impl Mqtt {
    pub(super) fn start(&mut self, cx: &mut Context<'_>, command: Start) -> Reply {
        if command.context.is_some() && !cx.profile.limits.start_context {
            return Ok(Outcome::Error);
        }
        if self.service != Service::Stopped {
            let code = ResultCode::NETWORK_ALREADY_OPENED;
            return Ok(match cx.profile.switches.start_again {
                StartAgain::Error => Outcome::Error,
                StartAgain::ResultError => {
                    Outcome::Ended(verdict(Asynchronous::Start, None, code), Ending::VerdictThenError)
                }
            });
        }
        // START activates the PDP context itself; without a network there is none to activate.
        let code = match cx.profile.switches.refusals.start.code(cx.on_for()) {
            Some(code) => ResultCode(code),
            None if cx.radio.activate() => ResultCode::SUCCESS,
            None => ResultCode::FAILED,
        };
        let delay = cx.random.delay(cx.profile.switches.delays.service);
        self.service = Service::Starting {
            due: cx.now.saturating_add(delay),
            code,
        };
        Ok(Outcome::Begun(Asynchronous::Start, None))
    }

    pub(super) fn stop(&mut self, cx: &mut Context<'_>, _: Stop) -> Outcome {
        if self.all().next().is_some() {
            let code = match cx.profile.switches.stop_held {
                StopHeld::NotReleased => ResultCode::CLIENT_NOT_RELEASED,
                StopHeld::InUse => ResultCode::CLIENT_IN_USE,
            };
            return cx.ended(Asynchronous::Stop, None, code);
        }
        let delay = cx.random.delay(cx.profile.switches.delays.service);
        self.service = Service::Stopping {
            due: cx.now.saturating_add(delay),
        };
        Outcome::Begun(Asynchronous::Stop, None)
    }

    /// The moment of START's or STOP's verdict may have come.
    pub(super) fn service_timeout(&mut self, cx: &mut Context<'_>) {
        match self.service {
            Service::Starting { due, code } if due <= cx.now => {
                self.service = if code == ResultCode::SUCCESS {
                    Service::Running
                } else {
                    Service::Stopped
                };
                cx.settle(Asynchronous::Start, None, code);
            }
            Service::Stopping { due } if due <= cx.now => {
                self.service = Service::Stopped;
                cx.settle(Asynchronous::Stop, None, ResultCode::SUCCESS);
            }
            _ => {}
        }
    }

    pub(super) fn acquire(&mut self, cx: &mut Context<'_>, command: Acquire<'_>) -> Outcome {
        conclude("+CMQTTACCQ", command.client, self.try_acquire(cx, command))
    }

    fn try_acquire(&mut self, cx: &Context<'_>, command: Acquire<'_>) -> Result<Outcome, ResultCode> {
        let limits = &cx.profile.limits;
        let slot = self
            .clients
            .get_mut(usize::from(command.client))
            .ok_or(ResultCode::CLIENT_INDEX_ERROR)?;
        if slot.is_some() {
            return Err(ResultCode::CLIENT_IN_USE);
        }
        let id = command.id.as_bytes();
        check_len(u32::try_from(id.len()).unwrap_or(u32::MAX), limits.client_id)?;
        let server_type = command.server_type.unwrap_or(0);
        check_max(server_type, 1)?;
        let version = match (command.version, limits.version_choice) {
            (None, _) => limits.default_version,
            (Some(3), VersionChoice::Acquire) => MqttVersion::V3_1,
            (Some(4), VersionChoice::Acquire) => MqttVersion::V3_1_1,
            (Some(_), _) => return Err(ResultCode::INVALID_PARAMETER),
        };
        *slot = Some(Client::new(id.to_vec(), server_type, version));
        Ok(Outcome::Ok)
    }

    pub(super) fn release(&mut self, cx: &mut Context<'_>, command: Release) -> Outcome {
        let result = self.try_release(cx, command);
        conclude("+CMQTTREL", command.client, result)
    }

    fn try_release(&mut self, cx: &Context<'_>, command: Release) -> Result<Outcome, ResultCode> {
        match self.free(cx, command.client) {
            Err(ResultCode::CLIENT_NOT_ACQUIRED) if cx.profile.switches.release_idle == ReleaseIdle::Ok => {
                return Ok(Outcome::Ok);
            }
            // Result 19, "client in use": it has to be disconnected first.
            Ok(client) if client.has_connection() => return Err(ResultCode::CLIENT_IN_USE),
            other => other?,
        };
        if let Some(slot) = self.clients.get_mut(usize::from(command.client)) {
            *slot = None;
        }
        Ok(Outcome::Ok)
    }

    pub(super) fn read_acquired(&self, cx: &mut Context<'_>) {
        let all = cx.profile.switches.acquire_list == AcquireList::All;
        for (client, slot) in (0u8..).zip(&self.clients) {
            let (id, server_type) = match slot {
                Some(held) => (held.id.as_slice(), held.server_type),
                None if all => (&[][..], 0),
                None => continue,
            };
            // It was read from quotation marks.
            let id = Quoted::new(id).unwrap_or_default();
            cx.information(&AcquiredClient {
                client,
                id,
                server_type,
            });
        }
    }
}

pub(super) fn test_acquire(cx: &mut Context<'_>, client: Ranges) {
    cx.information(&AcquireRanges {
        client,
        id_len: Ranges::span(1, cx.profile.limits.client_id),
        server_type: Ranges::span(0, 1),
    });
}

pub(super) fn test_release(cx: &mut Context<'_>) {
    // SIM7028 states `(0-1)`, left over from the families with two clients.
    let last = match cx.profile.family {
        Family::Sim7028 => 1,
        _ => u32::from(cx.profile.limits.clients.saturating_sub(1)),
    };
    cx.information(&ReleaseRanges {
        client: Ranges::span(0, last),
    });
}
