//! A database of each engine, and the macro that runs a test on both.

use claviger_store::{Store, StoreOptions};
use claviger_testkit::Postgres;
use tempfile::TempDir;

/// A database of its own for one test; a file goes with it.
pub(crate) struct Database {
    pub(crate) options: StoreOptions,
    _dir: Option<TempDir>,
}

impl Database {
    pub(crate) fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", dir.path().join("store.db").display());
        Self { options: StoreOptions::new(url.parse().unwrap()), _dir: Some(dir) }
    }

    /// A database that is there already.
    pub(crate) fn at(url: &str) -> Self {
        Self { options: StoreOptions::new(url.parse().unwrap()), _dir: None }
    }

    pub(crate) fn postgres() -> Self {
        Self::postgres_on(Postgres::shared())
    }

    pub(crate) fn postgres_on(server: &Postgres) -> Self {
        let mut options = StoreOptions::new(server.fresh_database().parse().unwrap());
        options.connections = 8;
        Self { options, _dir: None }
    }

    pub(crate) async fn open(&self) -> Store {
        Store::open(&self.options).await.unwrap()
    }
}

/// Declares tests that run on both engines, each with a new and empty store.
macro_rules! both {
    ($(async fn $name:ident($store:ident: Store) $body:block)*) => {
        $(async fn $name($store: claviger_store::Store) $body)*

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let database = crate::engines::Database::sqlite();
                super::$name(database.open().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let database = crate::engines::Database::postgres();
                super::$name(database.open().await).await;
            })*
        }
    };
}
