//! New families of tokens, and the next generation of one: the one way in which tokens are made.
//!
//! Texts are derived from family and generation under the master key, or signed, so that most of them can be made
//! again. Those that cannot, and may have to be given again, are kept sealed beside their keyed hash.

mod rotation;

use std::borrow::Cow;
use std::mem;
use std::time::Duration;

use claviger_domain::{
    AccessToken, Environment, FamilyId, Generation, Parent, RefreshToken, Reuse, ScopeSet, Terms, Timestamp,
    TokenFamily, TokenName, TokenPart, TokenShape,
};
use claviger_secrets::{Lookup, Plain, Purpose, SealContext};
use claviger_store::{NewFamily, StoredToken};
use serde::Serializer as _;

pub(crate) use self::rotation::{Done, Rotation, spend};
use crate::bought::Bought;
use crate::caller::Caller;
use crate::claim::Claim;
use crate::engine::Engine;
use crate::error::Error;
use crate::load::earlier;
use crate::signing_keys::JwtType;
use crate::token_details::{TokenDetails, holder_of, row_name};

/// What a claim's instant can tell apart.
const ONE_SECOND: Duration = Duration::from_secs(1);
/// About as long as claims are, in bytes.
const CLAIMS: usize = 512;
/// How much earlier a token without an id may seem to begin, in seconds: as many as one user can get in one second.
const MOST_EARLIER: usize = 120;

/// A family to be made.
pub(crate) struct FamilyOrder<'o> {
    pub(crate) caller: &'o Caller<'o>,
    pub(crate) terms: &'o Terms,
    pub(crate) parent: Parent,
    /// The parent's.
    pub(crate) environment: Environment,
    pub(crate) source: Option<FamilyId>,
    pub(crate) scopes: &'o ScopeSet,
    pub(crate) details: &'o TokenDetails,
    /// When the parent ends by itself.
    pub(crate) parent_ends_at: Option<Timestamp>,
    /// Whether a refresh token comes with it, where the terms have one.
    pub(crate) refreshes: bool,
}

/// What of the terms decides how the tokens of a family are made.
#[derive(Clone, Copy)]
pub(crate) struct FamilyTerms<'t> {
    access: &'t AccessToken,
    /// None where no refresh token comes with it.
    refresh: Option<&'t RefreshToken>,
    reuse: Reuse,
}

impl<'t> From<&'t Terms> for FamilyTerms<'t> {
    fn from(terms: &'t Terms) -> Self {
        Self { access: &terms.access, refresh: terms.refresh.as_ref(), reuse: terms.reuse }
    }
}

/// The texts of a generation, and when its access token begins and ends.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) access: Plain,
    pub(crate) refresh: Option<Plain>,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Texts {
    pub(crate) fn bought(self, scopes: ScopeSet, given_at: Timestamp) -> Bought {
        let Self { access, refresh, issued_at, expires_at } = self;
        Bought { access, refresh, scopes, issued_at, expires_at, given_at }
    }
}

/// What the claims of an access token are made of.
pub(crate) struct Claims<'c> {
    pub(crate) issuer: &'c str,
    pub(crate) subject: &'c str,
    /// RFC 9068 demands one of every token; of a key's or a user's own it is who bought it.
    pub(crate) client: &'c str,
    pub(crate) scopes: &'c ScopeSet,
    pub(crate) details: &'c TokenDetails,
    pub(crate) id: &'c str,
    pub(crate) span: (Timestamp, Timestamp),
}

impl Claims<'_> {
    /// The claims of RFC 9068 section 2.2, or exactly those that the contract lists. What binds a token to a key, or
    /// says who acts, or that it is of the test environment, is never left out: without it the token would say more than
    /// is true.
    pub(crate) fn to_json(&self, wanted: &[String]) -> Result<String, Error> {
        let Self { details, span: (issued_at, expires_at), .. } = self;
        let all = [
            ("iss", Some(Claim::Text(self.issuer))),
            ("aud", Some(Claim::audience(&details.resources, self.issuer))),
            ("sub", Some(Claim::Text(self.subject))),
            ("client_id", Some(Claim::Text(self.client))),
            ("iat", Some(Claim::Number(issued_at.seconds()))),
            ("exp", Some(Claim::Number(expires_at.seconds()))),
            ("jti", Some(Claim::Text(self.id))),
            ("scope", Some(Claim::Scopes(self.scopes))),
            ("auth_time", details.auth_time.map(Claim::Number)),
            ("acr", details.acr.as_deref().map(Claim::Text)),
            ("amr", Some(&details.amr).filter(|amr| !amr.is_empty()).map(|amr| Claim::Texts(amr))),
            ("cnf", details.jkt.as_deref().map(|jkt| Claim::Confirmation { jkt })),
            ("act", details.act.as_ref().map(Claim::Object)),
            ("environment", details.environment.map(|of| Claim::Text(of.as_str()))),
        ];
        let is_test = details.environment == Some(Environment::Test);
        let is_owed = |name: &str| matches!(name, "cnf" | "act") || (is_test && name == "environment");
        let is_wanted =
            |name: &str| wanted.is_empty() || is_owed(name) || wanted.iter().any(|claim| claim == name);
        let claims = all.iter().filter_map(|(name, claim)| Some((name, claim.as_ref()?)));
        let mut text = Vec::with_capacity(CLAIMS);
        serde_json::Serializer::new(&mut text).collect_map(claims.filter(|(name, _)| is_wanted(name)))?;
        Ok(String::from_utf8(text).map_err(|_| claviger_secrets::Error::Altered)?)
    }
}

impl Engine {
    /// A new family in its first generation, to be inserted by the caller's own transaction.
    pub(crate) async fn make_family(&self, order: &FamilyOrder<'_>) -> Result<(NewFamily, Texts), Error> {
        let now = self.now();
        let terms = order.terms_in_force();
        let details = order.details_in_force();
        let family = TokenFamily {
            id: FamilyId::generate_at(now, self.entropy()),
            parent: order.parent,
            source: order.source,
            scopes: order.scopes.clone(),
            newest: Generation::FIRST,
            spent: Generation::NONE,
            created_at: now,
            ends_at: family_end(terms, order.parent_ends_at, now),
            ended_at: None,
        };
        let (texts, tokens) = self
            .make_generation(
                (order.caller, terms),
                (&family, &details),
                (Generation::FIRST, now),
                order.scopes,
            )
            .await?;
        let details = serde_json::to_string(details.as_ref())?;
        Ok((NewFamily { family, reuse: None, session: None, details, tokens }, texts))
    }

    /// The texts and rows of one generation of a family; `issued_at` is that generation's, `scopes` those of its
    /// access token. A refresh token is among them wherever the terms have one.
    pub(crate) async fn make_generation(
        &self,
        (caller, terms): (&Caller<'_>, FamilyTerms<'_>),
        (family, details): (&TokenFamily, &TokenDetails),
        (generation, issued_at): (Generation, Timestamp),
        scopes: &ScopeSet,
    ) -> Result<(Texts, Vec<StoredToken>), Error> {
        let mut issued_at = issued_at;
        let end_of = |begin: Timestamp| {
            earlier(family.ends_at, Some(begin.plus(terms.access.lifetime))).unwrap_or(begin)
        };
        let text_at = |begin: Timestamp| {
            let said = (scopes, (begin, end_of(begin)));
            self.access_text((caller, terms), (family, details), generation, said)
        };
        let mut access = text_at(issued_at).await?;
        if may_be_repeated(&terms.access.shape) {
            // A token is one family's alone. A text without an id is another's too when both were made for the same
            // user in the same second: then this one began earlier.
            for _ in 0..MOST_EARLIER {
                let lookup = self.token_lookup(access.expose().as_bytes()).bytes();
                if self.store().read().await?.find_token_by_lookup(&lookup).await?.is_none() {
                    break;
                }
                issued_at = issued_at.minus(ONE_SECOND);
                access = text_at(issued_at).await?;
            }
        }
        let expires_at = end_of(issued_at);
        let sealed = if may_be_lost(terms) {
            let row = row_name(family.id, generation);
            let context = SealContext { place: "token.sealed", row: &row };
            Some(self.sealer().seal(context, access.expose().as_bytes(), self.entropy())?)
        } else {
            None
        };
        let name = |part| TokenName { family: family.id, generation, part };
        let mut tokens = vec![StoredToken {
            lookup: self.lookup_of((&access, &terms.access.shape), name(TokenPart::Access)),
            generation,
            part: TokenPart::Access,
            issued_at,
            expires_at: Some(expires_at),
            sealed,
            scopes: (*scopes != family.scopes).then(|| scopes.clone()),
        }];
        let refresh = self.refresh_text(terms, family.id, generation)?;
        if let Some((text, of)) = refresh.as_ref().zip(terms.refresh) {
            tokens.push(StoredToken {
                lookup: self.lookup_of((text, &of.shape), name(TokenPart::Refresh)),
                generation,
                part: TokenPart::Refresh,
                issued_at,
                expires_at: refresh_end(terms, family.ends_at, issued_at),
                sealed: None,
                scopes: None,
            });
        }
        Ok((Texts { access, refresh, issued_at, expires_at }, tokens))
    }

    /// The texts of a generation that was made before, from its rows. None when they cannot be made any more, because
    /// contract or master key have changed since.
    pub(crate) async fn repeat_generation(
        &self,
        (caller, terms): (&Caller<'_>, FamilyTerms<'_>),
        (family, details): (&TokenFamily, &TokenDetails),
        rows: &[StoredToken],
    ) -> Result<Option<Texts>, Error> {
        let Some(row) = rows.iter().find(|row| row.part == TokenPart::Access) else { return Ok(None) };
        let expires_at = row.expires_at.unwrap_or(row.issued_at);
        let access = match &row.sealed {
            // Where the contract has other tokens now, nobody would know it for one.
            Some(_) if !matches!(terms.access.shape, TokenShape::Jwt { .. }) => return Ok(None),
            Some(sealed) => self.open_text(family.id, row.generation, sealed)?,
            None => {
                let scopes = row.scopes.as_ref().unwrap_or(&family.scopes);
                let said = (scopes, (row.issued_at, expires_at));
                self.access_text((caller, terms), (family, details), row.generation, said).await?
            }
        };
        let kept = rows.iter().find(|row| row.part == TokenPart::Refresh);
        let refresh = match kept {
            Some(_) => self.refresh_text(terms, family.id, row.generation)?,
            None => None,
        };
        let lookup_of = |text: &Plain| self.token_lookup(text.expose().as_bytes()).bytes();
        // What is sealed under this row's name opens to nothing but its own text.
        let is_its = row.sealed.is_some() || lookup_of(&access) == row.lookup;
        let is_same = is_its && refresh.as_ref().map(lookup_of) == kept.map(|row| row.lookup);
        Ok(is_same.then_some(Texts { access, refresh, issued_at: row.issued_at, expires_at }))
    }

    async fn access_text(
        &self,
        (caller, terms): (&Caller<'_>, FamilyTerms<'_>),
        (family, details): (&TokenFamily, &TokenDetails),
        generation: Generation,
        (scopes, span): (&ScopeSet, (Timestamp, Timestamp)),
    ) -> Result<Plain, Error> {
        let TokenShape::Jwt { algorithm, claims: wanted } = &terms.access.shape else {
            let name = TokenName { family: family.id, generation, part: TokenPart::Access };
            return Ok(self.token_maker().text(name, &terms.access.shape)?);
        };
        let holder = holder_of(family.parent);
        let claims = Claims {
            issuer: caller.issuer,
            subject: details.subject.as_deref().unwrap_or(&holder),
            client: &family.parent.client().map_or_else(|| holder.clone(), |client| client.to_string()),
            scopes,
            details,
            id: &row_name(family.id, generation),
            span,
        };
        let text = claims.to_json(&listed_claims(wanted, details))?;
        self.sign_jwt(caller.api, (*algorithm, type_of(wanted)), &text).await
    }

    fn refresh_text(
        &self,
        terms: FamilyTerms<'_>,
        family: FamilyId,
        generation: Generation,
    ) -> Result<Option<Plain>, Error> {
        let Some(refresh) = terms.refresh else { return Ok(None) };
        let name = TokenName { family, generation, part: TokenPart::Refresh };
        Ok(Some(self.token_maker().text(name, &refresh.shape)?))
    }

    fn open_text(&self, family: FamilyId, generation: Generation, sealed: &[u8]) -> Result<Plain, Error> {
        let row = row_name(family, generation);
        let mut text = self.sealer().open(SealContext { place: "token.sealed", row: &row }, sealed)?;
        // Moved and not copied: what wipes the bytes from here on is the token.
        let text = String::from_utf8(mem::take(&mut *text)).map_err(|_| claviger_secrets::Error::Altered)?;
        Ok(Plain::new(text))
    }

    /// By what a token of any form is found: the name that its text says and proves, or else its keyed hash alone.
    pub(crate) fn token_lookup(&self, text: &[u8]) -> Lookup {
        let hash = self.vault().hash(Purpose::Token, text);
        match self.token_maker().name_of(text) {
            Some(name) => Lookup::from_bytes(name.lookup(&hash.bytes())),
            None => hash,
        }
    }

    /// The same of a text that was just made under this name.
    fn lookup_of(&self, (text, shape): (&Plain, &TokenShape), name: TokenName) -> [u8; 32] {
        let hash = self.vault().hash(Purpose::Token, text.expose().as_bytes()).bytes();
        // The others have no room for a name.
        if matches!(shape, TokenShape::Opaque { .. }) { name.lookup(&hash) } else { hash }
    }
}

impl<'o> FamilyOrder<'o> {
    fn terms_in_force(&self) -> FamilyTerms<'o> {
        let terms = FamilyTerms::from(self.terms);
        FamilyTerms { refresh: terms.refresh.filter(|_| self.refreshes), ..terms }
    }

    fn details_in_force(&self) -> Cow<'o, TokenDetails> {
        let environment = Some(self.environment);
        if self.details.environment == environment {
            return Cow::Borrowed(self.details);
        }
        Cow::Owned(TokenDetails { environment, ..self.details.clone() })
    }
}

/// The `typ` of a JWT: RFC 9068 names one for its own claims only.
pub(crate) const fn type_of(wanted: &[String]) -> JwtType {
    if wanted.is_empty() { JwtType::AccessToken } else { JwtType::Plain }
}

/// An exchanged token always says whose it is: nothing else tells it from one that its subject got for itself.
fn listed_claims<'w>(wanted: &'w [String], details: &TokenDetails) -> Cow<'w, [String]> {
    if wanted.is_empty() || details.exchanges == 0 {
        return Cow::Borrowed(wanted);
    }
    Cow::Owned([wanted, &["client_id".to_owned()]].concat())
}

/// Whether the texts of two families can be the same: nothing in them is this token's alone.
fn may_be_repeated(shape: &TokenShape) -> bool {
    matches!(shape, TokenShape::Jwt { claims, .. } if !claims.is_empty() && !claims.iter().any(|claim| claim == "jti"))
}

/// Whether an access token may have to be given again and could not be made again: its signature differs each time, or
/// its signing key or the issuer's name will have been replaced by then.
fn may_be_lost(terms: FamilyTerms<'_>) -> bool {
    let is_repeated = terms.refresh.is_some() || terms.reuse == Reuse::Session;
    is_repeated && matches!(terms.access.shape, TokenShape::Jwt { .. })
}

/// When the last token of a new family ends by itself: with its parent at the latest.
fn family_end(
    terms: FamilyTerms<'_>,
    parent_ends_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let access = terms.access.lifetime;
    let own = match terms.refresh {
        None => Some(access),
        Some(refresh) => refresh.lifetime.or_else(|| refresh.idle.map(|idle| idle.max(access))),
    };
    earlier(own.map(|lifetime| now.plus(lifetime)), parent_ends_at)
}

/// A family as it is after its next refresh: one that only disuse ends has all of its time before it again.
pub(crate) fn moved_on(
    family: TokenFamily,
    terms: FamilyTerms<'_>,
    parent_ends_at: Option<Timestamp>,
    now: Timestamp,
) -> TokenFamily {
    let is_endless = terms.refresh.is_some_and(|refresh| refresh.lifetime.is_none());
    let ends_at = if is_endless { family_end(terms, parent_ends_at, now) } else { family.ends_at };
    TokenFamily { ends_at, ..family }
}

fn refresh_end(
    terms: FamilyTerms<'_>,
    family_ends_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let idle = terms.refresh.and_then(|refresh| refresh.idle).map(|idle| now.plus(idle));
    earlier(idle, family_ends_at)
}
