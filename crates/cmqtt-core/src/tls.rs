//! How a connection is made secret: what a TLS context is set to.

use core::fmt::{self, Display, Formatter};

use at_proto::tls::{FileName, Setting};
use at_proto::{Quoted, Secret};

/// A TLS context of the modem (`AT+CSSLCFG`; the vendor's note, section 4.2 to 4.4). Files are named as they were stored:
/// see [`Client::provide_file`](crate::Client::provide_file).
///
/// What is `None` is left as the modem has it. A modem that does not know a setting that is asked for refuses it: the
/// vendor's note lists versions, verification and files alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsConfig<'a> {
    /// The context: 0 or 1 on SIM7028, 0 to 9 on the LTE families.
    pub context: u8,
    /// Which versions of TLS are spoken.
    pub version: TlsVersion,
    /// Who has to prove who he is.
    pub verify: Verify,
    /// The certificate of the authority that the server's certificate must descend from.
    pub ca: Option<FileName<'a>>,
    /// The client's certificate.
    pub certificate: Option<FileName<'a>>,
    /// The client's key.
    pub key: Option<FileName<'a>>,
    /// The key's password.
    pub key_password: Option<Secret<'a>>,
    /// Whether the server is told which name is wanted. Brokers in a cloud need it; modems do not do it by themselves.
    pub server_name: Option<bool>,
    /// Whether a certificate's dates are compared with the modem's clock, which has to be right then: SIM7028 begins in
    /// 1980.
    pub check_clock: Option<bool>,
    /// How long the handshake may take, 10 to 300 seconds.
    pub negotiation: Option<u16>,
}

/// The versions of TLS that are spoken, `sslversion`. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TlsVersion {
    /// SSL 3.0, which is broken.
    Ssl3,
    /// TLS 1.0.
    Tls1_0,
    /// TLS 1.1.
    Tls1_1,
    /// TLS 1.2.
    Tls1_2,
    /// Whatever both sides know.
    #[default]
    All,
}

/// Who has to prove who he is, `authmode`. The set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Nobody: secret against listeners, not against someone in between.
    Nobody,
    /// The server, by its certificate.
    Server,
    /// The server and the client.
    Both,
    /// The client alone.
    Client,
}

impl<'a> TlsConfig<'a> {
    /// A context that verifies nobody (the vendor's note, section 4.2).
    pub const fn unverified(context: u8) -> Self {
        Self {
            context,
            version: TlsVersion::All,
            verify: Verify::Nobody,
            ca: None,
            certificate: None,
            key: None,
            key_password: None,
            server_name: None,
            check_clock: None,
            negotiation: None,
        }
    }

    /// A context in which the server has to prove who it is (section 4.3).
    pub const fn server_verified(context: u8, ca: FileName<'a>) -> Self {
        Self {
            verify: Verify::Server,
            ca: Some(ca),
            ..Self::unverified(context)
        }
    }

    /// A context in which both have to prove who they are (section 4.4).
    pub const fn both_verified(
        context: u8,
        ca: FileName<'a>,
        certificate: FileName<'a>,
        key: FileName<'a>,
    ) -> Self {
        Self {
            verify: Verify::Both,
            certificate: Some(certificate),
            key: Some(key),
            ..Self::server_verified(context, ca)
        }
    }

    /// What is missing for it to work, if anything is: the modem would answer result code 33 to CONNECT.
    pub const fn missing(&self) -> Option<&'static str> {
        let server = matches!(self.verify, Verify::Server | Verify::Both);
        let client = matches!(self.verify, Verify::Client | Verify::Both);
        if server && self.ca.is_none() {
            Some("the certificate of the authority")
        } else if client && self.certificate.is_none() {
            Some("the client's certificate")
        } else if client && self.key.is_none() {
            Some("the client's key")
        } else {
            None
        }
    }

    /// The settings, in the order in which they are made: what is at `index`, or `None` behind the last.
    pub(crate) fn setting(&self, index: u8) -> Option<Setting<'a>> {
        let settings = [
            Some(Setting::Version(self.version as u8)),
            Some(Setting::AuthMode(self.verify as u8)),
            self.ca.map(|name| Setting::CaCert(name.quoted())),
            self.certificate.map(|name| Setting::ClientCert(name.quoted())),
            self.key.map(|name| Setting::ClientKey(name.quoted())),
            self.check_clock
                .map(|check| Setting::IgnoreLocalTime(u8::from(!check))),
            self.negotiation.map(Setting::NegotiateTime),
            self.server_name.map(|tell| Setting::EnableSni(u8::from(tell))),
            self.key_password.map(Setting::Password),
        ];
        settings.into_iter().flatten().nth(index.into())
    }

    /// Whether a context of the modem's is this one, as far as its read answer tells.
    pub(crate) fn is_held_as(&self, held: &at_proto::tls::TlsContext<'_>) -> bool {
        let same_file = |name: Option<FileName<'_>>, held: Quoted<'_>| {
            name.is_none_or(|name| name.as_bytes() == held.as_bytes())
        };
        self.context == held.context
            && self.version as u8 == held.version
            && self.verify as u8 == held.auth_mode
            && self
                .check_clock
                .is_none_or(|check| u8::from(!check) == held.ignore_local_time)
            && same_file(self.ca, held.ca_cert)
            && same_file(self.certificate, held.client_cert)
            && same_file(self.key, held.client_key)
    }
}

impl Display for Verify {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "nobody is verified",
            Self::Server => "the server is verified",
            Self::Both => "server and client are verified",
            Self::Client => "the client is verified",
        })
    }
}
