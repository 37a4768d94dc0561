//! Clients that register themselves (RFC 7591) and manage their registration (RFC 7592).

use claviger_domain::{
    Actor, ChangeKind, Client, ClientId, ClientMetadata, ClientOrigin, Environment, KeyFormat, KeyKind,
    KeyShape, OperatorScope, Policy, Workspace, WorkspaceId, WorkspaceState,
};
use claviger_oauth::{ErrorCode, Refusal, check_client_metadata};
use claviger_secrets::{Lookup, Plain, Purpose, generate_key};
use claviger_store::ClientRecord;
use uuid::Uuid;

use super::clients::{ClientError, Draft, NewClient, Registrant, insert_client};
use super::error::OAuthError;
use crate::engine::Engine;
use crate::exchange::Caller;
use crate::failures::Source;
use crate::operator_tokens::OperatorTokenError;

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

/// The keyed hash of a registration token, and the client that it is of.
struct Registration {
    record: ClientRecord,
    presented: Lookup,
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
        self.store()
            .write(move |tx| {
                Box::pin(async move { insert_client(tx, &row, kept.as_ref(), Some(&lookup.bytes())).await })
            })
            .await?;
        self.apply(&ChangeKind::Client(client.id));
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
        let (by, kept) = (Actor::Client(id).to_string(), secret.as_ref().map(|(_, kept)| kept.clone()));
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
                    tx.append_change(&ChangeKind::Client(id), now).await?;
                    tx.find_client(id).await?.ok_or_else(invalid_token)
                })
            })
            .await?;
        self.apply(&ChangeKind::Client(id));
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
        match self.delete_client(&Actor::Client(id), id).await {
            // Gone already is what was asked for.
            Ok(()) | Err(ClientError::UnknownClient) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }

    /// Who registers a client: none for whoever asks, where the contract lets them.
    async fn registering_actor(
        &self,
        caller: &Caller<'_>,
        initial_access: Option<&str>,
    ) -> Result<Option<Actor>, OAuthError> {
        let Some(text) = initial_access else {
            if !caller.policy.tokens.open_registration {
                let why =
                    "this API's clients are registered by its operator; an initial access token is needed";
                return Err(Refusal::new(ErrorCode::AccessDenied, why).into());
            }
            let (now, limit) = (self.now(), self.options().registrations_per_minute);
            // Never given back: those that succeed count, too.
            return match self.failures().take(&Source::registrations(caller.address), limit, now) {
                Ok(_counted) => Ok(None),
                Err(wait) => Err(OAuthError::TooMany { retry_at: now.plus(wait) }),
            };
        };
        if let Some(retry_at) = self.proofs_slowed_until(caller.address) {
            return Err(OAuthError::TooMany { retry_at });
        }
        match self.authenticate_operator(text.as_bytes()).await {
            Ok(operator) if operator.allows(OperatorScope::ClientsWrite) => Ok(Some(operator.actor())),
            Ok(_) => {
                let why = "the initial access token may not write clients";
                Err(Refusal::new(ErrorCode::InsufficientScope, why).into())
            }
            Err(OperatorTokenError::Failed(error)) => Err(error.into()),
            Err(_) => {
                self.count_failed_proof(caller.address, None)?;
                let why = "the initial access token is not valid";
                Err(Refusal::new(ErrorCode::InvalidToken, why).into())
            }
        }
    }

    /// The registration that a token is of. A client that is gone, disabled or another API's has none.
    async fn prove_registration(
        &self,
        caller: &Caller<'_>,
        id: ClientId,
        token: &str,
    ) -> Result<Registration, OAuthError> {
        if let Some(retry_at) = self.proofs_slowed_until(caller.address) {
            return Err(OAuthError::TooMany { retry_at });
        }
        let presented = self.vault().hash(Purpose::Registration, token.as_bytes());
        let record = self.store().read().await?.find_client_record(id).await?;
        let is_good = |record: &ClientRecord| {
            let kept = record.registration.map(Lookup::from_bytes);
            kept.is_some_and(|kept| kept.matches(presented))
                && record.client.api == caller.api
                && record.client.disabled_at.is_none()
                && record.workspace_state == WorkspaceState::Active
        };
        match record.filter(is_good) {
            Some(record) => Ok(Registration { record, presented }),
            None => {
                self.count_failed_proof(caller.address, Some(id))?;
                Err(invalid_token())
            }
        }
    }

    fn draft_registration_token(&self) -> (Plain, Lookup) {
        let text = generate_key(&token_format(), self.entropy());
        let lookup = self.vault().hash(Purpose::Registration, text.expose().as_bytes());
        (text, lookup)
    }

    /// The workspace of an API's clients that registered themselves, made for the first of them.
    async fn registered_workspace(&self, caller: &Caller<'_>) -> Result<WorkspaceId, OAuthError> {
        let setting = format!("registered-clients {}", caller.api);
        if let Some(known) = self.store().read().await?.find_setting(&setting).await? {
            return workspace_id(&known);
        }
        let name = format!("Self-registered clients of {}", caller.policy.name);
        let now = self.now();
        let workspace = Workspace {
            id: WorkspaceId::generate_at(now, self.entropy()),
            name: name.parse().map_err(|_| broken("a workspace for registered clients has no name"))?,
            plan: None,
            state: WorkspaceState::Active,
            created_at: now,
            created_by: Actor::System.to_string(),
            updated_at: now,
            updated_by: Actor::System.to_string(),
        };
        let id = workspace.id.uuid().as_bytes().to_vec();
        let kept = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if tx.insert_setting(&setting, &id).await? {
                        tx.insert_workspace(&workspace).await?;
                        return Ok(Some(id));
                    }
                    tx.find_setting(&setting).await
                })
            })
            .await?;
        workspace_id(&kept.unwrap_or_default())
    }
}

fn workspace_id(setting: &[u8]) -> Result<WorkspaceId, OAuthError> {
    let uuid = Uuid::from_slice(setting);
    uuid.map(WorkspaceId::from_uuid).map_err(|_| broken("the workspace for registered clients is not known"))
}

fn broken(why: &'static str) -> OAuthError {
    Refusal::new(ErrorCode::ServerError, why).into()
}

fn invalid_token() -> OAuthError {
    Refusal::new(ErrorCode::InvalidToken, "the registration access token is not valid for this client").into()
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
        | ClientError::NoSecret
        | ClientError::OverlapTooLong { .. }
        | ClientError::KeyReused => broken("the client could not be registered"),
    }
}

/// Registration tokens have a prefix of their own, so that scanners find leaked ones.
fn token_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_reg_".into(),
        shape: KeyShape::Checked { random: 32 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}
