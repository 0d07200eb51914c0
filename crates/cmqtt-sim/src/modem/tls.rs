//! TLS contexts and the files that they name (the vendor's note, chapter on CSSLCFG; the siblings' manuals for the
//! files).

use std::fmt::{self, Debug, Formatter};

use at_proto::tls::{Configure, DeleteFile, ListFiles, Setting, StoreFile, StoredFile, TlsContext};
use at_proto::{Form, Parse, Quoted, Secret};

mod request;

use super::context::{DataFor, Outcome, Reply};
use super::transmitter::Transmitter;
use crate::files::FileStore;
use crate::profile::Profile;
use crate::switches::{RefusedKeys, Toggle};

/// The contexts, and the files in the flash.
pub(super) struct Tls {
    contexts: Vec<Settings>,
    files: Box<dyn FileStore>,
}

/// One context.
#[derive(Clone)]
struct Settings {
    version: u8,
    auth_mode: u8,
    ca_cert: Vec<u8>,
    client_cert: Vec<u8>,
    client_key: Vec<u8>,
    ignore_local_time: u8,
    negotiate_time: u16,
    sni: u8,
    password: Vec<u8>,
}

impl Tls {
    pub(super) fn new(contexts: u8, files: Box<dyn FileStore>) -> Self {
        Self {
            contexts: vec![Settings::default(); contexts.into()],
            files,
        }
    }

    /// The modem restarts; files stay.
    pub(super) fn forget_contexts(&mut self) {
        self.contexts.fill(Settings::default());
    }

    /// Stores a file whose command was accepted.
    pub(super) fn store(&mut self, name: &[u8], file: &[u8]) -> Outcome {
        match self.files.write(name, file) {
            Ok(()) => Outcome::Ok,
            Err(_) => Outcome::Error,
        }
    }

    /// Runs a command whose name begins with `+CSSL` or `+CCERT`. It needs no service.
    pub(super) fn command(
        &mut self,
        tx: &mut Transmitter,
        profile: &Profile,
        name: &[u8],
        form: Form<'_>,
    ) -> Reply {
        let switches = &profile.switches;
        let refusals = &switches.refusals;
        Ok(match (name, form) {
            (b"+CSSLCFG", _) if refusals.tls_keys == RefusedKeys::All => Outcome::Error,
            (b"+CSSLCFG" | b"+CCERTDOWN" | b"+CCERTLIST" | b"+CCERTDELE", Form::Test) => Outcome::Ok,
            (b"+CSSLCFG", Form::Read) => {
                for (index, context) in (0u8..).zip(&self.contexts) {
                    tx.information(
                        switches,
                        &context.shown(index, context.sni.to_string().as_bytes()),
                    );
                }
                Outcome::Ok
            }
            (b"+CSSLCFG", form) => match Configure::parse(form)? {
                command if refusals.tls_keys.refuse(command.setting.key()) => Outcome::Error,
                command => self.configure(&command),
            },
            (b"+CCERTDOWN", _) if refusals.certificates == Toggle::Off => Outcome::Error,
            (b"+CCERTDOWN", form) => self.announce(StoreFile::parse(form)?),
            (b"+CCERTLIST", form) => {
                ListFiles::parse(form)?;
                for name in self.files.names() {
                    // One that could not stand in quotation marks was never stored.
                    let name = Quoted::new(name.as_slice()).unwrap_or_default();
                    tx.information(switches, &StoredFile { name });
                }
                Outcome::Ok
            }
            (b"+CCERTDELE", form) => match self.files.remove(DeleteFile::parse(form)?.name.as_bytes()) {
                true => Outcome::Ok,
                false => Outcome::Error,
            },
            _ => Outcome::Error,
        })
    }

    fn configure(&mut self, command: &Configure<'_>) -> Outcome {
        let Some(context) = self.contexts.get_mut(usize::from(command.context)) else {
            return Outcome::Error;
        };
        let file = |name: Quoted<'_>| name.as_bytes().to_vec();
        match command.setting {
            Setting::Version(version @ 0..=4) => context.version = version,
            Setting::AuthMode(mode @ 0..=3) => context.auth_mode = mode,
            Setting::CaCert(name) => context.ca_cert = file(name),
            Setting::ClientCert(name) => context.client_cert = file(name),
            Setting::ClientKey(name) => context.client_key = file(name),
            Setting::IgnoreLocalTime(flag @ 0..=1) => context.ignore_local_time = flag,
            Setting::NegotiateTime(seconds @ 10..=300) => context.negotiate_time = seconds,
            Setting::EnableSni(flag @ 0..=1) => context.sni = flag,
            Setting::Password(Secret(password)) => context.password = file(password),
            _ => return Outcome::Error,
        }
        Outcome::Ok
    }

    fn announce(&self, command: StoreFile<'_>) -> Outcome {
        let name = command.name.as_bytes();
        let named = [&b".pem"[..], b".der"]
            .iter()
            .any(|end| name.len() > end.len() && name.ends_with(end));
        let names = self.files.names();
        let room = names.len() < FILES || names.iter().any(|held| held == name);
        match usize::try_from(command.len) {
            Ok(len @ 1..=FILE) if named && room => {
                Outcome::Prompt(len, DataFor::File { name: name.to_vec() })
            }
            _ => Outcome::Error,
        }
    }
}

impl Settings {
    fn shown<'a>(&'a self, index: u8, tail: &'a [u8]) -> TlsContext<'a> {
        // All were read from quotation marks.
        let quoted = |name: &'a [u8]| Quoted::new(name).unwrap_or_default();
        TlsContext {
            context: index,
            version: self.version,
            auth_mode: self.auth_mode,
            ignore_local_time: self.ignore_local_time,
            negotiate_time: self.negotiate_time,
            ca_cert: quoted(&self.ca_cert),
            client_cert: quoted(&self.client_cert),
            client_key: quoted(&self.client_key),
            tail,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 4,
            auth_mode: 0,
            ca_cert: Vec::new(),
            client_cert: Vec::new(),
            client_key: Vec::new(),
            ignore_local_time: 1,
            negotiate_time: 300,
            sni: 0,
            password: Vec::new(),
        }
    }
}

impl Debug for Tls {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        // A file may be a key.
        f.debug_struct("Tls")
            .field("files", &self.files.names().len())
            .finish_non_exhaustive()
    }
}

/// A file's bytes, `AT+CCERTDOWN`.
const FILE: usize = 10240;

/// Inferred: nobody documents how many files there can be.
const FILES: usize = 64;
