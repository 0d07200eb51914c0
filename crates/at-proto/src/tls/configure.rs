//! `AT+CSSLCFG`: one setting of a TLS context.

use crate::command::{Command, Dialogue, Encode, InfoShape, Parse};
use crate::encode::{Encoder, Quoted, Secret};
use crate::error::DecodeError;
use crate::form::{Form, Readable};
use crate::info::{InfoLines, Replies};

use super::{TlsContext, budget};

/// Sets one thing of a TLS context (the vendor's note, section 4.3; the sibling manuals' AT+CSSLCFG). The read form
/// lists the contexts, each a [`TlsContext`]. Works before the MQTT service is started.
#[doc(alias = "AT+CSSLCFG")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Configure<'a> {
    /// The context: 0 or 1, on A76XX, SIM7500/7600 and SIM767X 0 to 9.
    pub context: u8,
    /// What is set.
    pub setting: Setting<'a>,
}

/// A key of `AT+CSSLCFG`, and its value. A file is named as it was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting<'a> {
    /// `sslversion`: 0 SSL 3.0, 1 TLS 1.0, 2 TLS 1.1, 3 TLS 1.2, 4 all of them.
    Version(u8),
    /// `authmode`: 0 nobody is verified, 1 the server, 2 server and client, 3 the client alone.
    AuthMode(u8),
    /// `cacert`: the file of the certificate that the server's must descend from.
    CaCert(Quoted<'a>),
    /// `clientcert`: the file of the client's certificate.
    ClientCert(Quoted<'a>),
    /// `clientkey`: the file of the client's key.
    ClientKey(Quoted<'a>),
    /// `ignorelocaltime`: 1, the default, not to look at a certificate's dates; 0 needs the right time in the modem.
    IgnoreLocalTime(u8),
    /// `negotiatetime`: the time for a handshake in seconds, 10 to 300.
    NegotiateTime(u16),
    /// `enableSNI`: 1 to tell the server its name, which brokers in a cloud need; 0 is the default.
    EnableSni(u8),
    /// `password`: of the client's key.
    Password(Secret<'a>),
}

impl Setting<'_> {
    /// The key, as it stands on the command line.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Version(_) => "sslversion",
            Self::AuthMode(_) => "authmode",
            Self::CaCert(_) => "cacert",
            Self::ClientCert(_) => "clientcert",
            Self::ClientKey(_) => "clientkey",
            Self::IgnoreLocalTime(_) => "ignorelocaltime",
            Self::NegotiateTime(_) => "negotiatetime",
            Self::EnableSni(_) => "enableSNI",
            Self::Password(_) => "password",
        }
    }
}

impl Encode for Configure<'_> {
    fn encode(&self, out: &mut Encoder<'_>) {
        out.text(NAME).text("=\"").text(self.setting.key()).text("\"");
        out.then(self.context);
        match self.setting {
            Setting::Version(value)
            | Setting::AuthMode(value)
            | Setting::IgnoreLocalTime(value)
            | Setting::EnableSni(value) => out.then(value),
            Setting::NegotiateTime(seconds) => out.then(seconds),
            Setting::CaCert(file) | Setting::ClientCert(file) | Setting::ClientKey(file) => {
                out.then_quoted(file)
            }
            Setting::Password(password) => out.then_quoted(password.0),
        };
    }

    fn dialogue(&self) -> Dialogue {
        Dialogue::new(NAME).budget(budget::FLASH)
    }
}

impl Command for Configure<'_> {
    const NAME: &'static str = NAME;
    type Reply<'a> = ();

    fn decode<'a>(&self, info: InfoLines<'a>) -> Result<(), DecodeError> {
        info.none(NAME)
    }
}

impl<'a> Parse<'a> for Configure<'a> {
    const NAME: &'static str = NAME;

    fn parse(form: Form<'a>) -> Result<Self, DecodeError> {
        let mut fields = form.write()?;
        let unknown = fields.mismatch("a key that is known");
        let key = fields.quoted("a key")?;
        let context = fields.number("<ssl_ctx_index>")?;
        let setting = match key.as_bytes() {
            b"sslversion" => Setting::Version(fields.number("<sslversion>")?),
            b"authmode" => Setting::AuthMode(fields.number("<authmode>")?),
            b"cacert" => Setting::CaCert(fields.quoted("<cacert>")?),
            b"clientcert" => Setting::ClientCert(fields.quoted("<clientcert>")?),
            b"clientkey" => Setting::ClientKey(fields.quoted("<clientkey>")?),
            b"ignorelocaltime" => Setting::IgnoreLocalTime(fields.number("<ignorelocaltime>")?),
            b"negotiatetime" => Setting::NegotiateTime(fields.number("<negotiatetime>")?),
            b"enableSNI" => Setting::EnableSni(fields.number("<enableSNI>")?),
            b"password" => Setting::Password(Secret(fields.quoted("<password>")?)),
            _ => return Err(unknown),
        };
        fields.end()?;
        Ok(Self { context, setting })
    }
}

impl Readable for Configure<'_> {
    const NAME: &'static str = NAME;
    const INFO: InfoShape = InfoShape::named(NAME);
    type Reply<'a> = Replies<'a, TlsContext<'a>>;

    fn decode_read(info: InfoLines<'_>) -> Result<Self::Reply<'_>, DecodeError> {
        info.all()
    }
}

pub(super) const NAME: &str = "+CSSLCFG";
