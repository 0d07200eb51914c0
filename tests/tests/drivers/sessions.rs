//! A session from beginning to end.

use std::time::Duration;

use cmqtt_core::Publication;
use cmqtt_core::at_proto::cmqtt::{QoS, Topic};
use cmqtt_host::Outcome;
use cmqtt_sim::Family;
use cmqtt_tests::driver::Driver;

use crate::world::{World, connect, filter, publication, received};

crate::through_both! {
    every_family_over_a_socket,
    over_a_serial_device_and_again,
    limits_are_learned,
}

fn every_family_over_a_socket<D: Driver>() {
    for family in Family::ALL {
        let (_world, mut driver) = World::over_a_socket::<D>(family);
        session(&mut driver);
    }
}

fn over_a_serial_device_and_again<D: Driver>() {
    let world = World::serial(Family::Sim7028);
    for _ in 0..2 {
        // The port was closed: the next program opens the same modem.
        session(&mut world.open::<D>().expect("a free port"));
    }
}

fn limits_are_learned<D: Driver>() {
    for family in Family::ALL {
        let (_world, mut driver) = World::over_a_socket::<D>(family);
        let limits = driver.learn_limits().unwrap();
        assert_eq!(limits, driver.limits());
        assert!(limits.payload_len.contains(1024), "{family}: {limits:?}");
    }
}

fn session<D: Driver>(driver: &mut D) {
    assert_eq!(driver.signal().unwrap(), Some(-67));
    driver.start().unwrap();
    connect(driver, 0, "id", None).unwrap();
    assert!(driver.is_connected(0).unwrap());
    driver.subscribe(0, filter("t/#"), QoS::ExactlyOnce).unwrap();

    let every_byte: Vec<u8> = (0..=255).collect();
    let largest = vec![0; driver.limits().payload_len.max() as usize];
    for payload in [&b"\r\nOK\r\n"[..], b">", &every_byte, &largest] {
        for qos in [QoS::AtMostOnce, QoS::AtLeastOnce, QoS::ExactlyOnce] {
            let publication = Publication {
                qos,
                ..publication("t/1", payload)
            };
            assert_eq!(driver.publish(&publication).unwrap(), Outcome::Delivered);
            let message = received(driver);
            assert_eq!((&message.topic[..], &message.payload[..]), (&b"t/1"[..], payload));
        }
    }

    let retained = Publication {
        topic: Topic::new("kept").unwrap(),
        retain: true,
        ..publication("kept", b"still there")
    };
    assert_eq!(driver.publish(&retained).unwrap(), Outcome::Delivered);
    driver.subscribe(0, filter("kept"), QoS::AtLeastOnce).unwrap();
    assert_eq!(received(driver).payload, b"still there");

    driver.unsubscribe(0, filter("t/#")).unwrap();
    assert_eq!(
        driver.publish(&publication("t/1", b"to nobody")).unwrap(),
        Outcome::Delivered
    );
    driver.disconnect(0, 60).unwrap();
    assert!(!driver.is_connected(0).unwrap());
    driver.release(0).unwrap();
    driver.stop().unwrap();
    assert_eq!(driver.next_event(Duration::ZERO).unwrap(), None);
}
