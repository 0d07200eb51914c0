//! Where the file is looked for.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::{ConfigFileError, FileError, FileRefusal, Found};

/// Where to look, taken from the environment or made up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The file that `--config` or `CMQTT_CONFIG` names. It has to be there, and no other is looked for.
    pub named: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME`, or `.config` in the user's home.
    pub user: Option<PathBuf>,
}

impl Places {
    /// Where the environment says. `named` is the file of `--config`, which counts before `CMQTT_CONFIG`.
    pub fn from_environment(named: Option<PathBuf>) -> Self {
        let set = |name| env::var_os(name).filter(|value: &OsString| !value.is_empty());
        Self {
            named: named.or_else(|| set("CMQTT_CONFIG").map(PathBuf::from)),
            user: set("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or_else(|| set("HOME").map(|home| Path::new(&home).join(".config"))),
        }
    }

    /// The named file, or `cmqtt/cmqtt.toml` in the user's folder. None is looked for in the current folder, which may be
    /// anybody's.
    ///
    /// # Errors
    /// [`ConfigFileError`]. A file that is not there is an error only where it was named.
    pub fn find(&self) -> Result<Option<Found>, ConfigFileError> {
        if let Some(path) = &self.named {
            return Found::load(path).map(Some);
        }
        let Some(folder) = &self.user else {
            return Ok(None);
        };
        match Found::load(&folder.join("cmqtt/cmqtt.toml")) {
            Err(ConfigFileError::File(error)) if is_absent(&error) => Ok(None),
            found => found.map(Some),
        }
    }
}

fn is_absent(error: &FileError) -> bool {
    let absent = [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory];
    matches!(&error.reason, FileRefusal::Unreadable(error) if absent.contains(&error.kind()))
}
