//! `cmqtt man`: manual pages, from the definitions of the arguments.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap_mangen::Man;

use crate::exit::End;
use crate::output::complain;
use crate::waits;

/// Print the manual page, or write the pages of all subcommands into a folder.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Write cmqtt.1, cmqtt-sim.1 and so on into this folder, which is made if it is not there.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Prints or writes them.
pub(crate) fn run(arguments: &Arguments, program: clap::Command) -> End {
    let result = match &arguments.out {
        Some(folder) => write(program, folder),
        None => print(program),
    };
    match result {
        Ok(()) => End::Done,
        // Whoever read the page has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => End::Done,
        Err(failure) => {
            complain("man", &failure);
            End::Failed
        }
    }
}

fn print(program: clap::Command) -> Result<(), Failure> {
    let mut page = Vec::new();
    let rendered = Man::new(program).render(&mut page);
    rendered
        .and_then(|()| waits::render(&mut page))
        .map_err(Failure::Output)?;
    io::stdout().write_all(&page).map_err(Failure::Output)
}

fn write(program: clap::Command, folder: &Path) -> Result<(), Failure> {
    let fail = |source| Failure::Folder(folder.to_owned(), source);
    std::fs::create_dir_all(folder).map_err(fail)?;
    let page = folder.join(format!("{}.1", program.get_name()));
    clap_mangen::generate_to(program, folder).map_err(fail)?;
    let mut page = OpenOptions::new().append(true).open(page).map_err(fail)?;
    waits::render(&mut page).map_err(fail)
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot write the page: {0}")]
    Output(io::Error),
    #[error("cannot write the pages into {}: {}; name a folder that you may write to", .0.display(), .1)]
    Folder(PathBuf, io::Error),
}
