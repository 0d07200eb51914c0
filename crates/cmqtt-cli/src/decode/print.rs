//! Frames as columns for people, and as JSON lines for programs.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use at_proto::Printable;

use super::frame::{Frame, Kind, Side};
use crate::json;

/// One JSON object on a line.
///
/// # Errors
/// What writing finds.
pub(crate) fn json_line(frame: &Frame, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}", json::line(frame)?)
}

/// Line number, direction, kind, text, and what is known about it.
///
/// # Errors
/// What writing finds.
pub(crate) fn columns(frame: &Frame, colour: bool, out: &mut impl Write) -> io::Result<()> {
    let arrow = match frame.from {
        Some(Side::Host) => '>',
        Some(Side::Modem) => '<',
        None => ' ',
    };
    let style = if colour { style(frame.kind) } else { Style::new() };
    let text = shortened(&Printable(&frame.text).to_string());
    let known = known(frame);
    let known = Printable(known.as_bytes());
    let kind = frame.kind.name();
    if known.0.is_empty() {
        return writeln!(out, "{:>5} {arrow} {style}{kind:<11} {text}{style:#}", frame.line);
    }
    let dim = if colour {
        Style::new().dimmed()
    } else {
        Style::new()
    };
    let number = frame.line;
    writeln!(
        out,
        "{number:>5} {arrow} {style}{kind:<11} {text:<TEXT_WIDTH$}{style:#}  {dim}{known}{dim:#}"
    )
}

/// Meaning, fields, note.
fn known(frame: &Frame) -> String {
    let mut known = frame.fields.meaning.clone().unwrap_or_default();
    let fields: Vec<String> = frame
        .fields
        .iter()
        .filter(|(name, _)| !matches!(*name, "likely_cause" | "remedy"))
        .map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}={text}"),
            None => format!("{name}={value}"),
        })
        .collect();
    let parts = [
        (!fields.is_empty()).then(|| format!("[{}]", fields.join(" "))),
        field(frame, "likely_cause").map(|cause| format!("likely: {cause}")),
        field(frame, "remedy").map(|remedy| format!("try: {remedy}")),
        frame.note.as_ref().map(|note| format!("note: {note}")),
    ];
    for part in parts.into_iter().flatten() {
        if !known.is_empty() {
            known.push_str("; ");
        }
        known.push_str(&part);
    }
    known
}

fn field<'a>(frame: &'a Frame, name: &str) -> Option<&'a str> {
    frame.fields.iter().find(|(field, _)| *field == name)?.1.as_str()
}

/// Long texts with their middle left out.
fn shortened(text: &str) -> String {
    if text.len() <= MAX_TEXT {
        return text.to_owned();
    }
    let (head, rest) = text.split_at(text.floor_char_boundary(HEAD));
    let (middle, tail) = rest.split_at(rest.ceil_char_boundary(rest.len().saturating_sub(TAIL)));
    format!("{head} … {} more … {tail}", middle.chars().count())
}

const fn style(kind: Kind) -> Style {
    let style = Style::new();
    match kind {
        Kind::Command => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan))).bold(),
        Kind::Echo | Kind::Unknown => style.dimmed(),
        Kind::Information => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Blue))),
        Kind::Final => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))),
        Kind::Urc => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Yellow))),
        Kind::Prompt | Kind::Data => style.fg_color(Some(anstyle::Color::Ansi(AnsiColor::Magenta))),
    }
}

const TEXT_WIDTH: usize = 40;
const MAX_TEXT: usize = 240;
const HEAD: usize = 160;
const TAIL: usize = 40;
