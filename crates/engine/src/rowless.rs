//! Access tokens without a row: signed, bought by a client for itself, and saying all that verification must know.
//!
//! They stand on their client alone. What would have to be written to sell one is only written to end one early.

use claviger_domain::{
    ApiId, Belongings, Client, ClientId, CredentialKind, Environment, GrantType, Parent, Policy, Principal,
    Scope, ScopeSet, Standing, Timestamp, TokenPart, TokenShape,
};
use serde_json::{Map, Value};
use smallvec::SmallVec;

use crate::engine::Engine;
use crate::error::Error;
use crate::known::{Known, Purchase, Story};
use crate::parents::Moment;
use crate::standing::client_may_have;
use crate::token_details::TokenDetails;

/// The claims that a token without a row must have.
const NEEDED: [&str; 3] = ["sub", "exp", "scope"];

/// Whether a token of this shape can do without a row.
pub(crate) fn needs_no_row(shape: &TokenShape) -> bool {
    let TokenShape::Jwt { claims, .. } = shape else { return false };
    claims.is_empty() || NEEDED.iter().all(|needed| claims.iter().any(|claim| claim == needed))
}

/// What such a token says of itself.
struct Said {
    client: ClientId,
    scopes: ScopeSet,
    ends_at: Timestamp,
    issued_at: Option<Timestamp>,
    id: Option<String>,
    details: TokenDetails,
}

impl Said {
    /// Reads claims that we signed. None for those of a token that has, or had, a row: of a user's, an exchanged one's
    /// or a key's nothing may stand without it.
    fn read(claims: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let time = |name: &str| claims.get(name).and_then(Value::as_i64).map(Timestamp::from_seconds);
        let subject = text("sub")?;
        let is_own = text("client_id").is_none_or(|client| client == subject) && !claims.contains_key("act");
        let has_row = text("jti").is_some_and(|id| id.starts_with("fam_"));
        if !is_own || has_row {
            return None;
        }
        let resources = match claims.get("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let jkt = claims.get("cnf").and_then(|cnf| cnf.get("jkt")).and_then(Value::as_str);
        Some(Self {
            client: subject.parse().ok()?,
            scopes: ScopeSet::parse_spaced(text("scope")?).ok()?,
            ends_at: time("exp")?,
            issued_at: time("iat"),
            id: text("jti").map(str::to_owned),
            details: TokenDetails { resources, jkt: jkt.map(str::to_owned), ..TokenDetails::default() },
        })
    }
}

impl Engine {
    /// A token without a row, as it is kept in memory. None when it needs one, or its client is gone.
    pub(crate) async fn known_without_row(
        &self,
        api: ApiId,
        claims: &Map<String, Value>,
        policy: &Policy,
        read_at: Moment,
    ) -> Result<Option<Known>, Error> {
        // Whoever wrote `iss`, the key that signed is this API's alone.
        let Some(said) = Said::read(claims) else { return Ok(None) };
        let Some(client) = self.known_client(said.client).await? else { return Ok(None) };
        // One of the test environment always has a row, so that a reset and a test clock find it.
        if client.api != api || client.environment == Environment::Test {
            return Ok(None);
        }
        let workspace = self.store().read().await?.find_workspace(client.workspace).await?;
        let plan = workspace.and_then(|workspace| workspace.plan);
        let mut known = self.unlisted(principal_of(&client, &said, policy), plan.as_ref(), policy);
        if client.disabled_at.is_some() || !client.may_use(GrantType::ClientCredentials) {
            known.credential.standing = Standing::Disabled;
        }
        known.credential.confirmation = said.details.jkt.as_deref().map(Into::into);
        let story = Story {
            parent: Parent::Client(client.id),
            family: None,
            id: said.id,
            subject: client.id.to_string(),
            username: None,
            issued_at: said.issued_at,
            details: said.details,
        };
        let stands_on = SmallVec::from_slice(&[client.id.uuid()]);
        let part = TokenPart::Access;
        known.bought = Some(Purchase { stands_on, read_at, part, fresh: None, story: Box::new(story) });
        Ok(Some(known))
    }
}

fn principal_of(client: &Client, said: &Said, policy: &Policy) -> Principal {
    let is_its = |scope: &&Scope| client_may_have(&client.metadata, policy, scope);
    Principal {
        api: client.api,
        workspace: client.workspace,
        kind: CredentialKind::Token,
        credential: client.id.to_string().into(),
        version: None,
        subject: None,
        client: Some(client.id.to_string().into()),
        scopes: said.scopes.iter().filter(is_its).cloned().collect(),
        environment: client.environment,
        expires_at: Some(said.ends_at),
        belongings: Belongings::new(),
    }
}
