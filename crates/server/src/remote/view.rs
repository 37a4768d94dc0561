//! Showing answers: tables for people, the API's own JSON for scripts.

use std::fmt::Display;
use std::io::Write;
use std::process::ExitCode;

use serde_json::Value;

use super::client::Answer;
use super::table::{self, Column};
use super::tree;

const CHECKS: &[Column] = &[("CHECK", "/check"), ("VERDICT", "/verdict"), ("LOOKED AT", "/input")];

/// How an answer is shown to people.
#[derive(Clone, Copy, Debug)]
pub(super) enum View {
    /// One object, member by member.
    Object,
    /// A page of objects, a row each.
    Page(&'static [Column]),
    /// An object with others in its `children`, a line each with what is at these places.
    Tree(&'static [&'static str]),
    /// An object with a secret in this member. The secret alone goes to standard output, where a pipe can
    /// take it; the rest goes to standard error.
    Secret(&'static str),
    /// Whether a credential would be accepted.
    Verdict,
    /// Why a request was refused, and under it each check.
    Explanation,
    /// What is done and leaves nothing to show.
    Nothing,
    /// An answer that is written as it comes, in whatever form it has.
    Copy,
}

impl View {
    /// Shows the answer; the exit code is 0 unless a verdict says no.
    pub(super) fn show(self, answer: &Answer, is_json: bool) -> ExitCode {
        if is_json {
            say(&answer.text);
        } else {
            self.show_to_people(&answer.json);
        }
        let is_refusal =
            matches!(self, Self::Verdict) && answer.json.get("valid") != Some(&Value::Bool(true));
        if is_refusal { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn show_to_people(self, json: &Value) {
        match self {
            Self::Object | Self::Verdict => say(table::of_object(json, None)),
            Self::Page(columns) => {
                say(table::of_rows(json, columns));
                if let Some(cursor) = json.get("next_cursor").and_then(Value::as_str) {
                    note(format_args!("more: --cursor {cursor}"));
                }
            }
            Self::Explanation => {
                say(table::of_object(json, Some("checks")));
                say(table::of_rows(&serde_json::json!({ "data": json.get("checks") }), CHECKS));
            }
            Self::Nothing | Self::Copy => {}
            Self::Tree(places) => say(tree::of_object(json, places)),
            // Not everything that could have a secret has one: a public client proves itself by nothing.
            Self::Secret(member) if json.get(member).is_none() => say(table::of_object(json, None)),
            Self::Secret(member) => {
                note(table::of_object(json, Some(member)));
                warn("this is shown once and kept nowhere; store it now");
                say(json.get(member).and_then(Value::as_str).unwrap_or_default());
            }
        }
    }
}

/// A line on standard output. A closed pipe is the reader's choice, not a failure.
fn say(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A line for the person who watches.
fn note(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Something the person who watches should know.
pub(super) fn warn(text: &str) {
    note(format_args!("warning: {text}"));
}
