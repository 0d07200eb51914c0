//! Passwords are printed nowhere.

use at_proto::cmqtt::{KeepAlive, Password, ServerAddress, UserName};
use cmqtt_core::{Client, Config, Connection, Instant, Login, Output, Storage};

#[test]
fn a_password_never_shows() {
    let storage =
        Storage::new(vec![0; 1024], vec![0; 64], vec![0; 1024], vec![0; 1024]).expect("room enough");
    let mut client = Client::new(Config::SIM7028, storage);
    let mut shown = Vec::new();
    let login = Login {
        user: UserName::new("user").unwrap(),
        password: Some(Password::new("hunter2").unwrap()),
    };
    let connect = Connection {
        client: 0,
        server: ServerAddress::new("tcp://broker:1883").unwrap(),
        keep_alive: KeepAlive::new(60).unwrap(),
        clean_session: true,
        login: Some(login),
    };
    shown.push(format!("{connect:?}"));
    client.connect(&connect).unwrap();
    // A whole echo, one that lost its first byte, and the read answer, which carries the password in clear.
    let mut heard = &b"AT+CMQTTCONNECT=0,\"tcp://broker:1883\",60,1,\"user\",\"hunter2\"\r\
        T+CMQTTCONNECT=0,\"tcp://broker:1883\",60,1,\"user\",\"hunter2\"\r\
        \r\n+CMQTTCONNECT: 0,\"tcp://broker:1883\",60,1,\"user\",\"hunter2\"\r\n"[..];
    loop {
        let output = client.poll();
        shown.push(format!("{output:?}"));
        match output {
            Output::Transmit(bytes) => {
                let len = bytes.len();
                client.handle_transmitted(Instant::ZERO, len);
            }
            Output::Event(_) => {}
            Output::Wait(_) if heard.is_empty() => break,
            Output::Wait(_) => {
                let taken = client.handle_received(Instant::ZERO, heard);
                heard = &heard[taken..];
            }
        }
        shown.push(format!("{client:?}"));
    }
    let shown = shown.join("\n");
    assert!(
        !shown.contains("hunter2") && !shown.contains("104, 117, 110"),
        "{shown}"
    );
    assert_eq!(shown.matches("[redacted]").count(), 3, "{shown}");
}
