//! The commands that are known: their dialogue, fields and meaning.

use at_proto::basic::{
    Attention, Echo, ErrorFormat, Identify, Model, PowerOff, Restart, Revision, SerialNumber,
};
use at_proto::network::{
    Activate, Attachment, Circuit, Clock, DefineContext, EnterPin, Eps, Operator, Packet, RegistrationDomain,
    ReportRegistration, ShowAddress, Signal,
};
use at_proto::tls::{self, DeleteFile, ListFiles, StoreFile};
use at_proto::{
    Dialogue, Encode, Form, Invocation, Parse, ParseBasic, REDACTED, Read, Readable, Secret, Test, Testable,
};

use crate::decode::frame::Fields;

mod mqtt;
pub(super) use mqtt::connect;
use mqtt::mqtt;

/// The dialogue and the fields of a command. `None` for one that is not known, or not in this form. `name` is in
/// capital letters.
pub(crate) fn command(
    name: &[u8],
    invocation: Invocation<'_>,
    show_secrets: bool,
) -> Option<(Dialogue, Fields)> {
    match invocation {
        Invocation::Extended { form, .. } if name.starts_with(b"+CMQTT") => mqtt(name, form, show_secrets),
        Invocation::Extended { form, .. } => tls_files(name, form, show_secrets)
            .or_else(|| network(name, form, show_secrets))
            .or_else(|| identity(name, form)),
        Invocation::Basic { value, .. } => basic(name, value),
        _ => None,
    }
}

/// The command line that holds nothing.
pub(crate) fn attention() -> (Dialogue, Fields) {
    (
        Attention.dialogue(),
        Fields::meaning("asks whether the modem is there"),
    )
}

type Known = Option<(Dialogue, Fields)>;

fn tls_files<'a>(name: &[u8], form: Form<'a>, show: bool) -> Known {
    match name {
        b"+CSSLCFG" => read::<tls::Configure<'_>>(form).or_else(|| {
            write(form, |configure: &tls::Configure<'a>| {
                let fields = Fields::meaning("configure a TLS context")
                    .with("key", configure.setting.key())
                    .with("ssl_ctx_index", configure.context);
                match configure.setting {
                    tls::Setting::Version(value)
                    | tls::Setting::AuthMode(value)
                    | tls::Setting::IgnoreLocalTime(value)
                    | tls::Setting::EnableSni(value) => fields.with("value", value),
                    tls::Setting::NegotiateTime(seconds) => fields.with("value", seconds),
                    tls::Setting::CaCert(file)
                    | tls::Setting::ClientCert(file)
                    | tls::Setting::ClientKey(file) => fields.bytes("value", file.as_bytes()),
                    tls::Setting::Password(password) => secret(fields, "value", password, show),
                    _ => fields,
                }
            })
        }),
        b"+CCERTDOWN" => write(form, |store: &StoreFile<'a>| {
            Fields::meaning("store a file")
                .bytes("filename", store.name.as_bytes())
                .with("len", store.len)
        }),
        b"+CCERTLIST" => write(form, |_: &ListFiles| Fields::meaning("list the stored files")),
        b"+CCERTDELE" => write(form, |delete: &DeleteFile<'a>| {
            Fields::meaning("delete a stored file").bytes("filename", delete.name.as_bytes())
        }),
        _ => None,
    }
}

fn network<'a>(name: &[u8], form: Form<'a>, show: bool) -> Known {
    match name {
        b"+CPIN" => both::<EnterPin<'_>>(form).or_else(|| {
            write(form, |enter: &EnterPin<'a>| {
                let fields = secret(Fields::meaning("give the SIM its PIN"), "pin", enter.pin, show);
                match enter.new_pin {
                    Some(new_pin) => secret(fields, "newpin", new_pin, show),
                    None => fields,
                }
            })
        }),
        b"+CSQ" => test::<Signal>(form).or_else(|| {
            write(form, |_: &Signal| {
                Fields::meaning("asks how strong the signal is")
            })
        }),
        b"+CREG" => registration::<Circuit>(form),
        b"+CGREG" => registration::<Packet>(form),
        b"+CEREG" => registration::<Eps>(form),
        b"+COPS" => read::<Operator<'_>>(form),
        b"+CGDCONT" => both::<DefineContext<'_>>(form).or_else(|| {
            write(form, |define: &DefineContext<'a>| {
                Fields::meaning("define a PDP context")
                    .with("cid", define.cid)
                    .maybe_bytes("pdp_type", define.kind.map(|text| text.as_bytes()))
                    .maybe_bytes("apn", define.apn.map(|text| text.as_bytes()))
                    .maybe_bytes("pdp_addr", define.address.map(|text| text.as_bytes()))
            })
        }),
        b"+CGATT" => both::<Attachment>(form).or_else(|| {
            write(form, |set: &Attachment| {
                Fields::meaning("attach to or detach from the packet service").with("state", set.state)
            })
        }),
        b"+CGACT" => both::<Activate>(form).or_else(|| {
            write(form, |set: &Activate| {
                Fields::meaning("activate or deactivate PDP contexts")
                    .with("state", set.state)
                    .maybe("cid", set.cid)
            })
        }),
        b"+CGPADDR" => write(form, |show: &ShowAddress| {
            Fields::meaning("asks for the addresses of PDP contexts").maybe("cid", show.cid)
        }),
        b"+CCLK" => both::<Clock>(form).or_else(|| write(form, |_: &Clock| Fields::meaning("set the clock"))),
        _ => None,
    }
}

fn registration<D: RegistrationDomain>(form: Form<'_>) -> Known {
    both::<ReportRegistration<D>>(form).or_else(|| {
        write(form, |report: &ReportRegistration<D>| {
            Fields::meaning("say which changes of the registration are reported").with("n", report.n)
        })
    })
}

fn identity(name: &[u8], form: Form<'_>) -> Known {
    match name {
        b"+CMEE" => both::<ErrorFormat>(form).or_else(|| {
            write(form, |format: &ErrorFormat| {
                Fields::meaning("how errors are reported").with("n", format.n)
            })
        }),
        b"+CGMM" => write(form, |_: &Model| Fields::meaning("asks for the model")),
        b"+CGMR" => write(form, |_: &Revision| Fields::meaning("asks for the firmware")),
        b"+CGSN" => write(form, |_: &SerialNumber| {
            Fields::meaning("asks for the serial number")
        }),
        b"+CPOF" => test::<PowerOff>(form)
            .or_else(|| write(form, |_: &PowerOff| Fields::meaning("switch the modem off"))),
        b"+CRESET" => {
            test::<Restart>(form).or_else(|| write(form, |_: &Restart| Fields::meaning("restart the modem")))
        }
        _ => None,
    }
}

fn basic(name: &[u8], value: Option<u32>) -> Known {
    match name {
        b"E" => {
            let echo = Echo::parse_basic(value).ok()?;
            let meaning = if value == Some(1) {
                "switch echo on"
            } else {
                "switch echo off"
            };
            let meaning = if value.is_none_or(|value| value > 1) {
                "set the echo"
            } else {
                meaning
            };
            Some((echo.dialogue(), Fields::meaning(meaning).maybe("value", value)))
        }
        b"I" => {
            let identify = Identify::parse_basic(value).ok()?;
            Some((
                identify.dialogue(),
                Fields::meaning("asks which modem it is").maybe("value", value),
            ))
        }
        _ => None,
    }
}

fn write<'a, C: Parse<'a> + Encode>(form: Form<'a>, fields: impl FnOnce(&C) -> Fields) -> Known {
    let command = C::parse(form).ok()?;
    Some((command.dialogue(), fields(&command)))
}

fn both<C: Readable + Testable>(form: Form<'_>) -> Known {
    read::<C>(form).or_else(|| test::<C>(form))
}

fn read<C: Readable>(form: Form<'_>) -> Known {
    (form == Form::Read).then(|| {
        let dialogue = Read::<C>::new().dialogue();
        (dialogue, Fields::meaning(asked(dialogue.name)))
    })
}

/// What a read form asks. Many tell a state, not what was set.
fn asked(name: &str) -> &'static str {
    match name {
        "+CPIN" => "asks whether the SIM wants a PIN",
        "+CREG" => "asks whether the modem is registered for calls",
        "+CGREG" => "asks whether the modem is registered for packet data",
        "+CEREG" => "asks whether the modem is registered for LTE",
        "+COPS" => "asks for the network that the modem is registered in",
        "+CGATT" => "asks whether the modem is attached to the packet service",
        "+CGACT" => "asks which PDP contexts are active",
        "+CGDCONT" => "asks which PDP contexts are defined",
        "+CCLK" => "asks what time it is",
        "+CSSLCFG" => "asks how the TLS contexts are configured",
        "+CMQTTACCQ" => "asks which clients are acquired",
        "+CMQTTREL" => "asks whether the MQTT service is started: it is unless the answer is ERROR",
        "+CMQTTCONNECT" => "asks which clients are connected, and how",
        "+CMQTTDISC" => "asks whether the clients are connected",
        "+CMQTTSUB" => "asks which topic filters are subscribed to",
        "+CMQTTSSLCFG" => "asks which TLS contexts the clients have",
        "+CMQTTCFG" => "asks how the clients are configured",
        _ => "asks what is set",
    }
}

fn test<C: Testable>(form: Form<'_>) -> Known {
    (form == Form::Test).then(|| {
        (
            Test::<C>::new().dialogue(),
            Fields::meaning("asks which values are allowed"),
        )
    })
}

fn secret(fields: Fields, name: &'static str, Secret(text): Secret<'_>, show: bool) -> Fields {
    if show {
        fields.bytes(name, text.as_bytes())
    } else {
        fields.with(name, REDACTED)
    }
}
