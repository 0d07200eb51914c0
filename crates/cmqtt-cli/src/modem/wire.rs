//! The serial line to a modem.

use std::io::Write;
use std::time::{Duration, Instant};

use cmqtt_tokio::{Client, Config, Memory, Port};

use super::watched::Watched;
use super::{Failure, device};
use crate::arguments::ModemPlan;
use crate::output::ErrorLines;

/// A line that is written down as `--trace` does, and no more: nothing is asked that nobody wants to ask.
pub(crate) struct Wire {
    pub(crate) client: Client,
}

impl Wire {
    /// Opens the device.
    pub(crate) async fn open(
        plan: &ModemPlan,
        out: impl Write + Send + Unpin + 'static,
    ) -> Result<Self, Failure> {
        let device = Device::new(plan)?;
        let port = device.port().await?;
        Ok(Self {
            client: client(Watched::new(port, out, device.begun), &device),
        })
    }
}

/// A serial device, and whether its conversation is written down.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) path: String,
    baud: u32,
    /// How long another program may have it open at first.
    wait: Duration,
    trace: bool,
    retries_connect: bool,
    /// The written times count from here, also after it was opened again.
    begun: Instant,
}

impl Device {
    pub(super) fn new(plan: &ModemPlan) -> Result<Self, Failure> {
        Ok(Self {
            path: device::choose(plan.device.as_deref())?,
            baud: plan.baud,
            wait: plan.device_wait,
            trace: plan.trace,
            retries_connect: plan.retries_connect,
            begun: Instant::now(),
        })
    }

    pub(super) async fn open(&self) -> Result<Client, Failure> {
        let port = self.port().await?;
        if self.trace {
            let watched = Watched::new(port, ErrorLines, self.begun);
            return Ok(client(watched, self));
        }
        Ok(client(port, self))
    }

    /// Opens it once no other program has it, if that happens in time.
    async fn port(&self) -> Result<impl Port, Failure> {
        let until = tokio::time::sleep(self.wait);
        tokio::pin!(until);
        loop {
            let error = match cmqtt_tokio::open_port(&self.path, self.baud) {
                Ok(port) => return Ok(port),
                Err(error) => Box::new(error),
            };
            if !error.is_in_use() {
                return Err(Failure::Device(error));
            }
            if self.wait.is_zero() {
                return Err(Failure::DeviceInUse(error));
            }
            tokio::select! {
                () = &mut until => return Err(Failure::Device(error)),
                () = tokio::time::sleep(RETRY) => {}
            }
        }
    }

    /// It is opened again, by its path, after it has gone.
    pub(super) fn outlast(&self, client: &Client) {
        let Self {
            path,
            baud,
            trace,
            begun,
            ..
        } = self.clone();
        if trace {
            client.reopen_with(move || {
                let port = cmqtt_tokio::open_port(&path, baud);
                async move { Ok(Watched::new(port?, ErrorLines, begun)) }
            });
        } else {
            client.reopen_with(move || std::future::ready(cmqtt_tokio::open_port(&path, baud)));
        }
    }
}

fn client(port: impl Port, device: &Device) -> Client {
    let mut config = Config {
        baud: device.baud,
        ..Config::default()
    };
    if !device.retries_connect {
        config.retry_time = Duration::ZERO;
    }
    let memory = Memory {
        message: LARGEST,
        ..Memory::default()
    };
    Client::with_memory(port, config, memory)
}

/// The largest message that is received, topic and payload: what others publish may be larger than what a modem can. At
/// 115200 baud this one takes a minute and a half.
const LARGEST: usize = 1024 * 1024;

/// The pause before a port that is in use is tried again.
const RETRY: Duration = Duration::from_millis(200);
