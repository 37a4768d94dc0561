//! Tokens on the way of verification: from text to memory, and the first use that spends an older generation.

use std::sync::Arc;

use claviger_domain::{
    ApiId, Decision, Denial, DenialReason, Generation, Policy, Timestamp, TokenFamily, TokenPart, TokenShape,
};
use claviger_secrets::{Lookup, Purpose, has_token_form};
use claviger_store::TokenRecord;
use serde_json::{Map, Value};

use crate::engine::Engine;
use crate::error::Error;
use crate::families::spend;
use crate::known::{Known, Purchase};
use crate::lookup_cache::Found;
use crate::question::Question;

/// The longest text that can be a token: a JWT with very many scopes.
const LONGEST_TOKEN: usize = 16 * 1024;

/// A text that has the form of a token.
#[derive(Clone, Copy)]
pub(crate) struct TokenText<'t> {
    pub(crate) lookup: Lookup,
    bytes: &'t [u8],
    /// Whether it has to be signed by us before anything is looked up.
    is_jwt: bool,
}

/// What is known of a text that has the form of a token.
pub(crate) enum Sought {
    Known(Arc<Known>),
    /// Nobody has it.
    Unknown,
    /// We never signed it.
    Forged,
}

impl From<Found<Known>> for Sought {
    fn from(found: Found<Known>) -> Self {
        match found {
            Found::Known(known) => Self::Known(known),
            Found::Unknown => Self::Unknown,
        }
    }
}

impl Engine {
    /// The text as a token, if it has the form of one of these. A JWT's signature is only checked where memory does not
    /// know the text.
    pub(crate) fn token_text<'t>(&self, bytes: &'t [u8], shapes: &[TokenShape]) -> Option<TokenText<'t>> {
        if bytes.len() > LONGEST_TOKEN {
            return None;
        }
        let shape = shapes.iter().find(|shape| has_token_form(bytes, shape))?;
        let is_jwt = matches!(shape, TokenShape::Jwt { .. });
        let lookup = if is_jwt { self.vault().hash(Purpose::Token, bytes) } else { self.token_lookup(bytes) };
        Some(TokenText { lookup, bytes, is_jwt })
    }

    /// A text as whatever token it may be, refresh tokens included, whose form nothing tells beforehand.
    pub(crate) fn any_token_text<'t>(&self, bytes: &'t [u8], policy: &Policy) -> TokenText<'t> {
        self.token_text(bytes, &policy.access_tokens).unwrap_or_else(|| TokenText {
            lookup: self.token_lookup(bytes),
            bytes,
            is_jwt: false,
        })
    }

    /// Whether what memory says of a credential needs no further look.
    pub(crate) fn is_settled(&self, known: &Known, now: Timestamp) -> bool {
        known.presence.as_ref().is_none_or(|presence| self.is_present(presence, now))
            && known.bought.as_ref().is_none_or(|bought| bought.fresh.is_none() && self.is_current(bought))
    }

    fn is_current(&self, bought: &Purchase) -> bool {
        self.parents().is_current(&bought.stands_on, bought.read_at)
    }

    /// The token that a request presents, after its first use has spent older generations.
    pub(crate) async fn find_presented_token(
        &self,
        text: TokenText<'_>,
        question: &Question<'_>,
    ) -> Result<Result<Arc<Known>, Decision>, Error> {
        let refused = |reason| Ok(Err(Decision::deny(Denial::new(reason))));
        let known = match self.seek_token(text, question.api, question.policy).await? {
            Sought::Known(known) => known,
            Sought::Unknown => return refused(DenialReason::Unknown),
            Sought::Forged => return refused(DenialReason::Malformed),
        };
        let Some(fresh) = self.first_use(&known, question) else { return Ok(Ok(known)) };
        let (family, generation) = fresh.clone();
        self.use_first(family, generation).await?;
        self.credentials().forget(text.lookup);
        match self.seek_token(text, question.api, question.policy).await? {
            Sought::Known(used) => Ok(Ok(used)),
            Sought::Unknown | Sought::Forged => refused(DenialReason::Unknown),
        }
    }

    /// The generation whose first use this is. One that is not accepted is no use.
    fn first_use<'k>(
        &self,
        known: &'k Known,
        question: &Question<'_>,
    ) -> Option<&'k (TokenFamily, Generation)> {
        let bought = known.bought.as_ref()?;
        let credential = &known.credential;
        let is_used = bought.part == TokenPart::Access
            && credential.principal.api == question.api
            && credential.confirmation.as_deref() == question.facts.proof
            && credential.ends_at.is_none_or(|end| self.now() < end);
        bought.fresh.as_deref().filter(|_| is_used)
    }

    /// The token, from memory where that may be trusted. What was never signed by us costs neither memory nor a read.
    pub(crate) async fn seek_token(
        &self,
        text: TokenText<'_>,
        api: ApiId,
        policy: &Policy,
    ) -> Result<Sought, Error> {
        let is_trusted = self.feed().is_trusted(self.now());
        match self.credentials().get(text.lookup) {
            Some(Found::Known(known)) if is_trusted => {
                if known.bought.as_ref().is_none_or(|bought| self.is_current(bought)) {
                    return Ok(Sought::Known(known));
                }
                self.credentials().forget(text.lookup);
            }
            Some(Found::Unknown) if is_trusted => return Ok(Sought::Unknown),
            _ => {}
        }
        let claims = if text.is_jwt {
            let Some(claims) = self.read_any_jwt(api, text.bytes).await? else { return Ok(Sought::Forged) };
            Some(claims)
        } else {
            None
        };
        // Boxed, because a read of the database is a large future and every door holds this one for each request.
        let load = Box::pin(self.load_token(text.lookup, claims, (api, policy)));
        if is_trusted {
            return Ok(self.credentials().get_or_load(text.lookup, load).await?.into());
        }
        Ok(load.await?.map_or(Sought::Unknown, Sought::Known))
    }

    async fn load_token(
        &self,
        lookup: Lookup,
        claims: Option<Map<String, Value>>,
        (api, policy): (ApiId, &Policy),
    ) -> Result<Option<Arc<Known>>, Error> {
        let read_at = self.parents().moment();
        let mut conn = self.store().read().await?;
        if let Some(TokenRecord { token, of, .. }) = conn.find_token_by_lookup(&lookup.bytes()).await? {
            drop(conn);
            let known = self.known_token(&token, of, policy, read_at).await?;
            return Ok(known.map(Arc::new));
        }
        let Some(claims) = claims else { return Ok(None) };
        if conn.is_token_ended(&lookup.bytes()).await? {
            return Ok(None);
        }
        drop(conn);
        Ok(self.known_without_row(api, &claims, policy, read_at).await?.map(Arc::new))
    }

    /// The first use of a generation spends all older ones: one compare-and-set, before the answer.
    async fn use_first(&self, family: TokenFamily, generation: Generation) -> Result<(), Error> {
        let now = self.now();
        let change = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move { Ok(spend(tx, &family, generation.previous(), now).await?) })
            })
            .await?;
        if let Some(change) = change {
            self.apply(&change);
        }
        Ok(())
    }
}
