//! The few statements that one engine needs and the other does not have.

use crate::conn::{Conn, Link, bounded};
use crate::error::Error;
use claviger_domain::ChangeSeq;

/// Deferred, SQLite would take the lock at the first write and fail if someone else had it by then.
pub(crate) const BEGIN_SQLITE: &str = "BEGIN IMMEDIATE";

/// Said in full, because a server may have another default.
pub(crate) const BEGIN_POSTGRES: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// The channel on which PostgreSQL nodes tell each other of changes.
pub(crate) const CHANGE_CHANNEL: &str = "claviger_change";

/// SQLite has no notifications, and needs none: its nodes are one process, which announces after its own commits.
const NOTIFY: &str = "SELECT pg_notify($1, $2)";

/// SQLite's BEGIN IMMEDIATE keeps other migrations out by itself; PostgreSQL needs a lock of its own. The number is
/// arbitrary and must stay.
const LOCK_MIGRATIONS: &str = "SELECT pg_advisory_xact_lock(7164291873665)";

/// The texts that can only be prepared on PostgreSQL.
#[cfg(test)]
pub(crate) const POSTGRES_ONLY: &[(&str, &str)] = &[("NOTIFY", NOTIFY), ("LOCK_MIGRATIONS", LOCK_MIGRATIONS)];

/// Tells the other nodes of a change, once the transaction commits.
pub(crate) async fn notify(conn: &mut Conn, seq: ChangeSeq) -> Result<(), Error> {
    let deadline = conn.deadline();
    let result = match conn.link()? {
        Link::Sqlite(_) => return Ok(()),
        Link::Postgres(link) => {
            let seq = seq.as_i64().to_string();
            bounded(deadline, sqlx::query(NOTIFY).bind(CHANGE_CHANNEL).bind(seq).execute(link)).await
        }
    };
    result.map(drop).map_err(|error| conn.note(error))
}

/// Keeps other nodes from migrating until this transaction ends.
pub(crate) async fn lock_migrations(conn: &mut Conn) -> Result<(), Error> {
    let deadline = conn.deadline();
    match conn.link()? {
        Link::Sqlite(_) => Ok(()),
        Link::Postgres(link) => bounded(deadline, sqlx::query(LOCK_MIGRATIONS).execute(link)).await.map(drop),
    }
}
