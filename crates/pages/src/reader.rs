//! Who reads a page and where: an operator in the console, or a member in one of their workspaces in the portal.

use claviger_domain::{Actor, Right};
use claviger_engine::{SignedIn, Visit};

/// Where the console begins.
const CONSOLE: &str = "/console";

/// Somebody who is signed in, and the workspace they are in; none for an operator, who reaches all.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    signed_in: SignedIn,
    visit: Option<Visit>,
}

impl Reader {
    /// An operator in the console.
    pub(crate) const fn operator(signed_in: SignedIn) -> Self {
        Self { signed_in, visit: None }
    }

    /// A member in the portal.
    pub(crate) const fn member(signed_in: SignedIn, visit: Visit) -> Self {
        Self { signed_in, visit: Some(visit) }
    }

    /// The actor of what they do here.
    pub(crate) fn actor(&self) -> Actor {
        self.visit.as_ref().map_or_else(|| self.signed_in.actor(), Visit::actor)
    }

    /// Who it is.
    pub(crate) const fn signed_in(&self) -> &SignedIn {
        &self.signed_in
    }

    /// Where a member is.
    pub(crate) const fn visit(&self) -> Option<&Visit> {
        self.visit.as_ref()
    }

    /// Whether what needs this right is offered.
    pub(crate) fn allows(&self, right: Right) -> bool {
        self.visit.as_ref().is_none_or(|visit| visit.membership().role.allows(right))
    }

    /// What the addresses of the pages around begin with.
    pub(crate) fn base(&self) -> String {
        match &self.visit {
            None => CONSOLE.to_owned(),
            Some(visit) => format!("/portal/{}", visit.workspace().id),
        }
    }
}
