//! Clients that register themselves (RFC 7591) and manage their registration (RFC 7592).

mod rights;
mod workspace;

use claviger_domain::{
    Action, Actor, Call, ChangeKind, Client, ClientId, ClientMetadata, ClientOrigin, Environment, Event,
    Policy, Who, WorkspaceId,
};
use claviger_oauth::{ErrorCode, Refusal, check_client_metadata};
use claviger_secrets::Plain;
use claviger_store::ClientRecord;
use uuid::Uuid;

use self::rights::{Registration, invalid_token};
use super::clients::{ClientError, Draft, NewClient, Registrant, insert_client};
use super::error::OAuthError;
use crate::caller::Caller;
use crate::engine::Engine;

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
        let actor = self.registering_actor(caller, initial_access).await?;
        let registrant = actor.as_ref().map_or(Registrant::Itself, Registrant::Actor);
        let environment = caller.environment.unwrap_or(Environment::Live);
        // Checked before a workspace is made for it.
        let new =
            |workspace| NewClient { api: caller.api, workspace, environment, metadata: metadata.clone() };
        self.draft_client(registrant, new(WorkspaceId::from_uuid(Uuid::nil()))).map_err(refused)?;
        let workspace = self.registered_workspace(caller).await?;
        let Draft { client, secret } = self.draft_client(registrant, new(workspace)).map_err(refused)?;
        let (token, lookup) = self.draft_registration_token();
        let (row, kept) = (client.clone(), secret.as_ref().map(|(_, kept)| kept.clone()));
        let actor = actor.unwrap_or_else(|| itself(client.id, caller));
        let audit = self.auditor(&actor, client.created_at);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let texts = (kept.as_ref(), Some(&lookup.bytes()));
                    insert_client(tx, (&row, Action::ClientRegistered), &audit, texts).await
                })
            })
            .await?;
        self.apply(&ChangeKind::Client(client.id));
        self.look_for_logo(client.id);
        tracing::info!(client = %client.id, address = %caller.address, "a client was registered");
        let secret = secret.map(|(text, _)| text);
        Ok(RegisteredClient { client, secret, registration_token: Some(token) })
    }

    /// A registration, for whoever has its token, which stays as it is.
    ///
    /// # Errors
    /// `invalid_token` for any other token; when the database fails.
    pub async fn find_registration(
        &self,
        caller: &Caller<'_>,
        id: ClientId,
        token: &str,
    ) -> Result<RegisteredClient, OAuthError> {
        let client = self.prove_registration(caller, id, token).await?.record.client;
        Ok(RegisteredClient { client, secret: None, registration_token: None })
    }

    /// Changes a registration. The token gives way to another; a client that begins to prove itself by a secret gets
    /// one. What someone with permission gave a client it can give up, and not widen.
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
        let Registration { record: ClientRecord { client: before, .. }, presented } =
            self.prove_registration(caller, id, token).await?;
        check_client_metadata(&metadata, caller.policy, before.origin)?;
        check_narrower(&before, &metadata, caller.policy)?;
        let now = self.now();
        let had_secret = before.metadata.authentication.has_secret();
        let has_secret = metadata.authentication.has_secret();
        let secret = (has_secret && !had_secret).then(|| self.draft_client_secret(now));
        let (token, next) = self.draft_registration_token();
        let actor = itself(id, caller);
        let (by, kept) = (actor.to_string(), secret.as_ref().map(|(_, kept)| kept.clone()));
        let audit = self.auditor(&actor, now);
        let client = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.rotate_registration(id, &presented.bytes(), &next.bytes()).await? {
                        // Another update was first, and its answer has the token.
                        return Err(invalid_token());
                    }
                    tx.update_client(id, &metadata, now, &by).await?;
                    if !has_secret {
                        tx.delete_client_secrets(id).await?;
                    }
                    if let Some(secret) = &kept {
                        tx.insert_client_secret(id, secret).await?;
                    }
                    let after = tx.find_client(id).await?.ok_or_else(invalid_token)?;
                    audit.record(tx, Event::changed(Action::ClientUpdated, &before, &after)).await?;
                    tx.append_change(&ChangeKind::Client(id), now).await?;
                    Ok(after)
                })
            })
            .await?;
        self.apply(&ChangeKind::Client(id));
        self.look_for_logo(id);
        let secret = secret.map(|(text, _)| text);
        Ok(RegisteredClient { client, secret, registration_token: Some(token) })
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
        self.prove_registration(caller, id, token).await?;
        match self.delete_client(&itself(id, caller), id).await {
            // Gone already is what was asked for.
            Ok(()) | Err(ClientError::UnknownClient) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }
}

/// A client that manages its own registration.
fn itself(id: ClientId, caller: &Caller<'_>) -> Actor {
    Actor::new(Who::Client(id), Call::from_address(caller.address))
}

fn broken(why: &'static str) -> OAuthError {
    Refusal::new(ErrorCode::ServerError, why).into()
}

/// What a managed client changes by itself stays within what it was given.
fn check_narrower(before: &Client, after: &ClientMetadata, policy: &Policy) -> Result<(), Refusal> {
    if before.origin == ClientOrigin::Open {
        return Ok(());
    }
    let had = before.metadata.effective_scopes(policy);
    let is_within = after.grant_types.iter().all(|grant| before.may_use(*grant))
        && after.effective_scopes(policy).iter().all(|scope| had.contains(scope));
    if is_within {
        return Ok(());
    }
    let why = "a client cannot give itself grants or scopes that it was not given; ask the API's operator";
    Err(Refusal::new(ErrorCode::InvalidClientMetadata, why))
}

/// What a client's making fails with, as the one who registers is told.
fn refused(error: ClientError) -> OAuthError {
    match error {
        ClientError::Metadata(refusal) => refusal.into(),
        ClientError::Failed(error) => error.into(),
        ClientError::UnknownApi => Refusal::new(ErrorCode::AccessDenied, "this API has no clients").into(),
        ClientError::UnknownClient
        | ClientError::UnknownWorkspace
        | ClientError::NotAllowed(_)
        | ClientError::NoSecret
        | ClientError::OverlapTooLong { .. }
        | ClientError::KeyReused => broken("the client could not be registered"),
    }
}
