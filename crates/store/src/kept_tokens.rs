//! The tokens of a family that are not spent, as its row holds them: one text, so that a refresh writes one row.

use std::borrow::Cow;

use claviger_domain::{FamilyId, Generation, Timestamp, TokenFamily, TokenName, TokenPart};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize, Serializer as _};

use crate::columns::row;
use crate::error::Error;
use crate::key_rows::hash;
use crate::token_rows::{FamilyRow, StoredToken, TokenRow, scopes_of};

/// Of a lookup that says the token's name, what is not the name.
const PROOF: usize = 11;

/// About as long as such a text is, in bytes: of a refresh, it has two generations.
const LENGTH: usize = 512;

/// Generation, part, lookup in hexadecimal (but for the name, where it says that), when it was issued and ends, its scopes
/// where it has fewer than its family.
#[derive(Serialize, Deserialize)]
struct Kept<'k>(
    i64,
    #[serde(borrow)] Cow<'k, str>,
    #[serde(borrow)] Cow<'k, str>,
    i64,
    Option<i64>,
    Option<Cow<'k, str>>,
);

row! {
    pub(crate) struct FamilyWithSealed {
        #[sqlx(flatten)]
        pub(crate) family: FamilyRow,
        /// The sealed text of its newest access token.
        pub(crate) t_sealed: Option<Vec<u8>>,
    }
}

impl FamilyRow {
    /// The family, what else its tokens are made of, and those that are not spent.
    pub(crate) fn with_all(mut self) -> Result<(TokenFamily, String, Vec<StoredToken>), Error> {
        let details = std::mem::take(&mut self.f_details);
        let (family, tokens) = self.with_tokens()?;
        Ok((family, details, tokens))
    }

    /// The family with its tokens that are not spent.
    pub(crate) fn with_tokens(self) -> Result<(TokenFamily, Vec<StoredToken>), Error> {
        let tokens = unspent(&self.f_tokens, FamilyId::from_uuid(self.f_id), self.f_spent)?;
        Ok((self.try_into()?, tokens))
    }
}

impl FamilyWithSealed {
    /// The family with the tokens of its newest generation.
    pub(crate) fn with_newest(self) -> Result<(TokenFamily, Vec<StoredToken>), Error> {
        let Self { family, t_sealed } = self;
        let (family, mut tokens) = family.with_tokens()?;
        tokens.retain(|token| token.generation == family.newest);
        if let Some(access) = tokens.iter_mut().find(|token| token.part == TokenPart::Access) {
            access.sealed = t_sealed;
        }
        Ok((family, tokens))
    }
}

/// The text of a family's tokens.
pub(crate) fn text_of<'t>(
    family: FamilyId,
    tokens: impl IntoIterator<Item = &'t StoredToken>,
) -> Result<String, Error> {
    let kept = tokens.into_iter().map(|token| {
        let lookup = match token.lookup.last_chunk::<PROOF>() {
            Some(proof) if is_named(token, family) => proof.as_slice(),
            _ => token.lookup.as_slice(),
        };
        Kept(
            token.generation.as_i64(),
            token.part.as_str().into(),
            HEXLOWER_PERMISSIVE.encode(lookup).into(),
            token.issued_at.micros(),
            token.expires_at.map(Timestamp::micros),
            token.scopes.as_ref().map(|scopes| scopes.to_string().into()),
        )
    });
    let mut text = Vec::with_capacity(LENGTH);
    serde_json::Serializer::new(&mut text).collect_seq(kept).map_err(Error::internal)?;
    String::from_utf8(text).map_err(Error::internal)
}

/// The tokens in such a text after the generation that is spent, which may still stand in it.
pub(crate) fn unspent(text: &str, family: FamilyId, spent: i64) -> Result<Vec<StoredToken>, Error> {
    let bad = || Error::corrupt("token_family", "tokens");
    let kept: Vec<Kept<'_>> = serde_json::from_str(text).map_err(|_| bad())?;
    let kept = kept.into_iter().filter(|Kept(generation, ..)| *generation > spent);
    kept.map(|Kept(generation, part, lookup, issued_at, expires_at, scopes)| {
        // SQLite wrote those from before in capitals.
        let lookup = HEXLOWER_PERMISSIVE.decode(lookup.as_bytes()).map_err(|_| bad())?;
        let generation = Generation::from_i64(generation).ok_or_else(bad)?;
        let part = TokenPart::from_word(&part).ok_or_else(bad)?;
        let lookup = match lookup.as_array::<PROOF>() {
            Some(proof) => TokenName { family, generation, part }.lookup(&behind_a_name(proof)),
            None => hash(&lookup, "token_family", "tokens")?,
        };
        Ok(StoredToken {
            lookup,
            generation,
            part,
            issued_at: Timestamp::from_micros(issued_at),
            expires_at: expires_at.map(Timestamp::from_micros),
            sealed: None,
            scopes: scopes.as_deref().map(scopes_of).transpose()?,
        })
    })
    .collect()
}

/// A keyed hash of which only that is known for which there is room behind a name.
fn behind_a_name(proof: &[u8; PROOF]) -> [u8; 32] {
    let mut bytes = [0; 32];
    if let Some(end) = bytes.last_chunk_mut() {
        *end = *proof;
    }
    bytes
}

/// Whether a token is found by its family, because its lookup says its name; else it needs a row to be found by.
pub(crate) fn is_named(token: &StoredToken, family: FamilyId) -> bool {
    let name = TokenName { family, generation: token.generation, part: token.part };
    TokenName::of_lookup(&token.lookup) == Some(name)
}

/// Which of a family's tokens this name and lookup are of: one that is kept; one that was spent, of which nothing more is
/// known; none that was not made.
pub(crate) fn find_named(
    (name, lookup): (TokenName, &[u8; 32]),
    (spent, created_at): (Generation, Timestamp),
    tokens: &[StoredToken],
) -> Option<StoredToken> {
    if name.generation > spent {
        return tokens.iter().find(|token| token.lookup == *lookup).cloned();
    }
    Some(StoredToken {
        lookup: *lookup,
        generation: name.generation,
        part: name.part,
        issued_at: created_at,
        expires_at: None,
        sealed: None,
        scopes: None,
    })
}

/// The token of a row with its scopes, which its family knows.
pub(crate) fn with_scopes(row: TokenRow, unspent: &[StoredToken]) -> Result<StoredToken, Error> {
    let token = StoredToken::try_from(row)?;
    let kept = unspent.iter().find(|kept| kept.lookup == token.lookup);
    Ok(StoredToken { scopes: kept.and_then(|kept| kept.scopes.clone()), ..token })
}

#[cfg(test)]
mod tests {
    use claviger_domain::ScopeSet;
    use uuid::Uuid;

    use super::*;

    fn family() -> FamilyId {
        FamilyId::from_uuid(Uuid::from_u128(0x01a2_08ba_d258_700b_a5a7_cf04_aab5_74f3))
    }

    fn token(part: TokenPart, lookup: [u8; 32]) -> StoredToken {
        StoredToken {
            lookup,
            generation: Generation::FIRST.next(),
            part,
            issued_at: Timestamp::from_seconds(1_800_000_000),
            expires_at: Some(Timestamp::from_seconds(1_800_003_600)),
            sealed: None,
            scopes: Some(ScopeSet::parse_spaced("read").unwrap()),
        }
    }

    fn named(part: TokenPart, family: FamilyId) -> StoredToken {
        let name = TokenName { family, generation: Generation::FIRST.next(), part };
        token(part, name.lookup(&[0xab; 32]))
    }

    #[test]
    fn tokens_come_back_as_they_were_and_a_name_is_not_written_again() {
        let other = FamilyId::from_uuid(Uuid::from_u128(0x01a2_08ba_d258_700b_a5a7_cf04_aab5_74f4));
        let tokens = [
            named(TokenPart::Access, family()),
            named(TokenPart::Refresh, family()),
            token(TokenPart::Access, [0x5c; 32]),
            // Nothing but this family's own name can be left out.
            named(TokenPart::Access, other),
        ];
        let text = text_of(family(), &tokens).unwrap();
        assert_eq!(unspent(&text, family(), 1).unwrap(), tokens);
        assert!(unspent(&text, family(), 2).unwrap().is_empty());
        assert_eq!(text.matches("01a208bad258700b").count(), 1, "{text}");
    }

    #[test]
    fn whole_lookups_of_before_are_read_in_small_letters_and_capitals() {
        let token = named(TokenPart::Refresh, family());
        for lookup in
            [HEXLOWER_PERMISSIVE.encode(&token.lookup), data_encoding::HEXUPPER.encode(&token.lookup)]
        {
            let text = format!(r#"[[2,"refresh","{lookup}",1800000000000000,1800003600000000,"read"]]"#);
            assert_eq!(unspent(&text, family(), 1).unwrap(), std::slice::from_ref(&token));
        }
    }

    #[test]
    fn a_lookup_of_another_length_is_an_error() {
        for lookup in ["", "ab", "00112233445566778899aabb"] {
            let text = format!(r#"[[2,"refresh","{lookup}",1,null,null]]"#);
            assert!(unspent(&text, family(), 1).is_err(), "{lookup}");
        }
    }
}
