//! The commands that are known: their dialogue, fields and meaning.

use at_proto::basic::{
    Attention, Echo, ErrorFormat, Identify, Model, PowerOff, Restart, Revision, SerialNumber,
};
use at_proto::cmqtt::{
    Acquire, Configure, Connect, Disconnect, Publish, Release, SetPayload, SetSslContext, SetTopic,
    SetWillMessage, SetWillTopic, Setting, Start, Stop, Subscribe, SubscribeTopic, Unsubscribe,
    UnsubscribeTopic,
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

fn mqtt<'a>(name: &[u8], form: Form<'a>, show: bool) -> Known {
    match name {
        b"+CMQTTSTART" => test::<Start>(form).or_else(|| {
            write(form, |start: &Start| {
                Fields::meaning("start the MQTT service").maybe("cid", start.context)
            })
        }),
        b"+CMQTTSTOP" => {
            test::<Stop>(form).or_else(|| write(form, |_: &Stop| Fields::meaning("stop the MQTT service")))
        }
        b"+CMQTTACCQ" => both::<Acquire<'_>>(form).or_else(|| {
            write(form, |acquire: &Acquire<'a>| {
                Fields::meaning("acquire a client")
                    .with("client_index", acquire.client)
                    .bytes("client_id", acquire.id.as_bytes())
                    .maybe("server_type", acquire.server_type)
                    .maybe("mqtt_version", acquire.version)
            })
        }),
        b"+CMQTTREL" => both::<Release>(form).or_else(|| {
            write(form, |release: &Release| {
                client("release a client", release.client)
            })
        }),
        b"+CMQTTSSLCFG" => both::<SetSslContext>(form).or_else(|| {
            write(form, |set: &SetSslContext| {
                client("give the client a TLS context", set.client).with("ssl_ctx_index", set.context)
            })
        }),
        b"+CMQTTCFG" => both::<Configure>(form).or_else(|| write(form, configure)),
        b"+CMQTTWILLTOPIC" => test::<SetWillTopic>(form).or_else(|| {
            write(form, |set: &SetWillTopic| {
                counted("set the will's topic", set.client, set.len)
            })
        }),
        b"+CMQTTWILLMSG" => test::<SetWillMessage>(form).or_else(|| {
            write(form, |set: &SetWillMessage| {
                counted("set the will's message", set.client, set.len).with("qos", set.qos)
            })
        }),
        b"+CMQTTCONNECT" => both::<Connect<'_>>(form)
            .or_else(|| write(form, |c: &Connect<'a>| connect("connect to the broker", c, show))),
        b"+CMQTTDISC" => both::<Disconnect>(form).or_else(|| {
            write(form, |disconnect: &Disconnect| {
                client("disconnect from the broker", disconnect.client).maybe("timeout", disconnect.timeout)
            })
        }),
        b"+CMQTTTOPIC" => test::<SetTopic>(form).or_else(|| {
            write(form, |set: &SetTopic| {
                counted("set the topic to publish to", set.client, set.len)
            })
        }),
        b"+CMQTTPAYLOAD" => test::<SetPayload>(form).or_else(|| {
            write(form, |set: &SetPayload| {
                counted("set the payload to publish", set.client, set.len)
            })
        }),
        b"+CMQTTPUB" => test::<Publish>(form).or_else(|| {
            write(form, |publish: &Publish| {
                client("publish", publish.client)
                    .with("qos", publish.qos)
                    .with("timeout", publish.timeout)
                    .maybe("retained", publish.retained)
                    .maybe("dup", publish.dup)
            })
        }),
        b"+CMQTTSUBTOPIC" => test::<SubscribeTopic>(form).or_else(|| {
            write(form, |topic: &SubscribeTopic| {
                counted("add a topic filter to subscribe to", topic.client, topic.len).with("qos", topic.qos)
            })
        }),
        b"+CMQTTSUB" => both::<Subscribe>(form).or_else(|| write(form, subscribe)),
        b"+CMQTTUNSUBTOPIC" => test::<UnsubscribeTopic>(form).or_else(|| {
            write(form, |topic: &UnsubscribeTopic| {
                counted("add a topic filter to unsubscribe from", topic.client, topic.len)
            })
        }),
        b"+CMQTTUNSUB" => test::<Unsubscribe>(form).or_else(|| write(form, unsubscribe)),
        _ => None,
    }
}

/// The fields of a CONNECT, which its read answer has too.
pub(super) fn connect(meaning: &'static str, connect: &Connect<'_>, show: bool) -> Fields {
    let fields = client(meaning, connect.client)
        .bytes("server_addr", connect.server.as_bytes())
        .with("keep_alive", connect.keep_alive)
        .with("clean_session", connect.clean_session);
    let Some(credentials) = connect.credentials else {
        return fields;
    };
    let fields = fields.bytes("user_name", credentials.user.as_bytes());
    match credentials.password {
        Some(password) => secret(fields, "password", password, show),
        None => fields,
    }
}

fn configure(configure: &Configure) -> Fields {
    let fields = client("configure the client", configure.client).with("key", configure.setting.key());
    match configure.setting {
        Setting::CheckUtf8(value) | Setting::Version(value) => fields.with("value", value),
        Setting::OperationTimeout(seconds) => fields.with("value", seconds),
        _ => fields,
    }
}

fn subscribe(subscribe: &Subscribe) -> Fields {
    match *subscribe {
        Subscribe::Filter {
            client,
            len,
            qos,
            dup,
        } => counted("subscribe to a topic filter", client, len)
            .with("qos", qos)
            .maybe("dup", dup),
        Subscribe::Cached { client: index, dup } => {
            client("subscribe to the topic filters that were added", index).maybe("dup", dup)
        }
    }
}

fn unsubscribe(unsubscribe: &Unsubscribe) -> Fields {
    match *unsubscribe {
        Unsubscribe::Filter { client, len, dup } => {
            counted("unsubscribe from a topic filter", client, len).with("dup", dup)
        }
        Unsubscribe::Cached { client: index, dup } => {
            client("unsubscribe from the topic filters that were added", index).with("dup", dup)
        }
    }
}

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
                let text = |text: Option<at_proto::Quoted<'_>>| {
                    text.map(|t| t.as_bytes().escape_ascii().to_string())
                };
                Fields::meaning("define a PDP context")
                    .with("cid", define.cid)
                    .maybe("pdp_type", text(define.kind))
                    .maybe("apn", text(define.apn))
                    .maybe("pdp_addr", text(define.address))
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
    (form == Form::Read).then(|| (Read::<C>::new().dialogue(), Fields::meaning("asks what is set")))
}

fn test<C: Testable>(form: Form<'_>) -> Known {
    (form == Form::Test).then(|| {
        (
            Test::<C>::new().dialogue(),
            Fields::meaning("asks which values are allowed"),
        )
    })
}

fn client(meaning: &'static str, index: u8) -> Fields {
    Fields::meaning(meaning).with("client_index", index)
}

fn counted(meaning: &'static str, index: u8, len: u32) -> Fields {
    client(meaning, index).with("len", len)
}

fn secret(fields: Fields, name: &'static str, Secret(text): Secret<'_>, show: bool) -> Fields {
    if show {
        fields.bytes(name, text.as_bytes())
    } else {
        fields.with(name, REDACTED)
    }
}
