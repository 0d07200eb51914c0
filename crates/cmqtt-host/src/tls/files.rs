//! The files of one connection.

use std::path::{Path, PathBuf};

use super::certificate::CertificateFile;
use super::clock::ModemTime;
use super::doubt::{Doubt, TlsWarning};
use super::error::{Problem, TlsFileError};
use super::key::KeyFile;
use super::role::Role;
use super::source;

/// Where the files are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsPaths {
    /// The certificate that the broker's is checked against.
    pub ca: Option<PathBuf>,
    /// The certificate that the client shows.
    pub client_cert: Option<PathBuf>,
    /// Its key.
    pub client_key: Option<PathBuf>,
}

/// What goes to the modem, read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate that the broker's is checked against.
    pub ca: Option<CertificateFile>,
    /// The certificate that the client shows.
    pub client_cert: Option<CertificateFile>,
    /// Its key, which belongs to it.
    pub client_key: Option<KeyFile>,
    /// What is suspicious, although nothing is refused: show it to the user.
    pub warnings: Vec<TlsWarning>,
    paths: TlsPaths,
}

impl TlsFiles {
    /// Reads the files and checks everything but the time.
    ///
    /// # Errors
    /// [`TlsFileError`]: which file, what is wrong, where, and what to do.
    pub fn load(paths: &TlsPaths) -> Result<Self, TlsFileError> {
        let certificate = |role, path: &Option<PathBuf>| {
            let read = |path: &PathBuf| {
                named(
                    role,
                    path,
                    source::read(path).and_then(|content| CertificateFile::parse(role, content)),
                )
            };
            path.as_ref().map(read).transpose()
        };
        let ca = certificate(Role::Ca, &paths.ca)?;
        let client_cert = certificate(Role::ClientCertificate, &paths.client_cert)?;
        let client_key = match &paths.client_key {
            Some(path) => {
                let key = source::read(path).and_then(KeyFile::parse);
                Some(named(Role::ClientKey, path, key)?)
            }
            None => None,
        };
        let mut files = Self {
            ca,
            client_cert,
            client_key,
            warnings: Vec::new(),
            paths: paths.clone(),
        };
        let pair = files.check_pair()?;
        let mut warnings = Vec::new();
        let mut warn = |role, path: &Option<PathBuf>, doubts: Vec<Doubt>| {
            let path = path.clone().unwrap_or_default();
            warnings.extend(doubts.into_iter().map(|doubt| TlsWarning {
                role,
                path: path.clone(),
                doubt,
            }));
        };
        for (file, path) in [(&files.ca, &paths.ca), (&files.client_cert, &paths.client_cert)] {
            if let Some(file) = file {
                warn(file.role(), path, file.doubts().collect());
            }
        }
        warn(Role::ClientKey, &paths.client_key, pair.into_iter().collect());
        files.warnings = warnings;
        Ok(files)
    }

    /// Every certificate is valid by the modem's own clock. Who does not know the clock leaves this out.
    ///
    /// # Errors
    /// [`Problem::Expired`] and [`Problem::NotYetValid`], of the file that they are about.
    pub fn check_time(&self, now: ModemTime) -> Result<(), TlsFileError> {
        for (file, path) in [
            (&self.ca, &self.paths.ca),
            (&self.client_cert, &self.paths.client_cert),
        ] {
            if let (Some(file), Some(path)) = (file, path) {
                named(file.role(), path, file.check_time(now))?;
            }
        }
        Ok(())
    }

    /// Each file's name on the modem and its bytes, in the order of [`Role`].
    pub fn uploads(&self) -> impl Iterator<Item = (String, &[u8])> {
        let certificate = |file: &'_ Option<CertificateFile>| file.as_ref().map(CertificateFile::modem_name);
        let ca = certificate(&self.ca).zip(self.ca.as_ref().map(CertificateFile::content));
        let cert =
            certificate(&self.client_cert).zip(self.client_cert.as_ref().map(CertificateFile::content));
        let key = self
            .client_key
            .as_ref()
            .map(|key| (key.modem_name(), key.content()));
        [ca, cert, key].into_iter().flatten()
    }

    fn check_pair(&self) -> Result<Option<Doubt>, TlsFileError> {
        let TlsPaths {
            client_cert,
            client_key,
            ..
        } = &self.paths;
        let alone = |missing| Err(Problem::Alone { missing });
        match (client_cert, client_key) {
            (Some(path), None) => named(Role::ClientCertificate, path, alone(Role::ClientKey)),
            (None, Some(path)) => named(Role::ClientKey, path, alone(Role::ClientCertificate)),
            (Some(_), Some(path)) => match (&self.client_cert, &self.client_key) {
                (Some(certificate), Some(key)) => named(Role::ClientKey, path, key.check_pair(certificate)),
                _ => Ok(None),
            },
            (None, None) => Ok(None),
        }
    }
}

fn named<T>(role: Role, path: &Path, result: Result<T, Problem>) -> Result<T, TlsFileError> {
    result.map_err(|problem| TlsFileError {
        role,
        path: path.to_owned(),
        problem,
    })
}
