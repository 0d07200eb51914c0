//! What is refused, by the driver, the modem and the broker: which words, which codes, and that the session goes on.

use cmqtt_core::Config;
use cmqtt_core::Login;
use cmqtt_core::at_proto::Refusal;
use cmqtt_core::at_proto::cmqtt::{Password, QoS, ResultCode, UserName};
use cmqtt_host::Outcome;
use cmqtt_sim::Family;
use cmqtt_tests::driver::Driver;

use crate::world::{World, connect, filter, publication, received, with_a_user};

crate::through_both! {
    a_wrong_password_says_what_to_do_and_a_right_one_follows,
    a_payload_that_is_too_long_is_not_sent,
    a_publish_without_a_connection_is_refused_with_its_code,
}

fn a_wrong_password_says_what_to_do_and_a_right_one_follows<D: Driver>() {
    for family in Family::ALL {
        let (_world, port) = World::socket(family, with_a_user());
        let mut driver = D::new(port, Config::of(family));
        driver.start().unwrap();
        let login = |password| {
            Some(Login {
                user: UserName::new("user").unwrap(),
                password: Some(Password::new(password).unwrap()),
            })
        };
        let error = connect(&mut driver, 0, "id", login("wrong")).unwrap_err();
        assert_eq!(error.code(), Some(ResultCode(30)), "{family}: {error}");
        let words = error.to_string();
        assert!(words.starts_with("+CMQTTCONNECT: result code 30 ("), "{words}");
        assert!(words.contains(ResultCode(30).remedy()), "{words}");
        assert!(!words.contains("wrong"), "{words}");

        driver.release(0).unwrap();
        connect(&mut driver, 0, "id", login("right")).unwrap();
        driver.subscribe(0, filter("t"), QoS::AtLeastOnce).unwrap();
        assert_eq!(
            driver.publish(&publication("t", b"x")).unwrap(),
            Outcome::Delivered
        );
        assert_eq!(received(&mut driver).payload, b"x");
    }
}

fn a_payload_that_is_too_long_is_not_sent<D: Driver>() {
    let (_world, mut driver) = World::over_a_socket::<D>(Family::Sim7028);
    driver.learn_limits().unwrap();
    let error = driver.publish(&publication("t", &[0; 10_241])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not sent: the payload's length is 10241, but this modem takes 1 to 10240"
    );
}

fn a_publish_without_a_connection_is_refused_with_its_code<D: Driver>() {
    for family in Family::ALL {
        let (_world, mut driver) = World::over_a_socket::<D>(family);
        driver.start().unwrap();
        connect(&mut driver, 0, "id", None).unwrap();
        driver.disconnect(0, 60).unwrap();
        let outcome = driver.publish(&publication("t", b"x")).unwrap();
        assert_eq!(outcome, Outcome::Refused(Refusal::Code(11)), "{family}");
        assert_eq!(outcome.code(), Some(ResultCode(11)));
        assert_eq!(
            outcome.to_string(),
            format!("refused: 11: {}", ResultCode(11).meaning())
        );
    }
}
