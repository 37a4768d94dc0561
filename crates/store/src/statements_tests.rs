use std::time::Duration;

use claviger_testkit::Postgres;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use crate::conn::Link;
use crate::{Error, Store, StoreOptions};

/// For a statement of a test.
const PATIENCE: Duration = Duration::from_secs(5);

/// Every statement that both engines run.
fn all() -> Vec<(&'static str, &'static str, &'static str)> {
    let files = [
        ("access_requests", crate::access_requests::ALL),
        ("accounts", crate::accounts::ALL),
        ("apis", crate::apis::ALL),
        ("audit", crate::audit::ALL),
        ("authorization_codes", crate::authorization_codes::ALL),
        ("belongings", crate::belongings::ALL),
        ("changes", crate::changes::ALL),
        ("client_logos", crate::client_logos::ALL),
        ("client_origins", crate::client_origins::ALL),
        ("changes", &[("LATEST", crate::changes::LATEST)]),
        ("ended_tokens", crate::ended_tokens::ALL),
        ("clients", crate::clients::ALL),
        ("client_secrets", crate::client_secrets::ALL),
        ("credits", crate::credits::ALL),
        ("device_codes", crate::device_codes::ALL),
        ("findings", crate::findings::ALL),
        ("generations", crate::generations::ALL),
        ("grants", crate::grants::ALL),
        ("habits", crate::habits::ALL),
        ("idempotency", crate::idempotency::ALL),
        ("invitations", crate::invitations::ALL),
        ("jobs", crate::jobs::ALL),
        ("key_lists", crate::key_lists::ALL),
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
    files
        .into_iter()
        .flat_map(|(file, statements)| statements.iter().map(move |(name, sql)| (file, *name, *sql)))
        .collect()
}

async fn prepare(store: &Store, sql: &'static str) -> Result<(), Error> {
    let mut conn = store.read().await.unwrap();
    match conn.bare_link() {
        Link::Sqlite(link) => link.prepare(PATIENCE, sql).map(drop),
        Link::Postgres(link) => Ok(link.prepare(AssertSqlSafe(sql).into_sql_str()).await.map(drop)?),
    }
}

async fn stores() -> [Store; 2] {
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
async fn lookups_and_pages_are_answered_from_an_index() {
    let [sqlite, _] = stores().await;
    for (file, name, sql) in all() {
        // Sweeps and lists of a handful may read their table.
        let may_scan = matches!(
            (file, name),
            ("apis" | "operator_tokens" | "migration", "LIST")
                | ("nodes", "LIST" | "LIST_LIVE" | "DELETE_DEAD")
                | ("jobs", "LIST")
                | ("row_counts", "COUNT")
        );
        let mut conn = sqlite.read().await.unwrap();
        let Link::Sqlite(link) = conn.bare_link() else { unreachable!() };
        // A value for each parameter; the plan is the same for all.
        let places = (1..).take_while(|place| sql.contains(&format!("${place}"))).count();
        let nothing = vec![&rusqlite::types::Null as &dyn rusqlite::ToSql; places];
        let plan: Vec<(i64, i64, i64, String)> =
            link.fetch_all(PATIENCE, &format!("EXPLAIN QUERY PLAN {sql}"), &nothing).unwrap();
        let scan = plan.iter().find(|(.., step)| {
            // The page of keys that `k` stands for was found by an index itself.
            step.starts_with("SCAN")
                && !step.contains("INDEX")
                && !step.starts_with("SCAN k")
                // Nor are the rows that are counted, no further than to a limit.
                && step != "SCAN w"
                // What a recursion has found so far is read whole.
                && !step.starts_with("SCAN tree")
                && !step.contains("CONSTANT ROW")
        });
        assert!(scan.is_none() || may_scan, "{file}::{name} reads a whole table: {plan:?}");
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
