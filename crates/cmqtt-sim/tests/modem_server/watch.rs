//! A test that sees what happens on the line.

use std::sync::mpsc::{self, Receiver};

use cmqtt_sim::host::{LineEvent, ServerOptions, Trace};

use super::host::PATIENCE;

/// What happened, each with its bytes escaped.
pub(super) struct Watch(Receiver<String>);

impl Watch {
    /// Watches the line of the modem that gets these options.
    pub(super) fn on(options: &mut ServerOptions) -> Self {
        let (sender, events) = mpsc::channel();
        options.trace = Some(Trace::new(move |_, event| {
            let text = match event {
                LineEvent::FromHost(bytes) => format!("> {}", bytes.escape_ascii()),
                LineEvent::ToHost(bytes) => format!("< {}", bytes.escape_ascii()),
                LineEvent::Fault(happened) => format!("Fault({happened})"),
                event => format!("{event:?}"),
            };
            let _ = sender.send(text);
        }));
        Self(events)
    }

    /// Waits until it happens, whatever else happens before.
    #[track_caller]
    pub(super) fn wait(&self, expect: &str) {
        self.wait_for(|event| event == expect);
    }

    /// The same of something that is not known to the letter.
    #[track_caller]
    pub(super) fn wait_for(&self, wanted: impl Fn(&str) -> bool) {
        while !wanted(
            &self
                .0
                .recv_timeout(PATIENCE)
                .expect("it has not happened in time"),
        ) {}
    }
}
