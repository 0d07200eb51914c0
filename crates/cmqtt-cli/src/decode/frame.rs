//! One thing that the log holds, and what is known about it.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::json;

/// A line of the log, or a part of one, or a block of several.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The number of the line in the file, from 1; of its first line for a block.
    pub(crate) line: u64,
    /// What it is.
    pub(crate) kind: Kind,
    /// Who said it, where that is known.
    pub(crate) from: Option<Side>,
    /// What was said, as it is, without its secrets, stamp and mark.
    pub(crate) text: Vec<u8>,
    /// When, as the log has it.
    pub(crate) time: Option<String>,
    /// The typed fields.
    pub(crate) fields: Fields,
    /// What is odd about it.
    pub(crate) note: Option<String>,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A command line of the host.
    Command,
    /// What the host sent, sent back by the modem.
    Echo,
    /// A line that answers the pending command.
    Information,
    /// A final result code.
    Final,
    /// A line that nobody asked for, or a result URC.
    Urc,
    /// The modem asks for data.
    Prompt,
    /// Counted bytes.
    Data,
    /// Anything else.
    Unknown,
}

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The host (DTE).
    Host,
    /// The modem (DCE).
    Modem,
}

/// Fields by name, in the order of the line, and the line's meaning.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields {
    fields: Vec<(Cow<'static, str>, Value)>,
    /// The line in words.
    pub(crate) meaning: Option<String>,
}

impl Kind {
    /// The kind's name in the output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Echo => "echo",
            Self::Information => "information",
            Self::Final => "final",
            Self::Urc => "urc",
            Self::Prompt => "prompt",
            Self::Data => "data",
            Self::Unknown => "unknown",
        }
    }
}

impl Side {
    /// The side's name in the output.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Modem => "modem",
        }
    }
}

impl Fields {
    /// No fields, and these words.
    pub(crate) fn meaning(meaning: impl Into<String>) -> Self {
        Self {
            fields: Vec::new(),
            meaning: Some(meaning.into()),
        }
    }

    /// With one more field.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    /// With one more field, if it has a value.
    #[must_use]
    pub(crate) fn maybe(self, name: &'static str, value: Option<impl Into<Value>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// With one more field of bytes: a text, or as `NAME_hex` what is not UTF-8.
    #[must_use]
    pub(crate) fn bytes(mut self, name: &'static str, bytes: &[u8]) -> Self {
        self.fields.push(json::member(name, bytes));
        self
    }

    /// The same, if there are some.
    #[must_use]
    pub(crate) fn maybe_bytes(self, name: &'static str, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.bytes(name, bytes),
            None => self,
        }
    }

    /// With these words.
    #[must_use]
    pub(crate) fn means(mut self, meaning: impl Into<String>) -> Self {
        self.meaning = Some(meaning.into());
        self
    }

    /// The fields in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (&**name, value))
    }
}

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("line", &self.line)?;
        map.serialize_entry("kind", self.kind.name())?;
        map.serialize_entry("from", &self.from.map(Side::name))?;
        let (name, text) = json::member("text", &self.text);
        map.serialize_entry(&name, &text)?;
        if let Some(time) = &self.time {
            map.serialize_entry("time", time)?;
        }
        for (name, value) in self.fields.iter() {
            map.serialize_entry(name, value)?;
        }
        if let Some(meaning) = &self.fields.meaning {
            map.serialize_entry("meaning", meaning)?;
        }
        if let Some(note) = &self.note {
            map.serialize_entry("note", note)?;
        }
        map.end()
    }
}
