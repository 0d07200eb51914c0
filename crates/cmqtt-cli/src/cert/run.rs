//! The looking after itself.

use std::fmt::Display;
use std::path::Path;

use at_proto::tls::{DeleteFile, ListFiles};
use at_proto::{Printable, Quoted};
use cmqtt_host::tls::{Role, TlsFileError, Upload};

use super::{Action, Arguments};
use crate::arguments::ModemArguments;
use crate::exit::End;
use crate::modem::{Failure, Modem, Shown, planned, run as run_async};
use crate::output::{Printer, complain};

pub(crate) fn run(arguments: &Arguments) -> End {
    match &arguments.action {
        Action::List { modem } => with_modem(modem, list),
        Action::Add {
            file,
            role,
            name,
            modem,
        } => match Upload::load(*role, file) {
            Ok(upload) => with_modem(modem, async |modem| {
                add(modem, *role, file, &upload, name.as_deref()).await
            }),
            Err(error) => {
                complain(NAME, &error);
                End::TlsFile
            }
        },
        Action::Remove { names, modem } => with_modem(modem, async |modem| remove(modem, names).await),
    }
}

fn with_modem(arguments: &ModemArguments, work: impl AsyncFnOnce(&mut Modem) -> Result<End, Failure>) -> End {
    planned(NAME, arguments.whole_plan(), |plan| {
        run_async(NAME, false, async {
            let mut modem = Modem::open(&plan, Shown::new(!plan.trace)).await?;
            let end = work(&mut modem).await;
            modem.quiet();
            end
        })
    })
}

async fn list(modem: &mut Modem) -> Result<End, Failure> {
    let names = names(modem).await?;
    modem.quiet();
    print(names)
}

/// The names that the modem holds.
async fn names(modem: &mut Modem) -> Result<Vec<String>, Failure> {
    let names = modem.command(&ListFiles, |files| {
        let files = files.filter_map(Result::ok);
        files
            .map(|file| Printable(file.name.as_bytes()).to_string())
            .collect()
    });
    Ok(names.await?)
}

async fn add(
    modem: &mut Modem,
    role: Role,
    file: &Path,
    upload: &Upload,
    name: Option<&str>,
) -> Result<End, Failure> {
    if let Some(now) = modem.time().await {
        upload.check_time(now).map_err(|problem| TlsFileError {
            role,
            path: file.to_owned(),
            problem,
        })?;
    }
    for doubt in upload.doubts() {
        modem.quiet();
        complain(NAME, &doubt);
    }
    let own = upload.modem_name();
    let name = match name {
        // A name that somebody chose may hide another content: an old file gives way.
        Some(name) => {
            if names(modem).await?.iter().any(|held| held == name) {
                delete(modem, name).await?;
            }
            name
        }
        None => &own,
    };
    modem.provide_file(name, upload.content()).await?;
    modem.quiet();
    print([name])
}

/// Names, a line each.
fn print(names: impl IntoIterator<Item = impl Display>) -> Result<End, Failure> {
    let lines: String = names.into_iter().map(|name| format!("{name}\n")).collect();
    Printer::lines(NAME)
        .print(lines.into_bytes())
        .map_err(Failure::Output)?;
    Ok(End::Done)
}

/// Each of them, also behind one that is not there.
async fn remove(modem: &mut Modem, names: &[String]) -> Result<End, Failure> {
    let mut end = Ok(End::Done);
    for name in names {
        if let Err(failure) = delete(modem, name).await {
            modem.quiet();
            complain(
                NAME,
                &format_args!(
                    "{name}: {failure}; most likely there is no such file, `cmqtt cert list` prints the names"
                ),
            );
            end = Ok(failure.end());
        }
    }
    end
}

async fn delete(modem: &mut Modem, name: &str) -> Result<(), Failure> {
    let name = Quoted::new(name)?;
    Ok(modem.command(&DeleteFile { name }, |()| ()).await?)
}

const NAME: &str = "cert";
