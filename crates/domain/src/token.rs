//! Tokens bought with a credential: what they look like, and the family that those bought together form.
//!
//! A family has generations; each is an access token and, where the contract has refreshing, a refresh token. A
//! refresh makes the next generation while the older ones go on, so that an answer that was lost can be given
//! again. The first use of a generation spends every older one.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::{Uuid, Variant};

use crate::id::{AccountId, ClientId, FamilyId, GrantId, IdParseError, KeyId, SecretId};
use crate::scope::ScopeSet;
use crate::text::TextError;
use crate::time::Timestamp;

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Algorithm {
    /// HMAC with SHA-256. Whoever can check a token can also make one.
    Hs256,
    /// RSA PKCS#1 with SHA-256.
    Rs256,
    /// RSA PKCS#1 with SHA-384.
    Rs384,
    /// RSA-PSS with SHA-256.
    Ps256,
    /// P-256 with SHA-256.
    Es256,
    /// P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 7] =
        [Self::Hs256, Self::Rs256, Self::Rs384, Self::Ps256, Self::Es256, Self::Es384, Self::EdDsa];

    /// How proofs of possession can be signed (RFC 9449 section 4.2): anything with a public key, the best first.
    pub const PROOFS: [Self; 6] =
        [Self::Es256, Self::EdDsa, Self::Rs256, Self::Ps256, Self::Es384, Self::Rs384];

    /// The registered name, as in a header's `alg`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of this registered name. `none` is not one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name)
    }

    /// Whether the key that checks is the key that signs.
    pub const fn is_symmetric(self) -> bool {
        matches!(self, Self::Hs256)
    }
}

/// What a token looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenShape {
    /// A signed JWT.
    Jwt {
        /// How it is signed.
        algorithm: Algorithm,
        /// Exactly its claims; empty for those of RFC 9068.
        claims: Vec<String>,
    },
    /// A prefix, base62 random characters and a checksum.
    Opaque {
        /// What it starts with.
        prefix: String,
    },
    /// A random UUID.
    Uuid,
}

/// An access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// What it looks like.
    pub shape: TokenShape,
    /// How long it lives.
    pub lifetime: Duration,
}

/// A refresh token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    /// What it looks like; never a JWT.
    pub shape: TokenShape,
    /// How long its family lives; none for as long as the grant.
    pub lifetime: Option<Duration>,
    /// How long it lives unused; none for as long as its family.
    pub idle: Option<Duration>,
}

/// What an endpoint sells, and under which conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The access token.
    pub access: AccessToken,
    /// The refresh token that comes with it, where one does.
    pub refresh: Option<RefreshToken>,
    /// When the same token is given again.
    pub reuse: Reuse,
    /// The most sessions a credential may hold at once; none for a thousand.
    pub max_sessions: Option<u32>,
}

/// When the same token is given again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// Never.
    #[default]
    Never,
    /// While it is valid, for the same credential, session and scopes.
    Session,
}

/// Which token of a generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenPart {
    /// The one that is sent to the API.
    Access,
    /// The one that buys the next generation.
    Refresh,
}

impl TokenPart {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    /// The part that this word means.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Access, Self::Refresh].into_iter().find(|part| part.as_str() == word)
    }

    /// Its place in a generation, from 1.
    pub const fn number(self) -> u8 {
        match self {
            Self::Access => 1,
            Self::Refresh => 2,
        }
    }

    /// The part of this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Access),
            2 => Some(Self::Refresh),
            _ => None,
        }
    }
}

/// Which tokens of a family: 1 for those bought first, one more for each refresh. 0 is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(u32);

impl Generation {
    /// Before the first.
    pub const NONE: Self = Self(0);
    /// The first.
    pub const FIRST: Self = Self(1);

    /// The generation that a database row holds; none for what cannot be one.
    pub fn from_i64(number: i64) -> Option<Self> {
        u32::try_from(number).ok().map(Self)
    }

    /// The bare number, for the database.
    pub fn as_i64(self) -> i64 {
        self.0.into()
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The one before it.
    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// Whether the tokens of a generation work, apart from their dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenState {
    /// They do, and older ones do as well until these are first used.
    Fresh,
    /// They do, and are the oldest that do.
    InUse,
    /// A later generation was used.
    Spent,
    /// The family was ended: by logging out, with its session, or with its credential's secret.
    Ended,
}

/// Which token: the one of its family, generation and part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenName {
    /// Its family.
    pub family: FamilyId,
    /// Its generation.
    pub generation: Generation,
    /// Access or refresh.
    pub part: TokenPart,
}

impl TokenName {
    /// By what a token is found whose text says its name: the name, and of the text's keyed hash as much as there is room
    /// for. Where the name is known to be the token's, the family is all that has to be read.
    pub fn lookup(self, hash: &[u8; 32]) -> [u8; 32] {
        let mut lookup = *hash;
        let family = self.family.uuid();
        let generation = self.generation.0.to_be_bytes();
        let part = [self.part.number()];
        let name = family.as_bytes().iter().chain(&generation).chain(&part);
        for (to, from) in lookup.iter_mut().zip(name) {
            *to = *from;
        }
        lookup
    }

    /// The name in such a lookup. One in some thousands of those that are bare hashes looks as if it had one, too.
    pub fn of_lookup(lookup: &[u8; 32]) -> Option<Self> {
        let (family, rest) = lookup.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<4>()?;
        let family = Uuid::from_bytes(*family);
        let is_an_id = family.get_version_num() == 7 && family.get_variant() == Variant::RFC4122;
        let generation = Generation(u32::from_be_bytes(*generation));
        let part = TokenPart::from_number(*rest.first()?)?;
        let name = Self { family: FamilyId::from_uuid(family), generation, part };
        (is_an_id && generation > Generation::NONE).then_some(name)
    }
}

/// What a family was bought with, and with which it dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parent {
    /// A key.
    Key {
        /// The key.
        key: KeyId,
        /// The generation of the key's text.
        secret: SecretId,
    },
    /// A client for itself.
    Client(ClientId),
    /// A user's grant to a client.
    Grant {
        /// The grant.
        grant: GrantId,
        /// Whom it was given.
        client: ClientId,
        /// Who gave it.
        account: AccountId,
    },
    /// A user who signed in at the API itself.
    Account(AccountId),
}

impl Parent {
    /// Its id; of a key, whatever its text is.
    pub const fn id(self) -> ParentId {
        match self {
            Self::Key { key, .. } => ParentId::Key(key),
            Self::Client(client) => ParentId::Client(client),
            Self::Grant { grant, .. } => ParentId::Grant(grant),
            Self::Account(account) => ParentId::Account(account),
        }
    }

    /// The key, where it is one.
    pub const fn key(self) -> Option<KeyId> {
        match self {
            Self::Key { key, .. } => Some(key),
            Self::Client(_) | Self::Grant { .. } | Self::Account(_) => None,
        }
    }

    /// The client, where one is among what it is.
    pub const fn client(self) -> Option<ClientId> {
        match self {
            Self::Client(client) | Self::Grant { client, .. } => Some(client),
            Self::Key { .. } | Self::Account(_) => None,
        }
    }
}

/// What a family was bought with, by its id alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParentId {
    /// A key.
    Key(KeyId),
    /// A client, for itself and for users.
    Client(ClientId),
    /// A user's grant to a client.
    Grant(GrantId),
    /// A user, by grants and by signing in at the API itself.
    Account(AccountId),
}

impl ParentId {
    /// The bare id, which no other parent has, of whatever kind.
    pub const fn uuid(self) -> Uuid {
        match self {
            Self::Key(id) => id.uuid(),
            Self::Client(id) => id.uuid(),
            Self::Grant(id) => id.uuid(),
            Self::Account(id) => id.uuid(),
        }
    }
}

impl fmt::Display for ParentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::Client(id) => id.fmt(f),
            Self::Grant(id) => id.fmt(f),
            Self::Account(id) => id.fmt(f),
        }
    }
}

/// The text is no id of anything that tokens are bought with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form key_…, cli_…, grt_… or acc_…")]
pub struct ParentParseError;

impl FromStr for ParentId {
    type Err = ParentParseError;

    fn from_str(text: &str) -> Result<Self, ParentParseError> {
        let key = || text.parse().map(Self::Key);
        let client = || text.parse().map(Self::Client);
        let grant = || text.parse().map(Self::Grant);
        let account = || text.parse().map(Self::Account);
        let found = key().or_else(|_| client()).or_else(|_| grant()).or_else(|_| account());
        found.map_err(|_: IdParseError| ParentParseError)
    }
}

impl Serialize for ParentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ParentId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Tokens bought together, and those that followed them by refreshing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFamily {
    /// Its id, which is the `jti` of its JWTs.
    pub id: FamilyId,
    /// What it was bought with, and with which it dies.
    pub parent: Parent,
    /// The family whose token it was exchanged for (RFC 8693), and with which it dies as well.
    pub source: Option<FamilyId>,
    /// What its tokens may do, as long as the parent may.
    pub scopes: ScopeSet,
    /// The newest generation.
    pub newest: Generation,
    /// The newest generation that is spent, and all before it.
    pub spent: Generation,
    /// When it was bought.
    pub created_at: Timestamp,
    /// When the last of its tokens ends by itself; none for never. Where only disuse ends a family, each refresh moves
    /// it on.
    pub ends_at: Option<Timestamp>,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

impl TokenFamily {
    /// Whether the tokens of `generation` work, apart from their dates.
    pub fn state_of(&self, generation: Generation) -> TokenState {
        if self.ended_at.is_some() {
            return TokenState::Ended;
        }
        if generation <= self.spent || generation > self.newest {
            return TokenState::Spent;
        }
        if generation.previous() > self.spent { TokenState::Fresh } else { TokenState::InUse }
    }
}

/// The name a client gives a session: 1 to 200 printable characters. It never shows in a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionName(Arc<str>);

impl SessionName {
    /// The longest name, in characters.
    pub const MAX: usize = 200;

    /// The name, for its owner.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionName(…)")
    }
}

impl FromStr for SessionName {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.trim().is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > Self::MAX {
            return Err(TextError::TooLong { max: Self::MAX });
        }
        match text.chars().find(|c| c.is_control()) {
            Some(found) => Err(TextError::BadCharacter { found }),
            None => Ok(Self(text.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn family(newest: u32, spent: u32) -> TokenFamily {
        TokenFamily {
            id: FamilyId::from_uuid(Uuid::nil()),
            parent: Parent::Key {
                key: KeyId::from_uuid(Uuid::nil()),
                secret: SecretId::from_uuid(Uuid::nil()),
            },
            source: None,
            scopes: ScopeSet::default(),
            newest: Generation(newest),
            spent: Generation(spent),
            created_at: Timestamp::from_seconds(0),
            ends_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn a_lookup_with_a_name_says_it_and_keeps_what_is_left_of_the_hash() {
        let family = FamilyId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001));
        for part in [TokenPart::Access, TokenPart::Refresh] {
            for generation in [Generation::FIRST, Generation(u32::MAX)] {
                let name = TokenName { family, generation, part };
                let lookup = name.lookup(&[9; 32]);
                assert_eq!(TokenName::of_lookup(&lookup), Some(name));
                assert_eq!(lookup.split_at(21).1, [9; 11]);
            }
        }
        for bare in [[0; 32], [9; 32], [255; 32]] {
            assert_eq!(TokenName::of_lookup(&bare), None);
        }
        let none = TokenName { family, generation: Generation::NONE, part: TokenPart::Access };
        assert_eq!(TokenName::of_lookup(&none.lookup(&[9; 32])), None);
    }

    #[test]
    fn the_first_generation_is_in_use_from_the_start() {
        assert_eq!(family(1, 0).state_of(Generation::FIRST), TokenState::InUse);
        assert_eq!(family(1, 0).state_of(Generation(2)), TokenState::Spent, "not made yet");
    }

    #[test]
    fn after_a_refresh_both_generations_work_until_the_newer_is_used() {
        let refreshed = family(2, 0);
        assert_eq!(refreshed.state_of(Generation(1)), TokenState::InUse);
        assert_eq!(refreshed.state_of(Generation(2)), TokenState::Fresh);
        let used = family(2, 1);
        assert_eq!(used.state_of(Generation(1)), TokenState::Spent);
        assert_eq!(used.state_of(Generation(2)), TokenState::InUse);
    }

    #[test]
    fn an_ended_family_has_no_working_token() {
        let ended = TokenFamily { ended_at: Some(Timestamp::from_seconds(1)), ..family(2, 0) };
        for generation in 1..4 {
            assert_eq!(ended.state_of(Generation(generation)), TokenState::Ended);
        }
    }

    #[test]
    fn a_parent_is_read_by_its_prefix() {
        let id = Uuid::from_u128(7);
        for parent in [
            ParentId::Key(KeyId::from_uuid(id)),
            ParentId::Client(ClientId::from_uuid(id)),
            ParentId::Grant(GrantId::from_uuid(id)),
            ParentId::Account(AccountId::from_uuid(id)),
        ] {
            assert_eq!(parent.to_string().parse(), Ok(parent));
        }
        for other in [FamilyId::from_uuid(id).to_string(), String::new(), "key_1".to_owned()] {
            assert_eq!(other.parse::<ParentId>(), Err(ParentParseError));
        }
    }

    #[test]
    fn a_session_name_is_bounded_printable_and_does_not_print() {
        let name: SessionName = "worker ü 7".parse().unwrap();
        assert_eq!(name.expose(), "worker ü 7");
        assert_eq!(format!("{name:?}"), "SessionName(…)");
        assert!("x".repeat(200).parse::<SessionName>().is_ok());
        assert_eq!("x".repeat(201).parse::<SessionName>(), Err(TextError::TooLong { max: 200 }));
        assert_eq!(" ".parse::<SessionName>(), Err(TextError::Empty));
        assert_eq!("a\nb".parse::<SessionName>(), Err(TextError::BadCharacter { found: '\n' }));
    }
}
