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

/// A way in which someone proved who they are (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// `pwd`.
    Password,
    /// `otp`: a time-based code, or a recovery code.
    Otp,
    /// `hwk`: a passkey.
    Passkey,
    /// `fed`: another OpenID provider.
    Upstream,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Password, Self::Otp, Self::Passkey, Self::Upstream];

    /// The value of `amr`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Otp => "otp",
            Self::Passkey => "hwk",
            Self::Upstream => "fed",
        }
    }
}

/// A set of methods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Methods(u8);

impl Methods {
    /// The set with `method` added.
    #[must_use]
    pub const fn with(self, method: Method) -> Self {
        Self(self.0 | 1 << (method as u8))
    }

    /// The methods in it.
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |method| self.0 & (1 << (*method as u8)) != 0)
    }
}

impl FromIterator<Method> for Methods {
    fn from_iter<I: IntoIterator<Item = Method>>(methods: I) -> Self {
        methods.into_iter().fold(Self::default(), Self::with)
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
    /// When its owner last proved who they are: then, or later at the same session.
    pub authenticated_at: Timestamp,
    /// How.
    pub methods: Methods,
    /// Whether a second factor is still due; until then the session opens nothing.
    pub awaits_second_factor: bool,
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
            authenticated_at: at(0),
            methods: Methods::default(),
            awaits_second_factor: false,
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
