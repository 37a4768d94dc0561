//! Keys as rows: the columns every query of keys selects, and the way back into the domain.

use claviger_domain::{
    ApiId, Belongings, Key, KeyGeneration, KeyHint, KeyId, KeyState, Metadata, PlanName, Restriction,
    ScopeSet, SecretId, Timestamp, WorkspaceId, WorkspaceState,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::columns::row;
use crate::error::Error;
use crate::workspaces::{plan_of, state_of};

/// What verification reads by the keyed hash of a presented key, all in one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// The key. Of its generations, only the presented one is here.
    pub key: Key,
    /// The presented generation.
    pub generation: KeyGeneration,
    /// Whether its workspace's credentials work.
    pub workspace_state: WorkspaceState,
    /// Its workspace's plan.
    pub plan: Option<PlanName>,
    /// The verified values that belong to it.
    pub belongings: Belongings,
}

/// The columns of a key, of `api_key k`.
macro_rules! key_columns {
    () => {
        "k.id, k.api, k.workspace, k.environment, k.kind, k.name, k.scopes, k.disabled_at, k.revoked_at, \
         k.restriction, k.is_canary, k.not_before, k.expires_at, k.addresses, k.limits, k.metadata, k.secret, k.created_at, k.created_by, \
         k.updated_at, k.updated_by"
    };
}

/// The columns of a generation, of `key_generation g`.
macro_rules! generation_columns {
    () => {
        "g.id AS g_id, g.lookup AS g_lookup, g.prefix AS g_prefix, g.last_four AS g_last_four, \
         g.created_at AS g_created_at, g.retires_at AS g_retires_at, g.last_used_at AS g_last_used_at, \
         g.last_used_address AS g_last_used_address, g.last_used_agent AS g_last_used_agent"
    };
}

pub(crate) use {generation_columns, key_columns};

row! {
    pub(crate) struct KeyRow {
        id: Uuid,
        api: Uuid,
        workspace: Uuid,
        environment: String,
        kind: String,
        name: String,
        scopes: String,
        disabled_at: Option<i64>,
        revoked_at: Option<i64>,
        restriction: Option<String>,
        is_canary: i64,
        not_before: Option<i64>,
        expires_at: Option<i64>,
        addresses: String,
        limits: String,
        metadata: String,
        secret: Option<Vec<u8>>,
        created_at: i64,
        created_by: String,
        updated_at: i64,
        updated_by: String,
    }
}

row! {
    pub(crate) struct GenerationRow {
        g_id: Uuid,
        g_lookup: Vec<u8>,
        g_prefix: String,
        g_last_four: String,
        g_created_at: i64,
        g_retires_at: Option<i64>,
        g_last_used_at: Option<i64>,
        g_last_used_address: Option<String>,
        g_last_used_agent: Option<String>,
    }
}

row! {
    /// A key beside one of its generations.
    pub(crate) struct KeyWithGeneration {
        #[sqlx(flatten)]
        key: KeyRow,
        #[sqlx(flatten)]
        generation: GenerationRow,
    }
}

row! {
    /// A key beside the generation looked up, its workspace and one of its verified belongings.
    pub(crate) struct RecordRow {
        #[sqlx(flatten)]
        key: KeyRow,
        #[sqlx(flatten)]
        generation: GenerationRow,
        w_suspended_at: Option<i64>,
        w_plan: Option<String>,
        b_collection: Option<String>,
        b_value: Option<String>,
    }
}

const TABLE: &str = "api_key";

impl KeyRow {
    /// The key, with no generations yet.
    fn into_key(self) -> Result<Key, Error> {
        let bad = |column| move |_| Error::corrupt(TABLE, column);
        let at = Timestamp::from_micros;
        let metadata: serde_json::Map<_, _> = from_json(&self.metadata, "metadata")?;
        Ok(Key {
            id: KeyId::from_uuid(self.id),
            api: ApiId::from_uuid(self.api),
            workspace: WorkspaceId::from_uuid(self.workspace),
            environment: self.environment.parse().map_err(|_| Error::corrupt(TABLE, "environment"))?,
            kind: self.kind.parse().map_err(|_| Error::corrupt(TABLE, "kind"))?,
            name: self.name.parse().map_err(|_| Error::corrupt(TABLE, "name"))?,
            scopes: ScopeSet::parse_spaced(&self.scopes).map_err(bad("scopes"))?,
            state: match (self.revoked_at, self.disabled_at) {
                (Some(revoked), _) => KeyState::Revoked { at: at(revoked) },
                (None, Some(disabled)) => KeyState::Disabled { since: at(disabled) },
                (None, None) => KeyState::Active,
            },
            restriction: self
                .restriction
                .map(|name| Restriction::from_name(&name).ok_or_else(|| Error::corrupt(TABLE, "restriction")))
                .transpose()?,
            is_canary: self.is_canary != 0,
            not_before: self.not_before.map(at),
            expires_at: self.expires_at.map(at),
            addresses: from_json(&self.addresses, "addresses")?,
            limits: from_json(&self.limits, "limits")?,
            metadata: Metadata::try_from(metadata).map_err(|_| Error::corrupt(TABLE, "metadata"))?,
            generations: Vec::new(),
            secret: self.secret.map(|bytes| hash(&bytes, TABLE, "secret")).transpose()?,
            created_at: at(self.created_at),
            created_by: self.created_by,
            updated_at: at(self.updated_at),
            updated_by: self.updated_by,
        })
    }
}

impl TryFrom<GenerationRow> for KeyGeneration {
    type Error = Error;

    fn try_from(row: GenerationRow) -> Result<Self, Error> {
        Ok(Self {
            id: SecretId::from_uuid(row.g_id),
            lookup: hash(&row.g_lookup, "key_generation", "lookup")?,
            hint: KeyHint { prefix: row.g_prefix.into(), last_four: row.g_last_four.into() },
            created_at: Timestamp::from_micros(row.g_created_at),
            retires_at: row.g_retires_at.map(Timestamp::from_micros),
            last_used_at: row.g_last_used_at.map(Timestamp::from_micros),
            last_used_address: row.g_last_used_address,
            last_used_agent: row.g_last_used_agent,
        })
    }
}

/// Folds rows, of which those of one key stand together, into keys.
pub(crate) fn into_keys(rows: Vec<KeyWithGeneration>) -> Result<Vec<Key>, Error> {
    let mut keys: Vec<Key> = Vec::new();
    for row in rows {
        let generation = row.generation.try_into()?;
        match keys.last_mut() {
            Some(key) if key.id.uuid() == row.key.id => key.generations.push(generation),
            _ => {
                let mut key = row.key.into_key()?;
                key.generations.push(generation);
                keys.push(key);
            }
        }
    }
    Ok(keys)
}

/// Folds the rows of one record, one for each of its belongings, into it.
pub(crate) fn into_record(rows: Vec<RecordRow>) -> Result<Option<KeyRecord>, Error> {
    let mut rows = rows.into_iter();
    let Some(first) = rows.next() else { return Ok(None) };
    let mut belongings = Belongings::new();
    let rest = rows.map(|row| (row.b_collection, row.b_value));
    for (collection, value) in std::iter::once((first.b_collection, first.b_value)).chain(rest) {
        // Both are null together, when nothing belongs to the key.
        if let (Some(collection), Some(value)) = (collection, value) {
            let collection = collection.parse().map_err(|_| Error::corrupt("key_belonging", "collection"))?;
            belongings.entry(collection).or_default().push(value);
        }
    }
    let generation: KeyGeneration = first.generation.try_into()?;
    let mut key = first.key.into_key()?;
    key.generations.push(generation.clone());
    Ok(Some(KeyRecord {
        key,
        generation,
        workspace_state: state_of(first.w_suspended_at),
        plan: plan_of(first.w_plan)?,
        belongings,
    }))
}

fn from_json<T: DeserializeOwned>(text: &str, column: &'static str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::corrupt(TABLE, column))
}

/// A keyed hash, which has 32 bytes.
pub(crate) fn hash(bytes: &[u8], table: &'static str, column: &'static str) -> Result<[u8; 32], Error> {
    bytes.try_into().map_err(|_| Error::corrupt(table, column))
}
