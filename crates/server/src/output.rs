//! What commands print: results on standard output, remarks and errors on standard error.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use serde::Serialize;

/// Prints a line of a result. A reader that has gone away, as `head` does, is no error.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Prints a result as JSON.
pub(crate) fn json(value: &impl Serialize) {
    if let Ok(text) = serde_json::to_string_pretty(value) {
        line(text);
    }
}

/// Prints a remark for the person at the terminal.
pub(crate) fn remark(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Whether errors may be drawn in colour.
pub(crate) fn is_colorful() -> bool {
    io::stderr().is_terminal()
}

/// Prints an error with everything that led to it.
pub(crate) fn error(error: &dyn Error, as_json: bool) {
    let causes = causes(error);
    if as_json {
        remark(serde_json::json!({ "error": error.to_string(), "causes": causes }));
        return;
    }
    remark(format_args!("claviger: {error}"));
    for cause in causes {
        remark(format_args!("  because: {cause}"));
    }
}

/// What led to an error, the nearest cause first.
fn causes(error: &dyn Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

/// An error and what led to it, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    causes(error).into_iter().fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
