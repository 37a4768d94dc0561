//! Browser sessions of accounts.

use std::net::IpAddr;
use std::time::Duration;

use crate::id::{AccountId, SessionId};
use crate::time::Timestamp;

/// Where a request came from, as far as its door knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address.
    pub address: Option<IpAddr>,
    /// Its user agent: printable, at most 200 characters.
    pub agent: Option<String>,
}

impl Origin {
    /// An origin; the agent is text from outside and is made printable and short.
    pub fn new(address: Option<IpAddr>, agent: Option<&str>) -> Self {
        let clean = |agent: &str| agent.chars().filter(|c| !c.is_control()).take(200).collect();
        Self { address, agent: agent.map(clean) }
    }
}

/// A browser session. It ends at its date, when it is not used for a while, or when someone ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, which is public; its secret is the cookie.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// When its owner signed in.
    pub created_at: Timestamp,
    /// When it was last used, to within a minute.
    pub last_seen_at: Timestamp,
    /// When it ends however much it is used.
    pub expires_at: Timestamp,
    /// It ends when it is not used for this long.
    pub idle_limit: Duration,
    /// Where its owner signed in from.
    pub origin: Origin,
    /// When someone ended it.
    pub ended_at: Option<Timestamp>,
}

impl Session {
    /// Whether it works at `now`.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at && now.since(self.last_seen_at) < self.idle_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_session_ends_at_its_date_by_idleness_or_by_hand() {
        let at = Timestamp::from_seconds;
        let session = Session {
            id: SessionId::from_uuid(Uuid::nil()),
            account: AccountId::from_uuid(Uuid::nil()),
            created_at: at(0),
            last_seen_at: at(90),
            expires_at: at(100),
            idle_limit: Duration::from_secs(30),
            origin: Origin::default(),
            ended_at: None,
        };
        assert!(session.is_alive(at(99)));
        assert!(session.is_alive(at(10)), "a clock that jumps back signs nobody out");
        assert!(!session.is_alive(at(100)));
        assert!(!Session { expires_at: at(200), ..session.clone() }.is_alive(at(120)));
        assert!(!Session { ended_at: Some(at(95)), ..session }.is_alive(at(96)));
    }

    #[test]
    fn an_agent_is_made_printable_and_short() {
        let origin = Origin::new(None, Some(&("a\u{7}\n".to_owned() + &"b".repeat(300))));
        assert_eq!(origin.agent.unwrap(), "a".to_owned() + &"b".repeat(199));
    }
}
