//! Grants: what users allowed clients; seen and revoked by users and operators.

use claviger_domain::{
    AccountId, Actor, ApiId, Client, ClientId, Grant, GrantId, Page, PageRequest, Timestamp,
};
use claviger_oauth::{ErrorCode, Refusal};

use super::error::OAuthError;
use crate::engine::Engine;
use crate::sessions::SignedIn;

/// An application that a user has allowed something.
#[derive(Clone, Debug)]
pub struct ConnectedApplication {
    /// What was allowed.
    pub grant: Grant,
    /// Whom.
    pub client: Client,
    /// Name and description of each scope.
    pub scopes: Vec<(String, String)>,
    /// When it last got a token for this user.
    pub last_used_at: Option<Timestamp>,
}

impl Engine {
    /// The applications that someone has allowed something, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_connected_applications(
        &self,
        who: &SignedIn,
    ) -> Result<Vec<ConnectedApplication>, OAuthError> {
        let _ = who;
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Takes back what someone allowed; every token of it ends at once.
    ///
    /// # Errors
    /// `invalid_request` when they have no such living grant; when the database fails.
    pub async fn revoke_own_grant(&self, who: &SignedIn, id: GrantId) -> Result<(), OAuthError> {
        let _ = (who, id);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Grants, newest first, of one API, user or client.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_grants(
        &self,
        filter: (Option<ApiId>, Option<AccountId>, Option<ClientId>),
        page: PageRequest,
    ) -> Result<Page<Grant>, OAuthError> {
        let _ = (filter, page);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Takes a grant back; every token of it ends at once. Answers the grant as it is now.
    ///
    /// # Errors
    /// None when there is no such grant; when the database fails.
    pub async fn revoke_grant(&self, actor: &Actor, id: GrantId) -> Result<Option<Grant>, OAuthError> {
        let _ = (actor, id);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
