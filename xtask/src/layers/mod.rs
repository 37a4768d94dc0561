//! The shape of the repository, checked: who may use whom, no module cycles, short files, honest names.

mod cycles;
mod files;
mod imports;
mod metadata;
mod rooms;

use std::fmt;

use crate::failure::Failure;
use crate::terminal;
use crate::workspace;

/// A broken rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    rule: Rule,
    /// The crate or file at fault.
    place: String,
    detail: String,
}

/// The rules, by the name a failure carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    /// A crate uses another that lies above it or beside it.
    Direction,
    /// A foreign crate is used outside the rooms that own it.
    Wrapper,
    /// Modules beside each other use each other in a circle.
    Cycle,
    /// A file is too long.
    Length,
    /// A crate or module has a name that says nothing.
    Name,
    /// A file mentions a place that exists on one machine only.
    Place,
}

impl Rule {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Direction => "direction",
            Self::Wrapper => "wrapper",
            Self::Cycle => "cycle",
            Self::Length => "length",
            Self::Name => "name",
            Self::Place => "place",
        }
    }
}

impl Violation {
    fn new(rule: Rule, place: impl fmt::Display, detail: impl fmt::Display) -> Self {
        Self { rule, place: place.to_string(), detail: detail.to_string() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.rule.as_str(), self.place, self.detail)
    }
}

/// Checks everything and prints what is broken.
pub(crate) fn run() -> Result<(), Failure> {
    let packages = metadata::read()?;
    let files = files::tracked(workspace::root())?;
    let mut violations = rooms::check(&packages);
    violations.extend(files::check(&files));
    violations.extend(cycles::check(&files));
    violations.sort();
    for violation in &violations {
        terminal::line(violation);
    }
    if violations.is_empty() { Ok(()) } else { Err(Failure::Layers(violations.len())) }
}
