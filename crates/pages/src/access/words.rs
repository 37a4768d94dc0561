//! What the steps of a review mean, for people.

use claviger_domain::{AccessRequest, ReviewStep, Timestamp};

use crate::keys::names::Names;
use crate::moment::Moment;
use crate::words::{Phrase, say};

/// What is to be checked.
pub(super) const fn step(step: ReviewStep) -> (Phrase, Phrase) {
    match step {
        ReviewStep::Identity => (say("access-who-they"), say("access-company-exists-contact-speaks-call")),
        ReviewStep::UseCase => (say("access-what"), say("access-use-case-one-api-nothing")),
        ReviewStep::DataProtection => {
            (say("access-data-protection"), say("access-which-data-they-get-where"))
        }
        ReviewStep::Handling => {
            (say("access-handling-credentials"), say("access-keys-will-kept-secret-store"))
        }
        ReviewStep::LeastPrivilege => {
            (say("access-no-more-than-needed"), say("access-environments-scopes-least-use-case"))
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
    pub(super) fn word(self) -> Phrase {
        match self.0 {
            "approved" => say("access-approved"),
            "declined" => say("access-declined"),
            _ => say("access-waiting"),
        }
    }

    /// Whether nobody has decided yet.
    pub(super) fn is_waiting(self) -> bool {
        !matches!(self.0, "approved" | "declined")
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
