//! What tokens are made of beside scopes and parent, and what they are called.

use claviger_domain::{Environment, FamilyId, Generation, Parent, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;

/// What the tokens of a family are made of beside scopes and parent; kept with the family as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct TokenDetails {
    /// The world they belong to; none of those that were sold before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) environment: Option<Environment>,
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
    /// The browser session they end with; none for those that act while their user is away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) session: Option<String>,
    /// How many exchanges (RFC 8693) lie behind them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) exchanges: u8,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(number: &u8) -> bool {
    *number == 0
}

fn is_empty(claims: &(Vec<String>, Vec<String>)) -> bool {
    claims.0.is_empty() && claims.1.is_empty()
}

/// The `jti` of a family's tokens.
pub(crate) fn row_name(family: FamilyId, generation: Generation) -> String {
    format!("{family}.{}", generation.as_i64())
}

/// What a token calls whom it stands for, where it has no other name for them.
pub(crate) fn holder_of(parent: Parent) -> String {
    match parent {
        Parent::Key { key, .. } => key.to_string(),
        Parent::Client(client) => client.to_string(),
        Parent::Grant { account, .. } | Parent::Account(account) => account.to_string(),
    }
}

/// Whether what ends then has not ended yet.
pub(crate) fn is_living(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|end| now < end)
}
