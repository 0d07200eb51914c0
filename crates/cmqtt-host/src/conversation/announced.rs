//! The data that a command line announces, which follow it behind prompts.

use std::collections::VecDeque;

use cmqtt_core::at_proto::cmqtt::{
    SetPayload, SetTopic, SetWillMessage, SetWillTopic, Subscribe, SubscribeTopic, Unsubscribe,
    UnsubscribeTopic,
};
use cmqtt_core::at_proto::tls::StoreFile;
use cmqtt_core::at_proto::{CommandLine, Encode, Form, Invocation, Parse};

/// What one command line announces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Announced {
    /// The data of its commands that will prompt.
    pub(super) data: VecDeque<Data>,
    /// It stores a file, so that what follows may be a private key even if it was refused.
    pub(super) file: bool,
}

/// What follows a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Data {
    /// In bytes, at least one.
    pub(super) len: usize,
    /// A file may be a private key.
    pub(super) secret: bool,
}

/// Reads a line as the modem does. `None` for what is no command line.
pub(super) fn announced(line: &[u8]) -> Option<Announced> {
    let mut announced = Announced::default();
    let Ok(commands) = CommandLine::new(line)? else {
        return Some(announced);
    };
    for command in commands.flatten() {
        let Invocation::Extended { name, form } = command else {
            continue;
        };
        let secret = name.eq_ignore_ascii_case(StoreFile::NAME.as_bytes());
        announced.file |= secret;
        let len = len(name, form).and_then(|len| usize::try_from(len).ok());
        if let Some(len) = len.filter(|&len| len > 0) {
            announced.data.push_back(Data { len, secret });
        }
    }
    Some(announced)
}

fn len(name: &[u8], form: Form<'_>) -> Option<u32> {
    prompt::<SetWillTopic>(name, form)
        .or_else(|| prompt::<SetWillMessage>(name, form))
        .or_else(|| prompt::<SetTopic>(name, form))
        .or_else(|| prompt::<SetPayload>(name, form))
        .or_else(|| prompt::<SubscribeTopic>(name, form))
        .or_else(|| prompt::<Subscribe>(name, form))
        .or_else(|| prompt::<UnsubscribeTopic>(name, form))
        .or_else(|| prompt::<Unsubscribe>(name, form))
        .or_else(|| prompt::<StoreFile<'_>>(name, form))
}

fn prompt<'a, C: Parse<'a> + Encode>(name: &[u8], form: Form<'a>) -> Option<u32> {
    if !name.eq_ignore_ascii_case(<C as Parse>::NAME.as_bytes()) {
        return None;
    }
    C::parse(form).ok()?.dialogue().prompt
}
