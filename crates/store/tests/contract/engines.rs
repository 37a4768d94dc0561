//! A database of each engine, and the macro that runs a test on both.

use claviger_store::{Store, StoreOptions};
use claviger_testkit::Postgres;
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

/// A database of its own for one test; a file goes with it.
pub(crate) struct Database {
    pub(crate) options: StoreOptions,
    pub(crate) url: String,
    _dir: Option<TempDir>,
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("store.db").display());
        Self { options: StoreOptions::new(url.parse().unwrap()), url, _dir: Some(dir) }
    }

    /// A database that is there already.
    pub(crate) fn at(url: &str) -> Self {
        Self { options: StoreOptions::new(url.parse().unwrap()), url: url.to_owned(), _dir: None }
    }

    pub(crate) fn postgres() -> Self {
        Self::postgres_on(Postgres::shared())
    }

    pub(crate) fn postgres_on(server: &Postgres) -> Self {
        let url = server.fresh_database();
        let mut options = StoreOptions::new(url.parse().unwrap());
        options.connections = 8;
        Self { options, url, _dir: None }
    }

    /// The same, of whose rows a page looks at no more than so many.
    pub(crate) fn looking_at(mut self, look: u32) -> Self {
        self.options.look = look;
        self
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.options).await.unwrap()
    }
}

/// Runs a text on a database as its owner could by hand, and answers what the database says against it.
pub(crate) async fn execute(url: &str, sql: &'static str) -> Result<(), String> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let conn = rusqlite::Connection::open(path).unwrap();
        return conn.execute_batch(sql).map_err(|error| error.to_string());
    }
    let mut conn = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut conn).await.map(drop).map_err(|error| error.to_string())
}

/// Declares tests that run on both engines, each with a new and empty store; `looking at 3;` before them has pages look
/// at no more than so many rows.
macro_rules! both {
    (looking at $look:expr; $(async fn $name:ident($store:ident: Store) $body:block)*) => {
        $(async fn $name($store: claviger_store::Store) $body)*

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let database = crate::engines::Database::sqlite().looking_at($look);
                super::$name(database.open().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let database = crate::engines::Database::postgres().looking_at($look);
                super::$name(database.open().await).await;
            })*
        }
    };
    ($($tests:tt)*) => {
        both! { looking at 1_000; $($tests)* }
    };
}
