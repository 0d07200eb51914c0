//! CFG and SSLCFG (the vendor's note, sections 3.2.15 and 3.2.5).

use at_proto::cmqtt::{
    ClientConfig, ConfigRanges, Configure, SetSslContext, Setting, SslContext, SslContextRanges,
};
use at_proto::{Quoted, Ranges, Span};

use super::{Context, Mqtt, Outcome, ResultCode};
use crate::network::MqttVersion;
use crate::profile::VersionChoice;

impl Mqtt {
    pub(super) fn configure(&mut self, cx: &Context<'_>, command: Configure) -> Outcome {
        match self.try_configure(cx, command) {
            Ok(()) => Outcome::Ok,
            // CFG has no line that says why.
            Err(_) => Outcome::Error,
        }
    }

    fn try_configure(&mut self, cx: &Context<'_>, command: Configure) -> Result<(), ResultCode> {
        let client = self.acquired(command.client)?;
        match command.setting {
            Setting::CheckUtf8(flag @ 0..=1) => client.settings.check_utf8 = flag == 1,
            Setting::OperationTimeout(seconds @ 20..=120) => client.settings.operation_timeout = seconds,
            Setting::Version(version @ 3..=4)
                if cx.profile.limits.version_choice == VersionChoice::Configuration =>
            {
                client.version = match version {
                    3 => MqttVersion::V3_1,
                    _ => MqttVersion::V3_1_1,
                };
            }
            _ => return Err(ResultCode::INVALID_PARAMETER),
        }
        Ok(())
    }

    pub(super) fn read_configuration(&self, cx: &mut Context<'_>) {
        for (client, held) in self.all() {
            cx.information(&ClientConfig {
                client,
                check_utf8: u8::from(held.settings.check_utf8),
                operation_timeout: held.settings.operation_timeout,
            });
        }
    }

    pub(super) fn set_ssl_context(&mut self, cx: &Context<'_>, command: SetSslContext) -> Outcome {
        match self.acquired(command.client) {
            Ok(client) if command.context < cx.profile.limits.tls_contexts => {
                client.ssl_context = Some(command.context);
                Outcome::Ok
            }
            _ => Outcome::Error,
        }
    }

    pub(super) fn read_ssl_contexts(&self, cx: &mut Context<'_>) {
        for (client, held) in self.all() {
            if let Some(context) = held.ssl_context {
                cx.information(&SslContext { client, context });
            }
        }
    }
}

pub(super) fn test(cx: &mut Context<'_>, client: Ranges) {
    let mut keys = vec![
        ("checkUTF8", Ranges::span(0, 1)),
        ("optimeout", Ranges::span(20, 120)),
    ];
    if cx.profile.limits.version_choice == VersionChoice::Configuration {
        keys.push(("version", Ranges::span(3, 4)));
    }
    for (key, value) in keys {
        let key = Quoted::new(key).unwrap_or_default();
        cx.information(&ConfigRanges { key, client, value });
    }
}

pub(super) fn test_ssl_context(cx: &mut Context<'_>) {
    let limits = &cx.profile.limits;
    let client = match limits.clients {
        // SIM7028 prints its one session so: `(0,0)`.
        1 => Ranges::new(&[Span::One(0), Span::One(0)]),
        clients => Some(Ranges::span(0, u32::from(clients) - 1)),
    };
    let context = Ranges::span(0, u32::from(limits.tls_contexts.saturating_sub(1)));
    if let Some(client) = client {
        cx.information(&SslContextRanges { client, context });
    }
}
