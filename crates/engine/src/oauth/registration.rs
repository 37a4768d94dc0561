//! Clients that register themselves (RFC 7591) and manage their registration (RFC 7592).

use claviger_domain::{Client, ClientId, ClientMetadata};
use claviger_oauth::{ErrorCode, Refusal};
use claviger_secrets::Plain;

use super::error::OAuthError;
use crate::engine::Engine;
use crate::exchange::Caller;

/// A client that registered itself.
#[derive(Debug)]
pub struct RegisteredClient {
    /// The client.
    pub client: Client,
    /// Its secret, this once, where it has one.
    pub secret: Option<Plain>,
    /// By which it manages its registration; a new one at each change.
    pub registration_token: Option<Plain>,
}

impl Engine {
    /// Registers a client for whoever asks. With an operator token that may write clients as the initial access token,
    /// it is a managed one and may have every grant.
    ///
    /// # Errors
    /// `invalid_token` for an initial access token that is not good, `invalid_client_metadata` and
    /// `invalid_redirect_uri` for what cannot be had, `access_denied` where the contract is not open; when too many
    /// register, or the database fails.
    pub async fn register_client(
        &self,
        caller: &Caller<'_>,
        initial_access: Option<&str>,
        metadata: ClientMetadata,
    ) -> Result<RegisteredClient, OAuthError> {
        let _ = (caller, initial_access, metadata);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// A registration, for whoever has its token.
    ///
    /// # Errors
    /// `invalid_token` for any other token; when the database fails.
    pub async fn find_registration(
        &self,
        caller: &Caller<'_>,
        id: ClientId,
        token: &str,
    ) -> Result<RegisteredClient, OAuthError> {
        let _ = (caller, id, token);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Changes a registration.
    ///
    /// # Errors
    /// As for [`Engine::register_client`] and [`Engine::find_registration`].
    pub async fn update_registration(
        &self,
        caller: &Caller<'_>,
        id: ClientId,
        token: &str,
        metadata: ClientMetadata,
    ) -> Result<RegisteredClient, OAuthError> {
        let _ = (caller, id, token, metadata);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Ends a registration.
    ///
    /// # Errors
    /// As for [`Engine::find_registration`].
    pub async fn delete_registration(
        &self,
        caller: &Caller<'_>,
        id: ClientId,
        token: &str,
    ) -> Result<(), OAuthError> {
        let _ = (caller, id, token);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
