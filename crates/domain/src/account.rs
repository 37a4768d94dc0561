//! Accounts: those who can sign in. One machinery, several pools.

use std::fmt;
use std::str::FromStr;

use crate::actor::Who;
use crate::email::Email;
use crate::environment::Environment;
use crate::id::{AccountId, ApiId, WorkspaceId};
use crate::scope::{ScopeCatalog, ScopeSet};
use crate::time::Timestamp;

/// Whose accounts they are. The same e-mail address in two pools is two accounts that know nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pool {
    /// The provider's: operators.
    Instance,
    /// The partners': members of workspaces. None of them can become an operator by a check that was forgotten.
    Members,
    /// An API's: the people who consent to its clients.
    Api(ApiId),
}

impl Pool {
    /// The owner of one of its accounts, as somebody who acts.
    pub const fn person(self, account: AccountId) -> Who {
        match self {
            Self::Instance => Who::Operator(account),
            Self::Members => Who::Partner(account),
            Self::Api(_) => Who::User(account),
        }
    }
}

/// The word the database holds.
impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance => f.write_str("instance"),
            Self::Members => f.write_str("members"),
            Self::Api(id) => id.fmt(f),
        }
    }
}

/// The text names no pool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pool is `instance`, `members` or the id of an API")]
pub struct UnknownPool;

impl FromStr for Pool {
    type Err = UnknownPool;

    fn from_str(text: &str) -> Result<Self, UnknownPool> {
        match text {
            "instance" => Ok(Self::Instance),
            "members" => Ok(Self::Members),
            id => id.parse().map(Self::Api).map_err(|_| UnknownPool),
        }
    }
}

/// What is known of a person beside the address (OpenID Connect Core section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profile {
    /// The full name, as it is shown.
    pub name: Option<String>,
    /// The given name.
    pub given_name: Option<String>,
    /// The family name.
    pub family_name: Option<String>,
    /// The language, as BCP 47 has it.
    pub locale: Option<String>,
}

/// Someone who can sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// Whose it is.
    pub pool: Pool,
    /// By which it signs in; one of its kind in its pool.
    pub email: Email,
    /// Since when the address is known to be its owner's.
    pub email_verified_at: Option<Timestamp>,
    /// What its owner is called.
    pub profile: Profile,
    /// The workspace for which it acts when it signs in at an API itself; none for a user who only consents.
    pub workspace: Option<WorkspaceId>,
    /// The world its own sessions and tokens belong to.
    pub environment: Environment,
    /// The most that it may do, and allow; none for all of the API's scopes that do not imply all others.
    pub scopes: Option<ScopeSet>,
    /// Since when it can neither sign in nor act.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, its password included.
    pub updated_at: Timestamp,
}

impl Account {
    /// An account of which nothing but its address is known.
    pub fn new(id: AccountId, pool: Pool, email: Email, now: Timestamp) -> Self {
        Self {
            id,
            pool,
            email,
            email_verified_at: None,
            profile: Profile::default(),
            workspace: None,
            environment: Environment::Live,
            scopes: None,
            disabled_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// Its owner, as somebody who acts.
    pub const fn who(&self) -> Who {
        self.pool.person(self.id)
    }

    /// What it may do for itself: what it was given, else every scope of the API that is not nearly all the others.
    pub fn effective_scopes(&self, catalog: &ScopeCatalog) -> ScopeSet {
        match &self.scopes {
            Some(own) => own.iter().filter(|scope| catalog.defines(scope)).cloned().collect(),
            None => {
                let all = catalog.iter().map(|(scope, _)| scope);
                all.filter(|scope| !catalog.is_master(scope)).cloned().collect()
            }
        }
    }
}

/// What a token that is sent by mail is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MailPurpose {
    /// Proving that the address is its owner's.
    Verification,
    /// Choosing a new password.
    Reset,
    /// Signing in by another address from now on, which it proves.
    NewAddress,
}

impl MailPurpose {
    /// The word the database holds.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verification => "verification",
            Self::Reset => "reset",
            Self::NewAddress => "new_address",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_pool_round_trips_through_text() {
        for pool in [Pool::Instance, Pool::Members, Pool::Api(ApiId::from_uuid(Uuid::max()))] {
            assert_eq!(pool.to_string().parse(), Ok(pool));
        }
        assert_eq!("instances".parse::<Pool>(), Err(UnknownPool));
    }
}
