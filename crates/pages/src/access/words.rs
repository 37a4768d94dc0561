//! What the steps of a review mean, for people.

use claviger_domain::{AccessRequest, ReviewStep, Timestamp};

use crate::keys::names::Names;
use crate::moment::Moment;

/// What is to be checked.
pub(super) const fn step(step: ReviewStep) -> (&'static str, &'static str) {
    match step {
        ReviewStep::Identity => (
            "Who they are",
            "The company exists, and the contact speaks for it: by a call, a contract or its own site.",
        ),
        ReviewStep::UseCase => {
            ("What it is for", "The use case is one that this API is for, and nothing in it is forbidden.")
        }
        ReviewStep::DataProtection => (
            "Data protection",
            "Which data they get, where it goes and how long it stays is known and agreed upon.",
        ),
        ReviewStep::Handling => (
            "Handling of credentials",
            "Keys will be kept in a secret store, and somebody answers for them when one leaks.",
        ),
        ReviewStep::LeastPrivilege => {
            ("No more than needed", "Environments and scopes are the least that the use case needs.")
        }
    }
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing(&'static str);

impl Standing {
    pub(super) const fn of(request: &AccessRequest) -> Self {
        Self(request.state())
    }

    /// For people.
    pub(super) fn word(self) -> &'static str {
        match self.0 {
            "approved" => "Approved",
            "declined" => "Declined",
            _ => "Waiting",
        }
    }

    /// The class of the badge.
    pub(super) fn tone(self) -> &'static str {
        match self.0 {
            "approved" => "good",
            "declined" => "over",
            _ => "rest",
        }
    }
}

/// What a list shows of a request.
pub(super) struct RequestRow {
    pub(super) id: String,
    pub(super) company: String,
    pub(super) contact: String,
    pub(super) email: String,
    pub(super) api: String,
    pub(super) environments: Vec<&'static str>,
    pub(super) standing: Standing,
    pub(super) made: Moment,
}

impl RequestRow {
    pub(super) fn new(request: &AccessRequest, names: &Names, now: Timestamp) -> Self {
        Self {
            id: request.id.to_string(),
            company: request.company.to_string(),
            contact: request.contact.to_string(),
            email: request.email.to_string(),
            api: names.api(request.api),
            environments: request.environments.iter().map(|at| at.as_str()).collect(),
            standing: Standing::of(request),
            made: Moment::ago(request.created_at, now),
        }
    }
}
