//! What the buyer gets.

use claviger_domain::{ScopeSet, Timestamp};
use claviger_secrets::Plain;

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
