//! Certificates made with OpenSSL's command line, once a test process, in a folder that goes with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::programs;

/// A folder with these files, each a PEM unless its name says otherwise; a certificate's key is `<name>.key`:
///
/// | certificate | what it is |
/// |---|---|
/// | `ca.pem`, `ca.der` | the authority |
/// | `other_ca.pem` | another, whom nothing here descends from but `stranger.pem` |
/// | `server.pem` | for `localhost`, `127.0.0.1`, and the hosts of the vendor's note |
/// | `old_server.pem` | the same as OpenSSL's shortest recipe makes it: version 1, `localhost` as common name |
/// | `old_client.pem` | a client's, made in the same way |
/// | `expired.pem` | the same host, of the year 2020 |
/// | `wrong_name.pem` | for another host |
/// | `client.pem`, `client.der` | a client; its key also as `client_key.der`, and with a [password](PASSWORD) in `locked.key` |
/// | `stranger.pem` | a client of the other authority; its key fits no other certificate |
/// | `self_signed.pem` | for `localhost`, by nobody's authority but its own |
#[derive(Debug)]
pub struct Certificates(TempDir);

/// Of `locked.key`.
pub const PASSWORD: &str = "s3cret";

impl Certificates {
    /// This process's.
    ///
    /// # Panics
    /// OpenSSL is not there, or does not do as it is told: its own words are shown.
    #[must_use]
    pub fn get() -> &'static Self {
        static ONCE: OnceLock<Certificates> = OnceLock::new();
        ONCE.get_or_init(Self::make)
    }

    /// Where a file is.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file's bytes.
    ///
    /// # Panics
    /// There is no such file.
    #[must_use]
    #[track_caller]
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn make() -> Self {
        let folder = programs::folder();
        let maker = Maker(folder.path());
        maker.authority("ca", "the tests' authority");
        maker.authority("other_ca", "another authority");
        maker.authority("self_signed", "localhost");
        let hosts = "DNS:localhost,IP:127.0.0.1,DNS:test.mosquitto.org,DNS:hooleeping.com";
        maker.issue("server", "ca", &format!("localhost/{hosts}"), VALID);
        maker.issue("expired", "ca", &format!("localhost/{hosts}"), OVER);
        maker.issue(
            "wrong_name",
            "ca",
            "elsewhere.example/DNS:elsewhere.example",
            VALID,
        );
        maker.issue("client", "ca", "a modem/DNS:modem.example", VALID);
        maker.issue("stranger", "other_ca", "a stranger/DNS:modem.example", VALID);
        for (name, subject, key) in [
            ("old_server", "localhost", "rsa:2048"),
            ("old_client", "modem", CURVE),
        ] {
            maker.openssl(&format!(
                "req -new -newkey {key} -nodes -subj /CN={subject} -keyout {name}.key -out {name}.csr"
            ));
            maker.openssl(&format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 -out {name}.pem"
            ));
        }
        maker.openssl("x509 -in ca.pem -outform DER -out ca.der");
        maker.openssl("x509 -in client.pem -outform DER -out client.der");
        maker.openssl("pkcs8 -topk8 -nocrypt -in client.key -outform DER -out client_key.der");
        maker.openssl(&format!(
            "pkcs8 -topk8 -v2 aes-256-cbc -in client.key -passout pass:{PASSWORD} -out locked.key"
        ));
        Self(folder)
    }
}

struct Maker<'a>(&'a Path);

impl Maker<'_> {
    /// One that signs itself, and others.
    fn authority(&self, name: &str, subject: &str) {
        for (end, content) in [("index", ""), ("serial", "01\n")] {
            fs::write(self.0.join(format!("{name}.{end}")), content).expect("a file");
        }
        self.request(name, subject);
        self.sign(name, name, "critical,CA:TRUE", "DNS:localhost", VALID);
    }

    /// One of an authority: its names are a common name, a slash, and alternative names.
    fn issue(&self, name: &str, authority: &str, names: &str, dates: [&str; 2]) {
        let (common, alternative) = names.split_once('/').expect("two kinds of names");
        self.request(name, common);
        self.sign(name, authority, "critical,CA:FALSE", alternative, dates);
    }

    /// A key, and a request for a certificate.
    fn request(&self, name: &str, subject: &str) {
        let mut command = self.command();
        command.args(format!("req -new -newkey {CURVE} -nodes").split(' '));
        command.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.csr")]);
        command.args(["-subj", &format!("/CN={subject}")]);
        run(command);
    }

    /// Of OpenSSL's ways to a certificate this is the one that takes dates.
    fn sign(&self, name: &str, authority: &str, constraints: &str, alternative: &str, dates: [&str; 2]) {
        let configuration = format!(
            "[ca]\ndefault_ca = this\n[this]\ndatabase = {authority}.index\nserial = {authority}.serial\n\
             new_certs_dir = .\ndefault_md = sha256\npolicy = any\nunique_subject = no\nx509_extensions = more\n\
             [any]\ncommonName = supplied\n\
             [more]\nbasicConstraints = {constraints}\nsubjectAltName = {alternative}\n"
        );
        let file = format!("{name}.cnf");
        fs::write(self.0.join(&file), configuration).expect("a file");
        let mut command = self.command();
        command.args([
            "ca",
            "-batch",
            "-notext",
            "-config",
            &file,
            "-keyfile",
            &format!("{authority}.key"),
        ]);
        if name == authority {
            command.arg("-selfsign");
        } else {
            command.args(["-cert", &format!("{authority}.pem")]);
        }
        command.args(["-startdate", dates[0], "-enddate", dates[1]]);
        command.args(["-in", &format!("{name}.csr"), "-out", &format!("{name}.pem")]);
        run(command);
    }

    fn openssl(&self, line: &str) {
        let mut command = self.command();
        command.args(line.split(' '));
        run(command);
    }

    fn command(&self) -> Command {
        let mut command = programs::command("openssl");
        command.current_dir(self.0);
        command
    }
}

fn run(mut command: Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// The keys that are made the fastest.
const CURVE: &str = "ec -pkeyopt ec_paramgen_curve:P-256";
const VALID: [&str; 2] = ["20200101000000Z", "20491231000000Z"];
const OVER: [&str; 2] = ["20200101000000Z", "20200201000000Z"];
