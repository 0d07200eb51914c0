//! Two clients at once, in the families that have two.

use std::time::Duration;

use cmqtt_core::Publication;
use cmqtt_core::at_proto::cmqtt::{QoS, Topic};
use cmqtt_host::Outcome;
use cmqtt_sim::{Family, Profile};
use cmqtt_tests::driver::Driver;

use crate::world::{World, connect, filter, publication, received};

crate::through_both! {
    two_clients_keep_their_messages_apart,
    a_family_with_one_client_says_so,
}

fn two_clients_keep_their_messages_apart<D: Driver>() {
    let two = Family::ALL.map(|family| (family, Profile::of(family).limits.clients));
    let two: Vec<_> = two.into_iter().filter(|&(_, clients)| clients == 2).collect();
    assert_eq!(two.len(), 3, "A76XX, SIM7600 and SIM767X have two clients");
    for (family, _) in two {
        let (_world, mut driver) = World::over_a_socket::<D>(family);
        driver.start().unwrap();
        for (client, id) in [(0, "first"), (1, "second")] {
            connect(&mut driver, client, id, None).unwrap();
        }
        driver.subscribe(0, filter("both"), QoS::AtLeastOnce).unwrap();
        driver.subscribe(0, filter("to/0"), QoS::AtLeastOnce).unwrap();
        driver.subscribe(1, filter("both"), QoS::AtLeastOnce).unwrap();
        driver.subscribe(1, filter("to/1"), QoS::AtLeastOnce).unwrap();

        // Each says something to the other, then one to both, without anybody reading in between.
        for round in 0..10_u8 {
            let payload = [round];
            for (client, topic) in [(0, "to/1"), (1, "to/0"), (round % 2, "both")] {
                let publication = Publication {
                    client,
                    topic: Topic::new(topic).unwrap(),
                    ..publication(topic, &payload)
                };
                assert_eq!(driver.publish(&publication).unwrap(), Outcome::Delivered);
            }
        }
        let mut heard = [vec![], vec![]];
        for _ in 0..40 {
            let message = received(&mut driver);
            heard[usize::from(message.client)].push((message.topic, message.payload));
        }
        for (client, heard) in heard.into_iter().enumerate() {
            let own = format!("to/{client}").into_bytes();
            let expected: Vec<_> = (0..10)
                .flat_map(|round| [(own.clone(), vec![round]), (b"both".to_vec(), vec![round])])
                .collect();
            assert_eq!(heard, expected, "{family}, client {client}");
        }
        for client in [0, 1] {
            driver.disconnect(client, 60).unwrap();
            driver.release(client).unwrap();
        }
        driver.stop().unwrap();
        assert_eq!(driver.next_event(Duration::ZERO).unwrap(), None, "{family}");
    }
}

fn a_family_with_one_client_says_so<D: Driver>() {
    let (_world, mut driver) = World::over_a_socket::<D>(Family::Sim7028);
    let error = driver.release(1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not sent: the client index is 1, but this modem takes 0"
    );
}
