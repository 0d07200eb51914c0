//! A simulated modem for the async driver, under the runtime's virtual time: modem, network and broker as machines, a
//! pipe between them and the driver, and no thread. Two minutes of patience take microseconds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cmqtt_sim::broker::{Broker, Observed, ObserverId, TopicFilter};
use cmqtt_sim::{MemoryNetwork, Modem, Profile};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::pair::turn_modem;

/// A modem and what is behind it.
#[derive(Clone, Debug)]
pub struct AsyncModem(Arc<Mutex<World>>);

#[derive(Debug)]
struct World {
    modem: Modem,
    network: MemoryNetwork,
    observer: ObserverId,
    /// Zero on the modem's clock.
    epoch: Instant,
    heard: Vec<u8>,
    published: Vec<Observed>,
}

impl AsyncModem {
    /// A modem with an empty broker behind it, and nothing on its line.
    ///
    /// # Panics
    /// Never: the filter is one.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let mut network = MemoryNetwork::new(Broker::default());
        let everything = TopicFilter::new("#").expect("a filter");
        let observer = network.with_broker(Duration::ZERO, |broker| broker.observe(everything));
        Self(Arc::new(Mutex::new(World {
            modem: Modem::new(profile),
            network,
            observer,
            epoch: Instant::now(),
            heard: Vec::new(),
            published: Vec::new(),
        })))
    }

    /// The driver's end of a new line to the modem. The task ends when that is closed.
    pub fn connect(&self) -> (DuplexStream, JoinHandle<()>) {
        let (ours, theirs) = duplex(PIPE);
        let world = self.clone();
        (theirs, tokio::spawn(async move { world.serve(ours).await }))
    }

    /// The payloads that have reached the broker so far with this topic.
    #[must_use]
    pub fn published(&self, topic: &str) -> Vec<Vec<u8>> {
        let mut world = self.lock();
        let (now, observer) = (world.epoch.elapsed(), world.observer);
        let observed = world
            .network
            .with_broker(now, |broker| broker.take_observed(observer));
        world.published.extend(observed);
        let of_topic = world
            .published
            .iter()
            .filter(|observed| *observed.message.topic == *topic.as_bytes());
        of_topic
            .map(|observed| observed.message.payload.to_vec())
            .collect()
    }

    /// The bytes that the modem has heard so far.
    #[must_use]
    pub fn heard(&self) -> Vec<u8> {
        self.lock().heard.clone()
    }

    async fn serve(&self, mut line: DuplexStream) {
        let mut heard = Vec::new();
        loop {
            let (said, deadline) = self.turn(&heard);
            heard.clear();
            if line.write_all(&said).await.is_err() {
                return;
            }
            let reading = line.read_buf(&mut heard);
            let read = match deadline {
                Some(deadline) => timeout_at(deadline, reading).await,
                None => Ok(reading.await),
            };
            if matches!(read, Ok(Ok(0) | Err(_))) {
                return;
            }
        }
    }

    fn turn(&self, heard: &[u8]) -> (Vec<u8>, Option<Instant>) {
        let mut world = self.lock();
        let World {
            modem,
            network,
            epoch,
            heard: all,
            ..
        } = &mut *world;
        let now = epoch.elapsed();
        all.extend_from_slice(heard);
        let said = turn_modem(modem, network, now, heard);
        let modem_next = match modem.poll() {
            cmqtt_sim::Output::Wait(deadline) => deadline,
            _ => Some(now),
        };
        let next = [modem_next, network.next_deadline()].into_iter().flatten().min();
        (said, next.map(|next| *epoch + next))
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Less than the largest message: neither end can count on the line to take all.
const PIPE: usize = 4096;
