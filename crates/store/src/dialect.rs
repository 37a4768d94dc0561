//! The few statements that one engine needs and the other does not have.

/// Deferred, SQLite would take the lock at the first write and fail if someone else had it by then.
pub(crate) const BEGIN_SQLITE: &str = "BEGIN IMMEDIATE";

/// Said in full, because a server may have another default.
pub(crate) const BEGIN_POSTGRES: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// The channel on which PostgreSQL nodes tell each other of changes.
pub(crate) const CHANGE_CHANNEL: &str = "claviger_change";

/// SQLite has no notifications, and needs none: its nodes are one process, which announces after its own commits.
pub(crate) const NOTIFY: &str = "SELECT pg_notify($1, $2)";

/// SQLite's BEGIN IMMEDIATE keeps other migrations out by itself; PostgreSQL needs a lock of its own. The number is
/// arbitrary and must stay.
pub(crate) const LOCK_MIGRATIONS: &str = "SELECT pg_advisory_xact_lock(7164291873665)";

/// The texts that can only be prepared on PostgreSQL.
#[cfg(test)]
pub(crate) const POSTGRES_ONLY: &[(&str, &str)] = &[("NOTIFY", NOTIFY), ("LOCK_MIGRATIONS", LOCK_MIGRATIONS)];
