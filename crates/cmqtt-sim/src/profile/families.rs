//! The five families. Their limits are `at-proto`'s; here is what they say of themselves, and in which shapes they answer.
//! What is said of SIM7028 comes from the vendor's application note V1.03 unless it says otherwise; of A76XX from its AT
//! manual V1.09, of SIM7600 from the SIM7500/7600 manual V3.00, of SIM767X from its manual V1.06; of SIM7022 from public
//! drivers and a capture. "Seen" is a capture from hardware.

use super::{Family, FamilyLimits, Identity, Profile};
use crate::switches::{
    AcquireList, Boot, ConnectIdle, DataWait, Delays, EmptyCache, EmptyPayload, FailureShape, NameCheck,
    PayloadMax, PowerOff, Prompt, Refusals, ReleaseIdle, RxChunk, RxLayout, RxOrder, Seconds, Shape, Shapes,
    StartAgain, StopHeld, SuccessOrder, Surroundings, Switches, Toggle, UrcPlace,
};

impl Profile {
    /// SIM7028: one client, its PAYLOAD as the note has it, no cached topics.
    pub const SIM7028: Self = Self {
        family: Family::Sim7028,
        limits: FamilyLimits::of(Family::Sim7028),
        identity: Identity {
            manufacturer: MANUFACTURER,
            model: "SIM7028",
            revision: "2110B07SIM7028",
            imei: "867284060000001",
        },
        switches: base(Family::Sim7028),
        seed: SEED,
    };

    /// SIM7022: as SIM7028 where nothing is known.
    pub const SIM7022: Self = Self {
        family: Family::Sim7022,
        limits: FamilyLimits::of(Family::Sim7022),
        identity: Identity {
            manufacturer: MANUFACTURER,
            model: "SIM7022",
            // Seen in this form.
            revision: "2110B07SIM7022",
            imei: "867284060000002",
        },
        switches: base(Family::Sim7022),
        seed: SEED,
    };

    /// A76XX: two clients, MQTT 3.1 unless told otherwise.
    pub const A76XX: Self = Self {
        family: Family::A76xx,
        limits: FamilyLimits::of(Family::A76xx),
        identity: Identity {
            manufacturer: "INCORPORATED",
            model: "A7670E",
            revision: "A7670M7_B01V01_240722",
            imei: "862205050000003",
        },
        switches: {
            let mut switches = base(Family::A76xx);
            // Seen on A7670E: `+CMQTTCONNECT: 0,3`, `ERROR`, and no OK.
            switches.shapes.connect = RESULT_THEN_ERROR;
            switches.disconnect_timeout = Seconds { min: 1, max: 180 };
            switches.boot = Boot::AtReady;
            switches.acquire_list = AcquireList::All;
            switches
        },
        seed: SEED,
    };

    /// SIM7500/7600.
    pub const SIM7600: Self = Self {
        family: Family::Sim7600,
        limits: FamilyLimits::of(Family::Sim7600),
        identity: Identity {
            manufacturer: MANUFACTURER,
            model: "SIMCOM_SIM7600E-H",
            revision: "LE20B04SIM7600M22",
            imei: "867584030000004",
        },
        switches: {
            let mut switches = base(Family::Sim7600);
            // Seen on 7600EI, 7600G-H and 7600E; a 7600CE sends OK first.
            switches.shapes.start = Shape {
                success: SuccessOrder::ResultFirst,
                failure: FailureShape::ResultError,
            };
            // All three seen.
            switches.start_again = StartAgain::ResultError;
            switches.stop_held = StopHeld::NotReleased;
            switches.release_idle = ReleaseIdle::Ok;
            // The manual: at most 1500 bytes behind one header.
            switches.rx_chunk = RxChunk(Some(1500));
            switches
        },
        seed: SEED,
    };

    /// SIM767X.
    pub const SIM767X: Self = Self {
        family: Family::Sim767x,
        limits: FamilyLimits::of(Family::Sim767x),
        identity: Identity {
            manufacturer: MANUFACTURER,
            model: "SIM7670G-MNGV",
            revision: "2374B04SIM767XM5A_M",
            imei: "864643060000005",
        },
        switches: {
            let mut switches = base(Family::Sim767x);
            switches.stop_held = StopHeld::InUse;
            // Seen on SIM7670G, even with echo off.
            switches.data_echo = Toggle::On;
            // Seen on SIM7672.
            switches.rx_layout = RxLayout::Spaced;
            switches
        },
        seed: SEED,
    };
}

/// SIM7028's switches, which satisfied nine public drivers, with the limits of this family. What else differs stands there.
const fn base(family: Family) -> Switches {
    let facts = family.facts();
    Switches {
        shapes: SHAPES,
        start_again: StartAgain::Error,
        stop_held: StopHeld::NotReleased,
        release_idle: ReleaseIdle::Error,
        prompt: Prompt::Plain,
        data_echo: Toggle::Off,
        data_wait: DataWait(None),
        leading_line_end: Toggle::On,
        colon_blank: Toggle::On,
        rx_layout: RxLayout::Compact,
        rx_chunk: RxChunk(None),
        rx_order: RxOrder::AfterPublish,
        payload_max: PayloadMax(facts.limits.payload_len.max()),
        subtopic: if facts.cached_filters.is_some() {
            Toggle::On
        } else {
            Toggle::Off
        },
        empty_cache: EmptyCache::Ok,
        empty_payload: EmptyPayload::Allowed,
        disconnect_timeout: Seconds { min: 60, max: 180 },
        publish_timeout: Seconds {
            min: facts.limits.publish_timeout.min(),
            max: facts.limits.publish_timeout.max(),
        },
        urc_place: UrcPlace::BetweenCommands,
        // Inferred: no capture of its boot is public.
        boot: Boot::Rdy,
        power_off: PowerOff::Restart,
        acquire_list: AcquireList::Held,
        connect_idle: ConnectIdle::Nothing,
        // Inferred: no manual has a key for it, and a stack that is told to verify the server looks at its name.
        name_check: NameCheck::Always,
        refusals: Refusals::NONE,
        surroundings: Surroundings::USUAL,
        delays: Delays::TYPICAL,
    }
}

/// The note, sections 3.2.1 to 3.2.16: OK first, but STOP refuses with its result before ERROR.
const SHAPES: Shapes = Shapes {
    start: Shape::OK_FIRST,
    stop: RESULT_THEN_ERROR,
    connect: Shape::OK_FIRST,
    disconnect: Shape::OK_FIRST,
    publish: Shape::OK_FIRST,
    subscribe: Shape::OK_FIRST,
    unsubscribe: Shape::OK_FIRST,
};

const RESULT_THEN_ERROR: Shape = Shape {
    success: SuccessOrder::OkFirst,
    failure: FailureShape::ResultError,
};

/// As all say it but A76XX.
const MANUFACTURER: &str = "SIMCOM INCORPORATED";

/// Any number.
const SEED: u64 = 0x5349_4d37_3032_3821;
