//! The family that tokens bought together form.
//!
//! A family has generations; each is an access token and, where the contract has refreshing, a refresh token. A
//! refresh makes the next generation while the older ones go on, so that an answer that was lost can be given
//! again. The first use of a generation spends every older one.

use uuid::{Uuid, Variant};

use crate::id::FamilyId;
use crate::scope::ScopeSet;
use crate::time::Timestamp;
use crate::token_parent::Parent;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{KeyId, SecretId};

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
}
