//! The received message that is being put together: does it add up?

use at_proto::cmqtt::Urc;

/// What was announced of a message, and what of it the log held.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    open: Option<Open>,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    client: u8,
    topic: Part,
    payload: Part,
}

#[derive(Clone, Copy, Debug, Default)]
struct Part {
    /// By the first line.
    total: u64,
    /// By the lines in front of the blocks.
    announced: u64,
}

impl Message {
    /// None.
    pub(crate) const fn new() -> Self {
        Self { open: None }
    }

    /// Takes one of the message's lines. Says what is odd about it.
    pub(crate) fn line(&mut self, urc: Urc) -> Option<String> {
        match urc {
            Urc::MessageStart {
                client,
                topic_len,
                payload_len,
            } => {
                let part = |total| Part {
                    total: u64::from(total),
                    announced: 0,
                };
                let open = Open {
                    client,
                    topic: part(topic_len),
                    payload: part(payload_len),
                };
                let before = self.open.replace(open);
                before.map(|_| "the message before it has no end in this log".to_owned())
            }
            Urc::MessageTopic { client, len } => self.part(client, len, |open| &mut open.topic),
            Urc::MessagePayload { client, len } => self.part(client, len, |open| &mut open.payload),
            Urc::MessageEnd { client } => match self.open.take() {
                Some(open) if open.client == client => open.check(),
                _ => Some("its beginning is not in this log".to_owned()),
            },
            _ => None,
        }
    }

    fn part(&mut self, client: u8, len: u32, part: impl FnOnce(&mut Open) -> &mut Part) -> Option<String> {
        match &mut self.open {
            Some(open) if open.client == client => {
                part(open).announced += u64::from(len);
                None
            }
            _ => Some("the message's beginning is not in this log".to_owned()),
        }
    }
}

impl Open {
    fn check(&self) -> Option<String> {
        let wrong = |what, Part { total, announced }: Part| {
            (total != announced)
                .then(|| format!("{announced} of {total} {what} bytes were announced in parts"))
        };
        wrong("topic", self.topic).or_else(|| wrong("payload", self.payload))
    }
}
