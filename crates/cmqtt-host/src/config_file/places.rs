//! Where the file is looked for.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::{ConfigFileError, Found};

/// Where to look, taken from the environment or made up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// The file that `--config` or `CMQTT_CONFIG` names. It has to be there, and no other is looked for.
    pub named: Option<PathBuf>,
    /// The folder the program was started in.
    pub current: PathBuf,
    /// `$XDG_CONFIG_HOME`, or `.config` in the user's home.
    pub user: Option<PathBuf>,
}

impl Places {
    /// Where the environment says. `named` is the file of `--config`, which counts before `CMQTT_CONFIG`.
    pub fn from_environment(named: Option<PathBuf>) -> Self {
        let set = |name| env::var_os(name).filter(|value: &OsString| !value.is_empty());
        Self {
            named: named.or_else(|| set("CMQTT_CONFIG").map(PathBuf::from)),
            current: PathBuf::from("."),
            user: set("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or_else(|| set("HOME").map(|home| Path::new(&home).join(".config"))),
        }
    }

    /// The first file that is there: the named one; `cmqtt.toml` here; `cmqtt/cmqtt.toml` among the user's.
    ///
    /// # Errors
    /// [`ConfigFileError`]. That there is no file is none, unless one was named.
    pub fn find(&self) -> Result<Option<Found>, ConfigFileError> {
        if let Some(path) = &self.named {
            return Found::load(path).map(Some);
        }
        let user = self.user.as_ref().map(|folder| folder.join("cmqtt/cmqtt.toml"));
        for path in [Some(self.current.join("cmqtt.toml")), user]
            .into_iter()
            .flatten()
        {
            match Found::load(&path) {
                Err(ConfigFileError::Unreadable { source, .. }) if is_absent(&source) => {}
                found => return found.map(Some),
            }
        }
        Ok(None)
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}
