//! The commands of the MQTT service.

use at_proto::Form;
use at_proto::cmqtt::{
    Acquire, Configure, Connect, Disconnect, Publish, Release, SetPayload, SetSslContext, SetTopic,
    SetWillMessage, SetWillTopic, Setting, Start, Stop, Subscribe, SubscribeTopic, Unsubscribe,
    UnsubscribeTopic,
};

use crate::decode::frame::Fields;

use super::{Known, both, secret, test, write};

/// The dialogue and the fields of a command of the MQTT service.
pub(super) fn mqtt<'a>(name: &[u8], form: Form<'a>, show: bool) -> Known {
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
pub(in crate::decode::describe) fn connect(
    meaning: &'static str,
    connect: &Connect<'_>,
    show: bool,
) -> Fields {
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

fn client(meaning: &'static str, index: u8) -> Fields {
    Fields::meaning(meaning).with("client_index", index)
}

fn counted(meaning: &'static str, index: u8, len: u32) -> Fields {
    client(meaning, index).with("len", len)
}
