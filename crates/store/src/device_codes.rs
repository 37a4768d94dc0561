//! Codes of devices (RFC 8628): asked with, typed elsewhere, decided, redeemed once.

use std::time::Duration;

use claviger_domain::{AccountId, ClientId, GrantId, ScopeSet, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::key_rows::hash;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "lookup, user_code, client, scopes, details, patience, asked_at, account, client_grant, decided_at, \
         created_at, expires_at, consumed_at"
    };
}

statements! {
    INSERT = "INSERT INTO device_code (lookup, user_code, client, scopes, details, patience, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    FIND = concat!("SELECT ", columns!(), " FROM device_code WHERE lookup = $1");
    FIND_BY_USER_CODE = concat!("SELECT ", columns!(), " FROM device_code WHERE user_code = $1");
    ASK = "UPDATE device_code SET asked_at = $2 WHERE lookup = $1 AND consumed_at IS NULL \
        AND (asked_at IS NULL OR asked_at + patience <= $2)";
    SLOW_DOWN = "UPDATE device_code SET asked_at = $2, patience = patience + $3 \
        WHERE lookup = $1 AND consumed_at IS NULL";
    DECIDE = "UPDATE device_code SET account = $2, client_grant = $3, details = $4, decided_at = $5 \
        WHERE lookup = $1 AND decided_at IS NULL AND expires_at > $5";
    CONSUME = "UPDATE device_code SET consumed_at = $2 WHERE lookup = $1 AND consumed_at IS NULL \
        AND decided_at IS NOT NULL AND expires_at > $2";
    DELETE = "DELETE FROM device_code WHERE lookup IN \
        (SELECT lookup FROM device_code WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

/// A device's code as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDevice {
    /// The keyed hash of what the device asks with.
    pub lookup: [u8; 32],
    /// The keyed hash of what a person types.
    pub user_code: [u8; 32],
    /// Whose device.
    pub client: ClientId,
    /// What its tokens may do.
    pub scopes: ScopeSet,
    /// What else its tokens are made of, as a JSON object.
    pub details: String,
    /// How long the device must wait between two questions.
    pub patience: Duration,
    /// When it last asked.
    pub asked_at: Option<Timestamp>,
    /// Who allowed it, and what that stands on; none while nobody has, or when they refused.
    pub allowed: Option<(AccountId, GrantId)>,
    /// When somebody allowed or refused it.
    pub decided_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub consumed_at: Option<Timestamp>,
}

row! {
    struct DeviceRow {
        lookup: Vec<u8>,
        user_code: Vec<u8>,
        client: Uuid,
        scopes: String,
        details: String,
        patience: i64,
        asked_at: Option<i64>,
        account: Option<Uuid>,
        client_grant: Option<Uuid>,
        decided_at: Option<i64>,
        created_at: i64,
        expires_at: i64,
        consumed_at: Option<i64>,
    }
}

impl TryFrom<DeviceRow> for StoredDevice {
    type Error = Error;

    fn try_from(row: DeviceRow) -> Result<Self, Error> {
        let scopes = ScopeSet::parse_spaced(&row.scopes);
        let patience = u64::try_from(row.patience).map_err(|_| Error::corrupt("device_code", "patience"))?;
        let allowed = row.account.zip(row.client_grant);
        Ok(Self {
            lookup: hash(&row.lookup, "device_code", "lookup")?,
            user_code: hash(&row.user_code, "device_code", "user_code")?,
            client: ClientId::from_uuid(row.client),
            scopes: scopes.map_err(|_| Error::corrupt("device_code", "scopes"))?,
            details: row.details,
            patience: Duration::from_micros(patience),
            asked_at: row.asked_at.map(Timestamp::from_micros),
            allowed: allowed
                .map(|(account, grant)| (AccountId::from_uuid(account), GrantId::from_uuid(grant))),
            decided_at: row.decided_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            consumed_at: row.consumed_at.map(Timestamp::from_micros),
        })
    }
}

impl Conn {
    /// The device whose code has this keyed hash, decided, redeemed and expired ones included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_device_code(&mut self, lookup: &[u8; 32]) -> Result<Option<StoredDevice>, Error> {
        fetch_optional!(self, DeviceRow, FIND, lookup.as_slice())?.map(StoredDevice::try_from).transpose()
    }

    /// The device whose typed code has this keyed hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_device_by_user_code(
        &mut self,
        user_code: &[u8; 32],
    ) -> Result<Option<StoredDevice>, Error> {
        fetch_optional!(self, DeviceRow, FIND_BY_USER_CODE, user_code.as_slice())?
            .map(StoredDevice::try_from)
            .transpose()
    }
}

impl Tx {
    /// Inserts a device's code that nobody has decided.
    ///
    /// # Errors
    /// [`Error::Conflict`] with `device_code_user_code_key` when another has the typed code, or when the client is
    /// gone; when the database fails.
    pub async fn insert_device_code(&mut self, device: &StoredDevice) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            device.lookup.as_slice(),
            device.user_code.as_slice(),
            device.client.uuid(),
            device.scopes.to_string(),
            device.details.as_str(),
            micros(device.patience),
            device.created_at.micros(),
            device.expires_at.micros(),
        )?;
        Ok(())
    }

    /// Notes that a device asked. Answers whether it waited long enough; if not, it must wait `penalty` longer from
    /// now on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_device_question(
        &mut self,
        lookup: &[u8; 32],
        penalty: Duration,
        at: Timestamp,
    ) -> Result<bool, Error> {
        if execute!(self, ASK, lookup.as_slice(), at.micros())? == 1 {
            return Ok(true);
        }
        execute!(self, SLOW_DOWN, lookup.as_slice(), at.micros(), micros(penalty))?;
        Ok(false)
    }

    /// Notes what somebody decided: who allowed it by which grant, or none for a refusal. Answers whether it happened:
    /// of many that try, one is told so, and none after its end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide_device(
        &mut self,
        lookup: &[u8; 32],
        allowed: Option<(AccountId, GrantId)>,
        details: &str,
        at: Timestamp,
    ) -> Result<bool, Error> {
        let (account, grant) = allowed.unzip();
        let rows = execute!(
            self,
            DECIDE,
            lookup.as_slice(),
            account.map(AccountId::uuid),
            grant.map(GrantId::uuid),
            details,
            at.micros(),
        )?;
        Ok(rows == 1)
    }

    /// Redeems a decided code. Answers whether it happened: of many that try, one is told so, and none after its end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn consume_device_code(&mut self, lookup: &[u8; 32], at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, CONSUME, lookup.as_slice(), at.micros())? == 1)
    }

    /// Deletes codes that ended before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_device_codes(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
