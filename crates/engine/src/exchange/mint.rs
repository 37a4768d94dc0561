//! Making the texts of a generation. Each can be made again, as long as contract and master key are the same.

use claviger_domain::{
    Algorithm, ApiId, FamilyId, Generation, Parent, ScopeSet, Timestamp, TokenPart, TokenShape,
};
use claviger_secrets::{JwtType, Plain, Purpose, TokenName};
use claviger_store::StoredToken;
use serde_json::{Map, Value};

use super::Terms;
use crate::engine::Engine;
use crate::error::Error;

/// What the tokens of a generation are made of.
pub(super) struct Coin<'c> {
    pub(super) api: ApiId,
    pub(super) terms: &'c Terms,
    pub(super) family: FamilyId,
    pub(super) parent: Parent,
    pub(super) scopes: &'c ScopeSet,
}

/// When a token is issued and ends.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) issued_at: Timestamp,
    pub(super) expires_at: Option<Timestamp>,
}

impl Engine {
    /// The text of an access token.
    pub(super) fn mint_access(
        &self,
        coin: &Coin<'_>,
        generation: Generation,
        span: Span,
    ) -> Result<Plain, Error> {
        let shape = &coin.terms.access.shape;
        let name = TokenName { family: coin.family, generation, part: TokenPart::Access };
        match shape {
            TokenShape::Jwt { algorithm: Algorithm::Hs256, claims } => {
                let keys = self.registry().keys(coin.api).ok_or(claviger_secrets::Error::Algorithm)?;
                let claims = Value::Object(coin.claims(generation, span, claims)).to_string();
                Ok(keys.keyring().sign(Algorithm::Hs256, JwtType::Plain, &claims, span.issued_at)?)
            }
            TokenShape::Jwt { .. } => Err(claviger_secrets::Error::Algorithm.into()),
            TokenShape::Opaque { .. } | TokenShape::Uuid => Ok(self.token_maker().text(name, shape)?),
        }
    }

    /// The text of the refresh token, where the terms have one.
    pub(super) fn mint_refresh(
        &self,
        coin: &Coin<'_>,
        generation: Generation,
    ) -> Result<Option<Plain>, Error> {
        let Some(refresh) = &coin.terms.refresh else { return Ok(None) };
        let name = TokenName { family: coin.family, generation, part: TokenPart::Refresh };
        Ok(Some(self.token_maker().text(name, &refresh.shape)?))
    }

    /// A token as it is kept.
    pub(super) fn row_of(
        &self,
        text: &Plain,
        generation: Generation,
        part: TokenPart,
        Span { issued_at, expires_at }: Span,
    ) -> StoredToken {
        let lookup = self.vault().hash(Purpose::Token, text.expose().as_bytes()).bytes();
        StoredToken { lookup, generation, part, issued_at, expires_at }
    }

    /// Whether a text is the one that was given before. It is not once the contract or the master key has changed.
    pub(super) fn is_text_of(&self, text: &Plain, row: &StoredToken) -> bool {
        self.vault().hash(Purpose::Token, text.expose().as_bytes()).bytes() == row.lookup
    }
}

impl Coin<'_> {
    /// The claims of RFC 9068 section 2.2, or exactly those that the contract lists.
    fn claims(&self, generation: Generation, span: Span, wanted: &[String]) -> Map<String, Value> {
        let holder = Value::from(match self.parent {
            Parent::Key { key, .. } => key.to_string(),
            Parent::Client(client) => client.to_string(),
            Parent::Grant { account, .. } | Parent::Account(account) => account.to_string(),
        });
        let all = [
            ("iss", Value::from(self.terms.issuer.as_str())),
            ("aud", Value::from(self.terms.issuer.as_str())),
            ("sub", holder.clone()),
            ("client_id", holder),
            ("iat", Value::from(span.issued_at.seconds())),
            ("exp", span.expires_at.map_or(Value::Null, |end| Value::from(end.seconds()))),
            ("jti", Value::from(format!("{}.{}", self.family, generation.as_i64()))),
            ("scope", Value::from(self.scopes.to_string())),
        ];
        let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|claim| claim == name);
        all.into_iter().filter(|(name, _)| is_wanted(name)).map(|(name, v)| (name.to_owned(), v)).collect()
    }
}

/// Whether what ends then has not ended yet.
pub(super) fn is_living(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|end| now < end)
}
