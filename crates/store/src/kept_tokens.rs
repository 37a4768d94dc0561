//! The tokens of a family that are not spent, as its row holds them: one text, so that a refresh writes one row.

use std::borrow::Cow;

use claviger_domain::{FamilyId, Generation, Timestamp, TokenFamily, TokenName, TokenPart};
use data_encoding::HEXLOWER_PERMISSIVE;
use serde::{Deserialize, Serialize};

use crate::columns::row;
use crate::error::Error;
use crate::key_rows::hash;
use crate::token_rows::{FamilyRow, StoredToken, TokenRow, scopes_of};

/// Generation, part, keyed hash in hexadecimal, when it was issued and ends, its scopes where it has fewer than its family.
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
        let tokens = unspent(&self.f_tokens, self.f_spent)?;
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
pub(crate) fn text_of<'t>(tokens: impl IntoIterator<Item = &'t StoredToken>) -> Result<String, Error> {
    let kept = tokens.into_iter().map(|token| {
        Kept(
            token.generation.as_i64(),
            token.part.as_str().into(),
            HEXLOWER_PERMISSIVE.encode(&token.lookup).into(),
            token.issued_at.micros(),
            token.expires_at.map(Timestamp::micros),
            token.scopes.as_ref().map(|scopes| scopes.to_string().into()),
        )
    });
    serde_json::to_string(&kept.collect::<Vec<_>>()).map_err(Error::internal)
}

/// The tokens in such a text after the generation that is spent, which may still stand in it.
pub(crate) fn unspent(text: &str, spent: i64) -> Result<Vec<StoredToken>, Error> {
    let bad = || Error::corrupt("token_family", "tokens");
    let kept: Vec<Kept<'_>> = serde_json::from_str(text).map_err(|_| bad())?;
    let kept = kept.into_iter().filter(|Kept(generation, ..)| *generation > spent);
    kept.map(|Kept(generation, part, lookup, issued_at, expires_at, scopes)| {
        // SQLite wrote those from before in capitals.
        let lookup = HEXLOWER_PERMISSIVE.decode(lookup.as_bytes()).map_err(|_| bad())?;
        Ok(StoredToken {
            lookup: hash(&lookup, "token_family", "tokens")?,
            generation: Generation::from_i64(generation).ok_or_else(bad)?,
            part: TokenPart::from_word(&part).ok_or_else(bad)?,
            issued_at: Timestamp::from_micros(issued_at),
            expires_at: expires_at.map(Timestamp::from_micros),
            sealed: None,
            scopes: scopes.as_deref().map(scopes_of).transpose()?,
        })
    })
    .collect()
}

/// Whether a token is found by its family, which its lookup names; else it needs a row to be found by.
pub(crate) fn is_named(token: &StoredToken, family: FamilyId) -> bool {
    TokenName::of_lookup(&token.lookup).is_some_and(|name| name.family == family)
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
