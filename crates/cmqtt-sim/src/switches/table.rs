//! The one table of switches: their names, their words, their explanations.

use std::fmt::{self, Debug, Formatter};

use super::values::{
    AcquireList, Address, Boot, ClockStart, ConnectAgain, ConnectIdle, DataWait, Delay, DeniedTopics,
    EmptyCache, EmptyPayload, FailureShape, LostPublish, ModelName, NameCheck, PassingRefusal, PayloadMax,
    PowerOff, Prompt, RefusedKeys, ReleaseIdle, RxChunk, RxLayout, RxOrder, Seconds, StartAgain, StopHeld,
    SuccessOrder, Toggle, UrcPlace, Value,
};
use super::{Delays, SwitchError, Switches};
use crate::modem::{Registration, Sim};

/// One switch: how it is called, and what it is for.
pub struct Switch {
    /// Its name: `rx-layout`.
    pub name: &'static str,
    /// What it changes, where that was seen, and what it is for.
    pub explanation: &'static str,
    allowed: fn() -> String,
    get: fn(&Switches) -> String,
    set: fn(&mut Switches, &str) -> bool,
}

impl Switch {
    /// The words that it takes, `plain | blank | crlf`, or their form with its bounds, `whole | 1..10240`.
    #[must_use]
    pub fn allowed(&self) -> String {
        (self.allowed)()
    }

    /// How it is set, in a word that [`Switch::set`] takes.
    #[must_use]
    pub fn get(&self, switches: &Switches) -> String {
        (self.get)(switches)
    }

    /// Sets it.
    ///
    /// # Errors
    /// [`SwitchError::Value`] for a word that it does not take.
    pub fn set(&self, switches: &mut Switches, value: &str) -> Result<(), SwitchError> {
        if (self.set)(switches, value) {
            return Ok(());
        }
        Err(SwitchError::Value {
            name: self.name,
            expected: self.allowed(),
            found: value.to_owned(),
        })
    }
}

impl Debug for Switch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switch")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A row for one field of [`Switches`].
macro_rules! switch {
    ($name:literal, $value:ty, $($field:ident).+, $explanation:literal) => {
        Switch {
            name: $name,
            explanation: $explanation,
            allowed: <$value as Value>::allowed,
            get: |switches| switches.$($field).+.show(),
            set: |switches, text| match <$value as Value>::read(text) {
                Some(value) => {
                    switches.$($field).+ = value;
                    true
                }
                None => false,
            },
        }
    };
}

/// Every switch.
pub const SWITCHES: &[Switch] = &[
    switch!(
        "start-success",
        SuccessOrder,
        shapes.start.success,
        "Order of OK and +CMQTTSTART: 0. Result first was seen on SIM7600EI, 7600G-H and 7600E, OK first elsewhere."
    ),
    switch!(
        "start-failure",
        FailureShape,
        shapes.start.failure,
        "How a failed START ends. The note documents ok-result and error."
    ),
    switch!(
        "stop-success",
        SuccessOrder,
        shapes.stop.success,
        "Order of OK and +CMQTTSTOP: 0."
    ),
    switch!(
        "stop-failure",
        FailureShape,
        shapes.stop.failure,
        "How a failed STOP ends. The note documents result-error and error."
    ),
    switch!(
        "connect-success",
        SuccessOrder,
        shapes.connect.success,
        "Order of OK and +CMQTTCONNECT: 0,0. OK first was seen everywhere."
    ),
    switch!(
        "connect-failure",
        FailureShape,
        shapes.connect.failure,
        "How a failed CONNECT ends. All four are documented; A7670E sends the result, then ERROR, and no OK."
    ),
    switch!(
        "disc-success",
        SuccessOrder,
        shapes.disconnect.success,
        "Order of OK and +CMQTTDISC: 0,0. The note documents both."
    ),
    switch!(
        "disc-failure",
        FailureShape,
        shapes.disconnect.failure,
        "How a failed DISC ends."
    ),
    switch!(
        "pub-success",
        SuccessOrder,
        shapes.publish.success,
        "Order of OK and +CMQTTPUB: 0,0."
    ),
    switch!(
        "pub-failure",
        FailureShape,
        shapes.publish.failure,
        "How a failed PUB ends."
    ),
    switch!(
        "sub-success",
        SuccessOrder,
        shapes.subscribe.success,
        "Order of OK and +CMQTTSUB: 0,0."
    ),
    switch!(
        "sub-failure",
        FailureShape,
        shapes.subscribe.failure,
        "How a failed SUB ends. Before its prompt ok-result is sent as result-error: no OK answers a command that waits for a prompt."
    ),
    switch!(
        "unsub-success",
        SuccessOrder,
        shapes.unsubscribe.success,
        "Order of OK and +CMQTTUNSUB: 0,0."
    ),
    switch!(
        "unsub-failure",
        FailureShape,
        shapes.unsubscribe.failure,
        "How a failed UNSUB ends; see sub-failure."
    ),
    switch!(
        "start-again",
        StartAgain,
        start_again,
        "START while the service runs: a plain ERROR, or +CMQTTSTART: 23 and ERROR as on SIM7600."
    ),
    switch!(
        "stop-held",
        StopHeld,
        stop_held,
        "The code with which STOP refuses while a client is held: 21 on SIM7600, 19 on SIM7670G."
    ),
    switch!(
        "rel-idle",
        ReleaseIdle,
        release_idle,
        "REL of a client that nobody acquired: +CMQTTREL: 0,20 and ERROR (A76XX, SIM767X), or OK (SIM7600)."
    ),
    switch!(
        "prompt",
        Prompt,
        prompt,
        "The prompt's bytes: CR LF > and nothing, a blank, or a line end after it."
    ),
    switch!(
        "data-echo",
        Toggle,
        data_echo,
        "Whether the bytes after a prompt are repeated to the host, whatever ATE says: off on A7670G, on on SIM7670G."
    ),
    switch!(
        "data-wait",
        DataWait,
        data_wait,
        "How long data mode waits for its next byte before it gives up with ERROR. Nobody documents a limit."
    ),
    switch!(
        "leading-crlf",
        Toggle,
        leading_line_end,
        "Whether a CR LF stands before an answer that follows its echo; some firmware drops it."
    ),
    switch!(
        "colon-blank",
        Toggle,
        colon_blank,
        "Whether one blank follows a line's first colon: on hardware it does, in manuals it does not."
    ),
    switch!(
        "rx-layout",
        RxLayout,
        rx_layout,
        "How a received message's lines are set: compact (A7680C), or with an empty line before every header (SIM7672)."
    ),
    switch!(
        "rx-chunk",
        RxChunk,
        rx_chunk,
        "The most bytes of topic or payload behind one header; SIM7600 documents 1500."
    ),
    switch!(
        "rx-order",
        RxOrder,
        rx_order,
        "Whether a message that comes from a publish of the modem, by the client that receives it or another, waits for that publish's result."
    ),
    switch!(
        "payload-max",
        PayloadMax,
        payload_max,
        "The greatest PAYLOAD in bytes, also in the test answer: the note says 10240, a SIM7028 answered 1024."
    ),
    switch!(
        "subtopic",
        Toggle,
        subtopic,
        "Whether SUBTOPIC and UNSUBTOPIC exist: off on SIM7028 and SIM767X, on elsewhere."
    ),
    switch!(
        "empty-sub",
        EmptyCache,
        empty_cache,
        "SUB=<index> and UNSUB=<index>,<dup> with nothing cached: OK and result 0 as in the note's sessions, or ERROR."
    ),
    switch!(
        "empty-payload",
        EmptyPayload,
        empty_payload,
        "PUB without PAYLOAD: an empty message, or result 12. Unknown on hardware."
    ),
    switch!(
        "disc-timeout",
        Seconds,
        disconnect_timeout,
        "The seconds that DISC takes beside 0, also in its test answer; others get 12. Which ones SIM7028 really refuses is unknown; a damaged firmware may ask for any, such as 300-300 or 4294967295-4294967295."
    ),
    switch!(
        "pub-timeout",
        Seconds,
        publish_timeout,
        "The seconds that PUB takes, also in its test answer; others get 12. Which ones SIM7028 really refuses is unknown."
    ),
    switch!(
        "urcs",
        UrcPlace,
        urc_place,
        "Where URCs land: between commands, or also between a command's echo and its answer."
    ),
    switch!(
        "boot",
        Boot,
        boot,
        "The lines at power-up: those of SIM7600, those of A76XX, or none. Unknown on SIM7028, SIM7022 and SIM767X. The modem starts already booted; they come after AT+CRESET, after AT+CPOF with power-off=restart, and after a power cycle."
    ),
    switch!(
        "power-off",
        PowerOff,
        power_off,
        "What follows AT+CPOF: the modem comes up again, or stays off."
    ),
    switch!(
        "accq-list",
        AcquireList,
        acquire_list,
        "What AT+CMQTTACCQ? lists: acquired clients, or every slot as on A76XX."
    ),
    switch!(
        "connect-idle",
        ConnectIdle,
        connect_idle,
        "What AT+CMQTTCONNECT? shows for a client that is not connected."
    ),
    switch!(
        "tls-name",
        NameCheck,
        name_check,
        "Whether a server that is verified, authmode 1 or 2, must have the host's name in its certificate; if not, CONNECT ends with 32. No manual says; inferred."
    ),
    switch!(
        "busy",
        Delay,
        refusals.busy,
        "For how long the client is busy after a result of CONNECT or SUB. A busy client answers TOPIC, PAYLOAD, PUB, SUBTOPIC, SUB, UNSUBTOPIC, UNSUB and REL with 14 and ERROR. With any time but 0 it is also busy while another command, or the acknowledgement of a PUB that timed out, is outstanding. Seen for 300-3000ms."
    ),
    switch!(
        "start-refused",
        PassingRefusal,
        refusals.start,
        "START ends with this code for so long after power-up: 1 and 7 were seen. The simulator's start counts as a power-up."
    ),
    switch!(
        "connect-refused",
        PassingRefusal,
        refusals.connect,
        "CONNECT ends with this code for so long after power-up: 3, 9, 14, 17 and 25 were seen. The simulator's start counts as a power-up."
    ),
    switch!(
        "connect-again",
        ConnectAgain,
        refusals.connect_again,
        "The code with which CONNECT refuses on a live connection: 13, or 19 as on A7672."
    ),
    switch!(
        "denied-topics",
        DeniedTopics,
        refusals.topics,
        "The broker's policy forbids these topics, as AWS IoT's does: a PUB to one of them reaches no broker, and the connection ends each time, with +CMQTTCONNLOST: 0,1. QoS 0 has its result 0 before, QoS 1 and 2 what lost-pub says."
    ),
    switch!(
        "lost-pub",
        LostPublish,
        refusals.lost_publish,
        "What a PUB says whose connection ends before its result: +CMQTTPUB: 0,6 before +CMQTTCONNLOST as on SIM7600, or nothing. A PUB that gives its result before OK says 6 in either case."
    ),
    switch!(
        "cmqtt",
        Toggle,
        refusals.mqtt,
        "Whether the module has AT+CMQTT commands: SIM7080G, SIM7000, SIM7020 and others have none and answer each with ERROR."
    ),
    switch!(
        "ccertdown",
        Toggle,
        refusals.certificates,
        "Whether CCERTDOWN stores files: off, it is refused with ERROR, as by SIM7670G B03 and B04."
    ),
    switch!(
        "csslcfg-refused",
        RefusedKeys,
        refusals.tls_keys,
        "The keys of CSSLCFG that end with ERROR: older SIM7600 has no enableSNI, A7670C-LNNV V11 no CSSLCFG at all."
    ),
    switch!(
        "model",
        ModelName,
        surroundings.model,
        "What AT+CGMM and ATI call the module. With cmqtt=off it is one that has other commands for MQTT: SIM7080G, SIM7000G, SIM7020E, A7790."
    ),
    switch!(
        "sim",
        Sim,
        surroundings.sim,
        "The SIM when the simulator starts: ready, absent (+CME ERROR: 10), not-available (+SIMCARD: NOT AVAILABLE and ERROR, as on SIM7600), one that wants a PIN, or one that fails with this code of +CME ERROR, for so long after each power-up or always: 13 SIM failure, 14 SIM busy, 313."
    ),
    switch!(
        "registration",
        Registration,
        surroundings.registration,
        "<stat> of CREG, CGREG and CEREG when the simulator starts: 0 not registered, 1 home, 2 searching, 3 denied, 4 unknown, 5 roaming, 6 and 7 SMS only, 8 emergency only, 9 and 10 CSFB not preferred, 11 emergency or RLOS. Data flow with 1, 5, 9 and 10."
    ),
    switch!(
        "address",
        Address,
        surroundings.address,
        "When the packet data context of a registered modem has an address: at once, after AT+CGACT=1, or never. Without one CGPADDR shows none, START ends with 1, and CONNECT with 3."
    ),
    switch!(
        "clock",
        ClockStart,
        surroundings.clock,
        "What the clock shows at power-up, in universal time: 1980 where no network tells the time, as on SIM7028, or a moment from which it goes on; now is the host's. AT+CCLK sets it. Certificates are judged by it where ignorelocaltime is 0."
    ),
    switch!(
        "command-delay",
        Delay,
        delays.command,
        "From a command's CR, or the last byte of its data, to its answer. Hardware takes 3 to 150 ms."
    ),
    switch!(
        "service-delay",
        Delay,
        delays.service,
        "From START's or STOP's OK to its result URC."
    ),
    switch!(
        "boot-delay",
        Delay,
        delays.boot,
        "From power-up to the first line of boot; what is typed meanwhile is lost. The modem starts already booted, so it counts from AT+CRESET, AT+CPOF or a power cycle."
    ),
    Switch {
        name: "delays",
        explanation: "All delays together: none, to measure the line and not the modem, or typical of hardware.",
        allowed: || "none | typical".to_owned(),
        get: |switches| match switches.delays {
            Delays::NONE => "none".to_owned(),
            Delays::TYPICAL => "typical".to_owned(),
            _ => "mixed".to_owned(),
        },
        set: |switches, value| {
            switches.delays = match value {
                "none" => Delays::NONE,
                "typical" => Delays::TYPICAL,
                // What a mixture shows as: leaves it.
                "mixed" => switches.delays,
                _ => return false,
            };
            true
        },
    },
];
