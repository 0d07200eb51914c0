//! The read answer of `AT+CSSLCFG`: a TLS context.

use core::fmt::{self, Debug, Formatter};

use crate::encode::{Encoder, Quoted};
use crate::error::DecodeError;
use crate::grammar::Fields;
use crate::info::Information;

use super::configure::NAME;

/// `+CSSLCFG: 0,3,1,0,120,"digicert_g2.pem","","",1`: one context of the read answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TlsContext<'a> {
    /// The context.
    pub context: u8,
    /// `sslversion`; see [`Setting`](super::Setting) for this and the next.
    pub version: u8,
    /// `authmode`.
    pub auth_mode: u8,
    /// `ignorelocaltime`.
    pub ignore_local_time: u8,
    /// `negotiatetime`, in seconds.
    pub negotiate_time: u16,
    /// `cacert`; empty where none is set.
    pub ca_cert: Quoted<'a>,
    /// `clientcert`; empty where none is set.
    pub client_cert: Quoted<'a>,
    /// `clientkey`; empty where none is set.
    pub client_key: Quoted<'a>,
    /// What follows, as the modem printed it: the family decides. Not printed by `Debug`: it may hold a password.
    pub tail: &'a [u8],
}

impl<'a> Information<'a> for TlsContext<'a> {
    fn decode(line: &'a [u8]) -> Result<Self, DecodeError> {
        let mut fields = Fields::of(line, NAME)?;
        Ok(Self {
            context: fields.number("<ssl_ctx_index>")?,
            version: fields.number("<sslversion>")?,
            auth_mode: fields.number("<authmode>")?,
            ignore_local_time: fields.number("<ignorelocaltime>")?,
            negotiate_time: fields.number("<negotiatetime>")?,
            ca_cert: fields.quoted("<cacert>")?,
            client_cert: fields.quoted("<clientcert>")?,
            client_key: fields.quoted("<clientkey>")?,
            tail: if fields.more() {
                fields.remainder("the line's end")?.trim_ascii_end()
            } else {
                fields.end()?;
                &[]
            },
        })
    }

    fn emit(&self, out: &mut Encoder<'_>) {
        out.text(NAME)
            .text(": ")
            .number(self.context)
            .then(self.version)
            .then(self.auth_mode)
            .then(self.ignore_local_time)
            .then(self.negotiate_time)
            .then_quoted(self.ca_cert)
            .then_quoted(self.client_cert)
            .then_quoted(self.client_key);
        if !self.tail.is_empty() {
            out.text(",").remainder(self.tail);
        }
    }
}

impl Debug for TlsContext<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsContext")
            .field("context", &self.context)
            .field("version", &self.version)
            .field("auth_mode", &self.auth_mode)
            .field("ignore_local_time", &self.ignore_local_time)
            .field("negotiate_time", &self.negotiate_time)
            .field("ca_cert", &self.ca_cert)
            .field("client_cert", &self.client_cert)
            .field("client_key", &self.client_key)
            .finish_non_exhaustive()
    }
}
