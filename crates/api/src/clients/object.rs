//! A client on the wire.

use claviger_domain::{Client, ClientId, ClientOrigin, Environment, Timestamp, WorkspaceId};
use claviger_oauth::render_client_metadata;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::fields::ClientFields;
use crate::state::Doors;
use crate::words::EnvironmentWord;

/// An application that gets tokens, for users who consent or for itself. Its secret is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
pub(crate) struct ClientObject<'c> {
    /// Its id.
    #[schema(value_type = String, example = "cli_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: ClientId,
    /// Its id again, under the name that OAuth has for it.
    #[schema(value_type = String, example = "cli_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    client_id: ClientId,
    /// When it was made, in seconds since 1970.
    #[schema(example = 1_790_000_000)]
    client_id_issued_at: i64,
    /// The name of the API whose tokens it gets.
    #[schema(example = "propertybase")]
    api: String,
    /// The workspace it belongs to.
    #[schema(value_type = String, example = "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    workspace: WorkspaceId,
    /// The world its tokens belong to.
    #[schema(value_type = EnvironmentWord)]
    environment: Environment,
    /// How it came to be.
    origin: ClientOriginWord,
    /// Whether it works.
    state: ClientStatus,
    /// Since when it is disabled.
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
    /// When it last got a token, to within an hour.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    #[serde(flatten)]
    #[schema(value_type = ClientFields)]
    metadata: Map<String, Value>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who made it: an operator token's id, `local` or `system`.
    created_by: &'c str,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Who changed it last.
    updated_by: &'c str,
}

/// How a client came to be.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ClientOrigin)]
pub(crate) enum ClientOriginWord {
    /// Someone with permission made it.
    Managed,
    /// It registered itself (RFC 7591).
    Open,
}

/// Whether a client works.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientStatus {
    /// It does.
    Active,
    /// It was disabled and can be enabled again.
    Disabled,
}

impl<'c> ClientObject<'c> {
    /// A client, under its API's present name.
    pub(crate) fn of(doors: &Doors, client: &'c Client) -> Self {
        Self::under(doors.api_name(client.api), client)
    }

    fn under(api: String, client: &'c Client) -> Self {
        Self {
            id: client.id,
            client_id: client.id,
            client_id_issued_at: client.created_at.seconds(),
            api,
            workspace: client.workspace,
            environment: client.environment,
            origin: match client.origin {
                ClientOrigin::Managed => ClientOriginWord::Managed,
                ClientOrigin::Open => ClientOriginWord::Open,
            },
            state: match client.disabled_at {
                None => ClientStatus::Active,
                Some(_) => ClientStatus::Disabled,
            },
            disabled_at: client.disabled_at,
            last_used_at: client.last_used_at,
            metadata: render_client_metadata(&client.metadata),
            created_at: client.created_at,
            created_by: &client.created_by,
            updated_at: client.updated_at,
            updated_by: &client.updated_by,
        }
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
