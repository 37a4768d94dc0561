//! Authorization codes: bought with a consent, redeemed once, kept for a while so that a replay is known as one.

use claviger_domain::{AccountId, ClientId, FamilyId, GrantId, ScopeSet, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::key_rows::hash;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO authorization_code (lookup, client, client_grant, account, family, challenge, scopes, \
        details, created_at, expires_at, consumed_at) VALUES ($1, $2, $3, $4, NULL, $5, $6, $7, $8, $9, NULL)";
    FIND = "SELECT lookup, client, client_grant, account, family, challenge, scopes, details, created_at, \
        expires_at, consumed_at FROM authorization_code WHERE lookup = $1";
    CONSUME = "UPDATE authorization_code SET consumed_at = $2, family = $3 \
        WHERE lookup = $1 AND consumed_at IS NULL AND expires_at > $2";
    IS_SPENT = "SELECT 1 FROM authorization_code \
        WHERE client = $1 AND challenge = $2 AND consumed_at IS NOT NULL LIMIT 1";
    DELETE = "DELETE FROM authorization_code WHERE lookup IN \
        (SELECT lookup FROM authorization_code WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

/// An authorization code as it is kept: everything but its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCode {
    /// The keyed hash of its text.
    pub lookup: [u8; 32],
    /// Who may redeem it.
    pub client: ClientId,
    /// What it stands on.
    pub grant: GrantId,
    /// Who consented.
    pub account: AccountId,
    /// The family that it bought, once it did.
    pub family: Option<FamilyId>,
    /// The S256 challenge (RFC 7636).
    pub challenge: Option<String>,
    /// What its tokens may do.
    pub scopes: ScopeSet,
    /// What else its tokens are made of, as a JSON object.
    pub details: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub consumed_at: Option<Timestamp>,
}

row! {
    struct CodeRow {
        lookup: Vec<u8>,
        client: Uuid,
        client_grant: Uuid,
        account: Uuid,
        family: Option<Uuid>,
        challenge: Option<String>,
        scopes: String,
        details: String,
        created_at: i64,
        expires_at: i64,
        consumed_at: Option<i64>,
    }
}

impl TryFrom<CodeRow> for StoredCode {
    type Error = Error;

    fn try_from(row: CodeRow) -> Result<Self, Error> {
        let scopes = ScopeSet::parse_spaced(&row.scopes);
        Ok(Self {
            lookup: hash(&row.lookup, "authorization_code", "lookup")?,
            client: ClientId::from_uuid(row.client),
            grant: GrantId::from_uuid(row.client_grant),
            account: AccountId::from_uuid(row.account),
            family: row.family.map(FamilyId::from_uuid),
            challenge: row.challenge,
            scopes: scopes.map_err(|_| Error::corrupt("authorization_code", "scopes"))?,
            details: row.details,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            consumed_at: row.consumed_at.map(Timestamp::from_micros),
        })
    }
}

impl Conn {
    /// The code whose text has this keyed hash, redeemed and expired ones included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_code(&mut self, lookup: &[u8; 32]) -> Result<Option<StoredCode>, Error> {
        fetch_optional!(self, CodeRow, FIND, lookup.as_slice())?.map(StoredCode::try_from).transpose()
    }

    /// Whether a code of this client with this challenge was redeemed (RFC 9700 section 2.1.1: challenges are for one
    /// transaction). A code that was only made, or failed to be redeemed, does not count.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_challenge_spent(&mut self, client: ClientId, challenge: &str) -> Result<bool, Error> {
        Ok(fetch_optional!(self, (i32,), IS_SPENT, client.uuid(), challenge)?.is_some())
    }
}

impl Tx {
    /// Inserts a code that is not redeemed.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is there already, or what it stands on is gone; when the database fails.
    pub async fn insert_code(&mut self, code: &StoredCode) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            code.lookup.as_slice(),
            code.client.uuid(),
            code.grant.uuid(),
            code.account.uuid(),
            code.challenge.as_deref(),
            code.scopes.to_string(),
            code.details.as_str(),
            code.created_at.micros(),
            code.expires_at.micros(),
        )?;
        Ok(())
    }

    /// Redeems a code for a family. Answers whether it happened: of many that try, one is told so, and none after its
    /// end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume_code(
        &mut self,
        lookup: &[u8; 32],
        family: FamilyId,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, CONSUME, lookup.as_slice(), at.micros(), family.uuid())? == 1)
    }

    /// Deletes codes that ended before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_codes(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
