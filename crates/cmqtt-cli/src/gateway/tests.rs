//! What `cmqtt gateway` takes and refuses, without a modem. The words are pinned.

use clap::{CommandFactory, Parser};
use cmqtt_outbox::Overflow;

use super::*;

#[derive(Debug, Parser)]
#[command(name = "cmqtt gateway")]
struct Program {
    #[command(flatten)]
    arguments: Arguments,
}

fn plan(line: &str) -> Result<Plan, String> {
    let typed = ["cmqtt gateway"].into_iter().chain(line.split_whitespace());
    let program = Program::try_parse_from(typed).map_err(|error| {
        let error = error.to_string();
        error.split("\n\n").next().unwrap_or_default().replace('\n', " ")
    })?;
    program
        .arguments
        .plan_with(None)
        .map_err(|error| error.to_string())
}

#[test]
fn the_definition_is_consistent() {
    Program::command().debug_assert();
}

#[test]
fn help() {
    let mut command = Program::command().term_width(100);
    insta::assert_snapshot!(command.render_long_help());
}

#[test]
fn what_was_asked_for() {
    let plan = plan("-h x --spool here --listen there -q 2 -r --spool-messages 7 --spool-bytes 8 --spool-full drop-oldest --drain 1.5").expect("a plan");
    assert_eq!((plan.qos, plan.retain), (QoS::ExactlyOnce, true));
    assert_eq!(plan.listen, Some("there".into()));
    assert_eq!(plan.spool.dir, PathBuf::from("here"));
    let limits = plan.spool.limits;
    assert_eq!(
        (limits.messages, limits.bytes, limits.overflow),
        (7, 8, Overflow::DropOldest)
    );
    assert_eq!(plan.spool.drain.map(|time| time.as_millis()), Some(1500));
}

#[test]
fn what_is_refused() {
    let refused = |line| plan(line).expect_err(line);
    insta::assert_snapshot!(refused("-h x"), @"error: the following required arguments were not provided:   --spool <DIR>");
    insta::assert_snapshot!(refused("--spool s"), @"no broker is named: -h HOST (there is no default: localhost would be the modem itself)");
    insta::assert_snapshot!(refused("--spool s -L mqtt://x/topic"), @"-L: each message names its topic: leave it out of the URL");
    insta::assert_snapshot!(refused("--spool s -h x --spool-messages 0"), @"error: invalid value '0' for '--spool-messages <N>': 0 is not in 1..18446744073709551615");
    insta::assert_snapshot!(refused("--spool s -h x --spool-full perhaps"), @"error: invalid value 'perhaps' for '--spool-full <POLICY>'   [possible values: refuse, drop-oldest, drop-newest]");
    insta::assert_snapshot!(refused("--spool s -h x --drain -1"), @"error: invalid value '-1' for '--drain <SECONDS>': expected seconds, such as 2 or 0.5");
    insta::assert_snapshot!(refused("--spool s -h x -q 3"), @"error: invalid value '3' for '--qos <0|1|2>': the quality of service is 0, 1 or 2");
}
