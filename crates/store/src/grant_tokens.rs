//! Tokens of users' grants as a refresh reads them: with nothing of the client, which has just proved itself, nor of the
//! grant, whose end ends its families. Whether the user may still act is asked by the step to the next generation.

use claviger_domain::{FamilyId, TokenFamily, TokenName};

use crate::columns::row;
use crate::conn::{Conn, fetch_optional};
use crate::error::Error;
use crate::kept_tokens::{find_named, with_scopes};
use crate::statements::statements;
use crate::token_rows::{FamilyRow, StoredToken, TokenRow, family_columns, token_columns};

/// Whether the account that a family stands on, if any, may act.
macro_rules! acts {
    () => {
        "NOT EXISTS (SELECT 1 FROM account a WHERE a.id = token_family.account AND a.disabled_at IS NOT NULL)"
    };
}

pub(crate) use acts;

statements! {
    FIND_FAMILY = concat!("SELECT ", family_columns!(), " FROM token_family f \
        WHERE f.id = $1 AND f.client_grant IS NOT NULL");
    FIND = concat!("SELECT ", token_columns!(), ", ", family_columns!(), " FROM token t \
        JOIN token_family f ON f.id = t.family WHERE t.lookup = $1 AND f.client_grant IS NOT NULL");
    ACTS = concat!("SELECT newest FROM token_family WHERE id = $1 AND ", acts!());
}

/// A token of a grant with its family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantTokenRecord {
    /// The token.
    pub token: StoredToken,
    /// Its family.
    pub family: TokenFamily,
    /// What else the family's tokens are made of, as a JSON object.
    pub details: String,
    /// The family's tokens that are not spent, without sealed texts.
    pub unspent: Vec<StoredToken>,
}

row! {
    struct TokenOfGrantRow {
        #[sqlx(flatten)]
        token: TokenRow,
        #[sqlx(flatten)]
        family: FamilyRow,
    }
}

fn record(
    row: FamilyRow,
    token_among: impl FnOnce(&TokenFamily, &[StoredToken]) -> Result<Option<StoredToken>, Error>,
) -> Result<Option<GrantTokenRecord>, Error> {
    let (family, details, unspent) = row.with_all()?;
    let token = token_among(&family, &unspent)?;
    Ok(token.map(|token| GrantTokenRecord { token, family, details, unspent }))
}

impl Conn {
    /// The token of a grant with this lookup. One that stands on anything else is not found.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_token_of_grant(
        &mut self,
        lookup: &[u8; 32],
    ) -> Result<Option<GrantTokenRecord>, Error> {
        if let Some(name) = TokenName::of_lookup(lookup)
            && let Some(row) = fetch_optional!(self, FamilyRow, FIND_FAMILY, name.family.uuid())?
        {
            return record(row, |family, unspent| {
                Ok(find_named((name, lookup), (family.spent, family.created_at), unspent))
            });
        }
        let row = fetch_optional!(self, TokenOfGrantRow, FIND, lookup.as_slice())?;
        let Some(TokenOfGrantRow { token, family }) = row else { return Ok(None) };
        record(family, |_, unspent| with_scopes(token, unspent).map(Some))
    }

    /// Whether there is such a family and the account that it stands on, if any, may act.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn may_family_act(&mut self, id: FamilyId) -> Result<bool, Error> {
        Ok(fetch_optional!(self, (i64,), ACTS, id.uuid())?.is_some())
    }
}
