//! What is said to the person or the log that watches. A closed pipe is nobody's fault.

use std::fmt::Display;
use std::io::Write;

/// A line on standard output.
pub(crate) fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A line on standard error.
pub(crate) fn error(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "error: {text}");
}
