//! What surrounds every page of an account.

use claviger_engine::SignedIn;

use super::super::render::{Face, Reader};
use super::super::visit::Visit;

use crate::words::Phrase;

/// Which part of the account a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Profile,
    Security,
    Sessions,
    Applications,
}

/// The frame of a page: whose face it wears, who reads it, what has just happened.
pub(crate) struct Shell<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) reader: Reader<'p>,
    pub(crate) notice: Option<Phrase>,
    pub(crate) section: Section,
}

impl<'p> Shell<'p> {
    /// The frame for this reader.
    pub(crate) fn new(visit: &'p Visit, who: &'p SignedIn, section: Section) -> Self {
        Self { face: Face::of(visit), reader: Reader::new(who), notice: None, section }
    }

    /// The same frame with a message on top.
    pub(crate) fn saying(self, notice: Option<Phrase>) -> Self {
        Self { notice, ..self }
    }

    /// The value of `aria-current` on a section's link.
    pub(crate) fn current(&self, link: &str) -> &'static str {
        let name = match self.section {
            Section::Profile => "profile",
            Section::Security => "security",
            Section::Sessions => "sessions",
            Section::Applications => "applications",
        };
        if name == link { "page" } else { "false" }
    }
}
