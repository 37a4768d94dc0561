//! New families of tokens, and the next generation of one: their texts and their rows, made without I/O but for the
//! signing key.

use claviger_domain::{FamilyId, Generation, Parent, ScopeSet, Timestamp, TokenFamily};
use claviger_secrets::Plain;
use claviger_store::{NewFamily, StoredToken};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::Engine;
use crate::error::Error;
use crate::exchange::{Caller, Terms};

/// What the tokens of a family are made of beside scopes and parent; kept with the family as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TokenDetails {
    /// `sub`, where it is not the parent's own id: a pairwise name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subject: Option<String>,
    /// The resources (RFC 8707); empty for the API itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) resources: Vec<String>,
    /// When the user last proved who they are, in Unix seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) auth_time: Option<i64>,
    /// How (RFC 8176).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) amr: Vec<String>,
    /// The authentication context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) acr: Option<String>,
    /// Claims that were asked for one by one: of ID tokens, and of userinfo.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub(crate) claims: (Vec<String>, Vec<String>),
    /// The thumbprint of the key that the tokens are bound to (RFC 9449 section 6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) jkt: Option<String>,
    /// Who acts for the subject (RFC 8693 section 4.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) act: Option<Value>,
}

impl TokenDetails {
    /// What a row says.
    pub(crate) fn parse(json: &str) -> Result<Self, Error> {
        Ok(serde_json::from_str(json)?)
    }
}

fn is_empty(claims: &(Vec<String>, Vec<String>)) -> bool {
    claims.0.is_empty() && claims.1.is_empty()
}

/// A family to be made.
pub(crate) struct FamilyOrder<'o> {
    pub(crate) caller: &'o Caller<'o>,
    pub(crate) terms: &'o Terms,
    pub(crate) parent: Parent,
    pub(crate) source: Option<FamilyId>,
    pub(crate) scopes: &'o ScopeSet,
    pub(crate) details: &'o TokenDetails,
    /// When the parent ends by itself.
    pub(crate) parent_ends_at: Option<Timestamp>,
    /// Whether a refresh token comes with it, where the terms have one.
    pub(crate) refreshes: bool,
}

/// The texts of a generation, and when its access token begins and ends.
#[derive(Debug)]
pub(crate) struct Texts {
    pub(crate) access: Plain,
    pub(crate) refresh: Option<Plain>,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

impl Engine {
    /// A new family in its first generation, to be inserted by the caller's own transaction.
    pub(crate) async fn make_family(&self, order: &FamilyOrder<'_>) -> Result<(NewFamily, Texts), Error> {
        let _ = (order.caller, order.terms, order.parent, order.source, order.scopes, order.details);
        let _ = (order.parent_ends_at, order.refreshes);
        Err(claviger_secrets::Error::Algorithm.into())
    }

    /// The texts and rows of one generation of a family, as they were made before or will be made next; `issued_at` is
    /// that generation's, `scopes` those of its access token.
    pub(crate) async fn make_generation(
        &self,
        (caller, terms): (&Caller<'_>, &Terms),
        (family, details): (&TokenFamily, &TokenDetails),
        (generation, issued_at): (Generation, Timestamp),
        scopes: &ScopeSet,
    ) -> Result<(Texts, Vec<StoredToken>), Error> {
        let _ = (caller, terms, family, details, generation, issued_at, scopes);
        Err(claviger_secrets::Error::Algorithm.into())
    }

    /// The texts of a generation that was made before, from its rows. None when they cannot be made any more, because
    /// contract or master key have changed since.
    pub(crate) async fn repeat_generation(
        &self,
        (caller, terms): (&Caller<'_>, &Terms),
        (family, details): (&TokenFamily, &TokenDetails),
        rows: &[StoredToken],
    ) -> Result<Option<Texts>, Error> {
        let _ = (caller, terms, family, details, rows);
        Ok(None)
    }
}
