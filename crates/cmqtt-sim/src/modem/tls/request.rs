//! What a context asks of a connection, once its files are read.

use std::time::Duration;

use at_proto::cmqtt::ResultCode;

use super::{Settings, Tls};
use crate::network::{TlsIdentity, TlsRequest, TlsVersion};
use crate::switches::{NameCheck, Switches};

impl Tls {
    /// The context's request, with the files that its `authmode` needs. `time` is the modem's.
    pub(in crate::modem) fn request(
        &self,
        context: u8,
        switches: &Switches,
        time: Duration,
    ) -> Result<TlsRequest, ResultCode> {
        let context = self.contexts.get(usize::from(context));
        let settings = context.ok_or(ResultCode::INVALID_PARAMETER)?;
        let (verifies, shows) = match settings.auth_mode {
            0 => (false, false),
            1 => (true, false),
            2 => (true, true),
            _ => (false, true),
        };
        let sni = settings.sni == 1;
        Ok(TlsRequest {
            version: settings.version(),
            ca: verifies.then(|| self.file(&settings.ca_cert)).transpose()?,
            identity: shows.then(|| self.identity(settings)).transpose()?,
            sni,
            check_name: match switches.name_check {
                NameCheck::Always => verifies,
                NameCheck::WithSni => verifies && sni,
                NameCheck::Never => false,
            },
            time: (settings.ignore_local_time == 0).then_some(time),
            negotiation_time: Duration::from_secs(settings.negotiate_time.into()),
        })
    }

    fn identity(&self, settings: &Settings) -> Result<TlsIdentity, ResultCode> {
        Ok(TlsIdentity {
            certificate: self.file(&settings.client_cert)?,
            key: self.file(&settings.client_key)?,
            password: settings.password.clone(),
        })
    }

    /// A name that is not set, and one that names nothing.
    fn file(&self, name: &[u8]) -> Result<Vec<u8>, ResultCode> {
        self.files.read(name).ok_or(ResultCode::CERTIFICATE_NOT_SET)
    }
}

impl Settings {
    fn version(&self) -> TlsVersion {
        match self.version {
            0 => TlsVersion::Ssl3,
            1 => TlsVersion::Tls10,
            2 => TlsVersion::Tls11,
            3 => TlsVersion::Tls12,
            _ => TlsVersion::All,
        }
    }
}
