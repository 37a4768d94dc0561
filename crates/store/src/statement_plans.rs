//! That no statement walks through a whole table, on either engine: what is quick with ten rows has to be quick with a
//! million.

use rusqlite::ToSql;
use rusqlite::types::Null;
use sqlx::{AssertSqlSafe, Executor, Row as _, SqlSafeStr};

use super::tests::{PATIENCE, all, stores};
use crate::Store;
use crate::conn::Link;

/// Rows that a statement has found by an index before, no more than its limit or than belong to one thing, by the names
/// that statements give them.
const FOUND_BEFORE: [&str; 7] = ["k", "n", "t", "w", "s", "tree", "CONSTANT"];

/// Indexes of the few rows that wait for something, which are walked through from their beginning.
const OF_FEW: [&str; 3] = ["finding_unanswered", "sandbox_reset_going_on", "webhook_message_waiting"];

/// Tables that have a handful of rows, sweeps of such, and what is for operators who ask where the space went.
fn may_walk(file: &str, name: &str) -> bool {
    matches!(
        (file, name),
        ("apis" | "operator_tokens" | "migration" | "jobs", "LIST")
            | ("nodes", "LIST" | "LIST_LIVE" | "DELETE_DEAD")
            | ("row_counts", "COUNT")
            // So many of the first, in the order in which they lie.
            | ("changes", "DELETE")
            // A row for each node.
            | ("usage_batches", "DELETE_FLUSHES")
    )
}

/// The statements that may not, as `file::NAME`, with their texts.
fn statements() -> Vec<(String, &'static str)> {
    let statements = all().into_iter().filter(|(file, name, _)| !may_walk(file, name));
    statements.map(|(file, name, sql)| (format!("{file}::{name}"), sql)).collect()
}

fn places(sql: &str) -> usize {
    (1..).take_while(|place| sql.contains(&format!("${place}"))).count()
}

/// How SQLite goes about a statement.
async fn plan(sqlite: &Store, sql: &str) -> Vec<String> {
    let mut conn = sqlite.read().await.unwrap();
    let Link::Sqlite(link) = conn.bare_link() else { unreachable!() };
    // A value for each parameter; the plan is the same for all.
    let nothing = vec![&Null as &dyn ToSql; places(sql)];
    let plan: Vec<(i64, i64, i64, String)> =
        link.fetch_all(PATIENCE, format!("EXPLAIN QUERY PLAN {sql}").leak(), &nothing).unwrap();
    plan.into_iter().map(|(.., step)| step).collect()
}

/// Whether a step reads all rows of a table, by whatever index.
fn is_walk(step: &str) -> bool {
    let mut words = step.split(' ');
    let is_scan = words.next() == Some("SCAN");
    let is_found = words.next().is_some_and(|table| FOUND_BEFORE.contains(&table)) && !step.contains("INDEX");
    is_scan && !is_found && !OF_FEW.iter().any(|index| step.ends_with(index))
}

#[tokio::test]
async fn on_sqlite_nothing_walks_through_a_whole_table_or_index() {
    let [sqlite, _] = stores().await;
    let mut walks = Vec::new();
    for (name, sql) in statements() {
        let steps = plan(&sqlite, sql).await;
        walks.extend(steps.iter().filter(|step| is_walk(step)).map(|step| format!("{name}: {step}")));
    }
    assert!(walks.is_empty(), "{walks:#?}");
}

#[test]
fn a_walk_is_told_from_a_search_and_from_what_was_found_before() {
    for walk in
        ["SCAN api_key", "SCAN p USING INDEX x", "SCAN t USING INDEX x", "SCAN node", "SCAN key_generation"]
    {
        assert!(is_walk(walk), "{walk}");
    }
    for other in ["SEARCH p USING INDEX x (id>?)", "SCAN k", "SCAN f USING INDEX finding_unanswered"] {
        assert!(!is_walk(other), "{other}");
    }
}

#[tokio::test]
async fn on_sqlite_a_page_of_keys_lies_between_two_ids_of_the_right_index() {
    let [sqlite, _] = stores().await;
    let lists: Vec<_> =
        statements().into_iter().filter(|(name, _)| name.starts_with("key_lists::LIST")).collect();
    assert_eq!(lists.len(), 7);
    for (name, sql) in lists {
        let index = match name.trim_start_matches("key_lists::LIST") {
            "" => "sqlite_autoindex_api_key_1",
            "_OF_WORKSPACE" => "api_key_by_workspace",
            "_OF_API" => "api_key_by_api",
            "_DISABLED" => "api_key_disabled",
            "_DISABLED_OF_WORKSPACE" => "api_key_disabled_by_workspace",
            "_REVOKED" => "api_key_revoked",
            "_REVOKED_OF_WORKSPACE" => "api_key_revoked_by_workspace",
            other => panic!("{other} has no index"),
        };
        let steps = plan(&sqlite, sql).await;
        let is_page = |step: &String| {
            step.starts_with(&format!("SEARCH p USING INDEX {index} ")) && step.contains("id>? AND id<?)")
        };
        assert!(steps.iter().any(is_page), "{name}: {steps:#?}");
    }
}

#[tokio::test]
async fn on_sqlite_usage_of_one_thing_reads_its_own_rows() {
    let [sqlite, _] = stores().await;
    for (name, index) in [
        ("usage::SUM_OF_CREDENTIAL", "usage_by_credential"),
        ("usage::SUM_OF_WORKSPACE", "usage_by_workspace"),
        ("usage::SUM_OF_API", "usage_by_api"),
        ("usage::SUM_OF_TOTALS", "PRIMARY KEY (workspace=? AND grain=? AND at>? AND at<?)"),
    ] {
        let (_, sql) = statements().into_iter().find(|(asked, _)| asked == name).unwrap();
        let steps = plan(&sqlite, sql).await;
        assert!(steps.iter().any(|step| step.contains(index)), "{name}: {steps:#?}");
    }
}

#[tokio::test]
async fn on_postgres_nothing_has_to_walk_through_a_whole_table() {
    let [_, postgres] = stores().await;
    let mut conn = postgres.read().await.unwrap();
    let Link::Postgres(link) = conn.bare_link() else { unreachable!() };
    // Among no rows nothing costs anything: what is walked through now has no index that could be asked.
    link.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan").await.unwrap();
    let mut walks = Vec::new();
    for (number, (name, sql)) in statements().into_iter().enumerate() {
        let prepare = format!("PREPARE p{number} AS {sql}");
        link.execute(AssertSqlSafe(prepare).into_sql_str()).await.unwrap();
        let values = vec!["NULL"; places(sql)].join(", ");
        let values = if values.is_empty() { values } else { format!("({values})") };
        let explain = format!("EXPLAIN EXECUTE p{number}{values}");
        let plan = sqlx::raw_sql(AssertSqlSafe(explain)).fetch_all(&mut *link).await.unwrap();
        let steps = plan.iter().map(|row| row.get::<String, _>(0));
        walks.extend(steps.filter(|step| step.contains("Seq Scan")).map(|step| format!("{name}: {step}")));
    }
    assert!(walks.is_empty(), "{walks:#?}");
}
