//! The serial line to a modem.

use std::io::Write;

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

/// A client whose conversation goes to `out`.
pub(super) fn traced(
    device: &str,
    baud: u32,
    out: impl Write + Send + Unpin + 'static,
) -> Result<Client, Failure> {
    let port = cmqtt_tokio::open_port(device, baud).map_err(|error| Failure::Device(Box::new(error)))?;
    Ok(client(Watched::new(port, out), baud))
}

/// A client that tells nobody.
pub(super) fn plain(device: &str, baud: u32) -> Result<Client, Failure> {
    let port = cmqtt_tokio::open_port(device, baud).map_err(|error| Failure::Device(Box::new(error)))?;
    Ok(client(port, baud))
}

/// From now on, when the port goes away, it is opened again as soon as it is back.
pub(super) fn lasts(client: &Client, device: &str, baud: u32, trace: bool) {
    let device = device.to_owned();
    let open = move || -> Result<Box<dyn Port>, cmqtt_tokio::Error> {
        let port = cmqtt_tokio::open_port(&device, baud)?;
        Ok(match trace {
            true => Box::new(Watched::new(port, anstream::stderr())),
            false => Box::new(port),
        })
    };
    client.reopen_with(move || std::future::ready(open()));
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
