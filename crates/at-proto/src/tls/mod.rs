//! TLS: the contexts that say how to speak it, and the files that they name.
//!
//! | the manual's name | file | types |
//! |---|---|---|
//! | `AT+CSSLCFG` | `configure.rs`, `context.rs` | [`Configure`], [`Setting`], [`TlsContext`] |
//! | `AT+CCERTDOWN` | `store.rs` | [`StoreFile`] |
//! | `AT+CCERTLIST` | `list.rs` | [`ListFiles`], [`StoredFile`] |
//! | – | `file_name.rs` | [`FileName`] |
//! | `AT+CCERTDELE` | `delete.rs` | [`DeleteFile`] |

mod configure;
pub use configure::{Configure, Setting};

mod context;
pub use context::TlsContext;

mod store;
pub use store::StoreFile;

mod list;
pub use list::{ListFiles, StoredFile};

mod file_name;
pub use file_name::FileName;

mod delete;
pub use delete::DeleteFile;

pub mod budget;
