//! Accounts: those who can sign in. One machinery, several pools.

use std::fmt;
use std::str::FromStr;

use crate::email::Email;
use crate::id::{AccountId, ApiId};
use crate::time::Timestamp;

/// Whose accounts they are. The same e-mail address in two pools is two accounts that know nothing of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pool {
    /// The provider's: operators.
    Instance,
    /// An API's: the people who consent to its clients.
    Api(ApiId),
}

/// The word the database holds.
impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Instance => f.write_str("instance"),
            Self::Api(id) => id.fmt(f),
        }
    }
}

/// The text names no pool.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pool is `instance` or the id of an API")]
pub struct UnknownPool;

impl FromStr for Pool {
    type Err = UnknownPool;

    fn from_str(text: &str) -> Result<Self, UnknownPool> {
        match text {
            "instance" => Ok(Self::Instance),
            id => id.parse().map(Self::Api).map_err(|_| UnknownPool),
        }
    }
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
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed, its password included.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_pool_round_trips_through_text() {
        for pool in [Pool::Instance, Pool::Api(ApiId::from_uuid(Uuid::max()))] {
            assert_eq!(pool.to_string().parse(), Ok(pool));
        }
        assert_eq!("instances".parse::<Pool>(), Err(UnknownPool));
    }
}
