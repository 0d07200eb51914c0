//! A modem that says what a test wants it to say, and nothing else.

use std::fs::File;
use std::io::{Read, Write};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// A pseudo-terminal with a modem behind it that answers `AT` with these bytes, and says the others over and over after
/// that, if there are any. It stays open as long as the file does.
pub(crate) fn scripted(answer: Vec<u8>, flood: &'static [u8]) -> (String, File) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let modem = openpt(flags).expect("a pseudo-terminal");
    grantpt(&modem)
        .and_then(|()| unlockpt(&modem))
        .expect("it is ours");
    let name = ptsname(&modem, Vec::new()).expect("a name");
    let device = name.into_string().expect("UTF-8");
    let open = File::open(&device).expect("a device");
    let mut modem = File::from(modem);
    thread::spawn(move || {
        let (mut heard, mut byte) = (Vec::new(), [0]);
        while !heard.ends_with(b"AT\r") && modem.read_exact(&mut byte).is_ok() {
            heard.extend(byte);
        }
        modem.write_all(&answer).expect("room");
        while !flood.is_empty() && modem.write_all(flood).is_ok() {}
        // It answers nothing more, and stays.
        let _ = modem.read_to_end(&mut heard);
    });
    (device, open)
}
