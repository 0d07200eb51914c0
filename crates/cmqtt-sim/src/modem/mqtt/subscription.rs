//! SUBTOPIC, SUB, UNSUBTOPIC and UNSUB (the vendor's note, sections 3.2.13 and 3.2.14; A76XX's manual for the cached
//! filters).

use std::time::Duration;

use at_proto::Ranges;
use at_proto::cmqtt::{
    LengthRanges, MessageRanges, Subscribe, SubscribeTopic, Subscription, SubscriptionRanges, Unsubscribe,
    UnsubscribeTopic,
};

use super::client::{About, Client, Pending, State};
use super::{Asynchronous, Context, DataFor, Mqtt, Outcome, ResultCode, check_len, check_max, conclude};
use super::{conclude_asynchronous, prompt};
use crate::network::{NetworkRequest, QoS};
use crate::switches::EmptyCache;

impl Mqtt {
    pub(super) fn subscribe_topic(&mut self, cx: &Context<'_>, command: SubscribeTopic) -> Outcome {
        let SubscribeTopic { client, len, qos } = command;
        let result = self.free(cx, client).and_then(|held| {
            check_len(len, cx.profile.limits.topic)?;
            check_max(qos, 2)?;
            check_cached(cx, len, held.filters.iter().map(|(filter, _)| filter))?;
            Ok(prompt(len, DataFor::SubscribeTopic { client, qos }))
        });
        conclude("+CMQTTSUBTOPIC", client, result)
    }

    pub(super) fn unsubscribe_topic(&mut self, cx: &Context<'_>, command: UnsubscribeTopic) -> Outcome {
        let UnsubscribeTopic { client, len } = command;
        let result = self.free(cx, client).and_then(|held| {
            check_len(len, cx.profile.limits.topic)?;
            check_cached(cx, len, held.unsubscriptions.iter())?;
            Ok(prompt(len, DataFor::UnsubscribeTopic { client }))
        });
        conclude("+CMQTTUNSUBTOPIC", client, result)
    }

    pub(super) fn subscribe(&mut self, cx: &mut Context<'_>, command: Subscribe) -> Outcome {
        let name = Asynchronous::Subscribe;
        match command {
            Subscribe::Filter {
                client,
                len,
                qos,
                dup,
            } => {
                let result = self.connected(cx, client).and_then(|_| {
                    check_len(len, cx.profile.limits.topic)?;
                    check_max(qos, 2)?;
                    check_max(dup.unwrap_or(0), 1)?;
                    Ok(prompt(len, DataFor::Subscribe { client, qos }))
                });
                result.unwrap_or_else(|code| cx.refused_before_prompt(name, client, code))
            }
            Subscribe::Cached { client, dup } => {
                let filters = check_max(dup.unwrap_or(0), 1)
                    .and_then(|()| self.connected(cx, client))
                    .map(|held| std::mem::take(&mut held.filters));
                match filters {
                    Ok(filters) if filters.is_empty() => empty_cache(cx, name, client),
                    Ok(filters) => self.send_subscribe(cx, client, filters),
                    Err(code) => cx.ended(name, Some(client), code),
                }
            }
        }
    }

    pub(super) fn unsubscribe(&mut self, cx: &mut Context<'_>, command: Unsubscribe) -> Outcome {
        let name = Asynchronous::Unsubscribe;
        match command {
            Unsubscribe::Filter { client, len, dup } => {
                let result = self.connected(cx, client).and_then(|_| {
                    check_len(len, cx.profile.limits.topic)?;
                    check_max(dup, 1)?;
                    Ok(prompt(len, DataFor::Unsubscribe { client }))
                });
                result.unwrap_or_else(|code| cx.refused_before_prompt(name, client, code))
            }
            Unsubscribe::Cached { client, dup } => {
                let filters = check_max(dup, 1)
                    .and_then(|()| self.connected(cx, client))
                    .map(|held| std::mem::take(&mut held.unsubscriptions));
                match filters {
                    Ok(filters) if filters.is_empty() => empty_cache(cx, name, client),
                    Ok(filters) => self.send_unsubscribe(cx, client, filters),
                    Err(code) => cx.ended(name, Some(client), code),
                }
            }
        }
    }

    pub(super) fn send_subscribe(
        &mut self,
        cx: &mut Context<'_>,
        client: u8,
        filters: Vec<(Vec<u8>, QoS)>,
    ) -> Outcome {
        let name = Asynchronous::Subscribe;
        let names = filters.iter().map(|(filter, _)| filter.clone()).collect();
        let request = NetworkRequest::Subscribe { filters };
        let result = self.send(cx, name, client, names, request);
        conclude_asynchronous(cx, name, client, result)
    }

    pub(super) fn send_unsubscribe(
        &mut self,
        cx: &mut Context<'_>,
        client: u8,
        filters: Vec<Vec<u8>>,
    ) -> Outcome {
        let name = Asynchronous::Unsubscribe;
        let request = NetworkRequest::Unsubscribe {
            filters: filters.clone(),
        };
        let result = self.send(cx, name, client, filters, request);
        conclude_asynchronous(cx, name, client, result)
    }

    fn send(
        &mut self,
        cx: &mut Context<'_>,
        command: Asynchronous,
        client: u8,
        filters: Vec<Vec<u8>>,
        request: NetworkRequest,
    ) -> Result<Outcome, ResultCode> {
        // The connection may have ended while the data came.
        let held = self.connected(cx, client)?;
        let timeout = Duration::from_secs(held.settings.operation_timeout.into());
        held.pending = Some(Pending {
            command,
            deadline: Some(cx.now.saturating_add(timeout)),
            about: About::Filters(filters),
        });
        cx.requests.push_back((client, request));
        Ok(Outcome::Begun(command, Some(client)))
    }

    /// A client that is connected and free.
    fn connected(&mut self, cx: &Context<'_>, client: u8) -> Result<&mut Client, ResultCode> {
        let held = self.free(cx, client)?;
        match held.state {
            _ if held.pending.is_some() => Err(ResultCode::CLIENT_BUSY),
            State::Connected => Ok(held),
            _ => Err(ResultCode::NO_CONNECTION),
        }
    }

    /// One topic a line, whatever stands in it.
    pub(super) fn read_subscriptions(&self, cx: &mut Context<'_>) {
        cx.information(&Subscription::Header);
        for (_, held) in self.all() {
            for filter in &held.subscriptions {
                cx.tx.information_bytes(&cx.profile.switches, filter);
            }
        }
    }
}

pub(super) fn test_subscribe_topic(cx: &mut Context<'_>, client: Ranges, len: Ranges, qos: Ranges) {
    cx.information(&MessageRanges::<SubscribeTopic>::new(client, len, qos));
}

pub(super) fn test_subscribe(cx: &mut Context<'_>, client: Ranges, len: Ranges, qos: Ranges, dup: Ranges) {
    cx.information(&SubscriptionRanges::<Subscribe>::new(client, len, qos, dup));
}

pub(super) fn test_unsubscribe_topic(cx: &mut Context<'_>, client: Ranges, len: Ranges) {
    cx.information(&LengthRanges::<UnsubscribeTopic>::new(client, len));
}

pub(super) fn test_unsubscribe(cx: &mut Context<'_>, client: Ranges, len: Ranges, qos: Ranges, dup: Ranges) {
    cx.information(&SubscriptionRanges::<Unsubscribe>::new(client, len, qos, dup));
}

/// All cached filters together have a limit too.
fn check_cached<'f>(
    cx: &Context<'_>,
    len: u32,
    cached: impl Iterator<Item = &'f Vec<u8>>,
) -> Result<(), ResultCode> {
    let held: usize = cached.map(Vec::len).sum();
    let total = u32::try_from(held).unwrap_or(u32::MAX).saturating_add(len);
    check_len(total, cx.profile.limits.cached_filters)
}

fn empty_cache(cx: &Context<'_>, command: Asynchronous, client: u8) -> Outcome {
    match cx.profile.switches.empty_cache {
        EmptyCache::Ok => cx.ended(command, Some(client), ResultCode::SUCCESS),
        EmptyCache::Error => Outcome::Error,
    }
}
