//! `cmqtt.toml`: defaults for a program's arguments. An argument counts before the environment, the environment before
//! the file.
//!
//! ```toml
//! device = "/dev/ttyUSB2"
//! family = "SIM7028"
//! apn = "iot.example"
//! host = "broker.example"
//! cafile = "ca.pem"      # beside this file
//! qos = 1
//! ```

use std::path::{Path, PathBuf};

use serde::Deserialize;

mod places;
pub use places::Places;

mod hidden;
pub use hidden::Hidden;

mod password_file;
pub use password_file::PasswordFile;

mod trusted;
use trusted::TrustedFile;
pub use trusted::{FileError, FileRefusal};

/// What the file says. Values are as they stand there: whoever uses one checks it as it checks the argument.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ConfigFile {
    /// The serial device.
    pub device: Option<String>,
    /// The line's speed in bits a second.
    pub baud: Option<u32>,
    /// The modem's family.
    pub family: Option<String>,
    /// The access point's name.
    pub apn: Option<String>,
    /// The SIM's PIN.
    pub pin: Option<Hidden>,
    /// The client index.
    pub client: Option<u8>,
    /// The broker's host.
    pub host: Option<String>,
    /// The broker's port.
    pub port: Option<u16>,
    /// The user name.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Hidden>,
    /// The client identifier.
    pub id: Option<String>,
    /// Seconds between two packets.
    pub keep_alive: Option<u32>,
    /// The file with the CA certificate.
    pub cafile: Option<PathBuf>,
    /// The file with the client certificate.
    pub cert: Option<PathBuf>,
    /// The file with the client key.
    pub key: Option<PathBuf>,
    /// TLS without verification.
    pub insecure: Option<bool>,
    /// The quality of service.
    pub qos: Option<u8>,
}

/// A file that was found, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which file.
    pub path: PathBuf,
    /// What it says, its paths made absolute from where it lies.
    pub config: ConfigFile,
    /// A sentence for the user, where others can read a secret in it.
    pub warning: Option<String>,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigFileError {
    /// It cannot be read, or somebody else can change it.
    #[error("configuration file {0}")]
    File(#[from] FileError),
    /// It is not UTF-8.
    #[error("configuration file {}, line {line}: not UTF-8; save it as UTF-8", path.display())]
    NotUtf8 {
        /// Which file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// It is no TOML, or has a key or a value that is not known.
    #[error("configuration file {}, line {line}{}: {reason}", path.display(), of(key))]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// The key in that line, where there is one.
        key: Option<String>,
        /// What is wrong. Never a value of a secret key.
        reason: String,
    },
}

impl Found {
    /// Reads one file, which the user or root has to own and nobody else may write to: it decides where passwords go.
    ///
    /// # Errors
    /// [`ConfigFileError`].
    pub fn load(path: &Path) -> Result<Self, ConfigFileError> {
        let TrustedFile {
            bytes,
            readable_by_others,
        } = TrustedFile::read(path, MAX)?;
        let text = std::str::from_utf8(&bytes).map_err(|error| ConfigFileError::NotUtf8 {
            path: path.to_owned(),
            line: line_of(&bytes, error.valid_up_to()),
        })?;
        let mut config = ConfigFile::parse(text, path)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for file in [&mut config.cafile, &mut config.cert, &mut config.key]
            .into_iter()
            .flatten()
        {
            *file = folder.join(&*file);
        }
        let warning = readable_by_others.then(|| warning(path, &config)).flatten();
        Ok(Self {
            path: path.to_owned(),
            config,
            warning,
        })
    }
}

impl ConfigFile {
    /// Reads a file's text. `path` is for errors.
    ///
    /// # Errors
    /// [`ConfigFileError::Invalid`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigFileError> {
        toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let line = line_of(text.as_bytes(), at);
            let key = key_of(text, line);
            let secret = key.as_deref().is_some_and(|key| SECRETS.contains(&key));
            // A parser may quote the value that it does not like.
            let reason = if secret {
                "expected a string in quotation marks, on one line".to_owned()
            } else {
                error.message().trim().replace('\n', ", ")
            };
            ConfigFileError::Invalid {
                path: path.to_owned(),
                line,
                key,
                reason,
            }
        })
    }
}

/// For a file that others can read.
fn warning(path: &Path, config: &ConfigFile) -> Option<String> {
    let what = match (&config.password, &config.pin) {
        (Some(_), _) => "password",
        (None, Some(_)) => "PIN",
        (None, None) => return None,
    };
    Some(readable(what, path))
}

/// The warning about a secret that others can read.
fn readable(what: &str, path: &Path) -> String {
    let path = path.display();
    format!("others can read the {what} in {path}: `chmod 600 {path}`")
}

/// The line that a byte is in, counted from 1.
fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes.iter().take(at).filter(|&&byte| byte == b'\n').count()
}

/// What stands before the `=` of a line.
fn key_of(text: &str, line: usize) -> Option<String> {
    let (key, _) = text.lines().nth(line - 1)?.split_once('=')?;
    let key = key.trim().trim_matches(['"', '\'']);
    let plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    (!key.is_empty() && key.chars().all(plain)).then(|| key.to_owned())
}

fn of(key: &Option<String>) -> String {
    key.as_ref().map_or_else(String::new, |key| format!(", `{key}`"))
}

const SECRETS: [&str; 2] = ["password", "pin"];
const MAX: usize = 65_536;

#[cfg(test)]
mod tests;
