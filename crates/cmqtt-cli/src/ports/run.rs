//! The listing itself.

use std::io::{self, Write};

use at_proto::Printable;
use cmqtt_host::{PortInfo, ports};
use serde_json::json as value;

use crate::exit::End;
use crate::json;
use crate::output::complain;

use super::Arguments;

pub(crate) fn run(arguments: &Arguments) -> End {
    let ports = match ports() {
        Ok(ports) => ports,
        Err(error) => {
            complain("ports", &error);
            return End::Failed;
        }
    };
    let mut out = io::stdout().lock();
    let printed = ports.iter().try_for_each(|port| {
        if arguments.json {
            writeln!(out, "{}", json::safe(&object(port).to_string()))
        } else {
            writeln!(out, "{}", line(port))
        }
    });
    match printed {
        // Whoever read the output has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain("ports", &format_args!("cannot write: {error}"));
            End::Failed
        }
        _ => {
            if ports.is_empty() && !arguments.json {
                complain("ports", &format_args!("this machine has no serial port"));
            }
            End::Done
        }
    }
}

fn line(port: &PortInfo) -> String {
    let Some(usb) = &port.usb else {
        return Printable(port.path.as_bytes()).to_string();
    };
    let mut line = format!("{}  {:04x}:{:04x}", port.path, usb.vendor, usb.product);
    for text in [&usb.manufacturer, &usb.product_name].into_iter().flatten() {
        line.push(' ');
        line.push_str(text);
    }
    line = Printable(line.as_bytes()).to_string();
    if let Some(interface) = usb.interface {
        line.push_str(&format!(", interface {interface}"));
    }
    if port.is_candidate() {
        line.push_str("  <- a modem's AT port");
    } else if port.is_simcom() {
        line.push_str("  (a modem's, for other things)");
    }
    line
}

fn object(port: &PortInfo) -> serde_json::Value {
    let usb = port.usb.as_ref().map(|usb| {
        value!({
            "vendor": usb.vendor,
            "product": usb.product,
            "manufacturer": usb.manufacturer,
            "product_name": usb.product_name,
            "serial_number": usb.serial_number,
            "interface": usb.interface,
        })
    });
    value!({ "path": port.path, "usb": usb, "candidate": port.is_candidate() })
}

#[cfg(test)]
mod tests {
    use cmqtt_host::UsbInfo;

    use super::*;

    #[test]
    fn ports_in_a_line_each() {
        let port = |interface, vendor| PortInfo {
            path: "/dev/ttyUSB2".into(),
            usb: Some(UsbInfo {
                vendor,
                product: 0x9001,
                manufacturer: Some("SimTech".into()),
                product_name: Some("SimTech,\u{1b}[31m Incorporated".into()),
                serial_number: None,
                interface: Some(interface),
            }),
        };
        insta::assert_snapshot!(line(&port(2, 0x1e0e)), @r"/dev/ttyUSB2  1e0e:9001 SimTech SimTech,\x1b[31m Incorporated, interface 2  <- a modem's AT port");
        insta::assert_snapshot!(line(&port(0, 0x1e0e)), @r"/dev/ttyUSB2  1e0e:9001 SimTech SimTech,\x1b[31m Incorporated, interface 0  (a modem's, for other things)");
        insta::assert_snapshot!(line(&port(0, 0x0403)), @r"/dev/ttyUSB2  0403:9001 SimTech SimTech,\x1b[31m Incorporated, interface 0");
    }
}
