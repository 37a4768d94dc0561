//! One connection of either engine, and the macros that run one statement text on both.

use std::future::Future;
use std::time::Duration;

use deadpool::unmanaged::Object;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

use crate::dialect;
use crate::error::{Error, Fault};
use crate::options::LOOK;
use crate::sqlite::Sqlite;

/// A connection to read with. Every finder and list is a method of it; each statement sees its own snapshot.
pub struct Conn {
    held: Held,
    deadline: Duration,
    look: u32,
    scope: Scope,
    /// Whether it must not go back to its pool.
    abandoned: bool,
}

enum Held {
    Reader(Object<Box<Sqlite>>),
    Writer(Box<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// What a failed statement means for the ones after it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Nothing: there is no transaction around them.
    Single,
    /// They would be refused; none has failed yet.
    Transaction,
    /// One has failed, so the transaction can only be rolled back.
    Failed {
        /// Whether it lost a race that it may win when run again.
        race: bool,
    },
}

/// The driver's connection underneath, which [`on!`] matches on.
pub(crate) enum Link<'c> {
    Sqlite(&'c mut Sqlite),
    Postgres(&'c mut PgConnection),
}

impl Conn {
    pub(crate) const fn reader(held: Object<Box<Sqlite>>, deadline: Duration) -> Self {
        Self { held: Held::Reader(held), deadline, look: LOOK, scope: Scope::Single, abandoned: false }
    }

    pub(crate) fn writer(held: Sqlite, deadline: Duration) -> Self {
        Self {
            held: Held::Writer(Box::new(held)),
            deadline,
            look: LOOK,
            scope: Scope::Single,
            abandoned: false,
        }
    }

    pub(crate) const fn postgres(held: PoolConnection<Postgres>, deadline: Duration) -> Self {
        Self { held: Held::Postgres(held), deadline, look: LOOK, scope: Scope::Single, abandoned: false }
    }

    /// The same connection with another measure of patience.
    pub(crate) fn with_deadline(self, deadline: Duration) -> Self {
        Self { deadline, ..self }
    }

    /// The same connection with another [`StoreOptions::look`](crate::StoreOptions::look).
    pub(crate) fn looking_at(self, look: u32) -> Self {
        Self { look, ..self }
    }

    /// How many rows a page of a list may look at.
    pub(crate) fn look(&self) -> i64 {
        i64::from(self.look)
    }

    /// Closes it, which for SQLite's last connection folds the write-ahead log into the database file.
    pub(crate) async fn close(self) -> Result<(), Error> {
        match self.held {
            // It belongs to its pool.
            Held::Reader(_) => {}
            Held::Writer(conn) => conn.close()?,
            Held::Postgres(conn) => conn.close().await?,
        }
        Ok(())
    }

    pub(crate) const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// The connection for the next statement.
    ///
    /// PostgreSQL refuses every statement after a failed one, and then answers COMMIT by rolling back without an
    /// error. SQLite goes on as if nothing had been. Refusing here makes both alike and loses nothing in silence.
    pub(crate) fn link(&mut self) -> Result<Link<'_>, Error> {
        if matches!(self.scope, Scope::Failed { .. }) {
            return Err(Error::internal(Fault::WentOn));
        }
        Ok(self.bare_link())
    }

    /// The connection for statements that begin or end a transaction.
    pub(crate) fn bare_link(&mut self) -> Link<'_> {
        match &mut self.held {
            Held::Reader(conn) => Link::Sqlite(conn),
            Held::Writer(conn) => Link::Sqlite(conn),
            Held::Postgres(conn) => Link::Postgres(conn),
        }
    }

    /// Notes that a statement failed, and passes its error on.
    pub(crate) fn note(&mut self, error: Error) -> Error {
        if self.scope != Scope::Single {
            self.scope = Scope::Failed { race: matches!(error, Error::Busy) };
        }
        if matches!(error, Error::Unavailable(_)) {
            self.abandon();
        }
        error
    }

    /// From here on, a failed statement spoils the ones after it.
    pub(crate) fn enter(&mut self) {
        self.scope = Scope::Transaction;
    }

    pub(crate) const fn has_failed(&self) -> bool {
        matches!(self.scope, Scope::Failed { .. })
    }

    pub(crate) const fn lost_a_race(&self) -> bool {
        matches!(self.scope, Scope::Failed { race: true })
    }

    /// A statement was cut short: what the server still does with it is unknown, so the pool gets no such
    /// connection back. SQLite's statements end where they were called and need no such care.
    pub(crate) fn abandon(&mut self) {
        if let Held::Postgres(conn) = &mut self.held {
            conn.close_on_drop();
            self.abandoned = true;
        }
    }

    /// Whether closing it will roll back, so that saying so first would only wait for an answer.
    pub(crate) const fn is_abandoned(&self) -> bool {
        self.abandoned
    }

    /// Begins a transaction, and on SQLite takes the one lock there is to write with.
    pub(crate) async fn begin(&mut self) -> Result<(), Error> {
        let statement = match self.bare_link() {
            Link::Sqlite(_) => dialect::BEGIN_SQLITE,
            Link::Postgres(_) => dialect::BEGIN_POSTGRES,
        };
        self.control(statement).await
    }

    /// Runs a statement that begins or ends a transaction.
    pub(crate) async fn control(&mut self, statement: &'static str) -> Result<(), Error> {
        let deadline = self.deadline;
        let result = match self.bare_link() {
            Link::Sqlite(conn) => conn.execute(deadline, statement, &[]).map(drop),
            Link::Postgres(conn) => bounded(deadline, sqlx::raw_sql(statement).execute(conn)).await.map(drop),
        };
        if matches!(result, Err(Error::Unavailable(_))) {
            self.abandon();
        }
        result
    }
}

/// Waits for a statement, but not for ever.
///
/// What waits is boxed. Everything that asks the database would carry it otherwise, also where the database is SQLite, and
/// have machine code of its own for each statement.
pub(crate) fn bounded<'s, T: Send + 's>(
    deadline: Duration,
    statement: impl Future<Output = Result<T, sqlx::Error>> + Send + 's,
) -> BoxFuture<'s, Result<T, Error>> {
    wait(deadline, statement.boxed()).boxed()
}

async fn wait<T>(deadline: Duration, statement: BoxFuture<'_, Result<T, sqlx::Error>>) -> Result<T, Error> {
    match tokio::time::timeout(deadline, statement).await {
        Ok(result) => result.map_err(Error::from),
        Err(_) => Err(Error::unavailable(Fault::Deadline)),
    }
}

/// Runs one body or the other, by the driver the connection has.
macro_rules! on {
    ($conn:expr, |$deadline:ident| sqlite($lite:ident) => $near:expr, postgres($link:ident) => $far:expr $(,)?) => {{
        let conn: &mut $crate::conn::Conn = $conn;
        let $deadline = conn.deadline();
        let result = match conn.link()? {
            $crate::conn::Link::Sqlite($lite) => $near,
            $crate::conn::Link::Postgres($link) => $crate::conn::bounded($deadline, $far).await,
        };
        result.map_err(|error| conn.note(error))
    }};
}

/// Runs a statement with its values and answers how many rows it touched.
macro_rules! execute {
    ($conn:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::conn::on!($conn, |deadline|
            sqlite(lite) => lite.execute(deadline, $sql, &[$(&$value),*]),
            postgres(link) => async {
                sqlx::query($sql)$(.bind($value))*.execute(link).await.map(|done| done.rows_affected())
            },
        )
    };
}

/// Runs a query with its values and answers its first row, if any.
macro_rules! fetch_optional {
    ($conn:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::conn::on!($conn, |deadline|
            sqlite(lite) => lite.fetch_optional::<$row>(deadline, $sql, &[$(&$value),*]),
            postgres(link) => sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_optional(link),
        )
    };
}

/// Runs a query with its values that always has one row.
macro_rules! fetch_one {
    ($conn:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::conn::on!($conn, |deadline|
            sqlite(lite) => lite.fetch_one::<$row>(deadline, $sql, &[$(&$value),*]),
            postgres(link) => sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_one(link),
        )
    };
}

/// Runs a query with its values and answers all its rows.
macro_rules! fetch_all {
    ($conn:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::conn::on!($conn, |deadline|
            sqlite(lite) => lite.fetch_all::<$row>(deadline, $sql, &[$(&$value),*]),
            postgres(link) => sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_all(link),
        )
    };
}

/// Runs a query with its values that may read many rows, and answers all it finds. On SQLite that takes its time in the
/// thread that called, so other tasks are let go on elsewhere.
macro_rules! survey {
    ($conn:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::conn::on!($conn, |deadline|
            sqlite(lite) => $crate::sqlite::aside(|| lite.fetch_all::<$row>(deadline, $sql, &[$(&$value),*])),
            postgres(link) => sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_all(link),
        )
    };
}

pub(crate) use {execute, fetch_all, fetch_one, fetch_optional, on, survey};
