//! The lines that answer commands: read and test answers.

use at_proto::basic::ErrorFormat;
use at_proto::cmqtt::{
    AcquireRanges, AcquiredClient, ClientConfig, ConfigRanges, ConnectRanges, ConnectionInfo,
    ConnectionState, DisconnectRanges, LengthRanges, MessageRanges, PublishRanges, ReleaseRanges, SetPayload,
    SetTopic, SetWillMessage, SetWillTopic, SslContext, SslContextRanges, Subscribe, SubscribeTopic,
    SubscriptionRanges, Unsubscribe, UnsubscribeTopic,
};
use at_proto::network::{
    Attachment, Clock, Context, ContextAddress, ContextState, Operator, PinState, Registration, SignalQuality,
};
use at_proto::tls::{StoredFile, TlsContext};
use at_proto::{Information, Ranges, Testable};

use crate::decode::frame::Fields;
use crate::decode::written;

use super::command::connect;
use super::unasked::registration;

/// The fields of a read or test answer. `None` for any other line. The line `+CMQTTDISC: 0,0` is read as an answer.
pub(crate) fn information(line: &[u8], show_secrets: bool) -> Option<Fields> {
    let line = &*written::quoted(line.trim_ascii());
    let colon = line.iter().position(|&byte| byte == b':')?;
    let name = line.get(..colon)?;
    match name.strip_prefix(b"+CMQTT") {
        Some(name) => ranges(name, line).or_else(|| mqtt(name, line, show_secrets)),
        None => network(name, line),
    }
}

fn mqtt(name: &[u8], line: &[u8], show: bool) -> Option<Fields> {
    Some(match name {
        b"ACCQ" => {
            let acquired = read::<AcquiredClient<'_>>(line)?;
            let meaning = if acquired.id.as_bytes().is_empty() {
                "a client that is free"
            } else {
                "an acquired client"
            };
            client(meaning, acquired.client)
                .bytes("client_id", acquired.id.as_bytes())
                .with("server_type", acquired.server_type)
        }
        b"SSLCFG" => {
            let context = read::<SslContext>(line)?;
            client("the client's TLS context", context.client).with("ssl_ctx_index", context.context)
        }
        b"CONNECT" => match read::<ConnectionInfo<'_>>(line)? {
            ConnectionInfo::Idle { client: index } => client("a client without a connection", index),
            ConnectionInfo::Connected(connected) => connect("a connected client", &connected, show),
        },
        b"DISC" => {
            let state = read::<ConnectionState>(line)?;
            let (number, meaning) = if state.connected {
                (0, "connected")
            } else {
                (1, "not connected")
            };
            client(meaning, state.client).with("disc_state", number)
        }
        b"CFG" => {
            let config = read::<ClientConfig>(line)?;
            client("the client's configuration", config.client)
                .with("check_utf8", config.check_utf8)
                .with("optimeout", config.operation_timeout)
        }
        _ => return None,
    })
}

fn ranges(name: &[u8], line: &[u8]) -> Option<Fields> {
    Some(match name {
        b"ACCQ" => {
            let all = read::<AcquireRanges>(line)?;
            allowed(&[
                (CLIENT, all.client),
                ("client_id_len_range", all.id_len),
                ("server_type_range", all.server_type),
            ])
        }
        b"REL" => allowed(&[(CLIENT, read::<ReleaseRanges>(line)?.client)]),
        b"SSLCFG" => {
            let all = read::<SslContextRanges>(line)?;
            allowed(&[(CLIENT, all.client), ("ssl_ctx_index_range", all.context)])
        }
        b"CONNECT" => {
            let all = read::<ConnectRanges>(line)?;
            allowed(&[
                (CLIENT, all.client),
                ("server_addr_len_range", all.server_len),
                ("keep_alive_range", all.keep_alive),
                ("clean_session_range", all.clean_session),
            ])
        }
        b"DISC" => {
            let all = read::<DisconnectRanges>(line)?;
            allowed(&[(CLIENT, all.client), (TIMEOUT, all.timeout)])
        }
        b"PUB" => {
            let all = read::<PublishRanges>(line)?;
            allowed(&[
                (CLIENT, all.client),
                (QOS, all.qos),
                (TIMEOUT, all.timeout),
                ("retained_range", all.retained),
                ("dup_range", all.dup),
            ])
        }
        b"CFG" => {
            let all = read::<ConfigRanges<'_>>(line)?;
            allowed(&[(CLIENT, all.client), ("value_range", all.value)]).bytes("key", all.key.as_bytes())
        }
        b"TOPIC" => lengths::<SetTopic>(line)?,
        b"PAYLOAD" => lengths::<SetPayload>(line)?,
        b"WILLTOPIC" => lengths::<SetWillTopic>(line)?,
        b"UNSUBTOPIC" => lengths::<UnsubscribeTopic>(line)?,
        b"WILLMSG" => messages::<SetWillMessage>(line)?,
        b"SUBTOPIC" => messages::<SubscribeTopic>(line)?,
        b"SUB" => subscriptions::<Subscribe>(line)?,
        b"UNSUB" => subscriptions::<Unsubscribe>(line)?,
        _ => return None,
    })
}

fn network(name: &[u8], line: &[u8]) -> Option<Fields> {
    Some(match name {
        b"+CSQ" => {
            let signal = read::<SignalQuality>(line)?;
            let fields = Fields::default()
                .with("rssi", signal.rssi)
                .with("ber", signal.ber)
                .maybe("dbm", signal.dbm());
            match signal.dbm() {
                Some(dbm) => fields.means(format!("signal of {dbm} dBm")),
                None => fields.means("signal not known"),
            }
        }
        b"+CREG" | b"+CGREG" | b"+CEREG" => {
            registration(&read::<Registration<'_>>(line).filter(|r| r.n.is_some())?)
        }
        b"+CPIN" => {
            let state = read::<PinState<'_>>(line)?;
            let meaning = if state == PinState::Ready {
                "the SIM is ready"
            } else {
                "what the SIM wants"
            };
            Fields::meaning(meaning).bytes("state", state.as_bytes())
        }
        b"+COPS" => {
            let operator = read::<Operator<'_>>(line)?;
            Fields::meaning("the network's operator")
                .with("mode", operator.mode)
                .maybe("format", operator.format)
                .maybe_bytes("oper", operator.name.map(|text| text.as_bytes()))
                .maybe("act", operator.technology)
        }
        b"+CGDCONT" => {
            let context = read::<Context<'_>>(line)?;
            Fields::meaning("a PDP context")
                .with("cid", context.cid)
                .maybe_bytes("pdp_type", context.kind.map(|text| text.as_bytes()))
                .maybe_bytes("apn", context.apn.map(|text| text.as_bytes()))
                .maybe_bytes("pdp_addr", context.address.map(|text| text.as_bytes()))
        }
        b"+CGATT" => {
            let state = read::<Attachment>(line)?.state;
            Fields::meaning(match state {
                0 => "not attached to the packet service",
                1 => "attached to the packet service",
                _ => "the packet service's state",
            })
            .with("state", state)
        }
        b"+CGACT" => {
            let context = read::<ContextState>(line)?;
            Fields::meaning(match context.state {
                0 => "a PDP context that is not active",
                1 => "a PDP context that is active",
                _ => "a PDP context's state",
            })
            .with("cid", context.cid)
            .with("state", context.state)
        }
        b"+CGPADDR" => {
            let context = read::<ContextAddress<'_>>(line)?;
            let fields = Fields::meaning("a PDP context's addresses").with("cid", context.cid);
            match context.addresses {
                Some((first, second)) => fields
                    .bytes("address", first.as_bytes())
                    .maybe_bytes("address_2", second.map(|text| text.as_bytes())),
                None => fields,
            }
        }
        b"+CCLK" => clock(&read::<Clock>(line)?),
        b"+CMEE" => Fields::meaning("how errors are reported").with("n", read::<ErrorFormat>(line)?.n),
        b"+CCERTLIST" => {
            Fields::meaning("a stored file").bytes("filename", read::<StoredFile<'_>>(line)?.name.as_bytes())
        }
        b"+CSSLCFG" => {
            let context = read::<TlsContext<'_>>(line)?;
            Fields::meaning("a TLS context")
                .with("ssl_ctx_index", context.context)
                .with("sslversion", context.version)
                .with("authmode", context.auth_mode)
                .with("ignorelocaltime", context.ignore_local_time)
                .with("negotiatetime", context.negotiate_time)
                .bytes("cacert", context.ca_cert.as_bytes())
                .bytes("clientcert", context.client_cert.as_bytes())
                .bytes("clientkey", context.client_key.as_bytes())
        }
        _ => return None,
    })
}

fn clock(clock: &Clock) -> Fields {
    let Clock {
        month,
        day,
        hour,
        minute,
        second,
        ..
    } = *clock;
    let time = format!(
        "{:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}",
        clock.full_year()
    );
    Fields::meaning("the modem's clock")
        .with("local_time", time)
        .maybe("quarters_from_utc", clock.quarters)
}

fn lengths<C: Testable>(line: &[u8]) -> Option<Fields> {
    let all = read::<LengthRanges<C>>(line)?;
    Some(allowed(&[(CLIENT, all.client), (LEN, all.len)]))
}

fn messages<C: Testable>(line: &[u8]) -> Option<Fields> {
    let all = read::<MessageRanges<C>>(line)?;
    Some(allowed(&[(CLIENT, all.client), (LEN, all.len), (QOS, all.qos)]))
}

fn subscriptions<C: Testable>(line: &[u8]) -> Option<Fields> {
    let all = read::<SubscriptionRanges<C>>(line)?;
    Some(allowed(&[
        (CLIENT, all.client),
        (LEN, all.len),
        (QOS, all.qos),
        ("dup_range", all.dup),
    ]))
}

fn allowed(all: &[(&'static str, Ranges)]) -> Fields {
    let fields = Fields::meaning("the values that are allowed");
    all.iter().fold(fields, |fields, (name, ranges)| {
        fields.with(name, ranges.to_string())
    })
}

fn client(meaning: &'static str, index: u8) -> Fields {
    Fields::meaning(meaning).with("client_index", index)
}

fn read<'a, T: Information<'a>>(line: &'a [u8]) -> Option<T> {
    T::decode(line).ok()
}

const CLIENT: &str = "client_index_range";
const LEN: &str = "len_range";
const QOS: &str = "qos_range";
const TIMEOUT: &str = "timeout_range";
