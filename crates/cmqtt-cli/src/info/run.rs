//! The asking itself.

use super::Arguments;
use super::report::Report;
use crate::exit::End;
use crate::modem::{Failure, Modem, Shown, planned, run as run_async};
use crate::output::Printer;

pub(crate) fn run(arguments: &Arguments) -> End {
    planned(NAME, arguments.modem.whole_plan(), |plan| {
        run_async(NAME, false, async {
            let mut modem = Modem::open(&plan, Shown::new(!plan.trace)).await?;
            let report = Report::ask(&mut modem).await?;
            modem.quiet();
            let mut out = Vec::new();
            let printed = if arguments.json {
                report.print_json(&mut out)
            } else {
                report.print(&mut out)
            };
            printed
                .and_then(|()| Printer::lines(NAME).print(out))
                .map_err(Failure::Output)?;
            Ok(End::Done)
        })
    })
}

const NAME: &str = "info";
