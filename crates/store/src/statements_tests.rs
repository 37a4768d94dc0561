use std::time::Duration;

use claviger_testkit::Postgres;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use crate::conn::Link;
use crate::{Error, Store, StoreOptions};

/// For a statement of a test.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// The files that have statements.
const FILES: &[(&str, &[(&str, &str)])] = &[
    ("access_requests", crate::access_requests::ALL),
    ("accounts", crate::accounts::ALL),
    ("apis", crate::apis::ALL),
    ("audit", crate::audit::ALL),
    ("authorization_codes", crate::authorization_codes::ALL),
    ("belongings", crate::belongings::ALL),
    ("changes", crate::changes::ALL),
    ("client_logos", crate::client_logos::ALL),
    ("client_origins", crate::client_origins::ALL),
    ("client_pictures", crate::client_pictures::ALL),
    ("changes", &[("LATEST", crate::changes::LATEST)]),
    ("ended_tokens", crate::ended_tokens::ALL),
    ("clients", crate::clients::ALL),
    ("client_secrets", crate::client_secrets::ALL),
    ("credits", crate::credits::ALL),
    ("device_codes", crate::device_codes::ALL),
    ("findings", crate::findings::ALL),
    ("generations", crate::generations::ALL),
    ("grant_tokens", crate::grant_tokens::ALL),
    ("grants", crate::grants::ALL),
    ("habits", crate::habits::ALL),
    ("idempotency", crate::idempotency::ALL),
    ("invitations", crate::invitations::ALL),
    ("jobs", crate::jobs::ALL),
    ("key_counts", crate::key_counts::ALL),
    ("key_lists", crate::key_lists::ALL),
    ("key_search", crate::key_search::ALL),
    ("keys", crate::keys::ALL),
    ("mail_tokens", crate::mail_tokens::ALL),
    ("members", crate::members::ALL),
    ("migration", crate::migration::ALL),
    ("nodes", crate::nodes::ALL),
    ("operator_tokens", crate::operator_tokens::ALL),
    ("passkeys", crate::passkeys::ALL),
    ("second_factors", crate::second_factors::ALL),
    ("pushed_requests", crate::pushed_requests::ALL),
    ("row_counts", crate::row_counts::ALL),
    ("sandbox_resets", crate::sandbox_resets::ALL),
    ("sessions", crate::sessions::ALL),
    ("settings", crate::settings::ALL),
    ("token_parents", crate::token_parents::ALL),
    ("token_trees", crate::token_trees::ALL),
    ("seen_once", crate::seen_once::ALL),
    ("usage", crate::usage::ALL),
    ("usage_batches", crate::usage_batches::ALL),
    ("usage_origins", crate::usage_origins::ALL),
    ("sightings", crate::sightings::ALL),
    ("sign_ins", crate::sign_ins::ALL),
    ("signing_keys", crate::signing_keys::ALL),
    ("told", crate::told::ALL),
    ("test_clocks", crate::test_clocks::ALL),
    ("tokens", crate::tokens::ALL),
    ("upkeep", crate::upkeep::ALL),
    ("upstream_identities", crate::upstream_identities::ALL),
    ("webhook_messages", crate::webhook_messages::ALL),
    ("webhooks", crate::webhooks::ALL),
    ("workspaces", crate::workspaces::ALL),
];

/// Every statement that both engines run.
pub(super) fn all() -> Vec<(&'static str, &'static str, &'static str)> {
    FILES
        .iter()
        .flat_map(|(file, statements)| statements.iter().map(move |(name, sql)| (*file, *name, *sql)))
        .collect()
}

async fn prepare(store: &Store, sql: &'static str) -> Result<(), Error> {
    let mut conn = store.read().await.unwrap();
    match conn.bare_link() {
        Link::Sqlite(link) => link.prepare(PATIENCE, sql).map(drop),
        Link::Postgres(link) => Ok(link.prepare(AssertSqlSafe(sql).into_sql_str()).await.map(drop)?),
    }
}

pub(super) async fn stores() -> [Store; 2] {
    let memory = StoreOptions::new("sqlite::memory:".parse().unwrap());
    let postgres = StoreOptions::new(Postgres::shared().fresh_database().parse().unwrap());
    [Store::open(&memory).await.unwrap(), Store::open(&postgres).await.unwrap()]
}

#[tokio::test]
async fn both_engines_accept_every_statement() {
    for store in stores().await {
        for (file, name, sql) in all() {
            let prepared = prepare(&store, sql).await;
            assert!(prepared.is_ok(), "{store:?} refuses {file}::{name}: {}", prepared.unwrap_err());
        }
    }
}

#[tokio::test]
async fn what_is_said_to_be_of_one_engine_is_refused_by_the_other() {
    let [sqlite, postgres] = stores().await;
    for (name, sql) in crate::dialect::POSTGRES_ONLY {
        assert!(prepare(&postgres, sql).await.is_ok(), "{name}");
        assert!(prepare(&sqlite, sql).await.is_err(), "{name} could be portable");
    }
}

#[test]
fn statements_keep_to_the_portable_rules() {
    for (file, name, sql) in all() {
        for banned in ["::", "ILIKE", "ANY(", "DISTINCT ON", "FOR UPDATE", "now()", "random("] {
            assert!(!sql.contains(banned), "{file}::{name} uses {banned}");
        }
    }
}

#[tokio::test]
async fn every_table_is_counted() {
    let [sqlite, postgres] = stores().await;
    let lists = [
        (&sqlite, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"),
        (&postgres, "SELECT table_name::TEXT FROM information_schema.tables WHERE table_schema = 'public'"),
    ];
    for (store, list) in lists {
        let mut conn = store.read().await.unwrap();
        let counted: Vec<String> = conn.count_rows().await.unwrap().into_keys().collect();
        let mut there: Vec<String> = match conn.bare_link() {
            Link::Sqlite(link) => {
                let names: Vec<(String,)> = link.fetch_all(PATIENCE, list, &[]).unwrap();
                names.into_iter().map(|(name,)| name).collect()
            }
            Link::Postgres(link) => sqlx::query_scalar(list).fetch_all(link).await.unwrap(),
        };
        there.retain(|table| table != "schema_migration");
        there.sort();
        assert_eq!(counted, there);
    }
}
