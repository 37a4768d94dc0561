//! What is sold, on which conditions, and what the buyer gets.

use claviger_domain::{AccessToken, RefreshToken, Reuse, ScopeSet, Timestamp};
use claviger_secrets::Plain;

/// What is bought, and under which conditions, as the endpoint of a contract says.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token that comes with it, where one does.
    pub refresh: Option<RefreshToken>,
    /// When the same token is given again.
    pub reuse: Reuse,
    /// The most sessions a credential may hold at once; none for a thousand.
    pub max_sessions: Option<u32>,
}

/// Tokens, this once or again.
#[derive(Debug)]
pub struct Bought {
    /// What is sent to the API.
    pub access: Plain,
    /// What buys the next.
    pub refresh: Option<Plain>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// When the access token was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was given, now or again: what is left of it counts from here.
    pub given_at: Timestamp,
}

impl Bought {
    /// The refresh token in clear, for the answer.
    pub fn refresh_text(&self) -> Option<&str> {
        self.refresh.as_ref().map(Plain::expose)
    }
}
