//! Tokens of users' grants as a refresh reads them: with whether grant and user still stand, and nothing of the client, which
//! has just proved itself.

use claviger_domain::{Timestamp, TokenFamily, TokenName};

use crate::columns::row;
use crate::conn::{Conn, fetch_optional};
use crate::error::Error;
use crate::kept_tokens::{find_named, with_scopes};
use crate::statements::statements;
use crate::token_rows::{FamilyRow, StoredToken, TokenRow, family_columns, token_columns};

macro_rules! standing {
    () => {
        "g.revoked_at AS g_revoked_at, a.disabled_at AS a_disabled_at"
    };
}

macro_rules! join_standing {
    () => {
        "JOIN client_grant g ON g.id = f.client_grant JOIN account a ON a.id = f.account "
    };
}

statements! {
    FIND_FAMILY = concat!("SELECT ", family_columns!(), ", ", standing!(), " FROM token_family f ", join_standing!(),
        "WHERE f.id = $1");
    FIND = concat!("SELECT ", token_columns!(), ", ", family_columns!(), ", ", standing!(), " FROM token t \
        JOIN token_family f ON f.id = t.family ", join_standing!(), "WHERE t.lookup = $1");
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
    /// When the grant was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Since when the user can neither sign in nor act.
    pub user_disabled_at: Option<Timestamp>,
}

row! {
    struct OfGrantRow {
        #[sqlx(flatten)]
        family: FamilyRow,
        g_revoked_at: Option<i64>,
        a_disabled_at: Option<i64>,
    }
}

row! {
    struct TokenOfGrantRow {
        #[sqlx(flatten)]
        token: TokenRow,
        #[sqlx(flatten)]
        of: OfGrantRow,
    }
}

impl OfGrantRow {
    fn into_record(
        self,
        token_among: impl FnOnce(&TokenFamily, &[StoredToken]) -> Result<Option<StoredToken>, Error>,
    ) -> Result<Option<GrantTokenRecord>, Error> {
        let (family, details, unspent) = self.family.with_all()?;
        let Some(token) = token_among(&family, &unspent)? else { return Ok(None) };
        let revoked_at = self.g_revoked_at.map(Timestamp::from_micros);
        let user_disabled_at = self.a_disabled_at.map(Timestamp::from_micros);
        Ok(Some(GrantTokenRecord { token, family, details, unspent, revoked_at, user_disabled_at }))
    }
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
            && let Some(row) = fetch_optional!(self, OfGrantRow, FIND_FAMILY, name.family.uuid())?
        {
            return row.into_record(|family, unspent| {
                Ok(find_named((name, lookup), (family.spent, family.created_at), unspent))
            });
        }
        let row = fetch_optional!(self, TokenOfGrantRow, FIND, lookup.as_slice())?;
        let Some(TokenOfGrantRow { token, of }) = row else { return Ok(None) };
        of.into_record(|_, unspent| with_scopes(token, unspent).map(Some))
    }
}
