//! Lines that are known without a command: URCs, result lines, final result codes.

use at_proto::cmqtt::{self, ResultCode, ResultUrc};
use at_proto::network::{self, Cell, Registration, RegistrationState};
use at_proto::{FinalResult, Reason};

use crate::decode::frame::Fields;

/// The fields of a URC of the MQTT service or of the network.
pub(crate) fn urc(line: &[u8]) -> Option<Fields> {
    cmqtt::Urc::decode(line)
        .map(mqtt)
        .or_else(|| network::Urc::decode(line).map(|urc| network_urc(&urc)))
}

/// The fields of a result line such as `+CMQTTCONNECT: 0,26`.
pub(crate) fn result(result: ResultUrc) -> Fields {
    let fields = Fields::default().maybe("client_index", result.client);
    code(fields, result.code)
}

/// The fields of a final result code.
pub(crate) fn final_result(result: FinalResult<'_>) -> Fields {
    match result {
        FinalResult::Ok => Fields::meaning("done"),
        FinalResult::Error => Fields::meaning("refused"),
        FinalResult::Equipment(Reason::Number(number)) => {
            Fields::meaning(equipment(number).unwrap_or("the device refused")).with("code", number)
        }
        FinalResult::Equipment(Reason::Words(words)) => Fields::meaning(String::from_utf8_lossy(words)),
        FinalResult::MessageService(Reason::Number(number)) => {
            Fields::meaning("the message service refused").with("code", number)
        }
        FinalResult::MessageService(Reason::Words(words)) => Fields::meaning(String::from_utf8_lossy(words)),
    }
}

/// The fields of a registration, in the read answer and in the URC.
pub(super) fn registration(registration: &Registration<'_>) -> Fields {
    let fields = Fields::meaning(registration.state.to_string())
        .maybe("n", registration.n)
        .with("stat", registration.state.number());
    let fields = fields.with("registered", registration.state.is_registered());
    match registration.cell {
        Some(Cell { area, id, technology }) => fields
            .bytes(
                if is_tracking(registration) { "tac" } else { "lac" },
                area.as_bytes(),
            )
            .bytes("ci", id.as_bytes())
            .maybe("act", technology),
        None => fields,
    }
}

fn is_tracking(registration: &Registration<'_>) -> bool {
    registration.domain == network::Domain::Eps && registration.state != RegistrationState::NotRegistered
}

fn mqtt(urc: cmqtt::Urc) -> Fields {
    use cmqtt::Urc;

    let client = |index: u8| Fields::default().with("client_index", index);
    match urc {
        Urc::ConnectionLost { client: index, cause } => client(index)
            .with("cause", cause.number())
            .with("likely_cause", cause.likely_cause())
            .with("remedy", cause.remedy())
            .means(format!("connection lost: {}", cause.meaning())),
        Urc::NoNetwork => Fields::meaning("the network is gone").with("remedy", RECOVERY_FROM_NO_NETWORK),
        Urc::Ping {
            client: index,
            code: why,
        } => client(index)
            .with("code", why.0)
            .with("likely_cause", CAUSE_OF_PING)
            .with("remedy", RECOVERY_FROM_PING)
            .means(match why {
                ResultCode::FAILED => "the keep alive failed".to_owned(),
                _ => format!("the keep alive failed: {}", why.meaning()),
            }),
        Urc::MessageStart {
            client: index,
            topic_len,
            payload_len,
        } => client(index)
            .with("topic_len", topic_len)
            .with("payload_len", payload_len)
            .means("a received message begins"),
        Urc::MessageTopic { client: index, len } => client(index)
            .with("len", len)
            .means("a part of its topic follows"),
        Urc::MessagePayload { client: index, len } => client(index)
            .with("len", len)
            .means("a part of its payload follows"),
        Urc::MessageEnd { client: index } => client(index).means("the received message is complete"),
    }
}

fn network_urc(urc: &network::Urc<'_>) -> Fields {
    use network::Urc;

    match urc {
        Urc::Registration(report) => registration(report),
        Urc::PacketEvent(event) => Fields::meaning(urc.meaning()).bytes("event", event),
        Urc::Pin(state) => Fields::meaning(urc.meaning()).bytes("state", state.as_bytes()),
        _ => Fields::meaning(urc.meaning()),
    }
}

fn code(fields: Fields, code: ResultCode) -> Fields {
    let fields = fields.with("code", code.0).means(code.meaning());
    if code.is_success() {
        return fields;
    }
    fields
        .with("likely_cause", code.likely_cause())
        .with("remedy", code.remedy())
}

/// What the codes' own words say is about commands; nobody asked for these lines.
const CAUSE_OF_PING: &str =
    "the broker did not answer the modem's ping: the connection is broken, or very slow";
const RECOVERY_FROM_PING: &str = "disconnect with AT+CMQTTDISC, then connect again with AT+CMQTTCONNECT";
const RECOVERY_FROM_NO_NETWORK: &str = "once the modem is registered again, connect again with AT+CMQTTCONNECT; by the manual, start the service again first";

/// 3GPP TS 27.007, section 9.2.
const fn equipment(number: u16) -> Option<&'static str> {
    Some(match number {
        3 => "operation not allowed",
        4 => "operation not supported",
        10 => "SIM not inserted",
        11 => "SIM PIN required",
        12 => "SIM PUK required",
        13 => "SIM failure",
        14 => "SIM busy",
        15 => "SIM wrong",
        16 => "incorrect password",
        30 => "no network service",
        31 => "network timeout",
        50 => "incorrect parameters",
        100 => "unknown error",
        _ => return None,
    })
}
