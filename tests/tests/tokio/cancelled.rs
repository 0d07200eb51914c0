//! Every method, dropped at every await point and at every moment of its conversation: the modem carries it out once
//! or not at all, and the line stays in step.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use cmqtt_tests::async_modem::AsyncModem;
use cmqtt_tokio::at_proto::cmqtt::{ClientId, Configure, QoS, Setting, Topic, TopicFilter};
use cmqtt_tokio::at_proto::network::Signal;
use cmqtt_tokio::at_proto::tls::FileName;
use cmqtt_tokio::{Client, Error, Event, Healing, Network, OnUnknown, Plan};

use crate::setup::{
    acquire, bring_up, connect, connection, deliver, filter, in_step, in_virtual_time, modem, publication,
};

/// When a future is dropped.
#[derive(Clone, Copy, Debug)]
enum Cut {
    /// Right after so many polls.
    After(usize),
    /// When it would be polled once more than this.
    Before(usize),
    /// After so much time.
    At(Duration),
}

/// Its output, if it came before the cut.
async fn cut<F: Future>(cut: Cut, future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polls = 0;
    let counted = poll_fn(|cx| {
        match cut {
            Cut::After(0) => return Poll::Ready(None),
            Cut::Before(most) if polls == most => return Poll::Ready(None),
            _ => {}
        }
        polls += 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if matches!(cut, Cut::After(most) if polls == most) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    match cut {
        Cut::At(time) => tokio::time::timeout(time, counted).await.unwrap_or(None),
        _ => counted.await,
    }
}

/// How far the modem is when the method is called.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
enum Stage {
    On,
    Started,
    Acquired,
    Connected,
    /// It stays connected.
    Kept,
}

async fn reach(client: &Client, stage: Stage) {
    if stage >= Stage::Started {
        client.start().await.expect("started");
    }
    if stage >= Stage::Acquired {
        acquire(client).await.expect("acquired");
    }
    if stage >= Stage::Connected {
        connect(client).await.expect("connected");
    }
    if stage >= Stage::Kept {
        keep(client).await.expect("taken");
        client.until_connected().await.expect("connected");
    }
}

async fn keep(client: &Client) -> Result<(), Error> {
    client
        .keep(
            &plan(&[(filter("mark"), QoS::AtLeastOnce)]),
            &Network::default(),
            &Healing::new(1),
        )
        .await
}

fn plan<'a>(filters: &'a [(TopicFilter<'a>, QoS)]) -> Plan<'a> {
    Plan {
        id: ClientId::new("id").unwrap(),
        connection: connection(),
        version: None,
        tls: None,
        will: None,
        filters,
    }
}

type Call = for<'a> fn(&'a Client) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// A call, boxed, and `Send`, for programs spawn it.
macro_rules! call {
    (|$client:ident| $call:expr) => {
        |$client| Box::pin(async move { $call.await.map(|_| ()).expect("it succeeds") })
    };
}

const CALLS: [(&str, Stage, Call); 23] = [
    ("start", Stage::On, call!(|client| client.start())),
    ("stop", Stage::Started, call!(|client| client.stop())),
    ("acquire", Stage::Started, call!(|client| acquire(client))),
    ("release", Stage::Acquired, call!(|client| client.release(0))),
    (
        "configure",
        Stage::Acquired,
        call!(|client| client.configure(&Configure {
            client: 0,
            setting: Setting::CheckUtf8(0),
        })),
    ),
    (
        "use_ssl_context",
        Stage::Acquired,
        call!(|client| client.use_ssl_context(0, 1)),
    ),
    (
        "set_will",
        Stage::Acquired,
        call!(|client| client.set_will(0, Topic::new("will").unwrap(), b"gone", QoS::AtLeastOnce)),
    ),
    ("connect", Stage::Acquired, call!(|client| connect(client))),
    (
        "disconnect",
        Stage::Connected,
        call!(|client| client.disconnect(0, 60)),
    ),
    (
        "is_connected",
        Stage::Connected,
        call!(|client| client.is_connected(0)),
    ),
    (
        "subscribe",
        Stage::Connected,
        call!(|client| client.subscribe(0, filter("other"), QoS::ExactlyOnce)),
    ),
    (
        "unsubscribe",
        Stage::Connected,
        call!(|client| client.unsubscribe(0, filter("mark"))),
    ),
    ("learn_limits", Stage::On, call!(|client| client.learn_limits())),
    (
        "command",
        Stage::On,
        call!(|client| client.command(&Signal, |signal| signal.dbm())),
    ),
    (
        "publish",
        Stage::Connected,
        call!(|client| client.publish(&publication("dropped", b"once"))),
    ),
    ("identify", Stage::On, call!(|client| client.identify(None))),
    (
        "wait_for_network",
        Stage::On,
        call!(|client| client.wait_for_network(&Network::default())),
    ),
    (
        "bring_up",
        Stage::On,
        call!(|client| client.bring_up(&plan(&[(filter("mark"), QoS::AtLeastOnce)]))),
    ),
    ("keep", Stage::On, call!(|client| keep(client))),
    (
        "until_connected",
        Stage::On,
        call!(|client| async {
            keep(client).await?;
            client.until_connected().await
        }),
    ),
    (
        "deliver",
        Stage::Kept,
        call!(|client| client.deliver(&publication("dropped", b"once"), OnUnknown::ByQos)),
    ),
    ("take_down", Stage::Connected, call!(|client| client.take_down(0))),
    (
        "provide_file",
        Stage::On,
        call!(|client| client.provide_file(FileName::new("ca.pem").unwrap(), &[b'x'; 600])),
    ),
];

/// Calls, cuts, and goes on. Whether the call ended before the cut.
async fn survives(name: &str, stage: Stage, call: Call, when: Cut) -> bool {
    let (modem, client) = modem();
    reach(&client, stage).await;
    let ended = cut(when, call(&client)).await.is_some();
    let begun = !matches!(when, Cut::After(0) | Cut::Before(0));
    if name == "deliver" && begun && !ended {
        // What was taken is delivered all the same, and told.
        while !matches!(client.next_event().await, Ok(Event::Delivered { .. })) {}
        assert_eq!(modem.published("dropped"), [b"once"], "{when:?}");
    }
    client.let_go();
    bring_up(&client).await;
    in_step(&modem, &client).await;
    if ["publish", "deliver"].contains(&name) {
        once(&modem, ended, when);
    }
    ended
}

fn once(modem: &AsyncModem, ended: bool, when: Cut) {
    let published = modem.published("dropped").len();
    match when {
        _ if ended => assert_eq!(published, 1, "{when:?}"),
        Cut::After(0) | Cut::Before(0) => assert_eq!(published, 0, "{when:?}"),
        _ => assert!(published <= 1, "{when:?}: published {published} times"),
    }
}

#[test]
fn at_every_await_point() {
    for (name, stage, call) in CALLS {
        for cuts in [Cut::After as fn(usize) -> Cut, Cut::Before] {
            let ended = (0..100).find(|&polls| in_virtual_time(survives(name, stage, call, cuts(polls))));
            let polls = ended.unwrap_or_else(|| panic!("{name} does not end"));
            assert!(
                polls >= 2,
                "{name} waits for its turn and its end, but was ready after {polls} polls"
            );
        }
    }
}

#[test]
fn at_every_moment_of_the_conversation() {
    for (name, stage, call) in CALLS {
        let mut step = 0;
        while !in_virtual_time(survives(name, stage, call, Cut::At(STEP * step))) {
            step += 1;
            assert!(step < 10_000, "{name} does not end");
        }
        // To give the order takes no time.
        assert!(
            step >= 2 || name == "keep",
            "{name} takes longer than {step} steps"
        );
    }
}

#[test]
fn a_publish_whose_turn_has_come_is_delivered_without_its_caller() {
    in_virtual_time(async {
        let (modem, client) = modem();
        reach(&client, Stage::Connected).await;
        let publication = publication("dropped", b"once");
        // It waits for the task to catch up, then for its end.
        assert!(cut(Cut::After(2), client.publish(&publication)).await.is_none());
        // The next waits for its turn.
        client.is_connected(0).await.unwrap();
        assert_eq!(modem.published("dropped"), [b"once"]);
    });
}

#[test]
fn who_has_its_turn_and_is_not_polled_holds_up_nothing() {
    in_virtual_time(async {
        let (modem, client) = modem();
        reach(&client, Stage::Kept).await;
        let mut asking = Box::pin(client.is_connected(0));
        let polled = poll_fn(|cx| Poll::Ready(asking.as_mut().poll(cx).is_pending())).await;
        assert!(polled, "it waits for its turn");
        let publication = publication("mark", b"x");
        let delivering = client.deliver(&publication, OnUnknown::ByQos);
        let delivered = tokio::time::timeout(Duration::from_secs(10), delivering).await;
        delivered.expect("the modem is not kept free").expect("delivered");
        assert_eq!(modem.published("mark").len(), 1);
        assert!(asking.await.unwrap(), "its turn comes again");
    });
}

#[test]
fn a_message_is_lost_to_no_reader_that_is_dropped() {
    for cuts in [Cut::After as fn(usize) -> Cut, Cut::Before] {
        for polls in 0..4 {
            in_virtual_time(async {
                let (_modem, client) = modem();
                bring_up(&client).await;
                let (receiver, publisher) = (client.clone(), client.clone());
                let publishing = tokio::spawn(async move {
                    deliver(&publisher, b"kept").await;
                });
                let reading = async {
                    if polls % 2 == 0 {
                        receiver.receive().await.map(Event::Message)
                    } else {
                        receiver.next_event().await
                    }
                };
                // With more polls than it takes, it ends; with fewer, it is dropped.
                let first = tokio::time::timeout(Duration::from_secs(60), cut(cuts(polls), reading)).await;
                publishing.await.unwrap();
                match first.ok().flatten() {
                    Some(event) => assert!(matches!(event, Ok(Event::Message(_))), "{event:?}"),
                    None => assert_eq!(client.receive().await.unwrap().payload, b"kept"),
                }
            });
        }
    }
}

/// Shorter than the modem takes for anything.
const STEP: Duration = Duration::from_millis(7);
