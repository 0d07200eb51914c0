//! The serial line to a modem.

use std::io::Write;
use std::time::Instant;

use cmqtt_tokio::{Client, Config, Memory, Port};

use super::watched::Watched;
use super::{Failure, device};
use crate::arguments::ModemPlan;

/// A line that is written down as `--trace` does, and no more: nothing is asked that nobody wants to ask.
pub(crate) struct Wire {
    pub(crate) client: Client,
}

impl Wire {
    /// Opens the device.
    pub(crate) fn open(plan: &ModemPlan, out: impl Write + Send + Unpin + 'static) -> Result<Self, Failure> {
        let device = device::choose(plan.device.as_deref())?;
        let client = traced(&device, plan.baud, out)?;
        Ok(Self { client })
    }
}

/// A serial device, and whether its conversation is written down.
#[derive(Clone, Debug)]
pub(super) struct Device {
    pub(super) path: String,
    baud: u32,
    trace: bool,
    /// The written times count from here, also after it was opened again.
    begun: Instant,
}

impl Device {
    pub(super) fn new(plan: &ModemPlan) -> Result<Self, Failure> {
        Ok(Self {
            path: device::choose(plan.device.as_deref())?,
            baud: plan.baud,
            trace: plan.trace,
            begun: Instant::now(),
        })
    }

    pub(super) fn open(&self) -> Result<Client, Failure> {
        if self.trace {
            return traced(&self.path, self.baud, anstream::stderr());
        }
        let port = cmqtt_tokio::open_port(&self.path, self.baud)
            .map_err(|error| Failure::Device(Box::new(error)))?;
        Ok(client(port, self.baud))
    }

    /// It is opened again, by its path, after it has gone.
    pub(super) fn outlast(&self, client: &Client) {
        let Self {
            path,
            baud,
            trace,
            begun,
        } = self.clone();
        if trace {
            client.reopen_with(move || {
                let port = cmqtt_tokio::open_port(&path, baud);
                async move { Ok(Watched::new(port?, anstream::stderr(), begun)) }
            });
        } else {
            client.reopen_with(move || std::future::ready(cmqtt_tokio::open_port(&path, baud)));
        }
    }
}

/// A client whose conversation goes to `out`.
fn traced(device: &str, baud: u32, out: impl Write + Send + Unpin + 'static) -> Result<Client, Failure> {
    let port = cmqtt_tokio::open_port(device, baud).map_err(|error| Failure::Device(Box::new(error)))?;
    Ok(client(Watched::new(port, out, Instant::now()), baud))
}

fn client(port: impl Port, baud: u32) -> Client {
    let config = Config {
        baud,
        ..Config::default()
    };
    let memory = Memory {
        message: LARGEST,
        ..Memory::default()
    };
    Client::with_memory(port, config, memory)
}

/// The largest message that is received, topic and payload: what others publish may be larger than what a modem can. At
/// 115200 baud this one takes a minute and a half.
const LARGEST: usize = 1024 * 1024;
