//! Bringing a database to this program's schema: forward only, safe from two nodes at once.

use crate::conn::{Conn, Link, bounded, execute, fetch_all, on};
use crate::dialect;
use crate::error::Error;
use crate::statements::statements;

/// One step. Its two texts make the same tables; neither ever changes once it was released.
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) name: &'static str,
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

macro_rules! migrations {
    ($($version:literal $name:literal;)*) => {
        /// Every step, in order.
        pub(crate) const MIGRATIONS: &[Migration] = &[$(Migration {
            version: $version,
            name: $name,
            sqlite: include_str!(concat!("../migrations/", $name, ".sqlite.sql")),
            postgres: include_str!(concat!("../migrations/", $name, ".postgres.sql")),
        }),*];
    };
}

migrations! {
    1 "0001_init";
    2 "0002_coordination";
    3 "0003_accounts";
    4 "0004_tokens";
    5 "0005_oauth";
    6 "0006_client_logo";
    7 "0007_usage";
    8 "0008_members";
    9 "0009_audit";
    10 "0010_webhooks";
    11 "0011_credits";
    12 "0012_findings";
    13 "0013_access_requests";
    14 "0014_reminders";
    15 "0015_sandbox";
    16 "0016_told";
    17 "0017_node_about";
    20 "0020_credit_use";
    21 "0021_flushes_and_origins";
    22 "0022_looks";
    23 "0023_sign_ins_and_pictures";
    24 "0024_usage_origin";
    25 "0025_tokens_in_families";
    26 "0026_families_in_order";
}

impl Migration {
    /// Guards against an edited file, not against an adversary: CRC-32 is enough.
    pub(crate) fn checksum(text: &str) -> i64 {
        crc32fast::hash(text.as_bytes()).into()
    }
}

/// Why a database could not be brought to this program's schema. It is then as it was before.
#[derive(Clone, Debug, thiserror::Error)]
pub enum MigrationError {
    /// A newer program has been here.
    #[error(
        "the database has schema version {found}; this program knows versions up to {known} and must be newer"
    )]
    Newer {
        /// The database's version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A step was applied with another text than this program has: a build from altered sources.
    #[error("the database was migrated with another text of {name} than this program has")]
    Changed {
        /// The step.
        name: &'static str,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

/// What opening a database did to its schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migrated {
    /// The version it had; 0 for an empty database.
    pub from: i64,
    /// The version it has.
    pub to: i64,
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migration \
    (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BIGINT NOT NULL)";

statements! {
    LIST = "SELECT version, checksum FROM schema_migration ORDER BY version";
    RECORD = "INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)";
}

/// Applies whatever is missing, all of it in one transaction.
pub(crate) async fn migrate(conn: &mut Conn) -> Result<Migrated, MigrationError> {
    conn.begin().await?;
    let result = apply(conn).await;
    match &result {
        Ok(_) => conn.control("COMMIT").await?,
        Err(_) => conn.control("ROLLBACK").await?,
    }
    result
}

/// Keeps other nodes from migrating until this transaction ends.
async fn lock_migrations(conn: &mut Conn) -> Result<(), Error> {
    let deadline = conn.deadline();
    match conn.link()? {
        Link::Sqlite(_) => Ok(()),
        Link::Postgres(link) => {
            bounded(deadline, sqlx::query(dialect::LOCK_MIGRATIONS).execute(link)).await.map(drop)
        }
    }
}

async fn apply(conn: &mut Conn) -> Result<Migrated, MigrationError> {
    lock_migrations(conn).await?;
    run_text(conn, CREATE).await?;
    let applied = fetch_all!(conn, (i64, i64), LIST)?;
    let from = applied.last().map_or(0, |(version, _)| *version);
    let known = MIGRATIONS.last().map_or(0, |step| step.version);
    if from > known {
        return Err(MigrationError::Newer { found: from, known });
    }
    for step in MIGRATIONS {
        let text = match conn.link()? {
            Link::Sqlite(_) => step.sqlite,
            Link::Postgres(_) => step.postgres,
        };
        let checksum = Migration::checksum(text);
        match applied.iter().find(|(version, _)| *version == step.version) {
            Some((_, recorded)) if *recorded == checksum => {}
            Some(_) => return Err(MigrationError::Changed { name: step.name }),
            None => {
                run_text(conn, text).await?;
                execute!(conn, RECORD, step.version, step.name, checksum)?;
                tracing::info!(step = step.name, "migrated the database");
            }
        }
    }
    Ok(Migrated { from, to: known })
}

/// Runs a text of several statements.
async fn run_text(conn: &mut Conn, text: &'static str) -> Result<(), Error> {
    on!(conn, |deadline|
        sqlite(lite) => lite.execute_text(deadline, text),
        postgres(link) => async { sqlx::raw_sql(text).execute(link).await.map(drop) },
    )
}

#[cfg(test)]
#[path = "migration_tests.rs"]
mod tests;
