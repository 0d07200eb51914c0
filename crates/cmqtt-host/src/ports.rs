//! Which serial ports there are, which of them may be a modem's, and why one cannot be opened.

use std::io;
use std::path::Path;

use serialport::{ErrorKind, SerialPortType};

mod exclusive;
pub use exclusive::open_exclusively;

mod holder;
pub use holder::PortHolder;

/// A serial port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortInfo {
    /// The name to open it by: `/dev/ttyUSB2`, `COM5`.
    pub path: String,
    /// What is known of the USB device that it belongs to, if it belongs to one.
    pub usb: Option<UsbInfo>,
}

/// A USB device and the interface of it that a port is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsbInfo {
    /// The vendor's number.
    pub vendor: u16,
    /// The vendor's number for the product.
    pub product: u16,
    /// The vendor's name.
    pub manufacturer: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// The device's own number.
    pub serial_number: Option<String>,
    /// The interface: a modem has several ports, and this tells them apart.
    pub interface: Option<u8>,
}

impl PortInfo {
    /// Whether the port is a SIMCom modem's.
    #[must_use]
    pub fn is_simcom(&self) -> bool {
        self.usb.as_ref().is_some_and(|usb| usb.vendor == SIMCOM)
    }

    /// Whether the port is a SIMCom modem's, and the one of its ports that likely takes AT commands. A modem on a
    /// plain serial line, or behind another vendor's USB converter, cannot be told from anything else.
    #[must_use]
    pub fn is_candidate(&self) -> bool {
        self.usb.as_ref().is_some_and(|usb| {
            let at_ports = AT_PORTS.iter().find(|(product, _)| *product == usb.product);
            let is_at = |interface| at_ports.is_none_or(|(_, at)| *at == interface);
            usb.vendor == SIMCOM && usb.interface.is_none_or(is_at)
        })
    }
}

/// Every serial port of this machine, by name.
///
/// # Errors
/// The system does not tell.
pub fn ports() -> io::Result<Vec<PortInfo>> {
    if cfg!(target_os = "linux") && !Path::new("/sys/class/tty").is_dir() {
        return Err(io::Error::new(
            io::ErrorKind::NotFound,
            "/sys/class/tty, where Linux lists its ports, is not there",
        ));
    }
    let mut ports: Vec<_> = serialport::available_ports()?
        .into_iter()
        .map(|port| PortInfo {
            path: port.port_name,
            usb: match port.port_type {
                SerialPortType::UsbPort(usb) => Some(UsbInfo {
                    vendor: usb.vid,
                    product: usb.pid,
                    manufacturer: usb.manufacturer,
                    product_name: usb.product,
                    serial_number: usb.serial_number,
                    interface: usb.interface,
                }),
                _ => None,
            },
        })
        .collect();
    ports.sort_by(|a, b| order(&a.path).cmp(&order(&b.path)));
    Ok(ports)
}

/// So that `ttyUSB10` comes after `ttyUSB9`.
fn order(path: &str) -> (&str, u64) {
    let name = path.trim_end_matches(|last: char| last.is_ascii_digit());
    let number = path.get(name.len()..).and_then(|number| number.parse().ok());
    (name, number.unwrap_or_default())
}

/// Why a port cannot be opened, with the kind that it has: `serialport` calls a port that is locked "no device", and
/// leaves some kinds unknown.
pub(crate) fn cause(error: &serialport::Error) -> io::Error {
    let says = |words: &str| error.description.contains(words);
    let kind = match error.kind {
        ErrorKind::NoDevice if cfg!(unix) => io::ErrorKind::ResourceBusy,
        ErrorKind::NoDevice if says("denied") => io::ErrorKind::ResourceBusy,
        ErrorKind::NoDevice => io::ErrorKind::NotFound,
        ErrorKind::InvalidInput => io::ErrorKind::InvalidInput,
        ErrorKind::Io(kind) => kind,
        ErrorKind::Unknown if says("busy") => io::ErrorKind::ResourceBusy,
        // ENXIO and ENODEV: the name is still there, the device no longer.
        ErrorKind::Unknown if says("No such device") => io::ErrorKind::NotFound,
        ErrorKind::Unknown if says("not permitted") => io::ErrorKind::PermissionDenied,
        ErrorKind::Unknown if NO_TERMINAL.iter().any(|words| says(words)) => io::ErrorKind::Unsupported,
        ErrorKind::Unknown => io::ErrorKind::Other,
    };
    io::Error::new(kind, error.description.clone())
}

/// What is said of a name that is no serial port's, ENOTTY and EISDIR.
const NO_TERMINAL: [&str; 3] = ["Not a typewriter", "Inappropriate ioctl", "Is a directory"];

/// SIMCom's vendor number.
const SIMCOM: u16 = 0x1e0e;

/// The interface that takes AT commands, by product number; of others it is not known. SIM7500 and SIM7600: diagnostics,
/// positions, AT, PPP and sound, in this order (the manuals' guide for Linux; ModemManager's rules say the same).
const AT_PORTS: [(u16, u8); 1] = [(0x9001, 2)];

#[cfg(test)]
mod tests {
    use super::*;

    fn usb(vendor: u16, product: u16, interface: Option<u8>) -> PortInfo {
        PortInfo {
            path: "/dev/ttyUSB2".into(),
            usb: Some(UsbInfo {
                vendor,
                product,
                manufacturer: None,
                product_name: None,
                serial_number: None,
                interface,
            }),
        }
    }

    #[test]
    fn a_candidate_is_a_simcom_port_that_may_take_commands() {
        assert!(usb(0x1e0e, 0x9001, Some(2)).is_candidate());
        assert!(!usb(0x1e0e, 0x9001, Some(3)).is_candidate());
        assert!(usb(0x1e0e, 0x9001, Some(3)).is_simcom());
        // Which interface it is is not known: each may be.
        assert!(usb(0x1e0e, 0x9001, None).is_candidate());
        assert!(usb(0x1e0e, 0xffff, Some(7)).is_candidate());
        assert!(!usb(0x0403, 0x9001, Some(2)).is_candidate());
        let plain = PortInfo {
            path: "/dev/ttyS0".into(),
            usb: None,
        };
        assert!(!plain.is_simcom() && !plain.is_candidate());
    }

    #[test]
    fn ports_are_listed_in_the_order_of_their_numbers() {
        let mut paths = ["/dev/ttyUSB10", "/dev/ttyUSB9", "/dev/ttyS0", "COM3"];
        paths.sort_by(|a, b| order(a).cmp(&order(b)));
        assert_eq!(paths, ["/dev/ttyS0", "/dev/ttyUSB9", "/dev/ttyUSB10", "COM3"]);
    }

    #[test]
    fn what_keeps_a_port_from_being_opened_is_told_with_what_to_do() {
        let words = |kind, description: &str| {
            crate::Error::open("/dev/ttyUSB2", &serialport::Error::new(kind, description)).to_string()
        };
        for (kind, description, advice) in [
            (
                ErrorKind::NoDevice,
                "Unable to acquire exclusive lock on serial port",
                "close that first",
            ),
            (ErrorKind::NoDevice, "Device or resource busy", "close that first"),
            (
                ErrorKind::Unknown,
                "No such device or address",
                "is the modem plugged in, and is this its name?",
            ),
            (
                ErrorKind::Io(io::ErrorKind::NotFound),
                "No such file or directory",
                "is the modem plugged in, and is this its name?",
            ),
            (
                ErrorKind::Io(io::ErrorKind::PermissionDenied),
                "Permission denied",
                "(often dialout)",
            ),
            (ErrorKind::Unknown, "Not a typewriter", "it is no serial port"),
            (ErrorKind::Unknown, "Input/output error", "Input/output error"),
        ] {
            let words = words(kind, description);
            assert!(words.starts_with("/dev/ttyUSB2 cannot be opened: "), "{words}");
            assert!(words.contains(description) && words.contains(advice), "{words}");
        }
    }
}
