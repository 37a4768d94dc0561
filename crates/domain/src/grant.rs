//! Grants: what a user allowed a client.

use crate::id::{AccountId, ApiId, ClientId, GrantId};
use crate::scope::ScopeSet;
use crate::time::Timestamp;

/// What a user allowed a client, as long as neither ends it. One per user and client; asking for more widens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// The API.
    pub api: ApiId,
    /// Who allowed it.
    pub account: AccountId,
    /// Whom.
    pub client: ClientId,
    /// What: the API's scopes and those of OpenID Connect.
    pub scopes: ScopeSet,
    /// The resources it is for (RFC 8707); empty for the API itself.
    pub resources: Vec<String>,
    /// When it was first given.
    pub created_at: Timestamp,
    /// When it was last widened or confirmed.
    pub updated_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
