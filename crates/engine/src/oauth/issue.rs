//! The token endpoint: a grant for tokens.

use claviger_domain::{ScopeSet, Timestamp};
use claviger_oauth::{ErrorCode, Refusal, TokenRequest};
use claviger_secrets::Plain;

use super::asking::{AuthenticatedClient, DpopProof, TokenTerms};
use super::error::OAuthError;
use crate::engine::Engine;
use crate::exchange::Caller;

/// Tokens of a client.
#[derive(Debug)]
pub struct Issued {
    /// What is sent to the API.
    pub access: Plain,
    /// `Bearer`, or `DPoP` when it is bound to a key (RFC 9449 section 5).
    pub token_type: &'static str,
    /// What buys the next.
    pub refresh: Option<Plain>,
    /// Who the user is (OpenID Connect Core section 2).
    pub id_token: Option<Plain>,
    /// What RFC 8693 section 2.2.1 calls `issued_token_type`, where it is due.
    pub issued_token_type: Option<&'static str>,
    /// What it may do.
    pub scopes: ScopeSet,
    /// When the access token was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was given, now or again: what is left of it counts from here.
    pub given_at: Timestamp,
}

impl Engine {
    /// Trades a grant for tokens.
    ///
    /// # Errors
    /// With the registered code for whatever is not good; when the database fails.
    pub async fn issue_token(
        &self,
        caller: &Caller<'_>,
        client: &AuthenticatedClient,
        request: &TokenRequest,
        terms: &TokenTerms<'_>,
        proof: Option<DpopProof<'_>>,
    ) -> Result<Issued, OAuthError> {
        let _ = (caller, client, request, terms, proof);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
