//! Requests for access: somebody from outside asks for credentials, staff looks at it step by step and decides.

use std::fmt;
use std::str::FromStr;

use crate::email::Email;
use crate::environment::Environment;
use crate::id::{AccessRequestId, ApiId, KeyId, WorkspaceId};
use crate::scope::ScopeSet;
use crate::text::{Label, Prose};
use crate::time::Timestamp;

/// What staff looks at before anybody gets access. All of it has to be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReviewStep {
    /// The company exists, and the contact speaks for it.
    Identity,
    /// The use case is one that the API is for.
    UseCase,
    /// What becomes of the data, and who else sees it, is known and agreed upon.
    DataProtection,
    /// How credentials will be kept and who answers for them is known.
    Handling,
    /// The environments and scopes are no more than the use case needs.
    LeastPrivilege,
}

impl ReviewStep {
    /// Every step, in the order of the checklist.
    pub const ALL: [Self; 5] =
        [Self::Identity, Self::UseCase, Self::DataProtection, Self::Handling, Self::LeastPrivilege];

    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::UseCase => "use_case",
            Self::DataProtection => "data_protection",
            Self::Handling => "handling",
            Self::LeastPrivilege => "least_privilege",
        }
    }
}

impl fmt::Display for ReviewStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no step of the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the review has no step of this name")]
pub struct UnknownReviewStep;

impl FromStr for ReviewStep {
    type Err = UnknownReviewStep;

    fn from_str(text: &str) -> Result<Self, UnknownReviewStep> {
        Self::ALL.into_iter().find(|step| step.as_str() == text).ok_or(UnknownReviewStep)
    }
}

/// A step that was looked at and found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewCheck {
    /// Which.
    pub step: ReviewStep,
    /// What was found.
    pub note: Option<Prose>,
    /// When.
    pub checked_at: Timestamp,
    /// By whom.
    pub checked_by: String,
}

/// The steps that nobody has checked yet.
pub fn open_steps(checks: &[ReviewCheck]) -> Vec<ReviewStep> {
    let is_open = |step: &ReviewStep| checks.iter().all(|check| check.step != *step);
    ReviewStep::ALL.into_iter().filter(is_open).collect()
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It has a workspace, of which its contact was invited to be the owner.
    Approved {
        /// The workspace.
        workspace: WorkspaceId,
        /// What the first keys may do.
        scopes: ScopeSet,
    },
    /// It was turned down.
    Declined {
        /// Why, as the contact was told.
        reason: Prose,
    },
}

/// A decision, which stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruled {
    /// What was decided.
    pub ruling: Ruling,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// Somebody who asks for credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// Its id.
    pub id: AccessRequestId,
    /// For which API.
    pub api: ApiId,
    /// Who asks.
    pub company: Label,
    /// The person to talk to.
    pub contact: Label,
    /// Their address, which gets the answer.
    pub email: Email,
    /// What for.
    pub use_case: Prose,
    /// Where they want to go; at least one.
    pub environments: Vec<Environment>,
    /// What became of it; none while it waits.
    pub ruled: Option<Ruled>,
    /// The first keys that were shown, one for an environment.
    pub revealed: Vec<(Environment, KeyId)>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl AccessRequest {
    /// The word for how it stands, on the wire and for filters.
    pub const fn state(&self) -> &'static str {
        match &self.ruled {
            None => "waiting",
            Some(Ruled { ruling: Ruling::Approved { .. }, .. }) => "approved",
            Some(Ruled { ruling: Ruling::Declined { .. }, .. }) => "declined",
        }
    }

    /// The environments whose first key its owner has not been shown; none unless it was approved.
    pub fn unrevealed(&self) -> Vec<Environment> {
        if self.state() != "approved" {
            return Vec::new();
        }
        let is_shown =
            |environment: &Environment| self.revealed.iter().any(|(shown, _)| shown == environment);
        self.environments.iter().copied().filter(|environment| !is_shown(environment)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_step_round_trips_and_is_open_until_it_is_checked() {
        for step in ReviewStep::ALL {
            assert_eq!(step.to_string().parse(), Ok(step));
        }
        assert_eq!("Identity".parse::<ReviewStep>(), Err(UnknownReviewStep));
        let check = ReviewCheck {
            step: ReviewStep::UseCase,
            note: None,
            checked_at: Timestamp::from_seconds(1),
            checked_by: "local".to_owned(),
        };
        assert_eq!(open_steps(&[]).len(), 5);
        assert!(!open_steps(&[check]).contains(&ReviewStep::UseCase));
    }

    #[test]
    fn only_an_approved_request_has_keys_to_be_shown_and_each_once() {
        let waiting = AccessRequest {
            id: AccessRequestId::from_uuid(Uuid::nil()),
            api: ApiId::from_uuid(Uuid::nil()),
            company: "Acme".parse().unwrap(),
            contact: "Ada".parse().unwrap(),
            email: "ada@example.com".parse().unwrap(),
            use_case: "Fees".parse().unwrap(),
            environments: Environment::ALL.to_vec(),
            ruled: None,
            revealed: Vec::new(),
            created_at: Timestamp::from_seconds(0),
        };
        assert_eq!((waiting.state(), waiting.unrevealed().len()), ("waiting", 0));
        let ruled = |ruling| Some(Ruled { ruling, at: Timestamp::from_seconds(1), by: "local".to_owned() });
        let approval =
            Ruling::Approved { workspace: WorkspaceId::from_uuid(Uuid::nil()), scopes: ScopeSet::default() };
        let approved = AccessRequest { ruled: ruled(approval), ..waiting.clone() };
        assert_eq!((approved.state(), approved.unrevealed().len()), ("approved", 2));
        let shown = vec![(Environment::Live, KeyId::from_uuid(Uuid::nil()))];
        assert_eq!(AccessRequest { revealed: shown, ..approved }.unrevealed(), [Environment::Test]);
        let declined = Ruling::Declined { reason: "No".parse().unwrap() };
        let declined = AccessRequest { ruled: ruled(declined), ..waiting };
        assert_eq!((declined.state(), declined.unrevealed().len()), ("declined", 0));
    }
}
