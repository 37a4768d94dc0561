//! How the database can fail, in the words a use case needs.

use std::sync::Arc;

use claviger_domain::ErrorKind;

/// What lies behind an error, for the log. Shared, because one failed commit fails many writes.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// Why a statement or a transaction failed. "Not found" is no error: finders answer `Ok(None)`.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A row with that value is already there, or a row it points to is not.
    #[error("the constraint {constraint} does not hold")]
    Conflict {
        /// The constraint, named alike on both engines: `api_name_key`, `api_pkey`, or `foreign_key`
        /// for any reference.
        constraint: String,
    },
    /// Too much is going on: a lock that did not come free, a full queue. Nothing was changed.
    #[error("the database is busy")]
    Busy,
    /// The database is away, full, read-only or slower than the deadline. A write that ran into the
    /// deadline while it was being committed may have happened; every other one has not.
    #[error("the database is unavailable")]
    Unavailable(#[source] Cause),
    /// A stored value breaks a rule of the domain: someone else wrote to this database.
    #[error("the stored value of {table}.{column} is not valid")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Our fault.
    #[error("the database refused a statement")]
    Internal(#[source] Cause),
}

/// Faults that no driver reports.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("no answer within the deadline")]
    Deadline,
    #[error("the store is closed")]
    Closed,
    #[error("the code inside a transaction panicked")]
    Panicked,
    #[error("the code inside a transaction went on after a failed statement")]
    WentOn,
    #[error("another write of the same commit took the transaction with it")]
    Lost,
}

impl Error {
    /// What a caller may know about it.
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Conflict { .. } => ErrorKind::Conflict,
            Self::Busy | Self::Unavailable(_) => ErrorKind::Unavailable,
            Self::Corrupt { .. } | Self::Internal(_) => ErrorKind::Internal,
        }
    }

    pub(crate) fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Arc::new(cause))
    }

    pub(crate) fn internal(cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Internal(Arc::new(cause))
    }

    /// For `map_err` on a value that came out of `table.column`.
    pub(crate) const fn corrupt(table: &'static str, column: &'static str) -> Self {
        Self::Corrupt { table, column }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as Driver;
        let Driver::Database(ref refused) = error else {
            return match error {
                Driver::Io(_)
                | Driver::Tls(_)
                | Driver::PoolTimedOut
                | Driver::PoolClosed
                | Driver::BeginFailed => Self::unavailable(error),
                other => Self::internal(other),
            };
        };
        if refused.is_unique_violation() {
            return Self::Conflict { constraint: refused.constraint().unwrap_or_default().to_owned() };
        }
        if refused.is_foreign_key_violation() {
            return Self::Conflict { constraint: "foreign_key".to_owned() };
        }
        match refused.code().map(|code| weigh(&code)) {
            Some(Weight::Busy) => Self::Busy,
            Some(Weight::Unavailable) => Self::unavailable(error),
            Some(Weight::Ours) | None => Self::internal(error),
        }
    }
}

enum Weight {
    Busy,
    Unavailable,
    Ours,
}

/// Sorts PostgreSQL's codes (appendix A of its manual).
fn weigh(code: &str) -> Weight {
    match code {
        // serialization_failure, deadlock_detected, lock_not_available, too_many_connections.
        "40001" | "40P01" | "55P03" | "53300" => Weight::Busy,
        // read_only_sql_transaction: a standby that has not been promoted, or a failover.
        "25006" => Weight::Unavailable,
        // Insufficient resources, operator intervention, system error, connection exception.
        _ if ["53", "57", "58", "08"].iter().any(|class| code.starts_with(class)) => Weight::Unavailable,
        _ => Weight::Ours,
    }
}
