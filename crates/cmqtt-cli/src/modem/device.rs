//! Which serial device the modem is at.

use std::ffi::OsStr;

use cmqtt_host::{PortInfo, ports};

use super::Failure;

/// The device that is named, or the only one that can be a modem's.
pub(super) fn choose(named: Option<&OsStr>) -> Result<String, Failure> {
    match named {
        // serialport takes text.
        Some(device) => device.to_str().map(str::to_owned).ok_or(Failure::DeviceName),
        None => only(&ports().map_err(Failure::Ports)?),
    }
}

/// The only candidate: a port that a SIMCom modem takes AT commands at.
fn only(ports: &[PortInfo]) -> Result<String, Failure> {
    let candidates: Vec<&PortInfo> = ports.iter().filter(|port| port.is_candidate()).collect();
    match (candidates.as_slice(), ports) {
        ([port], _) => Ok(port.path.clone()),
        ([], []) => Err(Failure::NoDevice),
        ([], [port]) => Err(Failure::PlainDevice(port.path.clone())),
        ([], ports) => Err(Failure::ManyDevices(paths(ports))),
        (candidates, _) => Err(Failure::ManyDevices(paths(candidates.iter().copied()))),
    }
}

fn paths<'p>(ports: impl IntoIterator<Item = &'p PortInfo>) -> String {
    let paths: Vec<&str> = ports.into_iter().map(|port| port.path.as_str()).collect();
    paths.join(", ")
}

#[cfg(test)]
mod tests {
    use cmqtt_host::UsbInfo;

    use super::*;

    fn port(path: &str, vendor: Option<(u16, u8)>) -> PortInfo {
        PortInfo {
            path: path.to_owned(),
            usb: vendor.map(|(vendor, interface)| UsbInfo {
                vendor,
                product: 0x9001,
                manufacturer: None,
                product_name: None,
                serial_number: None,
                interface: Some(interface),
            }),
        }
    }

    #[test]
    fn the_only_candidate_is_taken_and_no_guess_is_made() {
        let modem: Vec<PortInfo> = (0..5)
            .map(|number| port(&format!("/dev/ttyUSB{number}"), Some((0x1e0e, number))))
            .collect();
        assert_eq!(only(&modem).unwrap(), "/dev/ttyUSB2");
        let wrong = |ports: &[PortInfo]| only(ports).unwrap_err().to_string();
        insta::assert_snapshot!(wrong(&[]), @"no serial device is there; plug the modem in, or name it with --device");
        let two = [modem.clone(), modem].concat();
        insta::assert_snapshot!(wrong(&two), @"several devices may be the modem's: /dev/ttyUSB2, /dev/ttyUSB2; name one with --device");
        // A plain serial port may be anything's: it is not written to unasked.
        insta::assert_snapshot!(
            wrong(&[port("/dev/ttyS0", None)]),
            @"/dev/ttyS0 may be anything's; if it is the modem's, name it with --device"
        );
    }
}
