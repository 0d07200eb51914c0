//! The programs that the tests start: `openssl`, `mosquitto` and its clients.

use std::env;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

/// The program's command. Brokers lie where the `PATH` of few users leads.
///
/// # Panics
/// It is not installed; the words say how to get it.
#[must_use]
pub fn command(name: &str) -> Command {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    let found = folders
        .map(|folder| folder.join(name))
        .find(|program| program.is_file());
    Command::new(found.unwrap_or_else(|| {
        panic!(
            "{name} is not installed; on Debian: apt-get install --no-install-recommends mosquitto mosquitto-clients openssl"
        )
    }))
}

/// A new folder, gone when it is dropped.
///
/// # Panics
/// The system gives none.
#[must_use]
pub fn folder() -> TempDir {
    tempfile::Builder::new()
        .prefix("cmqtt-tests-")
        .tempdir()
        .expect("a temporary folder")
}

/// Whether this process is root's.
#[must_use]
pub fn is_root(folder: &TempDir) -> bool {
    // Whoever makes a folder owns it.
    std::fs::metadata(folder.path()).is_ok_and(|folder| folder.uid() == 0)
}
