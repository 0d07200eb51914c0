//! A runtime that is busy with something else reads late. What it finds in the port then came in time.

use std::time::Duration;

use cmqtt_tokio::at_proto::cmqtt::ResultCode;
use cmqtt_tokio::{Client, Config, Event, Memory};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

use crate::setup::in_virtual_time;

const HEADER: &[u8] = b"\r\n+CMQTTRXSTART: 0,1,23\r\n+CMQTTRXTOPIC: 0,1\r\nt\r\n+CMQTTRXPAYLOAD: 0,23\r\n";
/// What it would mean outside of a message is that the connection is lost.
const PAYLOAD: &[u8] = b"\r\n+CMQTTCONNLOST: 0,1\r\n";
const END: &[u8] = b"\r\n+CMQTTRXEND: 0\r\n";

/// Longer than the modem may pause within a message.
const PAUSE: Duration = Duration::from_millis(5200);

fn driver() -> (DuplexStream, Client) {
    let (port, modem) = duplex(4096);
    (modem, Client::new(port, Config::SIM7028))
}

#[test]
fn a_pause_of_the_program_in_the_middle_of_a_message_loses_nothing() {
    in_virtual_time(async {
        let (mut modem, client) = driver();
        modem.write_all(HEADER).await.unwrap();
        tokio::time::timeout(Duration::from_secs(1), client.receive())
            .await
            .expect_err("half a message");
        modem.write_all(PAYLOAD).await.unwrap();
        modem.write_all(END).await.unwrap();
        // The clock moves before the task runs.
        tokio::time::advance(PAUSE).await;
        assert_eq!(client.receive().await.unwrap().payload, PAYLOAD);
    });
}

#[test]
fn a_message_whose_rest_is_not_there_after_the_pause_is_broken() {
    in_virtual_time(async {
        let (mut modem, client) = driver();
        modem.write_all(HEADER).await.unwrap();
        let event = client.next_event().await.unwrap();
        assert!(
            matches!(event, Event::MessageBroken { client: 0, .. }),
            "{event:?}"
        );
    });
}

#[test]
fn an_ok_that_lay_in_the_port_answers_no_request() {
    in_virtual_time(async {
        let (mut modem, client) = driver();
        modem.write_all(b"\r\nOK\r\n").await.unwrap();
        let modem = tokio::spawn(async move {
            let mut heard = [0; 14];
            modem.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"AT+CMQTTREL=0\r");
            modem
                .write_all(b"\r\n+CMQTTREL: 0,20\r\n\r\nERROR\r\n")
                .await
                .unwrap();
            modem
        });
        let error = client.release(0).await.expect_err("the modem refuses");
        assert_eq!(error.code(), Some(ResultCode(20)));
        let orphan = Event::Unclaimed(b"OK".to_vec());
        assert_eq!(client.next_event().await.unwrap(), orphan);
        modem.await.unwrap();
    });
}

/// More than the task reads at once, and more messages than are kept for a reader that does not read: the task goes on by
/// itself, and lets the reader read in between.
#[test]
fn a_long_burst_is_read_to_its_end_and_nothing_of_it_is_dropped() {
    in_virtual_time(async {
        let count = 2 * Memory::default().messages;
        let message = [HEADER, PAYLOAD, END].concat();
        let (port, mut modem) = duplex(count * message.len());
        let client = Client::new(port, Config::SIM7028);
        modem.write_all(&message.repeat(count)).await.unwrap();
        for number in 0..count {
            let next = tokio::time::timeout(Duration::from_secs(60), client.receive()).await;
            let next = next.unwrap_or_else(|_| panic!("message {number} of {count} does not come"));
            assert_eq!(next.unwrap().payload, PAYLOAD);
        }
    });
}
