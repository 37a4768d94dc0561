//! `POST /v1/clients`.

use axum::extract::State;
use claviger_engine::{ClientError, NewClient};
use claviger_oauth::read_client_metadata;
use serde::Serialize;
use utoipa::ToSchema;

use super::ClientObject;
use super::fields::CreateClient;
use crate::creation::Creation;
use crate::permit::{ClientsWrite, Permit};
use crate::problem::ProblemDocument;
use crate::reply::Answer;
use crate::state::{Doors, Shared};

/// A client and, this once, its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedClient<'c> {
    #[serde(flatten)]
    object: ClientObject<'c>,
    /// What it proves itself by. It is shown now and never again; not there for a client that has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = "clv_cs_4fQ0…")]
    client_secret: Option<&'c str>,
    /// When the secret ends, in seconds since 1970: 0, for never (RFC 7591 section 3.2.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = 0)]
    client_secret_expires_at: Option<u64>,
}

/// Make a client.
#[utoipa::path(
    post, path = "/v1/clients", tag = "clients",
    security(("operator_token" = ["clients:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes it safe to repeat the request: 1 to 255 printable ASCII characters.")),
    request_body = CreateClient,
    responses(
        (status = 201, description = "The client and, this once, its secret.", body = IssuedClient),
        (status = 422, description = "The Idempotency-Key was used for another request.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_client(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    Creation { new, once }: Creation<CreateClient>,
) -> Answer {
    let new = new.resolve(&doors).map_err(|error| permit.refuse(error))?;
    let made = doors.engine.create_client(&permit.actor(), new, once).await;
    let made = made.map_err(|error| permit.refuse(error))?;
    let secret = made.secret.as_ref();
    let location = format!("/v1/clients/{}", made.client.id);
    permit.context().created(
        Some(location),
        &IssuedClient {
            object: ClientObject::of(&doors, &made.client),
            client_secret: secret.map(claviger_engine::Plain::expose),
            client_secret_expires_at: secret.map(|_| 0),
        },
    )
}

impl CreateClient {
    fn resolve(self, doors: &Doors) -> Result<NewClient, ClientError> {
        let found = doors.engine.find_api(&self.api).ok_or(ClientError::UnknownApi)?;
        let metadata = read_client_metadata(&self.metadata(), &found.policy.tokens);
        Ok(NewClient {
            api: found.api.id,
            workspace: self.workspace,
            environment: self.environment,
            metadata: metadata.map_err(ClientError::Metadata)?,
        })
    }
}
