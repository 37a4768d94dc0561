//! The store: a database that is open, migrated and ready.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{ChangeSeq, Latency};
use deadpool::Runtime;
use deadpool::unmanaged::{Pool, PoolConfig, PoolError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::conn::Conn;
use crate::error::{Error, Fault};
use crate::feed::Feed;
use crate::migration::{self, Migrated, MigrationError};
use crate::options::{StoreOptions, Target};
use crate::postgres::Transactions;
use crate::sqlite::{Place, Source, Sqlite};
use crate::tx::Tx;
use crate::write_job;
use crate::write_watch;
use crate::writer::{Ending, Queue};
use crate::writes::Writes;

/// Prepared statements kept per connection: more than there are, so that each is prepared once.
const STATEMENTS: usize = 512;

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
    look: u32,
    migrated: Migrated,
    writes: Writes,
}

enum Engine {
    Sqlite { readers: Pool<Box<Sqlite>>, writer: Queue, ending: Mutex<Option<Ending>> },
    Postgres { transactions: Transactions, listener: PgPool, listening: JoinHandle<()> },
}

impl Store {
    /// Opens the database and brings it to this program's schema.
    ///
    /// # Errors
    /// When it cannot be reached, or was migrated by a newer program or from altered sources.
    pub async fn open(options: &StoreOptions) -> Result<Self, MigrationError> {
        match &options.url.0 {
            Target::Memory => Self::open_sqlite(Place::Memory(Arc::default()), options).await,
            Target::File(path) => Self::open_sqlite(Place::File(path.clone()), options).await,
            Target::Postgres(connect) => Self::open_postgres(connect.as_ref().clone(), options).await,
        }
    }

    async fn open_sqlite(place: Place, options: &StoreOptions) -> Result<Self, MigrationError> {
        let source = Source { place, lock_wait: options.lock_wait };
        let (writer, migrated) = connect_and_migrate(&source).await?;
        let readers = readers(&source, options)?;
        let feed = Feed::new();
        let (writer, ending) =
            Queue::open(writer.with_deadline(options.deadline), source, options, feed.clone())?;
        let engine = Engine::Sqlite { readers, writer, ending: Mutex::new(Some(ending)) };
        Self::assemble(engine, feed, options, migrated).await
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
        let listening = feed.listen(listener.clone());
        let transactions = Transactions { pool, feed: feed.clone(), deadline: options.deadline };
        let engine = Engine::Postgres { transactions, listener, listening };
        Self::assemble(engine, feed, options, migrated).await
    }

    async fn assemble(
        engine: Engine,
        feed: Feed,
        options: &StoreOptions,
        migrated: Migrated,
    ) -> Result<Self, MigrationError> {
        let (deadline, look, writes) = (options.deadline, options.look.max(1), Writes::default());
        let store = Self(Arc::new(Inner { engine, feed, deadline, look, migrated, writes }));
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
        // Waiting is boxed: its futures are of many kilobytes, which everything that ever reads would carry and move. Without
        // their types, too: of those that read at the end of a long way, the compiler could not see that they are `Send`.
        let conn = match &self.0.engine {
            Engine::Sqlite { readers, .. } => match readers.try_get() {
                Ok(reader) => Conn::reader(reader, deadline),
                Err(_) => Conn::reader(readers.get().boxed().await?, deadline),
            },
            Engine::Postgres { transactions, .. } => {
                Conn::postgres(transactions.pool.acquire().boxed().await?, deadline)
            }
        };
        Ok(conn.looking_at(self.0.look))
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
        let began = Instant::now();
        let deadline = began + self.0.deadline;
        let _one = self.0.writes.begin(began);
        let watched = write_watch::begin(self.system());
        let result = self.run(work, deadline).await;
        if let Some(watched) = watched {
            watched.end(result.is_ok());
        }
        result
    }

    async fn run<T, E, F>(&self, work: F, deadline: Instant) -> Result<T, E>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Clone + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, answer) = write_job::job(work, deadline);
        match &self.0.engine {
            Engine::Sqlite { writer, .. } => writer.start(job)?,
            Engine::Postgres { transactions, .. } => transactions.start(job),
        }
        match tokio::time::timeout_at(deadline, answer).await {
            Ok(Ok(result)) => result,
            // What would have run it has ended: the program is stopping.
            Ok(Err(_)) => Err(Error::unavailable(Fault::Closed).into()),
            Err(_) => Err(Error::unavailable(Fault::Deadline).into()),
        }
    }

    /// What OpenTelemetry's conventions call the database.
    fn system(&self) -> &'static str {
        match &self.0.engine {
            Engine::Sqlite { .. } => "sqlite",
            Engine::Postgres { .. } => "postgresql",
        }
    }

    /// How long the writes of this process took that are done, whatever came of them.
    pub fn write_latency(&self) -> Latency {
        self.0.writes.latency()
    }

    /// How many writes of this process wait or run.
    pub fn unfinished_writes(&self) -> u64 {
        self.0.writes.unfinished()
    }

    /// The newest change this process has heard of: its own after their commit, those of other nodes when PostgreSQL
    /// tells. News can be lost with a connection, so whoever must not miss one polls as well.
    pub fn subscribe(&self) -> watch::Receiver<ChangeSeq> {
        self.0.feed.subscribe()
    }

    /// Finishes the writes that wait and closes every connection. Later calls fail as unavailable.
    pub async fn close(&self) {
        match &self.0.engine {
            Engine::Sqlite { readers, writer, ending } => {
                readers.close();
                writer.close();
                if let Some(ending) = ending.lock().await.take() {
                    ending.wait().await;
                }
            }
            Engine::Postgres { transactions, listener, listening } => {
                listening.abort();
                listener.close().await;
                transactions.pool.close().await;
            }
        }
    }
}

/// The connections to read with. They are all made at once, which takes less than a millisecond.
fn readers(source: &Source, options: &StoreOptions) -> Result<Pool<Box<Sqlite>>, Error> {
    let size = usize::try_from(options.connections.max(1)).unwrap_or(usize::MAX);
    let pool = Pool::from_config(&PoolConfig {
        max_size: size,
        timeout: Some(options.deadline),
        runtime: Some(Runtime::Tokio1),
    });
    for _ in 0..size {
        pool.try_add(Box::new(source.connect_reader()?)).map_err(|(_, error)| error)?;
    }
    Ok(pool)
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Closed => Self::unavailable(Fault::Closed),
            PoolError::Timeout => Self::unavailable(Fault::Deadline),
            PoolError::NoRuntimeSpecified => Self::internal(error),
        }
    }
}

/// Opens SQLite's writing connection and migrates.
///
/// Switching a new file to a write-ahead log takes a lock that SQLite's own timeout does not wait for, so processes
/// that start at once on one file are made to wait here.
async fn connect_and_migrate(source: &Source) -> Result<(Conn, Migrated), MigrationError> {
    let deadline = Instant::now() + source.lock_wait;
    loop {
        let attempt = async {
            let mut conn = Conn::writer(source.connect()?, MIGRATION_DEADLINE);
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

impl Drop for Engine {
    fn drop(&mut self) {
        // SQLite's writer ends with its queue; the listener would listen for ever.
        if let Self::Postgres { listening, .. } = self {
            listening.abort();
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
