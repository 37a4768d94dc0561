//! Clients: made, read, changed, disabled and deleted by those who have permission.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    Actor, ApiId, Client, ClientId, ClientMetadata, ClientSecretId, Environment, ErrorKind, Page,
    PageRequest, Timestamp, WorkspaceId,
};
use claviger_oauth::Refusal;
use claviger_secrets::Plain;

use crate::engine::Engine;
use crate::error::Error;
use crate::idempotency::IdempotencyKey;

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

/// Which clients are listed.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientFilter {
    /// Of this API.
    pub api: Option<ApiId>,
    /// Of this workspace.
    pub workspace: Option<WorkspaceId>,
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
            Self::UnknownClient | Self::UnknownApi | Self::UnknownWorkspace => ErrorKind::NotFound,
            Self::Metadata(_) | Self::NoSecret | Self::OverlapTooLong { .. } | Self::KeyReused => {
                ErrorKind::InvalidRequest
            }
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for ClientError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// The client with this id as this node knows it, from memory where it can. One whose workspace is suspended
    /// counts as disabled.
    pub(crate) async fn known_client(&self, id: ClientId) -> Result<Option<Arc<Client>>, Error> {
        let _ = id;
        Ok(None)
    }

    /// Makes a client. Its secret, where it has one, is shown this once.
    ///
    /// # Errors
    /// When API or workspace are unknown, the metadata cannot be had, or the database fails.
    pub async fn create_client(
        &self,
        actor: &Actor,
        new: NewClient,
        once: Option<IdempotencyKey>,
    ) -> Result<IssuedClient, ClientError> {
        let _ = (actor, new, once);
        Err(ClientError::UnknownApi)
    }

    /// The client with this id.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_client(&self, id: ClientId) -> Result<Client, ClientError> {
        let _ = id;
        Err(ClientError::UnknownClient)
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
        let _ = (filter, page);
        Err(ClientError::UnknownApi)
    }

    /// Gives a client other metadata, whole.
    ///
    /// # Errors
    /// When there is no such client, the metadata cannot be had, or the database fails.
    pub async fn update_client(
        &self,
        actor: &Actor,
        id: ClientId,
        metadata: ClientMetadata,
    ) -> Result<Client, ClientError> {
        let _ = (actor, id, metadata);
        Err(ClientError::UnknownClient)
    }

    /// Gives a client a new secret; earlier ones work for as long as `overlap` says.
    ///
    /// # Errors
    /// When it has no secret, the overlap is too long, or the database fails.
    pub async fn rotate_client_secret(
        &self,
        actor: &Actor,
        id: ClientId,
        overlap: Duration,
    ) -> Result<IssuedClientSecret, ClientError> {
        let _ = (actor, id, overlap);
        Err(ClientError::UnknownClient)
    }

    /// Disables a client, and every token of it, or enables it again.
    ///
    /// # Errors
    /// When there is no such client, or the database fails.
    pub async fn switch_client(
        &self,
        actor: &Actor,
        id: ClientId,
        is_enabled: bool,
    ) -> Result<Client, ClientError> {
        let _ = (actor, id, is_enabled);
        Err(ClientError::UnknownClient)
    }

    /// Deletes a client with its grants and tokens.
    ///
    /// # Errors
    /// When there is no such client, or the database fails.
    pub async fn delete_client(&self, actor: &Actor, id: ClientId) -> Result<(), ClientError> {
        let _ = (actor, id);
        Err(ClientError::UnknownClient)
    }
}
