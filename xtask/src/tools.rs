//! The programs that the tests start and that no `cargo` brings: a broker, its clients, and OpenSSL.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::shell::{Result, Run};

/// Sees to it that all are there. Root of a system with `apt-get` gets those that are missing; everybody else is told
/// what to type.
pub(crate) fn ensure() -> Result {
    let folders = folders();
    let lacking = missing(&folders);
    if lacking.is_empty() {
        return Ok(());
    }
    let is_root = Run::new("id -u").quiet().is_ok_and(|id| id.trim() == "0");
    if !is_root || !holds(&folders, "apt-get") {
        return Err(advice(&lacking));
    }
    Run::new(UPDATE).step("list of packages")?;
    let quiet = NoServices::begin();
    let installed = Run::new(INSTALL)
        .environment("DEBIAN_FRONTEND", "noninteractive")
        .step("broker and OpenSSL for the tests");
    drop(quiet);
    installed?;
    match missing(&folders) {
        lacking if lacking.is_empty() => Ok(()),
        lacking => Err(advice(&lacking)),
    }
}

fn advice(lacking: &[&str]) -> String {
    format!(
        "the tests need {}. To get them, as root: {UPDATE} && {INSTALL}",
        lacking.join(", ")
    )
}

fn missing(folders: &[PathBuf]) -> Vec<&'static str> {
    let lacking = PROGRAMS.iter().filter(|program| !holds(folders, program));
    lacking.copied().collect()
}

fn holds(folders: &[PathBuf], program: &str) -> bool {
    let is_program = |path: PathBuf| {
        fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
    };
    folders.iter().any(|folder| is_program(folder.join(program)))
}

/// Where programs lie: brokers where the `PATH` of few users leads.
fn folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from))
        .collect()
}

/// While this lives, installing a package starts no service (Debian's policy manual, section 9.3.3.1): the tests start
/// their own brokers, and one more would take MQTT's port.
struct NoServices(Option<&'static Path>);

impl NoServices {
    fn begin() -> Self {
        let path = Path::new("/usr/sbin/policy-rc.d");
        let mut options = fs::OpenOptions::new();
        let made = options.write(true).create_new(true).mode(0o755).open(path);
        let written = made.and_then(|_| fs::write(path, "#!/bin/sh\nexit 101\n"));
        match written {
            Ok(()) => Self(Some(path)),
            // Somebody has said already what may start: containers usually have.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self(None),
            Err(error) => {
                eprintln!("{}: {error}; the broker's service may start", path.display());
                Self(None)
            }
        }
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if let Some(path) = self.0
            && let Err(error) = fs::remove_file(path)
        {
            eprintln!("{}: {error}; remove it by hand", path.display());
        }
    }
}

const PROGRAMS: &[&str] = &[
    "mosquitto",
    "mosquitto_passwd",
    "mosquitto_pub",
    "mosquitto_sub",
    "openssl",
];
const UPDATE: &str = "apt-get update";
const INSTALL: &str = "apt-get install -y --no-install-recommends mosquitto mosquitto-clients openssl";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_command_to_get_it() {
        let lacking = missing(&[PathBuf::from("/nowhere")]);
        assert_eq!(lacking, PROGRAMS);
        let advice = advice(&["mosquitto", "openssl"]);
        assert!(
            advice.starts_with("the tests need mosquitto, openssl. To get them, as root: apt-get update && ")
        );
    }

    #[test]
    fn a_file_that_cannot_be_run_is_no_program() {
        let source = Path::new(file!());
        let name = source.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(!holds(&[Path::new(env!("CARGO_MANIFEST_DIR")).join("src")], name));
        assert!(holds(&[PathBuf::from("/bin")], "sh"));
    }
}
