//! The store: a database that is open, migrated and ready.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::ChangeSeq;
use futures_util::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, PgPool, SqlitePool};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::conn::Conn;
use crate::error::Error;
use crate::feed::Feed;
use crate::migration::{self, Migrated, MigrationError};
use crate::options::{StoreOptions, Target};
use crate::postgres::Transactions;
use crate::tx::Tx;
use crate::writer::Queue;

/// Prepared statements kept per connection: more than there are, so that each is prepared once.
const STATEMENTS: usize = 256;

/// A migration may rebuild a large table, or wait for another node that does.
const MIGRATION_DEADLINE: Duration = Duration::from_secs(600);

/// Between two looks at a lock that tells nobody when it is free.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// An open database. Clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Engine,
    feed: Feed,
    deadline: Duration,
    migrated: Migrated,
    /// The writer, or the listener.
    task: Mutex<Option<JoinHandle<()>>>,
}

enum Engine {
    Sqlite { readers: SqlitePool, writer: Queue },
    Postgres { transactions: Transactions, listener: PgPool },
}

impl Store {
    /// Opens the database and brings it to this program's schema.
    ///
    /// # Errors
    /// When it cannot be reached, or was migrated by a newer program or from altered sources.
    pub async fn open(options: &StoreOptions) -> Result<Self, MigrationError> {
        match &options.url.0 {
            // Parsing makes up a fresh name, so that no two stores share their memory.
            Target::Memory => {
                let connect: SqliteConnectOptions = "sqlite::memory:".parse().map_err(Error::from)?;
                Self::open_sqlite(connect, options).await
            }
            Target::File(connect) => {
                let connect = connect
                    .clone()
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    // A commit that was acknowledged survives a power cut; group commit pays for it.
                    .synchronous(SqliteSynchronous::Full);
                Self::open_sqlite(connect, options).await
            }
            Target::Postgres(connect) => Self::open_postgres(connect.clone(), options).await,
        }
    }

    async fn open_sqlite(
        connect: SqliteConnectOptions,
        options: &StoreOptions,
    ) -> Result<Self, MigrationError> {
        let connect =
            connect.foreign_keys(true).busy_timeout(options.lock_wait).statement_cache_capacity(STATEMENTS);
        let (writer, migrated) = connect_and_migrate(&connect, options.lock_wait).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(options.connections.max(1))
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .acquire_timeout(options.deadline)
            .connect_with(connect.clone().pragma("query_only", "ON"))
            .await
            .map_err(Error::from)?;
        let feed = Feed::new();
        let (writer, task) =
            Queue::start(writer.with_deadline(options.deadline), connect, options, feed.clone());
        Self::assemble(Engine::Sqlite { readers, writer }, feed, options, migrated, task).await
    }

    async fn open_postgres(
        connect: PgConnectOptions,
        options: &StoreOptions,
    ) -> Result<Self, MigrationError> {
        let connect = connect.application_name("claviger").statement_cache_capacity(STATEMENTS);
        let pool = |connections| {
            PgPoolOptions::new()
                .max_connections(connections)
                // On, it would cost a round trip before every query.
                .test_before_acquire(false)
                .acquire_timeout(options.deadline)
        };
        let listener = pool(1).idle_timeout(None).max_lifetime(None).connect_lazy_with(connect.clone());
        let pool = pool(options.connections.max(1)).connect_with(connect).await.map_err(Error::from)?;
        let mut conn = Conn::postgres(pool.acquire().await.map_err(Error::from)?, MIGRATION_DEADLINE);
        let migrated = migration::migrate(&mut conn).await?;
        drop(conn);
        let feed = Feed::new();
        let task = feed.listen(listener.clone());
        let transactions = Transactions { pool, feed: feed.clone(), deadline: options.deadline };
        Self::assemble(Engine::Postgres { transactions, listener }, feed, options, migrated, task).await
    }

    async fn assemble(
        engine: Engine,
        feed: Feed,
        options: &StoreOptions,
        migrated: Migrated,
        task: JoinHandle<()>,
    ) -> Result<Self, MigrationError> {
        let task = Mutex::new(Some(task));
        let store = Self(Arc::new(Inner { engine, feed, deadline: options.deadline, migrated, task }));
        let latest = store.read().await?.latest_change().await?;
        store.0.feed.announce(latest);
        Ok(store)
    }

    /// What people call the database.
    pub fn database(&self) -> &'static str {
        match &self.0.engine {
            Engine::Sqlite { .. } => "SQLite",
            Engine::Postgres { .. } => "PostgreSQL",
        }
    }

    /// What opening did to the schema.
    pub fn migrated(&self) -> Migrated {
        self.0.migrated
    }

    /// A connection to read with. Give it back soon: there are few.
    ///
    /// # Errors
    /// When none comes free, or none can be made, within the deadline.
    pub async fn read(&self) -> Result<Conn, Error> {
        let deadline = self.0.deadline;
        Ok(match &self.0.engine {
            Engine::Sqlite { readers, .. } => Conn::reader(readers.acquire().await?, deadline),
            Engine::Postgres { transactions, .. } => {
                Conn::postgres(transactions.pool.acquire().await?, deadline)
            }
        })
    }

    /// Runs `work` in a transaction that is committed when it answers `Ok` and rolled back when it does not, and
    /// answers once the commit is on disk.
    ///
    /// `work` is a value that may be run again: PostgreSQL does so when a transaction loses a race. It must do
    /// nothing but talk to the database. It goes on to its end when the caller stops waiting after it has begun.
    ///
    /// # Errors
    /// Those of `work`; [`Error::Busy`] and [`Error::Unavailable`] when it could not be run or committed in time;
    /// [`Error::Internal`] when it panicked or went on after a failed statement.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let deadline = Instant::now() + self.0.deadline;
        match &self.0.engine {
            Engine::Sqlite { writer, .. } => writer.write(work, deadline).await,
            Engine::Postgres { transactions, .. } => transactions.write(work, deadline).await,
        }
    }

    /// The newest change this process has heard of: its own after their commit, those of other nodes when PostgreSQL
    /// tells. News can be lost with a connection, so whoever must not miss one polls as well.
    pub fn subscribe(&self) -> watch::Receiver<ChangeSeq> {
        self.0.feed.subscribe()
    }

    /// Finishes the writes that wait and closes every connection. Later calls fail as unavailable.
    pub async fn close(&self) {
        let task = self.0.task.lock().await.take();
        match &self.0.engine {
            Engine::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close();
                if let Some(task) = task {
                    finish(task).await;
                }
            }
            Engine::Postgres { transactions, listener } => {
                if let Some(task) = task {
                    task.abort();
                }
                listener.close().await;
                transactions.pool.close().await;
            }
        }
    }
}

/// Opens SQLite's writing connection and migrates.
///
/// Switching a new file to a write-ahead log takes a lock that SQLite's own timeout does not wait for, so processes
/// that start at once on one file are made to wait here.
async fn connect_and_migrate(
    connect: &SqliteConnectOptions,
    lock_wait: Duration,
) -> Result<(Conn, Migrated), MigrationError> {
    let deadline = Instant::now() + lock_wait;
    loop {
        let attempt = async {
            let mut conn = Conn::writer(connect.connect().await.map_err(Error::from)?, MIGRATION_DEADLINE);
            let migrated = migration::migrate(&mut conn).await?;
            Ok((conn, migrated))
        };
        match attempt.await {
            Err(MigrationError::Store(Error::Busy)) if Instant::now() < deadline => {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            result => return result,
        }
    }
}

/// Waits for a task of ours; that it panicked is all that can go wrong.
async fn finish(task: impl Future<Output = Result<(), tokio::task::JoinError>>) {
    if let Err(error) = task.await {
        tracing::error!(%error, "the database's writer ended badly");
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // SQLite's writer ends with its queue; the listener would listen for ever.
        if let (Engine::Postgres { .. }, Some(task)) = (&self.engine, self.task.get_mut().take()) {
            task.abort();
        }
    }
}

/// Nothing of what is inside.
impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0.engine {
            Engine::Sqlite { .. } => "Store(sqlite)",
            Engine::Postgres { .. } => "Store(postgres)",
        })
    }
}
