//! Operator tokens.

use claviger_domain::{OperatorScopes, OperatorToken, OperatorTokenId, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::key_rows::hash;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, name, scopes, expires_at, revoked_at, created_at, created_by"
    };
}

statements! {
    INSERT = concat!("INSERT INTO operator_token (", columns!(), ", lookup) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    FIND = concat!("SELECT ", columns!(), " FROM operator_token WHERE id = $1");
    FIND_BY_LOOKUP = concat!("SELECT ", columns!(), " FROM operator_token WHERE lookup = $1");
    LIST = concat!("SELECT ", columns!(), " FROM operator_token ORDER BY id DESC");
    REVOKE = "UPDATE operator_token SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING lookup";
}

row! {
    struct TokenRow {
        id: Uuid,
        name: String,
        scopes: String,
        expires_at: Option<i64>,
        revoked_at: Option<i64>,
        created_at: i64,
        created_by: String,
    }
}

impl TryFrom<TokenRow> for OperatorToken {
    type Error = Error;

    fn try_from(row: TokenRow) -> Result<Self, Error> {
        Ok(Self {
            id: OperatorTokenId::from_uuid(row.id),
            name: row.name.parse().map_err(|_| Error::corrupt("operator_token", "name"))?,
            scopes: OperatorScopes::parse_spaced(&row.scopes)
                .map_err(|_| Error::corrupt("operator_token", "scopes"))?,
            expires_at: row.expires_at.map(Timestamp::from_micros),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            created_by: row.created_by,
        })
    }
}

impl Conn {
    /// The token with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_operator_token(&mut self, id: OperatorTokenId) -> Result<Option<OperatorToken>, Error> {
        fetch_optional!(self, TokenRow, FIND, id.uuid())?.map(OperatorToken::try_from).transpose()
    }

    /// The token whose text has this keyed hash, revoked and expired ones included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_operator_token_by_lookup(
        &mut self,
        lookup: &[u8; 32],
    ) -> Result<Option<OperatorToken>, Error> {
        fetch_optional!(self, TokenRow, FIND_BY_LOOKUP, lookup.as_slice())?
            .map(OperatorToken::try_from)
            .transpose()
    }

    /// Every token, newest first. An installation has a few.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_operator_tokens(&mut self) -> Result<Vec<OperatorToken>, Error> {
        fetch_all!(self, TokenRow, LIST)?.into_iter().map(OperatorToken::try_from).collect()
    }
}

impl Tx {
    /// Inserts a token under the keyed hash of its text.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id or the hash is taken; when the database fails.
    pub async fn insert_operator_token(
        &mut self,
        token: &OperatorToken,
        lookup: &[u8; 32],
    ) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            token.id.uuid(),
            token.name.as_str(),
            token.scopes.to_string(),
            token.expires_at.map(Timestamp::micros),
            token.revoked_at.map(Timestamp::micros),
            token.created_at.micros(),
            token.created_by.as_str(),
            lookup.as_slice(),
        )?;
        Ok(())
    }

    /// Ends a token for good. Answers its keyed hash, for the change, or `None` when there was nothing to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_operator_token(
        &mut self,
        id: OperatorTokenId,
        at: Timestamp,
    ) -> Result<Option<[u8; 32]>, Error> {
        fetch_optional!(self, (Vec<u8>,), REVOKE, id.uuid(), at.micros())?
            .map(|(lookup,)| hash(&lookup, "operator_token", "lookup"))
            .transpose()
    }
}
