//! The programs that chores start: a broker, its clients and OpenSSL for the tests, LLVM's tools for coverage, and
//! subcommands of cargo.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::shell::{Result, Run};

/// Sees to it that the tests' broker is there, its clients, and OpenSSL.
pub(crate) fn ensure() -> Result {
    BROKER.ensure(&folders())
}

/// Sees to it that fuzzing can begin: nightly, and cargo-fuzz.
pub(crate) fn nightly_fuzz() -> Result {
    if Run::new("rustc +nightly --version").quiet().is_err() {
        return Err(String::from(
            "fuzzing needs nightly. To get it: rustup toolchain install nightly --profile minimal",
        ));
    }
    cargo_tool("fuzz", "0.13.2")
}

/// Sees to it that cargo-mutants is there.
pub(crate) fn mutants() -> Result {
    cargo_tool("mutants", "27.1.0")
}

/// Where LLVM's tools of the compiler's own version lie: they read what it writes.
pub(crate) fn llvm() -> Result<PathBuf> {
    let version = about_rustc("LLVM version: ")?;
    let major = version.split('.').next().unwrap_or(&version);
    let sysroot = Run::new("rustc --print sysroot")
        .quiet()
        .map_err(|failure| failure.output)?;
    // What rustup's component llvm-tools brings, or Debian's package.
    let host = about_rustc("host: ")?;
    let component = Path::new(sysroot.trim()).join(format!("lib/rustlib/{host}/bin"));
    let package = PathBuf::from(format!("/usr/lib/llvm-{major}/bin"));
    let llvm = Needed {
        purpose: "coverage needs",
        programs: &["llvm-profdata", "llvm-cov"],
        packages: &format!("llvm-{major}"),
    };
    if missing(llvm.programs, std::slice::from_ref(&component)).is_empty() {
        return Ok(component);
    }
    llvm.ensure(std::slice::from_ref(&package))?;
    Ok(package)
}

fn about_rustc(name: &str) -> Result<String> {
    let about = Run::new("rustc --version --verbose")
        .quiet()
        .map_err(|failure| failure.output)?;
    let value = about.lines().find_map(|line| line.strip_prefix(name));
    value
        .map(String::from)
        .ok_or_else(|| format!("rustc does not say its {name}{about}"))
}

/// A subcommand of cargo that is a package of its own.
fn cargo_tool(name: &str, version: &str) -> Result {
    if Run::new("cargo").arguments(&[name, "--version"]).quiet().is_ok() {
        return Ok(());
    }
    Run::new("cargo install --locked")
        .arguments(&[&format!("cargo-{name}"), "--version", version])
        .step(&format!("cargo-{name}"))
}

/// Programs that no cargo brings, and the packages of a system with `apt-get` that do.
struct Needed<'a> {
    purpose: &'a str,
    programs: &'a [&'static str],
    packages: &'a str,
}

impl Needed<'_> {
    /// Sees to it that all are there: in `folders`. Root of a system with `apt-get` gets
    /// those that are missing; everybody else is told what to type.
    fn ensure(&self, folders: &[PathBuf]) -> Result {
        let lacking = missing(self.programs, folders);
        if lacking.is_empty() {
            return Ok(());
        }
        let is_root = Run::new("id -u").quiet().is_ok_and(|id| id.trim() == "0");
        if !is_root || !holds(&self::folders(), "apt-get") {
            return Err(self.advice(&lacking));
        }
        Run::new(UPDATE).step("list of packages")?;
        let quiet = NoServices::begin();
        let installed = Run::new(INSTALL)
            .arguments(&self.packages.split(' ').collect::<Vec<_>>())
            .environment("DEBIAN_FRONTEND", "noninteractive")
            .step(self.packages);
        drop(quiet);
        installed?;
        match missing(self.programs, folders) {
            lacking if lacking.is_empty() => Ok(()),
            lacking => Err(self.advice(&lacking)),
        }
    }

    fn advice(&self, lacking: &[&str]) -> String {
        format!(
            "{} {}. To get them, as root: {UPDATE} && {INSTALL} {}",
            self.purpose,
            lacking.join(", "),
            self.packages
        )
    }
}

fn missing(programs: &[&'static str], folders: &[PathBuf]) -> Vec<&'static str> {
    let lacking = programs.iter().filter(|program| !holds(folders, program));
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

const BROKER: Needed<'static> = Needed {
    purpose: "the tests need",
    programs: &[
        "mosquitto",
        "mosquitto_passwd",
        "mosquitto_pub",
        "mosquitto_sub",
        "openssl",
    ],
    packages: "mosquitto mosquitto-clients openssl",
};
const UPDATE: &str = "apt-get update";
const INSTALL: &str = "apt-get install -y --no-install-recommends";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_the_command_to_get_it() {
        let lacking = missing(BROKER.programs, &[PathBuf::from("/nowhere")]);
        assert_eq!(lacking, BROKER.programs);
        let advice = BROKER.advice(&["mosquitto", "openssl"]);
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
