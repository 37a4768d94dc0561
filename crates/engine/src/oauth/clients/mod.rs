//! Clients: made, read, changed, disabled and deleted by those who have permission.

mod change;
mod create;
mod secret;

use std::time::Duration;

use claviger_domain::{
    Actor, ApiId, Client, ClientId, ClientMetadata, ClientSecret, ClientSecretId, Environment, ErrorKind,
    NotAllowed, Page, PageRequest, Right, Timestamp, WorkspaceId,
};
use claviger_oauth::Refusal;
use claviger_secrets::Plain;

use crate::engine::Engine;
use crate::error::Error;

pub use claviger_store::ClientFilter;
pub(super) use create::{Draft, Registrant, insert_client};

/// A client to be made.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// The API whose tokens it gets.
    pub api: ApiId,
    /// The workspace it belongs to.
    pub workspace: WorkspaceId,
    /// The world its tokens belong to.
    pub environment: Environment,
    /// What it may ask for.
    pub metadata: ClientMetadata,
}

/// A client and, this once, its secret.
#[derive(Debug)]
pub struct IssuedClient {
    /// The client.
    pub client: Client,
    /// Its secret, where it has one.
    pub secret: Option<Plain>,
    /// Whether this repeats the answer to an earlier request with the same `Idempotency-Key`.
    pub is_repeat: bool,
}

/// A new secret of a client.
#[derive(Debug)]
pub struct IssuedClientSecret {
    /// The client.
    pub client: Client,
    /// The secret's own id.
    pub id: ClientSecretId,
    /// The secret, this once.
    pub secret: Plain,
    /// When the earlier ones end.
    pub earlier_end_at: Timestamp,
}

/// A secret of a client as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientSecretSummary {
    /// Its own id.
    pub id: ClientSecretId,
    /// The end of its text.
    pub last_four: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; none as long as it has no successor.
    pub retires_at: Option<Timestamp>,
}

/// Why a client could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is no such client.
    #[error("no such client")]
    UnknownClient,
    /// There is no such API, or its contract has no token endpoint for clients.
    #[error("the API is unknown, or has no clients")]
    UnknownApi,
    /// There is no such workspace.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// The actor's role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// What it asks for cannot be had.
    #[error(transparent)]
    Metadata(Refusal),
    /// It is a public client, or proves itself by a key.
    #[error("the client has no secret")]
    NoSecret,
    /// The earlier secrets may not go on for so long.
    #[error("earlier secrets may go on for {} days at most", max.as_secs() / 86_400)]
    OverlapTooLong {
        /// The longest time.
        max: Duration,
    },
    /// The key that makes a repetition harmless was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl ClientError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownClient => ErrorKind::NotFound,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::UnknownApi
            | Self::UnknownWorkspace
            | Self::Metadata(_)
            | Self::NoSecret
            | Self::OverlapTooLong { .. }
            | Self::KeyReused => ErrorKind::InvalidRequest,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for ClientError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<claviger_secrets::Error> for ClientError {
    fn from(error: claviger_secrets::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// The client with this id.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_client(&self, id: ClientId) -> Result<Client, ClientError> {
        self.store().read().await?.find_client(id).await?.ok_or(ClientError::UnknownClient)
    }

    /// The client with this id, if it exists for the actor.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_client_for(&self, actor: &Actor, id: ClientId) -> Result<Client, ClientError> {
        let client = self.find_client(id).await?;
        if actor.reaches(client.workspace) { Ok(client) } else { Err(ClientError::UnknownClient) }
    }

    /// The clients that exist for the actor, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_clients_for(
        &self,
        actor: &Actor,
        filter: ClientFilter,
        page: PageRequest,
    ) -> Result<Page<Client>, ClientError> {
        let workspace = actor.workspace().or(filter.workspace);
        self.list_clients(ClientFilter { workspace, ..filter }, page).await
    }

    /// Refuses an actor for whom there is no such client, or whose role does not allow to change it. A client never
    /// moves to another workspace, so what is true before a transaction is true in it.
    async fn admit_client_change(&self, actor: &Actor, id: ClientId) -> Result<(), ClientError> {
        actor.require(Right::WriteClients)?;
        match actor.workspace() {
            Some(_) => self.find_client_for(actor, id).await.map(drop),
            None => Ok(()),
        }
    }

    /// Clients, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_clients(
        &self,
        filter: ClientFilter,
        page: PageRequest,
    ) -> Result<Page<Client>, ClientError> {
        Ok(self.store().read().await?.list_clients(filter, page).await?)
    }

    /// A client's secrets that work, newest first.
    ///
    /// # Errors
    /// When there is no such client, or the database fails.
    pub async fn list_client_secrets(&self, id: ClientId) -> Result<Vec<ClientSecretSummary>, ClientError> {
        let record = self.store().read().await?.find_client_record(id).await?;
        let now = self.now();
        let secrets = record.ok_or(ClientError::UnknownClient)?.secrets.into_iter();
        let summary = |secret: ClientSecret| ClientSecretSummary {
            id: secret.id,
            last_four: secret.last_four,
            created_at: secret.created_at,
            retires_at: secret.retires_at,
        };
        Ok(secrets.filter(|secret| secret.is_alive(now)).map(summary).collect())
    }
}
