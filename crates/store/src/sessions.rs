//! Browser sessions.

use std::net::IpAddr;
use std::time::Duration;

use claviger_domain::{AccountId, Method, Methods, Origin, Session, SessionId, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, account, created_at, authenticated_at, methods, awaits_second_factor, last_seen_at, expires_at, \
         idle_limit, address, agent, ended_at"
    };
}

statements! {
    INSERT = concat!("INSERT INTO session (", columns!(), ", lookup) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)");
    FIND_BY_LOOKUP = concat!("SELECT ", columns!(), " FROM session WHERE lookup = $1");
    LIST = concat!("SELECT ", columns!(), " FROM session WHERE account = $1 AND ended_at IS NULL \
        AND expires_at > $2 AND last_seen_at + idle_limit > $2 ORDER BY id DESC LIMIT $3");
    // Where only half of a sign-in was seen may be where somebody guesses the other half.
    KNOWS_ADDRESS = "SELECT id FROM session WHERE account = $1 AND address = $2 \
        AND awaits_second_factor = 0 LIMIT 1";
    PROVE = "UPDATE session SET awaits_second_factor = 0, methods = $2, authenticated_at = $3 \
        WHERE id = $1 AND awaits_second_factor = 1 AND ended_at IS NULL";
    CONFIRM = "UPDATE session SET authenticated_at = $2 \
        WHERE id = $1 AND awaits_second_factor = 0 AND authenticated_at < $2 AND ended_at IS NULL";
    TOUCH = "UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2 AND ended_at IS NULL";
    END = "UPDATE session SET ended_at = $3 WHERE id = $1 AND account = $2 AND ended_at IS NULL";
    END_ALL_BUT = "UPDATE session SET ended_at = $3 WHERE account = $1 AND id <> $2 AND ended_at IS NULL";
    END_ALL = "UPDATE session SET ended_at = $2 WHERE account = $1 AND ended_at IS NULL";
    DELETE = "DELETE FROM session WHERE id IN \
        (SELECT id FROM session WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

row! {
    struct SessionRow {
        id: Uuid,
        account: Uuid,
        created_at: i64,
        authenticated_at: i64,
        methods: String,
        awaits_second_factor: i64,
        last_seen_at: i64,
        expires_at: i64,
        idle_limit: i64,
        address: Option<String>,
        agent: Option<String>,
        ended_at: Option<i64>,
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = Error;

    fn try_from(row: SessionRow) -> Result<Self, Error> {
        let idle = u64::try_from(row.idle_limit).map_err(|_| Error::corrupt("session", "idle_limit"))?;
        let address = row.address.map(|text| text.parse()).transpose();
        Ok(Self {
            id: SessionId::from_uuid(row.id),
            account: AccountId::from_uuid(row.account),
            created_at: Timestamp::from_micros(row.created_at),
            authenticated_at: Timestamp::from_micros(row.authenticated_at),
            methods: row
                .methods
                .split(' ')
                .filter_map(|word| Method::ALL.into_iter().find(|method| method.as_str() == word))
                .collect(),
            awaits_second_factor: row.awaits_second_factor != 0,
            last_seen_at: Timestamp::from_micros(row.last_seen_at),
            expires_at: Timestamp::from_micros(row.expires_at),
            idle_limit: Duration::from_micros(idle),
            origin: Origin {
                address: address.map_err(|_| Error::corrupt("session", "address"))?,
                agent: row.agent,
            },
            ended_at: row.ended_at.map(Timestamp::from_micros),
        })
    }
}

/// The values of `amr`, space-separated.
fn words(methods: Methods) -> String {
    methods.iter().map(Method::as_str).collect::<Vec<_>>().join(" ")
}

impl Conn {
    /// The session whose cookie has this keyed hash, ended ones included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_session_by_lookup(&mut self, lookup: &[u8; 32]) -> Result<Option<Session>, Error> {
        fetch_optional!(self, SessionRow, FIND_BY_LOOKUP, lookup.as_slice())?
            .map(Session::try_from)
            .transpose()
    }

    /// An account's sessions that are alive at `now`, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_sessions(
        &mut self,
        account: AccountId,
        now: Timestamp,
        limit: u16,
    ) -> Result<Vec<Session>, Error> {
        fetch_all!(self, SessionRow, LIST, account.uuid(), now.micros(), i64::from(limit))?
            .into_iter()
            .map(Session::try_from)
            .collect()
    }

    /// Whether the account has fully signed in from this address, as far back as sessions are kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows_address(&mut self, account: AccountId, address: IpAddr) -> Result<bool, Error> {
        let row = fetch_optional!(self, (Uuid,), KNOWS_ADDRESS, account.uuid(), address.to_string())?;
        Ok(row.is_some())
    }
}

impl Tx {
    /// Inserts a session under the keyed hash of its cookie.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id or the hash is taken, or the account does not exist; when the database fails.
    pub async fn insert_session(&mut self, session: &Session, lookup: &[u8; 32]) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            session.id.uuid(),
            session.account.uuid(),
            session.created_at.micros(),
            session.authenticated_at.micros(),
            words(session.methods),
            i64::from(session.awaits_second_factor),
            session.last_seen_at.micros(),
            session.expires_at.micros(),
            i64::try_from(session.idle_limit.as_micros()).unwrap_or(i64::MAX),
            session.origin.address.map(|address| address.to_string()),
            session.origin.agent.as_deref(),
            session.ended_at.map(Timestamp::micros),
            lookup.as_slice(),
        )?;
        Ok(())
    }

    /// Notes that a session was used. Answers whether that was news; an ended session stays as it is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_session(&mut self, id: SessionId, at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, TOUCH, id.uuid(), at.micros())? == 1)
    }

    /// Ends a session of this account. Answers whether there was one to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(
        &mut self,
        id: SessionId,
        account: AccountId,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, END, id.uuid(), account.uuid(), at.micros())? == 1)
    }

    /// Ends every session of an account but one. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions_but(
        &mut self,
        account: AccountId,
        kept: SessionId,
        at: Timestamp,
    ) -> Result<u64, Error> {
        execute!(self, END_ALL_BUT, account.uuid(), kept.uuid(), at.micros())
    }

    /// Ends every session of an account. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions_of_account(&mut self, account: AccountId, at: Timestamp) -> Result<u64, Error> {
        execute!(self, END_ALL, account.uuid(), at.micros())
    }

    /// Notes that the second factor of a session was shown, and by which methods its owner is known now. Answers
    /// whether the session awaited one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prove_session(
        &mut self,
        id: SessionId,
        methods: Methods,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, PROVE, id.uuid(), words(methods), at.micros())? == 1)
    }

    /// Notes that the owner of a session proved once more who they are. Answers whether that was news: an ended session,
    /// and one that awaits its second factor, stay as they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn confirm_session(&mut self, id: SessionId, at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, CONFIRM, id.uuid(), at.micros())? == 1)
    }

    /// Deletes sessions whose date was before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_sessions(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
