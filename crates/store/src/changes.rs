//! The feed of changes. Numbers have no gaps and are committed in order, on both engines.

use claviger_domain::{
    AccountId, ApiId, Change, ChangeKind, ChangeSeq, ClientId, FamilyId, GrantId, KeyId, OperatorTokenId,
    Timestamp, WorkspaceId,
};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_one};
use crate::error::Error;
use crate::key_rows::hash;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    // Locks the row until the transaction ends: whoever has the next number commits later.
    NEXT = "UPDATE change_counter SET seq = seq + 1 WHERE id = 1 RETURNING seq";
    SET = "UPDATE change_counter SET seq = $1 WHERE id = 1";
    INSERT = "INSERT INTO change (seq, kind, subject, lookups, created_at) VALUES ($1, $2, $3, $4, $5)";
    LIST_AFTER = "SELECT seq, kind, subject, lookups FROM change WHERE seq > $1 ORDER BY seq LIMIT $2";
    // The first are the oldest, but for those of a node whose clock was ahead: some more are looked at, so that such do not
    // hold up those behind them.
    DELETE = "DELETE FROM change WHERE seq IN (SELECT seq FROM \
        (SELECT seq, created_at FROM change ORDER BY seq LIMIT $2 * 2) AS first WHERE created_at < $1 ORDER BY seq LIMIT $2)";
}

/// The number of the newest change.
pub(crate) const LATEST: &str = "SELECT seq FROM change_counter WHERE id = 1";

row! {
    struct ChangeRow {
        seq: i64,
        kind: String,
        subject: Uuid,
        lookups: Vec<u8>,
    }
}

impl TryFrom<ChangeRow> for Change {
    type Error = Error;

    fn try_from(row: ChangeRow) -> Result<Self, Error> {
        let lookups = || {
            let (hashes, rest) = row.lookups.as_chunks::<32>();
            if rest.is_empty() { Ok(hashes.to_vec()) } else { Err(Error::corrupt("change", "lookups")) }
        };
        let kind = match row.kind.as_str() {
            "key" => ChangeKind::Key { key: KeyId::from_uuid(row.subject), lookups: lookups()? },
            "token" => ChangeKind::Token { family: FamilyId::from_uuid(row.subject), lookups: lookups()? },
            "workspace" => ChangeKind::Workspace(WorkspaceId::from_uuid(row.subject)),
            "operator_token" => ChangeKind::OperatorToken {
                token: OperatorTokenId::from_uuid(row.subject),
                lookup: hash(&row.lookups, "change", "lookups")?,
            },
            "api" => ChangeKind::Api(ApiId::from_uuid(row.subject)),
            "client" => ChangeKind::Client(ClientId::from_uuid(row.subject)),
            "account" => ChangeKind::Account(AccountId::from_uuid(row.subject)),
            "grant" => ChangeKind::Grant(GrantId::from_uuid(row.subject)),
            "test_clock" => ChangeKind::TestClock(WorkspaceId::from_uuid(row.subject)),
            "sandbox" => ChangeKind::Sandbox(ApiId::from_uuid(row.subject)),
            "signing_keys" => ChangeKind::SigningKeys(ApiId::from_uuid(row.subject)),
            _ => return Err(Error::corrupt("change", "kind")),
        };
        Ok(Self { seq: ChangeSeq::from_i64(row.seq), kind })
    }
}

impl Conn {
    /// The number of the newest committed change; 0 when there was none yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_change(&mut self) -> Result<ChangeSeq, Error> {
        let (seq,) = fetch_one!(self, (i64,), LATEST)?;
        Ok(ChangeSeq::from_i64(seq))
    }

    /// The changes after a position, oldest first, at most `limit`. When the first of them is not the very next,
    /// those between were deleted: the reader has been away too long and must forget all it has cached.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_changes_after(&mut self, seq: ChangeSeq, limit: u32) -> Result<Vec<Change>, Error> {
        let rows = fetch_all!(self, ChangeRow, LIST_AFTER, seq.as_i64(), i64::from(limit))?;
        rows.into_iter().map(Change::try_from).collect()
    }
}

impl Tx {
    /// Appends a change, whose number others learn when the transaction commits. Do it last: from here on, every
    /// other transaction that changes something waits for this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn append_change(&mut self, kind: &ChangeKind, at: Timestamp) -> Result<ChangeSeq, Error> {
        let (word, subject, lookups) = match kind {
            ChangeKind::Key { key, lookups } => ("key", key.uuid(), lookups.as_flattened()),
            ChangeKind::Token { family, lookups } => ("token", family.uuid(), lookups.as_flattened()),
            ChangeKind::Workspace(id) => ("workspace", id.uuid(), [].as_slice()),
            ChangeKind::OperatorToken { token, lookup } => {
                ("operator_token", token.uuid(), lookup.as_slice())
            }
            ChangeKind::Api(id) => ("api", id.uuid(), [].as_slice()),
            ChangeKind::Client(id) => ("client", id.uuid(), [].as_slice()),
            ChangeKind::Account(id) => ("account", id.uuid(), [].as_slice()),
            ChangeKind::Grant(id) => ("grant", id.uuid(), [].as_slice()),
            ChangeKind::SigningKeys(id) => ("signing_keys", id.uuid(), [].as_slice()),
            ChangeKind::TestClock(id) => ("test_clock", id.uuid(), [].as_slice()),
            ChangeKind::Sandbox(id) => ("sandbox", id.uuid(), [].as_slice()),
        };
        let seq = match self.newest_change() {
            // The row is locked already, and written once more before the commit: RETURNING has SQLite copy its page.
            Some(newest) => newest.next(),
            None => ChangeSeq::from_i64(fetch_one!(self, (i64,), NEXT)?.0),
        };
        execute!(self, INSERT, seq.as_i64(), word, subject, lookups, at.micros())?;
        self.note_change(seq);
        Ok(seq)
    }

    /// The number of the newest change, this transaction's own among them; 0 when there was none yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn latest_change(&mut self) -> Result<ChangeSeq, Error> {
        match self.newest_change() {
            Some(newest) => Ok(newest),
            None => Conn::latest_change(self).await,
        }
    }

    /// Writes the number of the newest change where the next transaction will look for it. The last before a commit.
    pub(crate) async fn settle_changes(&mut self) -> Result<(), Error> {
        if let Some(newest) = self.unwritten_change() {
            // What one of several that share the transaction failed at was its own, and is taken back.
            self.enter();
            execute!(self, SET, newest.as_i64())?;
        }
        Ok(())
    }

    /// Deletes changes older than `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_changes(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
