//! A key on the wire.

use claviger_domain::{
    Environment, Key, KeyGeneration, KeyHint, KeyId, KeyKind, KeyState, Label, Restriction, ScopeSet,
    SecretId, Timestamp, WorkspaceId,
};
use ipnet::IpNet;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::limits::LimitObject;
use crate::state::Doors;
use crate::words::{EnvironmentWord, KeyKindWord, RestrictionWord};

/// A static credential of a workspace. Its text is shown once, when it is made or rotated.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Key)]
pub(crate) struct KeyObject<'k> {
    /// Its id, which rotation keeps.
    #[schema(value_type = String, example = "key_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: KeyId,
    /// The name of the API it opens.
    #[schema(example = "propertybase")]
    api: String,
    /// The workspace it belongs to.
    #[schema(value_type = String, example = "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    workspace: WorkspaceId,
    /// The world it belongs to.
    #[schema(value_type = EnvironmentWord)]
    environment: Environment,
    /// `single`, or `pair` when a separate secret proves it.
    #[schema(value_type = KeyKindWord)]
    kind: KeyKind,
    /// What people call it.
    #[schema(value_type = String, example = "billing service")]
    name: &'k Label,
    /// Whether it works now.
    state: KeyStatus,
    /// What it may no longer do until an operator lifts it, because of something unusual.
    #[schema(value_type = Option<RestrictionWord>)]
    restriction: Option<&'static str>,
    /// Whether it is a canary: it opens nothing, and each use of it is found.
    canary: bool,
    /// What it may do.
    #[schema(value_type = Vec<String>, example = json!(["read:leads"]))]
    scopes: &'k ScopeSet,
    /// What may be shown of its newest text.
    hint: Option<HintObject<'k>>,
    /// Its texts, newest first: one, or more while a rotated one goes on.
    generations: Vec<GenerationObject<'k>>,
    /// When any of its texts was last used, to within a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    /// It does not work before.
    #[schema(value_type = Option<String>, format = DateTime)]
    not_before: Option<Timestamp>,
    /// It does not work from then on.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// Networks it may be used from; empty for anywhere.
    #[schema(value_type = Vec<String>, example = json!(["203.0.113.0/24"]))]
    addresses: &'k [IpNet],
    /// Its own limits, beside those of API and plan.
    limits: Vec<LimitObject<'k>>,
    /// Free data of its owner.
    #[schema(value_type = Object)]
    metadata: &'k Map<String, Value>,
    /// Whether it has a secret; null for a single key without one, which needs none.
    has_secret: Option<bool>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Who made it: an operator token's id, `local` or `system`.
    created_by: &'k str,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Who changed it last.
    updated_by: &'k str,
}

/// Whether a key works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyStatus {
    /// It does.
    Active,
    /// It was disabled and can be enabled again.
    Disabled,
    /// It was revoked, for ever.
    Revoked,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
}

impl KeyStatus {
    /// The state at an instant: what was done to the key comes before what its dates say.
    fn at(key: &Key, now: Timestamp) -> Self {
        match key.state {
            KeyState::Revoked { .. } => Self::Revoked,
            KeyState::Disabled { .. } => Self::Disabled,
            KeyState::Active if key.expires_at.is_some_and(|end| now >= end) => Self::Expired,
            KeyState::Active if key.not_before.is_some_and(|start| now < start) => Self::NotYetValid,
            KeyState::Active => Self::Active,
        }
    }
}

/// What may be shown of a key's text for ever.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KeyHint)]
pub(crate) struct HintObject<'k> {
    /// The contract's prefix.
    #[schema(example = "pb_live_")]
    prefix: &'k str,
    /// The last four characters.
    #[schema(example = "x9d0")]
    last_four: &'k str,
}

impl<'k> From<&'k KeyHint> for HintObject<'k> {
    fn from(hint: &'k KeyHint) -> Self {
        Self { prefix: &hint.prefix, last_four: &hint.last_four }
    }
}

/// One text of a key. A rotation adds one and lets the older end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KeyGeneration)]
pub(crate) struct GenerationObject<'k> {
    /// Its id.
    #[schema(value_type = String, example = "sec_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: SecretId,
    /// What may be shown of it.
    hint: HintObject<'k>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it ends because a newer one took its place.
    #[schema(value_type = Option<String>, format = DateTime)]
    retires_at: Option<Timestamp>,
    /// When it was last used, to within a minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    /// The address it was last used from.
    #[schema(example = "203.0.113.7")]
    last_used_address: Option<&'k str>,
    /// The user agent it was last used by.
    #[schema(example = "acme-billing/1.4")]
    last_used_agent: Option<&'k str>,
}

impl<'k> From<&'k KeyGeneration> for GenerationObject<'k> {
    fn from(generation: &'k KeyGeneration) -> Self {
        Self {
            id: generation.id,
            hint: (&generation.hint).into(),
            created_at: generation.created_at,
            retires_at: generation.retires_at,
            last_used_at: generation.last_used_at,
            last_used_address: generation.last_used_address.as_deref(),
            last_used_agent: generation.last_used_agent.as_deref(),
        }
    }
}

impl<'k> KeyObject<'k> {
    /// A key as it is now, under its API's present name.
    pub(crate) fn of(doors: &Doors, key: &'k Key) -> Self {
        Self::at(key, doors.api_name(key.api), doors.engine.clock().now())
    }

    fn at(key: &'k Key, api: String, now: Timestamp) -> Self {
        Self {
            id: key.id,
            api,
            workspace: key.workspace,
            environment: key.environment,
            kind: key.kind,
            name: &key.name,
            state: KeyStatus::at(key, now),
            restriction: key.restriction.map(Restriction::as_str),
            canary: key.is_canary,
            scopes: &key.scopes,
            hint: key.generations.first().map(|generation| HintObject::from(&generation.hint)),
            generations: key.generations.iter().map(GenerationObject::from).collect(),
            last_used_at: key.generations.iter().filter_map(|generation| generation.last_used_at).max(),
            not_before: key.not_before,
            expires_at: key.expires_at,
            addresses: &key.addresses,
            limits: key.limits.iter().map(LimitObject::from).collect(),
            metadata: key.metadata.as_object(),
            has_secret: (key.kind == KeyKind::Pair || key.secret.is_some()).then_some(key.secret.is_some()),
            created_at: key.created_at,
            created_by: &key.created_by,
            updated_at: key.updated_at,
            updated_by: &key.updated_by,
        }
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
