//! Tokens of grants: refresh tokens found with everything that decides whether they still buy, and the families of
//! access tokens.

use claviger_domain::{Timestamp, TokenFamily};

use crate::conn::{Conn, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::token_rows::{FamilyRow, StoredToken, TokenRow, family_columns, token_columns};

statements! {
    FIND = concat!("SELECT ", token_columns!(), ", ", family_columns!(), ", f.details AS r_details, \
        g.revoked_at AS r_revoked_at, a.disabled_at AS r_disabled_at \
        FROM token t \
        JOIN token_family f ON f.id = t.family \
        JOIN client_grant g ON g.id = f.client_grant \
        JOIN account a ON a.id = f.account \
        WHERE t.lookup = $1 AND t.part = 'refresh'");
    FIND_FAMILY = concat!("SELECT ", family_columns!(), ", f.details AS r_details FROM token t \
        JOIN token_family f ON f.id = t.family WHERE t.lookup = $1 AND t.part = 'access'");
}

/// A refresh token of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshRecord {
    /// The token.
    pub token: StoredToken,
    /// Its family.
    pub family: TokenFamily,
    /// What else the family's tokens are made of, as a JSON object.
    pub details: String,
    /// When the grant was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Since when the user is disabled.
    pub disabled_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct RefreshRow {
    #[sqlx(flatten)]
    token: TokenRow,
    #[sqlx(flatten)]
    family: FamilyRow,
    r_details: String,
    r_revoked_at: Option<i64>,
    r_disabled_at: Option<i64>,
}

#[derive(sqlx::FromRow)]
struct FamilyWithDetails {
    #[sqlx(flatten)]
    family: FamilyRow,
    r_details: String,
}

impl Conn {
    /// The family of the access token with this keyed hash, and what else its tokens are made of, as a JSON object.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_family_of_token(
        &mut self,
        lookup: &[u8; 32],
    ) -> Result<Option<(TokenFamily, String)>, Error> {
        let row = fetch_optional!(self, FamilyWithDetails, FIND_FAMILY, lookup.as_slice())?;
        row.map(|row| Ok((row.family.try_into()?, row.r_details))).transpose()
    }

    /// The refresh token of a grant with this keyed hash. Those of keys are not found.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_refresh_token(&mut self, lookup: &[u8; 32]) -> Result<Option<RefreshRecord>, Error> {
        let Some(row) = fetch_optional!(self, RefreshRow, FIND, lookup.as_slice())? else { return Ok(None) };
        Ok(Some(RefreshRecord {
            token: row.token.try_into()?,
            family: row.family.try_into()?,
            details: row.r_details,
            revoked_at: row.r_revoked_at.map(Timestamp::from_micros),
            disabled_at: row.r_disabled_at.map(Timestamp::from_micros),
        }))
    }
}
