use std::collections::BTreeSet;
use std::time::Duration;

use claviger_testkit::Postgres;

use super::*;
use crate::{DatabaseUrl, Store, StoreOptions};

/// For a statement of a test.
const PATIENCE: Duration = Duration::from_secs(5);

/// The checksums of released steps. A line here is never edited; a new step adds one.
const FROZEN: &[(&str, i64, i64)] = &[
    ("0001_init", 3_699_320_380, 1_465_856_973),
    ("0002_coordination", 2_802_779_434, 1_301_169_993),
    ("0003_accounts", 3_873_640_616, 1_309_526_730),
    ("0004_tokens", 2_702_865_262, 1_507_439_225),
    ("0005_oauth", 1_735_851_636, 3_306_279_711),
    ("0006_client_logo", 832_145_807, 3_336_962_330),
    ("0007_usage", 1_750_024_612, 3_823_281_562),
    ("0008_members", 2_176_005_454, 2_339_384_563),
    ("0009_audit", 3_254_766_634, 2_253_473_534),
    ("0010_webhooks", 3_115_207_745, 1_711_059_670),
    ("0011_credits", 4_035_634_283, 1_273_636_534),
    ("0012_findings", 309_860_321, 1_323_220_056),
    ("0013_access_requests", 2_755_895_841, 2_014_617_966),
    ("0014_reminders", 1_135_849_854, 2_351_554_490),
    ("0015_sandbox", 3_150_428_739, 3_492_634_425),
    ("0016_told", 2_195_424_948, 3_918_037_699),
    ("0017_node_about", 3_179_459_281, 1_948_479_147),
    ("0020_credit_use", 3_315_266_129, 3_315_266_129),
    ("0021_flushes_and_origins", 2_063_088_680, 3_868_551_688),
    ("0022_looks", 433_607_333, 1_889_585_473),
    ("0023_sign_ins_and_pictures", 223_245_255, 2_962_499_458),
    ("0024_usage_origin", 1_911_469_493, 630_136_623),
    ("0025_tokens_in_families", 2_601_090_424, 1_605_025_904),
    ("0026_families_in_order", 756_606_356, 3_918_156_261),
];

#[test]
fn released_steps_have_not_been_edited() {
    let now: Vec<_> = MIGRATIONS
        .iter()
        .map(|step| (step.name, Migration::checksum(step.sqlite), Migration::checksum(step.postgres)))
        .collect();
    assert_eq!(now, FROZEN);
}

#[test]
fn steps_are_in_the_order_of_their_numbers() {
    assert!(MIGRATIONS.is_sorted_by(|one, next| one.version < next.version));
    for step in MIGRATIONS {
        assert!(step.name.starts_with(&format!("{:04}_", step.version)));
    }
}

fn known_version() -> i64 {
    MIGRATIONS.last().unwrap().version
}

fn options(url: &str) -> StoreOptions {
    StoreOptions::new(url.parse::<DatabaseUrl>().unwrap())
}

/// What the catalogue says, one line per column, unique set and index.
async fn catalogue(store: &Store, queries: [&'static str; 2]) -> BTreeSet<String> {
    let mut conn = store.read().await.unwrap();
    let mut lines = BTreeSet::new();
    for query in queries {
        let rows: Vec<(String,)> = match conn.bare_link() {
            Link::Sqlite(link) => link.fetch_all(PATIENCE, query, &[]).unwrap(),
            Link::Postgres(link) => sqlx::query_as(query).fetch_all(link).await.unwrap(),
        };
        lines.extend(rows.into_iter().map(|(line,)| line));
    }
    lines
}

const SQLITE_CATALOGUE: [&str; 2] = [
    "SELECT t.name || '.' || c.name || ' ' || CASE c.type WHEN 'TEXT' THEN 'text' WHEN 'BLOB' THEN 'bytes' ELSE 'integer' END \
        || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END \
     FROM pragma_table_list t JOIN pragma_table_info(t.name) c \
     WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
    "SELECT t.name || ' (' || (SELECT group_concat(i.name, ', ') FROM pragma_index_info(l.name) i) || ')' \
        || CASE WHEN l.\"unique\" THEN ' unique' ELSE '' END || CASE WHEN l.partial THEN ' partial' ELSE '' END \
     FROM pragma_table_list t JOIN pragma_index_list(t.name) l WHERE t.schema = 'main' AND t.type = 'table' \
     UNION \
     SELECT t.name || ' (' || (SELECT group_concat(c.name, ', ') FROM pragma_table_info(t.name) c WHERE c.pk > 0) || ') unique' \
     FROM pragma_table_list t WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!'",
];

const POSTGRES_CATALOGUE: [&str; 2] = [
    "SELECT table_name || '.' || column_name || ' ' \
        || CASE data_type WHEN 'text' THEN 'text' WHEN 'bigint' THEN 'integer' ELSE 'bytes' END \
        || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END \
     FROM information_schema.columns WHERE table_schema = 'public'",
    "SELECT t.relname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n) \
            FROM unnest(x.indkey) WITH ORDINALITY k (attnum, n) \
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum) || ')' \
        || CASE WHEN x.indisunique THEN ' unique' ELSE '' END || CASE WHEN x.indpred IS NOT NULL THEN ' partial' ELSE '' END \
     FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace \
     WHERE s.nspname = 'public'",
];

#[tokio::test]
async fn both_engines_end_up_with_the_same_schema() {
    let sqlite = Store::open(&options("sqlite::memory:")).await.unwrap();
    let postgres = Store::open(&options(&Postgres::shared().fresh_database())).await.unwrap();
    let (sqlite, postgres) =
        (catalogue(&sqlite, SQLITE_CATALOGUE).await, catalogue(&postgres, POSTGRES_CATALOGUE).await);
    let only_sqlite: Vec<_> = sqlite.difference(&postgres).collect();
    let only_postgres: Vec<_> = postgres.difference(&sqlite).collect();
    assert!(
        only_sqlite.is_empty() && only_postgres.is_empty(),
        "sqlite: {only_sqlite:#?}, postgres: {only_postgres:#?}"
    );
    assert!(sqlite.len() > 70, "{}", sqlite.len());
}

#[tokio::test]
async fn many_nodes_that_start_at_once_migrate_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("store.db").display());
    for url in [file, Postgres::shared().fresh_database()] {
        let opening = (0..6).map(|_| {
            let options = options(&url);
            tokio::spawn(async move { Store::open(&options).await.unwrap().migrated() })
        });
        let mut opened = Vec::new();
        for opening in opening.collect::<Vec<_>>() {
            opened.push(opening.await.unwrap());
        }
        let known = known_version();
        assert_eq!(opened.iter().filter(|migrated| migrated.from == 0).count(), 1, "{opened:?}");
        assert!(opened.iter().all(|migrated| migrated.to == known));
    }
}

/// Runs a text on a database that no store has open.
async fn plant(url: &str, sql: String) {
    match url.parse::<DatabaseUrl>().unwrap().0 {
        crate::options::Target::Postgres(connect) => {
            let mut conn = sqlx::ConnectOptions::connect(connect.as_ref()).await.unwrap();
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut conn).await.unwrap();
        }
        crate::options::Target::File(path) => {
            rusqlite::Connection::open(path).unwrap().execute_batch(&sql).unwrap();
        }
        crate::options::Target::Memory => panic!("nothing can be planted in memory"),
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("store.db").display());
    for url in [file, Postgres::shared().fresh_database()] {
        Store::open(&options(&url)).await.unwrap().close().await;
        plant(
            &url,
            "INSERT INTO schema_migration (version, name, checksum) VALUES (999, 'later', 1)".to_owned(),
        )
        .await;
        let error = Store::open(&options(&url)).await.unwrap_err();
        let MigrationError::Newer { found: 999, known } = error else { panic!("{error:?}") };
        assert_eq!(known, known_version());
    }
}

#[tokio::test]
async fn a_database_migrated_from_other_sources_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("store.db").display());
    for url in [file, Postgres::shared().fresh_database()] {
        Store::open(&options(&url)).await.unwrap().close().await;
        plant(&url, "UPDATE schema_migration SET checksum = 1 WHERE version = 1".to_owned()).await;
        let error = Store::open(&options(&url)).await.unwrap_err();
        assert!(matches!(error, MigrationError::Changed { name: "0001_init" }), "{error:?}");
    }
}

#[tokio::test]
async fn a_database_of_version_1_is_brought_up_to_date_with_its_data() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("store.db").display());
    let dumps = [
        (file, include_str!("../tests/dumps/0001.sqlite.sql")),
        (Postgres::shared().fresh_database(), include_str!("../tests/dumps/0001.postgres.sql")),
    ];
    for (url, dump) in dumps {
        plant(&url, dump.to_owned()).await;
        let store = Store::open(&options(&url)).await.unwrap();
        assert_eq!(store.migrated(), Migrated { from: 1, to: known_version() });
        let mut read = store.read().await.unwrap();
        let mut lookup = [0; 32];
        lookup[31] = 1;
        let record = read.find_key_by_lookup(&lookup).await.unwrap().unwrap();
        assert_eq!(record.key.name.as_str(), "kept since version 1");
        assert_eq!(record.key.scopes.to_string(), "read write");
        assert_eq!(record.plan.unwrap().as_str(), "starter");
        assert_eq!(record.belongings.into_values().next().unwrap(), ["d1"]);
        assert_eq!(read.latest_change().await.unwrap().as_i64(), 1);
        assert_eq!(read.list_changes_after(claviger_domain::ChangeSeq::default(), 9).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn origins_of_clients_from_before_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("store.db").display());
    let step = MIGRATIONS.iter().find(|step| step.name == "0021_flushes_and_origins").unwrap();
    let dumps = [
        (
            file,
            step.sqlite,
            "X'019b77000000700080000000000000%'",
            include_str!("../tests/dumps/0001.sqlite.sql"),
        ),
        (
            Postgres::shared().fresh_database(),
            step.postgres,
            "'019b77000000700080000000000000%'",
            include_str!("../tests/dumps/0001.postgres.sql"),
        ),
    ];
    let uris = "https://App.Example.com/cb https://two.example.com:443?a=b https://three.example.com:8443/x/y \
        http://127.0.0.1/cb http://[::1]:80/cb com.example.app:/cb HTTPS://FOUR.example.com";
    for (url, step, id, dump) in dumps {
        plant(&url, dump.to_owned()).await;
        let store = Store::open(&options(&url)).await.unwrap();
        let metadata =
            serde_json::json!({"name": "From before", "redirect_uris": uris.split(' ').collect::<Vec<_>>()});
        let [client, api, workspace] = ["77", "01", "02"].map(|last| id.replace('%', last));
        plant(
            &url,
            format!(
                "INSERT INTO client (id, api, workspace, environment, name, name_folded, metadata, origin, created_at, \
                 created_by, updated_at, updated_by) VALUES ({client}, {api}, {workspace}, 'live', 'a', 'a', '{metadata}', \
                 'managed', 1, 'local', 1, 'local');\n{}",
                step.split_once("INSERT INTO client_origin").map(|(_, rest)| format!("INSERT INTO client_origin{rest}")).unwrap()
            ),
        )
        .await;
        let api = claviger_domain::ApiId::from_uuid("019b7700000070008000000000000001".parse().unwrap());
        let mut read = store.read().await.unwrap();
        for uri in uris.split(' ').filter(|uri| !uri.starts_with("com.")) {
            let origin = claviger_domain::RedirectUri::parse(uri).unwrap().origin();
            assert!(read.has_client_origin(api, &origin).await.unwrap(), "{url}: {uri} {origin}");
        }
        assert_eq!(read.count_rows().await.unwrap()["client_origin"], 6);
        assert!(!read.has_client_origin(api, "https://example.com").await.unwrap());
    }
}

/// A database as version 24 left it, with the data of version 1.
async fn plant_version_24(url: &str, is_postgres: bool, dump: &str) {
    plant(url, dump.to_owned()).await;
    for step in MIGRATIONS.iter().filter(|step| (2..25).contains(&step.version)) {
        let text = if is_postgres { step.postgres } else { step.sqlite };
        let (version, name, checksum) = (step.version, step.name, Migration::checksum(text));
        let record = format!(
            "INSERT INTO schema_migration (version, name, checksum) VALUES ({version}, '{name}', {checksum});"
        );
        plant(url, format!("{text}\n{record}")).await;
    }
}

/// A family of three generations, the first of which is spent, as version 24 kept it.
fn family_of_version_24(id: &str, bytes: &str) -> String {
    let uuid = |last: &str| id.replace('%', &format!("019b77000000700080000000000000{last}"));
    let hash = |byte: &str| bytes.replace('%', &byte.repeat(32));
    let (client, family, sealed) = (uuid("77"), uuid("78"), bytes.replace('%', "aabb"));
    let mut sql = format!(
        "INSERT INTO client (id, api, workspace, environment, name, name_folded, metadata, origin, created_at, \
         created_by, updated_at, updated_by) VALUES ({client}, {}, {}, 'live', 'a', 'a', '{{}}', 'managed', 1, \
         'local', 1, 'local');\n\
         INSERT INTO token_family (id, client, reuse, scopes, details, newest, spent, created_at, ends_at) VALUES \
         ({family}, {client}, {}, 'read write', '{{}}', 3, 1, 1000000, 9000000);\n",
        uuid("01"),
        uuid("02"),
        hash("99"),
    );
    for (lookup, generation, part, issued_at, expires_at, sealed, scopes) in [
        ("01", 1, "access", 1_000_000, "2000000", "NULL", "NULL"),
        ("02", 2, "access", 2_000_000, "3000000", "NULL", "NULL"),
        ("03", 2, "refresh", 2_000_000, "NULL", "NULL", "NULL"),
        ("04", 3, "access", 3_000_000, "4000000", sealed.as_str(), "'read'"),
        ("05", 3, "refresh", 3_000_000, "NULL", "NULL", "NULL"),
    ] {
        sql += &format!(
            "INSERT INTO token (lookup, family, generation, part, issued_at, expires_at, sealed, scopes) VALUES \
             ({}, {family}, {generation}, '{part}', {issued_at}, {expires_at}, {sealed}, {scopes});\n",
            hash(lookup),
        );
    }
    sql
}

#[tokio::test]
async fn tokens_from_before_are_found_and_their_families_know_them() {
    let dir = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", dir.path().join("store.db").display());
    let dumps = [
        (file, "X'%'", "X'%'", include_str!("../tests/dumps/0001.sqlite.sql")),
        (
            Postgres::shared().fresh_database(),
            "'%'",
            "'\\x%'",
            include_str!("../tests/dumps/0001.postgres.sql"),
        ),
    ];
    for (url, id, bytes, dump) in dumps {
        plant_version_24(&url, id == "'%'", dump).await;
        plant(&url, family_of_version_24(id, bytes)).await;
        let store = Store::open(&options(&url)).await.unwrap();
        assert_eq!(store.migrated(), Migrated { from: 24, to: known_version() });
        let mut read = store.read().await.unwrap();
        let mut states = Vec::new();
        for byte in 1..=5 {
            let record = read.find_token_by_lookup(&[byte; 32]).await.unwrap().unwrap();
            assert_eq!(record.token.lookup, [byte; 32]);
            states
                .push((record.token.generation.as_i64(), record.of.family.state_of(record.token.generation)));
        }
        use claviger_domain::TokenState::{Fresh, InUse, Spent};
        assert_eq!(states, [(1, Spent), (2, InUse), (2, InUse), (3, Fresh), (3, Fresh)]);
        let id = claviger_domain::FamilyId::from_uuid("019b7700000070008000000000000078".parse().unwrap());
        let (_, mut unspent) = read.find_unspent(id).await.unwrap().unwrap();
        unspent.sort_by_key(|token| token.lookup);
        assert_eq!(unspent.iter().map(|token| token.lookup[0]).collect::<Vec<_>>(), [2, 3, 4, 5]);
        let (_, access) = read.find_reusable(&[0x99; 32]).await.unwrap().unwrap();
        assert_eq!((access.lookup, access.sealed.unwrap()), ([4; 32], vec![0xaa, 0xbb]));
        assert_eq!(access.scopes.unwrap().to_string(), "read");
        assert_eq!(access.expires_at.unwrap().micros(), 4_000_000);
    }
}
