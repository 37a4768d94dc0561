//! The half of a contract that decides: what keys look like, scopes, plans, lifetimes.
//!
//! `contract` makes these values from a file; `engine` is handed them and knows nothing of files or wires.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::client::ClientMetadata;
use crate::environment::Environment;
use crate::id::ApiId;
use crate::limit::Limit;
use crate::rule::Responses;
use crate::sandbox::SandboxPolicy;
use crate::scope::{Scope, ScopeCatalog, ScopeSet};
use crate::text::{ApiName, TextError};
use crate::time::Timestamp;
use crate::token::TokenShape;
use crate::token_policy::TokenPolicy;

/// An API as the database knows it; all else about it stands in its contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Api {
    /// Its id, made when its contract was first loaded.
    pub id: ApiId,
    /// Its name, which is its contract's.
    pub name: ApiName,
    /// When it was first loaded.
    pub created_at: Timestamp,
}

/// Whether a key is presented by itself or is the public half of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// The key alone is the credential.
    Single,
    /// The key names, a separate secret proves; neither works alone. (A single key can have a secret too, which is
    /// checked wherever one is presented; the key goes on to work alone.)
    Pair,
}

impl KeyKind {
    /// The word used on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Pair => "pair",
        }
    }
}

impl FromStr for KeyKind {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        match text {
            "single" => Ok(Self::Single),
            "pair" => Ok(Self::Pair),
            _ => Err(TextError::Empty),
        }
    }
}

/// What follows the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyShape {
    /// Base62 random characters and a six-character base62 CRC-32 over prefix and random part.
    Checked {
        /// Random characters before the checksum; at least 27, which is 160 bits.
        random: u8,
    },
    /// A UUID whose 128 bits are random, in hyphenated form. No checksum: only for pairs.
    Uuid,
}

/// One form of key an API hands out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyFormat {
    /// Exactly what every such key starts with.
    pub prefix: Arc<str>,
    /// What follows.
    pub shape: KeyShape,
    /// Single or pair.
    pub kind: KeyKind,
    /// The environment such a key belongs to.
    pub environment: Environment,
}

/// The age at which keys are looked at again: ninety days.
const ADVISED: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// What an API's contract says of the upkeep of its keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUpkeep {
    /// The age at which a key's text is better replaced; none for no such advice.
    pub rotate_after: Option<Duration>,
    /// How long nobody has used a key that counts as unused; none where none does.
    pub unused_after: Option<Duration>,
    /// How long nobody has used or changed a key that is switched off by itself; none where none is.
    pub disable_unused_after: Option<Duration>,
}

/// What is advised to contracts that say nothing.
impl Default for KeyUpkeep {
    fn default() -> Self {
        Self { rotate_after: Some(ADVISED), unused_after: Some(ADVISED), disable_unused_after: None }
    }
}

/// How long keys live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLifetimes {
    /// The life of a key whose maker names no end; none for ever.
    pub default: Option<Duration>,
    /// The longest life a key may be given; none for no bound.
    pub max: Option<Duration>,
    /// The longest time a rotated key may go on working.
    pub max_overlap: Duration,
    /// How long revoked and expired keys are kept before they are deleted.
    pub retention: Duration,
    /// What keeps them fresh.
    pub upkeep: KeyUpkeep,
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                if text.is_empty() {
                    return Err(TextError::Empty);
                }
                if text.len() > 40 {
                    return Err(TextError::TooLong { max: 40 });
                }
                match text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '_')) {
                    Some(found) => Err(TextError::BadCharacter { found }),
                    None => Ok(Self(text.into())),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;

            fn try_from(text: String) -> Result<Self, TextError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// A plan of an API, such as `starter`: `a-z`, `0-9`, `-`, `_`, at most 40 characters.
    PlanName
    /// A list of values that belong to a key once they are verified, such as `destinations`.
    CollectionName
}

/// A plan: the limits that apply to the workspaces that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What people call it.
    pub title: String,
    /// Its limits, all of which count.
    pub limits: Vec<Arc<Limit>>,
}

/// What the engine knows of an API's contract.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The API's name.
    pub name: ApiName,
    /// The forms of key it hands out. No prefix starts another; one prefix may stand for both environments, in two
    /// formats alike in all else, where hosts or the keys' own records decide the environment.
    pub key_formats: Vec<KeyFormat>,
    /// Its scopes.
    pub scopes: ScopeCatalog,
    /// How long keys live.
    pub key_lifetimes: KeyLifetimes,
    /// Its plans by name, and which one a workspace without a plan of this API has.
    pub plans: IndexMap<PlanName, Plan>,
    /// The plan of workspaces that have none.
    pub default_plan: Option<PlanName>,
    /// Limits on every credential, beside the plan's.
    pub limits: Vec<Arc<Limit>>,
    /// The lists of values that can belong to a key.
    pub collections: Vec<CollectionName>,
    /// What the access tokens that it hands out look like, so that other texts are no tokens without a lookup.
    pub access_tokens: Vec<TokenShape>,
    /// What it says of tokens in general.
    pub tokens: TokenPolicy,
    /// What is done about unusual activity, where that is not as the settings say.
    pub responses: Responses,
    /// What becomes of its test environment.
    pub sandbox: SandboxPolicy,
}

/// The scopes of OpenID Connect that users can be asked for (Core sections 5.4 and 11).
const IDENTITY_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

impl Policy {
    /// The scopes of OpenID Connect that clients may ask for: some wherever users sign in.
    pub fn identity_scopes(&self) -> impl Iterator<Item = Scope> + use<> {
        let names = IDENTITY_SCOPES.into_iter().filter_map(|name| name.parse().ok());
        names.take(if self.tokens.has_users { IDENTITY_SCOPES.len() } else { 0 })
    }

    /// The format of new keys of this kind and environment.
    pub fn key_format(&self, kind: KeyKind, environment: Environment) -> Option<&KeyFormat> {
        self.key_formats.iter().find(|f| f.kind == kind && f.environment == environment)
    }

    /// The limits of a workspace's plan: its own where this API has one of that name, else the default's.
    pub fn plan_limits(&self, plan: Option<&PlanName>) -> &[Arc<Limit>] {
        plan.and_then(|name| self.plans.get(name))
            .or_else(|| self.default_plan.as_ref().and_then(|name| self.plans.get(name)))
            .map(|plan| plan.limits.as_slice())
            .unwrap_or_default()
    }
}

impl ClientMetadata {
    /// The scopes it may ask for: those it registered, else all of the API but those that are nearly everything, and
    /// where users sign in those of OpenID Connect.
    pub fn effective_scopes(&self, policy: &Policy) -> ScopeSet {
        if let Some(scopes) = &self.scopes {
            return scopes.clone();
        }
        policy.scopes.ordinary().iter().cloned().chain(policy.identity_scopes()).collect()
    }

    /// The same without those of OpenID Connect, unless it registered them: what a client may have that asks for itself.
    pub fn own_scopes<'s>(&'s self, policy: &'s Policy) -> &'s ScopeSet {
        self.scopes.as_ref().unwrap_or_else(|| policy.scopes.ordinary())
    }
}
