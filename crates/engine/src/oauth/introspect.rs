//! What a token is worth (RFC 7662), and its end (RFC 7009).

use claviger_oauth::{ErrorCode, Refusal};
use serde_json::{Map, Value};

use super::asking::AuthenticatedClient;
use super::error::OAuthError;
use crate::engine::Engine;
use crate::exchange::Caller;

/// What is said of a token.
#[derive(Clone, Debug, PartialEq)]
pub enum Introspection {
    /// Nothing but that it does not work, or is not the asker's to know.
    Inactive,
    /// The members of RFC 7662 section 2.2, without `active`.
    Active(Map<String, Value>),
}

impl Engine {
    /// Tells a confidential client about a token of its API.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn introspect(
        &self,
        caller: &Caller<'_>,
        asker: &AuthenticatedClient,
        token: &str,
    ) -> Result<Introspection, OAuthError> {
        let _ = (caller, asker, token);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Ends a token of the client, and with a refresh token or a code-flow access token its whole family. A text that
    /// is no token, or another client's, changes nothing and gets the same answer (RFC 7009 section 2.2).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_token(
        &self,
        caller: &Caller<'_>,
        client: &AuthenticatedClient,
        token: &str,
    ) -> Result<(), OAuthError> {
        let _ = (caller, client, token);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
