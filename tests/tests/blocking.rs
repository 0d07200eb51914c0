//! Ports that only the blocking driver has: whatever reads and writes. What both drivers do is in `drivers/`.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use cmqtt_blocking::at_proto::network::Signal;
use cmqtt_blocking::{Client, Config, Port, SelfTimed};
use cmqtt_sim::host::{ModemServer, ServerOptions};
use cmqtt_sim::{Modem, Profile};

fn modem() -> (ModemServer, UnixStream) {
    let modem = Modem::new(Profile::SIM7028.at_once());
    ModemServer::pair(modem, ServerOptions::default()).expect("a socket")
}

fn conversation<P: Port>(port: P) {
    let mut client = Client::new(port, Config::SIM7028);
    for _ in 0..3 {
        let strength = client.command(&Signal, |quality| quality.dbm()).unwrap();
        assert_eq!(strength, Some(-67));
    }
    client.learn_limits().unwrap();
    client.start().unwrap();
    client.stop().unwrap();
    assert_eq!(client.next_event(Duration::ZERO).unwrap(), None);
}

#[test]
fn whatever_reads_and_writes_and_ends_its_reads() {
    let (_modem, socket) = modem();
    socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    conversation(SelfTimed(socket));
}

/// A port that is interrupted by a signal at every second call, and takes one byte at a time.
struct Nervous(UnixStream, bool);

impl Nervous {
    fn interrupted(&mut self) -> io::Result<()> {
        self.1 = !self.1;
        if self.1 {
            Err(io::ErrorKind::Interrupted.into())
        } else {
            Ok(())
        }
    }
}

impl Read for Nervous {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.interrupted()?;
        self.0.read(&mut buffer[..1])
    }
}

impl Write for Nervous {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.interrupted()?;
        self.0.write(&bytes[..1])
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Port for Nervous {
    fn set_timeout(&mut self, timeout: Duration) -> io::Result<()> {
        Port::set_timeout(&mut self.0, timeout)
    }
}

#[test]
fn short_and_interrupted_calls_make_no_difference() {
    let (_modem, socket) = modem();
    conversation(Nervous(socket, false));
}
