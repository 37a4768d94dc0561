//! `seed.toml`: what the demo makes and shows, as data.

use claviger_domain::{
    ApiName, CollectionName, Email, Environment, GrantType, KeyKind, Label, Limit, PlanName, RedirectUri,
    ScopeSet, SessionName,
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
    /// OAuth clients.
    #[serde(default, rename = "client")]
    pub(super) clients: Vec<ClientSeed>,
    /// People who sign in and consent.
    #[serde(default, rename = "user")]
    pub(super) users: Vec<UserSeed>,
    /// OAuth access tokens that have ended.
    #[serde(default)]
    pub(super) expired_grant: Vec<ExpiredGrantSeed>,
    /// Requests to show.
    #[serde(rename = "try")]
    pub(super) tries: Vec<Try>,
    /// Addresses to open in a browser.
    #[serde(default, rename = "browse")]
    pub(super) browses: Vec<Browse>,
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

/// An OAuth client. It may ask for every scope of the API that does not imply all others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ClientSeed {
    /// The field of its id.
    pub(super) field: String,
    /// What proves it.
    pub(super) proof: ProofSeed,
    /// What people call it.
    pub(super) name: Label,
    /// What it is for.
    pub(super) description: String,
    /// The grants it may use.
    #[serde(deserialize_with = "grants")]
    pub(super) grants: Vec<GrantType>,
    /// Where it sends users, and the field that says so.
    pub(super) redirect: Option<RedirectSeed>,
}

/// What proves a client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum ProofSeed {
    /// A secret, in this field.
    Secret(String),
    /// A key pair.
    Key {
        /// The field of the key's id.
        id_field: String,
        /// The field of the private half, as a JWK.
        private_field: String,
    },
}

/// A redirect URI.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RedirectSeed {
    /// Its field in `credentials.json`.
    pub(super) field: String,
    /// The URI.
    #[serde(deserialize_with = "redirect_uri")]
    pub(super) uri: RedirectUri,
}

/// Someone who signs in and consents: with a verified address, without a second factor, at home in the contract's
/// workspace.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UserSeed {
    /// The field that holds the other two; none when they stand by themselves.
    pub(super) group: Option<String>,
    /// The field of the address.
    pub(super) email_field: String,
    /// The field of the password, which is made at random.
    pub(super) password_field: String,
    /// The address.
    #[serde(deserialize_with = "email")]
    pub(super) email: Email,
    /// The full name.
    pub(super) name: String,
    /// The most they may do; none for every scope of the API that does not imply all others.
    pub(super) scopes: Option<ScopeSet>,
}

/// An access token of the contract's first client, bought so long ago that it has ended.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpiredGrantSeed {
    /// Its field in `credentials.json`.
    pub(super) field: String,
    /// What it was bought with: `client_credentials`, or `authorization_code` by the contract's first user.
    #[serde(deserialize_with = "grant")]
    pub(super) grant: GrantType,
}

fn grant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<GrantType, D::Error> {
    let name = String::deserialize(deserializer)?;
    GrantType::from_name(&name).ok_or_else(|| D::Error::custom(format_args!("there is no grant `{name}`")))
}

fn grants<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<GrantType>, D::Error> {
    #[derive(Deserialize)]
    struct Named(#[serde(deserialize_with = "grant")] GrantType);
    let named = Vec::<Named>::deserialize(deserializer)?;
    Ok(named.into_iter().map(|Named(grant)| grant).collect())
}

fn redirect_uri<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RedirectUri, D::Error> {
    RedirectUri::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
}

fn email<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Email, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn session<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SessionName>, D::Error> {
    String::deserialize(deserializer)?.parse().map(Some).map_err(D::Error::custom)
}

/// A request to show. `{field}` stands for that field of the contract's credentials, `{group.field}` for one of a group, `{base_url}` and
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

/// An address to open in a browser, with the same placeholders.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Browse {
    /// What to do there.
    pub(super) title: String,
    pub(super) url: String,
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
