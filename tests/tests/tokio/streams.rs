//! Messages and events as streams.

use std::time::Duration;

use cmqtt_tokio::{Client, Config, Event, Memory};
use tokio::io::{AsyncWriteExt, duplex};
use tokio_stream::StreamExt;

use crate::setup::{connected, deliver, in_virtual_time};

#[test]
fn messages_come_in_order_and_events_beside_them() {
    in_virtual_time(async {
        let (_modem, client) = connected().await;
        let reader = client.messages();
        let publisher = tokio::spawn(async move {
            for number in 0..10 {
                deliver(&client, &[number]).await;
            }
        });
        let payloads: Vec<_> = reader
            .take(10)
            .map(|message| message.unwrap().payload)
            .collect()
            .await;
        assert_eq!(payloads, (0..10).map(|number| vec![number]).collect::<Vec<_>>());
        publisher.await.unwrap();
    });
}

#[test]
fn a_stream_ends_after_the_error_that_the_port_brings() {
    in_virtual_time(async {
        let (port, mut modem) = duplex(4096);
        let client = Client::new(port, Config::SIM7028);
        modem.write_all(b"\r\nSMS DONE\r\n").await.unwrap();
        drop(modem);
        let mut events = client.events();
        assert_eq!(
            events.next().await.unwrap().unwrap(),
            Event::Network(b"SMS DONE".to_vec())
        );
        assert!(events.next().await.unwrap().is_err());
        assert!(events.next().await.is_none());
        let mut messages = client.messages();
        assert!(messages.next().await.unwrap().is_err());
        assert!(messages.next().await.is_none());
    });
}

#[test]
fn two_readers_share_the_messages() {
    in_virtual_time(async {
        let (_modem, client) = connected().await;
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let reader = client.messages();
                tokio::spawn(async move {
                    let silence = Duration::from_secs(60);
                    let mut reader = std::pin::pin!(reader.timeout(silence));
                    let mut heard = vec![];
                    while let Some(Ok(message)) = reader.next().await {
                        heard.push(message.unwrap().payload);
                    }
                    heard
                })
            })
            .collect();
        for number in 0..10 {
            deliver(&client, &[number]).await;
        }
        let mut heard = vec![];
        for reader in readers {
            heard.extend(reader.await.unwrap());
        }
        heard.sort();
        assert_eq!(heard, (0..10).map(|number| vec![number]).collect::<Vec<_>>());
    });
}

#[test]
fn a_slow_reader_is_told_how_much_it_missed() {
    in_virtual_time(async {
        let (port, mut modem) = duplex(4096);
        let memory = Memory {
            events: 1,
            ..Memory::default()
        };
        let client = Client::with_memory(port, Config::SIM7028, memory);
        modem.write_all(&b"\r\nSMS DONE\r\n".repeat(4)).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut events = client.events();
        assert_eq!(
            events.next().await.unwrap().unwrap(),
            Event::Network(b"SMS DONE".to_vec())
        );
        let missed = Event::Overflow {
            messages: 0,
            events: 3,
        };
        assert_eq!(events.next().await.unwrap().unwrap(), missed);
    });
}
