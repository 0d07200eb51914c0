//! A file that the modem is to hold: CCERTLIST, and where it is not listed CCERTDOWN, then CCERTLIST again to see that it
//! is. Where what is listed may be broken, CCERTDELE instead of the first CCERTLIST.

use at_proto::tls::{DeleteFile, ListFiles, StoreFile, StoredFile};
use at_proto::{EncodeError, InfoLines, Quoted};

use super::{Next, Step, step};
use crate::request::Effect;

/// The data are the file's name, then the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File {
    stage: Stage,
    name_len: usize,
    len: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Look,
    Delete,
    Store,
    Verify,
}

impl File {
    /// With `anew` the file is stored also when one of its name is listed.
    pub(crate) const fn new(name_len: usize, len: u32, anew: bool) -> Self {
        Self {
            stage: if anew { Stage::Delete } else { Stage::Look },
            name_len,
            len,
        }
    }

    pub(super) fn write(&self, data: &[u8], line: &mut [u8]) -> Result<Step, EncodeError> {
        match self.stage {
            Stage::Look | Stage::Verify => step(&ListFiles, (0, 0), line),
            Stage::Delete => step(
                &DeleteFile {
                    name: self.quoted(data),
                },
                (0, 0),
                line,
            ),
            Stage::Store => {
                let name = self.quoted(data);
                let end = self.name_len.saturating_add(self.len as usize);
                step(&StoreFile { name, len: self.len }, (self.name_len, end), line)
            }
        }
    }

    pub(super) fn next(&mut self, information: InfoLines<'_>, data: &[u8]) -> Next {
        let listed = information.all::<StoredFile<'_>>().is_ok_and(|files| {
            files
                .filter_map(Result::ok)
                .any(|file| file.name.as_bytes() == self.name(data))
        });
        match self.stage {
            Stage::Delete => self.go(Stage::Store),
            Stage::Store => self.go(Stage::Verify),
            _ if listed => Next::Done,
            Stage::Look => self.go(Stage::Store),
            Stage::Verify => Next::Contradiction,
        }
    }

    /// Firmware that cannot list stores all the same, and what is not there cannot be deleted.
    pub(super) const fn refused(&mut self) -> Option<Next> {
        match self.stage {
            Stage::Look | Stage::Delete => Some(self.go(Stage::Store)),
            Stage::Verify => Some(Next::Done),
            Stage::Store => None,
        }
    }

    pub(super) const fn effect(&self) -> Effect {
        match self.stage {
            Stage::Look | Stage::Verify => Effect::None,
            Stage::Delete | Stage::Store => Effect::Unknown,
        }
    }

    /// The name was one when it was asked for.
    fn quoted<'d>(&self, data: &'d [u8]) -> Quoted<'d> {
        Quoted::new(self.name(data)).unwrap_or_default()
    }

    fn name<'d>(&self, data: &'d [u8]) -> &'d [u8] {
        data.get(..self.name_len).unwrap_or_default()
    }

    const fn go(&mut self, stage: Stage) -> Next {
        self.stage = stage;
        Next::Command
    }
}
