//! Handles, and the task that lives as long as they do.

use std::time::Duration;

use cmqtt_sim::Profile;
use cmqtt_tests::async_modem::AsyncModem;
use cmqtt_tokio::{Client, Config, Error, Outcome};
use tokio::io::AsyncReadExt;

use crate::setup::{bring_up, connected, in_step, in_virtual_time, publication};

#[test]
fn several_tasks_publish_and_each_message_arrives_once() {
    in_virtual_time(async {
        let (modem, client) = connected().await;
        let publishers: Vec<_> = (0..8_u8)
            .map(|number| {
                let client = client.clone();
                tokio::spawn(async move {
                    for count in 0..4 {
                        let outcome = client.publish(&publication("many", &[number, count])).await;
                        assert_eq!(outcome.unwrap(), Outcome::Delivered);
                    }
                })
            })
            .collect();
        for publisher in publishers {
            publisher.await.unwrap();
        }
        let mut published = modem.published("many");
        published.sort();
        let expected: Vec<_> = (0..8)
            .flat_map(|number| (0..4).map(move |count| vec![number, count]))
            .collect();
        assert_eq!(published, expected);
    });
}

#[test]
fn the_last_handle_closes_the_port() {
    in_virtual_time(async {
        let (port, mut modem) = tokio::io::duplex(64);
        let client = Client::new(port, Config::SIM7028);
        let (clone, stream) = (client.clone(), client.messages());
        drop(client);
        drop(clone);
        let mut byte = [0];
        let open = tokio::time::timeout(Duration::from_secs(3600), modem.read(&mut byte)).await;
        assert!(open.is_err(), "a stream is a handle");
        drop(stream);
        assert_eq!(modem.read(&mut byte).await.unwrap(), 0);
    });
}

#[test]
fn the_last_handle_lets_the_request_that_runs_end() {
    in_virtual_time(async {
        let (modem, client) = connected().await;
        let message = publication("dropped", b"once");
        tokio::time::timeout(Duration::from_millis(30), client.publish(&message))
            .await
            .expect_err("it takes longer");
        drop(client);
        // The next program finds a modem in step.
        let (port, _) = modem.connect();
        let client = Client::new(port, Config::SIM7028);
        tokio::time::sleep(Duration::from_secs(5)).await;
        assert_eq!(modem.published("dropped"), [b"once"]);
        bring_up(&client).await;
        in_step(&modem, &client).await;
    });
}

#[test]
fn a_port_that_fails_is_told_once_to_each_handle() {
    in_virtual_time(async {
        let (port, modem) = tokio::io::duplex(64);
        let client = Client::new(port, Config::SIM7028);
        let other = client.clone();
        drop(modem);
        for handle in [&client, &other] {
            assert!(matches!(handle.receive().await, Err(Error::Port(_))));
        }

        let modem = AsyncModem::new(Profile::SIM7028);
        client.replace_port(modem.connect().0);
        bring_up(&client).await;
        in_step(&modem, &other).await;
    });
}

#[test]
fn a_publish_whose_port_fails_before_its_end_is_unknown_and_the_next_call_says_why() {
    in_virtual_time(async {
        let (modem, client) = connected().await;
        let (port, far) = modem.connect();
        client.replace_port(port);
        let publisher = client.clone();
        let publishing =
            tokio::spawn(async move { (publisher.publish(&publication("cut", b"x")).await, publisher) });
        while !modem.heard().windows(8).any(|heard| heard == b"MQTTPUB=") {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        far.abort();
        let (outcome, publisher) = publishing.await.unwrap();
        assert!(matches!(outcome, Ok(Outcome::Unknown(_))), "{outcome:?}");
        assert!(matches!(publisher.stop().await, Err(Error::Port(_))));
    });
}

#[test]
fn a_modem_that_says_nothing_ends_a_request_in_its_time() {
    in_virtual_time(async {
        let (port, _modem) = tokio::io::duplex(64);
        let client = Client::new(port, Config::SIM7028);
        let Err(Error::Failed(failure)) = client.start().await else {
            panic!("nobody answered");
        };
        assert!(failure.is_unknown(), "{failure}");
    });
}

#[test]
fn a_port_that_takes_nothing_fails() {
    in_virtual_time(async {
        let (port, _modem) = tokio::io::duplex(1);
        let client = Client::new(port, Config::SIM7028);
        let Err(Error::Port(error)) = client.start().await else {
            panic!("nobody read");
        };
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
    });
}

#[test]
fn a_runtime_that_ends_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let (port, _modem) = tokio::io::duplex(64);
    let client = runtime.block_on(async { Client::new(port, Config::SIM7028) });
    drop(runtime);
    in_virtual_time(async {
        assert!(matches!(client.start().await, Err(Error::Port(_))));
        assert!(matches!(client.receive().await, Err(Error::Port(_))));
        assert!(matches!(client.start().await, Err(Error::Port(_))));
    });
}
