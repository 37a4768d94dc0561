//! `/v1/operator-tokens`: what drives this API.

use axum::extract::State;
use claviger_domain::{Label, OperatorScopes, OperatorToken, OperatorTokenId, Timestamp};
use claviger_engine::NewOperatorToken;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Sent;
use crate::list::{List, Paging, Params};
use crate::path::PathId;
use crate::permit::{Permit, TokensWrite};
use crate::reply::Answer;
use crate::state::Shared;
use crate::words::OperatorScopeWord;

/// A token by which a script uses this API. Its text is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OperatorToken)]
pub(crate) struct OperatorTokenObject<'t> {
    /// Its id.
    #[schema(value_type = String, example = "otk_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: OperatorTokenId,
    /// What people call it.
    #[schema(value_type = String, example = "nightly rotation")]
    name: &'t Label,
    /// What it may do.
    #[schema(value_type = Vec<OperatorScopeWord>)]
    scopes: OperatorScopes,
    /// Whether it works now.
    state: OperatorTokenStatus,
    /// When it ends by itself; null for never.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who made it: an operator token's id, `local` or `system`.
    created_by: &'t str,
}

/// Whether an operator token works.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OperatorTokenStatus {
    /// It does.
    Active,
    /// It was revoked.
    Revoked,
    /// Its time is over.
    Expired,
}

impl<'t> OperatorTokenObject<'t> {
    fn at(token: &'t OperatorToken, now: Timestamp) -> Self {
        let state = match token.revoked_at {
            Some(_) => OperatorTokenStatus::Revoked,
            None if token.is_alive(now) => OperatorTokenStatus::Active,
            None => OperatorTokenStatus::Expired,
        };
        Self {
            id: token.id,
            name: &token.name,
            scopes: token.scopes,
            state,
            expires_at: token.expires_at,
            revoked_at: token.revoked_at,
            created_at: token.created_at,
            created_by: &token.created_by,
        }
    }
}

/// A new operator token and, this once, its text.
#[derive(Serialize, ToSchema)]
pub(crate) struct IssuedOperatorToken<'t> {
    #[serde(flatten)]
    object: OperatorTokenObject<'t>,
    /// What to send as `Authorization: Bearer`. It is shown now and never again.
    token: &'t str,
}

/// An operator token to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "gateway", "scopes": ["verify"], "expires_at": "2030-01-31T12:00:00Z"}))]
pub(crate) struct CreateOperatorToken {
    /// What people call it: 1 to 100 printable characters.
    #[schema(value_type = String)]
    name: Label,
    /// What it may do; nothing that the calling token may not do itself.
    #[schema(value_type = Vec<OperatorScopeWord>)]
    scopes: OperatorScopes,
    /// When it ends by itself; left out for never.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
}

/// Make an operator token.
#[utoipa::path(
    post, path = "/v1/operator-tokens", tag = "operator tokens",
    security(("operator_token" = ["tokens:write"])),
    request_body = CreateOperatorToken,
    responses((status = 201, description = "The token and, this once, its text.", body = IssuedOperatorToken)),
)]
pub(crate) async fn create_operator_token(
    State(doors): State<Shared>,
    permit: Permit<TokensWrite>,
    Sent(new): Sent<CreateOperatorToken>,
) -> Answer {
    let new = NewOperatorToken { name: new.name, scopes: new.scopes, expires_at: new.expires_at };
    let issued = doors.engine.issue_operator_token(&permit.actor(), Some(permit.operator()), new).await;
    let issued = issued.map_err(|error| permit.refuse(error))?;
    let object = OperatorTokenObject::at(&issued.token, doors.engine.clock().now());
    permit.context().created(None, &IssuedOperatorToken { object, token: issued.text.expose() })
}

/// List operator tokens, newest first; never their text.
#[utoipa::path(
    get, path = "/v1/operator-tokens", tag = "operator tokens",
    security(("operator_token" = ["tokens:write"])),
    params(
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of operator tokens.", body = List<OperatorTokenObject>)),
)]
pub(crate) async fn list_operator_tokens(
    State(doors): State<Shared>,
    permit: Permit<TokensWrite>,
    Params(paging): Params<Paging<OperatorTokenId>>,
) -> Answer {
    let page = doors.engine.list_operator_tokens(paging.request()).await;
    let page = page.map_err(|error| permit.refuse(error))?;
    let now = doors.engine.clock().now();
    let objects = page.rows.iter().map(|token| OperatorTokenObject::at(token, now)).collect();
    permit.context().ok(&List::of::<OperatorTokenId>(objects, page.next))
}

/// Revoke an operator token, for ever.
#[utoipa::path(
    post, path = "/v1/operator-tokens/{id}/revoke", tag = "operator tokens",
    security(("operator_token" = ["tokens:write"])),
    params(("id" = String, Path, description = "The operator token's id.")),
    responses((status = 200, description = "The revoked token.", body = OperatorTokenObject)),
)]
pub(crate) async fn revoke_operator_token(
    State(doors): State<Shared>,
    permit: Permit<TokensWrite>,
    PathId(id): PathId<OperatorTokenId>,
) -> Answer {
    let revoked = doors.engine.revoke_operator_token(&permit.actor(), id).await;
    let token = revoked.map_err(|error| permit.refuse(error))?;
    permit.context().ok(&OperatorTokenObject::at(&token, doors.engine.clock().now()))
}
