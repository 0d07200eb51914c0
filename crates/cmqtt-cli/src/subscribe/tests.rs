//! What `cmqtt sub` takes and refuses, without a modem. The words are pinned.

use clap::{CommandFactory, Parser};

use super::*;

#[derive(Debug, Parser)]
#[command(name = "cmqtt sub")]
struct Program {
    #[command(flatten)]
    arguments: Arguments,
}

fn plan(line: &str) -> Result<Plan, String> {
    let typed = std::iter::once("cmqtt sub").chain(line.split_whitespace());
    let program = Program::try_parse_from(typed).map_err(|error| {
        error
            .to_string()
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .replace('\n', " ")
    })?;
    program
        .arguments
        .plan_with(None)
        .map_err(|error| error.to_string())
}

#[track_caller]
fn refused(line: &str) -> String {
    format!("{line}\n    {}", plan(line).expect_err(line))
}

#[test]
fn the_definition_is_consistent() {
    Program::command().debug_assert();
}

#[test]
fn help() {
    insta::assert_snapshot!(Program::command().term_width(100).render_long_help());
}

#[test]
fn as_fingers_know_it() {
    let plan = plan("-h b -t a/+ -t b/# -T a/x -U old -q 2 -C 5 -W 30 -E -N -c -i me -F %t:%p --quiet")
        .expect("a plan");
    assert_eq!(plan.filters, ["a/+", "b/#"]);
    insta::assert_debug_snapshot!(plan);
}

#[test]
fn formats() {
    let format = |line| plan(line).expect("a plan").format;
    assert_eq!(format("-h b -t a -v"), OutputFormat::plain(true));
    assert_eq!(format("-h b -t a --json"), OutputFormat::json());
    assert_eq!(format("-h b -t a -F %j"), OutputFormat::json());
    // As in mosquitto_sub, -v says nothing where the format is given.
    assert_eq!(format("-h b -t a -v --json"), OutputFormat::json());
    assert_eq!(format("-h b -t a -v -F %p"), OutputFormat::plain(false));
    assert_eq!(format("-L mqtt://b/a -F %p"), OutputFormat::plain(false));
}

#[test]
fn what_is_refused() {
    let words = [
        "-t a",
        "-h b",
        "-h b -t a/#/b",
        "-h b -t a+",
        "-h b -t a -T #a",
        "-h b -t a -U +a",
        "-h b -t a -q 3",
        "-h b -t a -C 0",
        "-h b -t a -W 0",
        "-h b -t a -W x",
        "-h b -t a -F %q",
        "-h b -t a -F %r",
        "-h b -t a -F %m",
        "-h b -t a -F %R",
        "-h b -t a -F %y",
        "-h b -t a -F %",
        "-h b -t a -F x --json",
        "-h b -t a -V 5",
        "-h b -t a --give-up-after soon",
        "-h b -t a --give-up-after -1",
        "-h b -t a --no-reconnect --give-up-after 5",
        "-h b -t a --no-reconnect --no-modem-restart",
    ]
    .map(refused);
    insta::assert_snapshot!(words.join("\n"));
}

#[test]
fn what_a_modem_does_not_carry() {
    let words: Vec<_> = SubRefusals::rows()
        .map(|row| refused(&format!("-h b -t a {}{}", row.name(), " x".repeat(row.values))))
        .collect();
    insta::assert_snapshot!(words.join("\n"));
}
