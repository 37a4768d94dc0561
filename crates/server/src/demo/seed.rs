//! `seed.toml`: what the demo makes and shows, as data.

use claviger_domain::{
    ApiName, CollectionName, Environment, KeyKind, Label, Limit, PlanName, ScopeSet, SessionName,
};
use indexmap::IndexMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

const BUILT_IN: &str = include_str!("seed.toml");

/// Everything the demo makes and shows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seed {
    #[serde(rename = "contract")]
    pub(super) contracts: Vec<ContractSeed>,
}

/// What it makes and shows for one contract.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractSeed {
    /// The contract's name.
    pub(super) name: ApiName,
    /// The workspace that owns the keys.
    pub(super) workspace: Label,
    /// Its plan.
    pub(super) plan: Option<PlanName>,
    /// Field of `credentials.json` to host.
    pub(super) origins: IndexMap<String, String>,
    /// The keys.
    #[serde(rename = "key")]
    pub(super) keys: Vec<KeySeed>,
    /// Tokens that have ended.
    #[serde(default)]
    pub(super) expired: Vec<ExpiredSeed>,
    /// Requests to show.
    #[serde(rename = "try")]
    pub(super) tries: Vec<Try>,
}

/// One key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeySeed {
    /// Its field in `credentials.json`.
    pub(super) field: String,
    /// For pairs: the field of the secret half.
    pub(super) secret_field: Option<String>,
    /// What people call it.
    pub(super) name: Label,
    /// The world it belongs to.
    pub(super) environment: Environment,
    /// Single or pair.
    #[serde(default = "single")]
    pub(super) kind: KeyKind,
    /// What it may do.
    #[serde(default)]
    pub(super) scopes: ScopeSet,
    /// Its own limits.
    #[serde(default)]
    pub(super) limits: Vec<Limit>,
    /// Whether it is rotated at once without overlap, so that its first text has ended.
    #[serde(default)]
    pub(super) ended: bool,
    /// Values that belong to it, verified.
    #[serde(default)]
    pub(super) belongings: Vec<BelongingSeed>,
}

/// A value that belongs to a key.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BelongingSeed {
    /// Its field in `credentials.json`.
    pub(super) field: String,
    /// The contract's list it stands in.
    pub(super) collection: CollectionName,
    /// The value.
    pub(super) value: String,
}

/// Tokens bought so long ago that they have ended.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpiredSeed {
    /// The access token's field in `credentials.json`.
    pub(super) field: String,
    /// The refresh token's.
    pub(super) refresh_field: Option<String>,
    /// The field of the key it was bought with.
    pub(super) key: String,
    /// The field of that key's secret.
    pub(super) secret: Option<String>,
    /// The session it was bought for.
    #[serde(default, deserialize_with = "session")]
    pub(super) session: Option<SessionName>,
}

fn session<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SessionName>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
}

/// A request to show. `{field}` stands for that field of the contract's credentials, `{base_url}` and
/// `{operator_token}` for those.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Try {
    /// The status of its answer.
    pub(super) status: u16,
    /// What it shows.
    pub(super) title: String,
    pub(super) method: String,
    pub(super) url: String,
    #[serde(default)]
    pub(super) headers: IndexMap<String, String>,
    pub(super) body: Option<String>,
    /// The member of the previous request's answer that is this one's bearer token.
    pub(super) bearer: Option<String>,
}

/// The file is not what it should be; a test says that the built-in one is.
#[derive(Debug, thiserror::Error)]
#[error("the built-in seed.toml cannot be read")]
pub(crate) struct SeedFileError(#[from] toml::de::Error);

impl Seed {
    /// The one built into the binary.
    pub(super) fn built_in() -> Result<Self, SeedFileError> {
        Ok(toml::from_str(BUILT_IN)?)
    }
}

const fn single() -> KeyKind {
    KeyKind::Single
}
