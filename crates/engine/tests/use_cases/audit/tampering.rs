//! Somebody who can write the database is found, and what they did is named.

use claviger_domain::{AuditSeq, ChainFault, ChainPin, FaultKind};
use claviger_engine::AuditVerdict;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

use crate::house::{House, postgres};

/// Rows that every record here begins with: one for the workspace, one for each key.
const ROWS: i64 = 8;

/// A house whose database can be written past the server.
struct Scene {
    house: House,
    url: String,
    _dir: Option<TempDir>,
}

impl Scene {
    async fn on_sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self::on(format!("sqlite:{}", dir.path().join("audit.db").display()), Some(dir)).await
    }

    async fn on_postgres() -> Self {
        Self::on(postgres(), None).await
    }

    async fn on(url: String, dir: Option<TempDir>) -> Self {
        let house = House::on(&url).await;
        for _ in 1..ROWS {
            house.key().await;
        }
        let scene = Self { house, url, _dir: dir };
        assert_eq!(scene.verify(None).await.fault, None);
        let triggers: &[&str] = match scene.is_sqlite() {
            true => &["DROP TRIGGER audit_is_not_changed", "DROP TRIGGER audit_is_not_deleted"],
            false => &["DROP TRIGGER audit_is_append_only ON audit"],
        };
        scene.attack(triggers).await;
        scene
    }

    fn is_sqlite(&self) -> bool {
        self.url.starts_with("sqlite:")
    }

    /// Bytes as the database writes them.
    fn literal(&self, bytes: &[u8]) -> String {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.is_sqlite() { format!("x'{hex}'") } else { format!("'\\x{hex}'::bytea") }
    }

    async fn attack(&self, statements: &[&str]) {
        for statement in statements {
            if let Some(path) = self.url.strip_prefix("sqlite:") {
                rusqlite::Connection::open(path).unwrap().execute_batch(statement).unwrap();
            } else {
                let mut conn = PgConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(AssertSqlSafe((*statement).to_owned())).execute(&mut conn).await.unwrap();
            }
        }
    }

    async fn verify(&self, pin: Option<ChainPin>) -> AuditVerdict {
        self.house.engine.verify_audit(pin).await.unwrap()
    }

    /// The check names this, and nothing before it.
    async fn is_found(&self, kind: FaultKind, seq: i64) {
        let verdict = self.verify(None).await;
        assert_eq!(verdict.fault, Some(ChainFault { kind, seq: AuditSeq::from_i64(seq) }));
    }
}

macro_rules! both {
    ($($name:ident)*) => {
        mod sqlite { $(#[tokio::test] async fn $name() { super::$name(super::Scene::on_sqlite().await).await; })* }
        mod postgres { $(#[tokio::test] async fn $name() { super::$name(super::Scene::on_postgres().await).await; })* }
    };
}

both! {
    a_row_that_was_changed_is_named
    a_row_that_was_deleted_is_named
    a_row_that_was_deleted_and_covered_up_is_named
    a_row_that_was_made_up_is_named
    rows_that_changed_places_are_named
    a_record_that_was_cut_off_is_found
    a_cut_is_found_though_the_end_was_moved_too_and_more_was_added
    an_older_copy_of_the_whole_record_is_found_by_a_row_that_was_noted
    a_record_that_was_emptied_is_found_by_a_row_that_was_noted
}

async fn a_row_that_was_changed_is_named(scene: Scene) {
    for change in [
        "actor = 'system'",
        "recorded_at = recorded_at + 1",
        "action = 'key.revoked'",
        "workspace = NULL",
        "address = '192.0.2.1'",
        "state_after = '{}'",
    ] {
        let save = "CREATE TABLE saved AS SELECT * FROM audit WHERE seq = 4";
        scene.attack(&[save, &format!("UPDATE audit SET {change} WHERE seq = 4")]).await;
        scene.is_found(FaultKind::Altered, 4).await;
        assert_eq!(scene.verify(None).await.checked, 3, "{change}");
        scene
            .attack(&[
                "DELETE FROM audit WHERE seq = 4",
                "INSERT INTO audit SELECT * FROM saved",
                "DROP TABLE saved",
            ])
            .await;
        assert_eq!(scene.verify(None).await.fault, None, "{change}: put back, it is good again");
    }
}

async fn a_row_that_was_deleted_is_named(scene: Scene) {
    scene.attack(&["DELETE FROM audit WHERE seq = 4"]).await;
    scene.is_found(FaultKind::Missing, 4).await;
    scene.attack(&["DELETE FROM audit WHERE seq = 1"]).await;
    scene.is_found(FaultKind::Missing, 1).await;
}

async fn a_row_that_was_deleted_and_covered_up_is_named(scene: Scene) {
    scene
        .attack(&[
            "DELETE FROM audit WHERE seq = 4",
            "UPDATE audit SET seq = -seq WHERE seq > 4",
            "UPDATE audit SET seq = -seq - 1 WHERE seq < 0",
            "UPDATE change_counter SET audit_seq = audit_seq - 1",
        ])
        .await;
    scene.is_found(FaultKind::Missing, 4).await;
}

async fn a_row_that_was_made_up_is_named(scene: Scene) {
    let forged = scene.literal(&[0x11; 32]);
    let insert = format!(
        "INSERT INTO audit SELECT 5, recorded_at, 'local', 'local', action, object, workspace, request, address, \
         state_before, state_after, hash, {forged} FROM audit WHERE seq = 4"
    );
    scene
        .attack(&[
            "UPDATE audit SET seq = -seq WHERE seq > 4",
            "UPDATE audit SET seq = -seq + 1 WHERE seq < 0",
            "UPDATE change_counter SET audit_seq = audit_seq + 1",
            &insert,
        ])
        .await;
    scene.is_found(FaultKind::Inserted, 5).await;
}

async fn rows_that_changed_places_are_named(scene: Scene) {
    scene
        .attack(&[
            "UPDATE audit SET seq = -4 WHERE seq = 4",
            "UPDATE audit SET seq = 4 WHERE seq = 6",
            "UPDATE audit SET seq = 6 WHERE seq = -4",
        ])
        .await;
    scene.is_found(FaultKind::Reordered, 4).await;
}

async fn a_record_that_was_cut_off_is_found(scene: Scene) {
    scene.attack(&["DELETE FROM audit WHERE seq > 5"]).await;
    scene.is_found(FaultKind::Truncated, 6).await;
}

async fn a_cut_is_found_though_the_end_was_moved_too_and_more_was_added(scene: Scene) {
    scene
        .attack(&[
            "DELETE FROM audit WHERE seq > 5",
            "UPDATE change_counter SET audit_seq = 5, audit_hash = (SELECT hash FROM audit WHERE seq = 5)",
        ])
        .await;
    scene.is_found(FaultKind::HeadAltered, 5).await;
    // What is done meanwhile is not refused, is recorded, and does not cover up what was done.
    scene.house.key().await;
    scene.is_found(FaultKind::HeadAltered, 6).await;
}

async fn an_older_copy_of_the_whole_record_is_found_by_a_row_that_was_noted(scene: Scene) {
    let older = scene.house.store.read().await.unwrap().find_audit_head().await.unwrap();
    scene.house.key().await;
    let noted = scene.verify(None).await.end.unwrap();
    assert_eq!(noted.seq.as_i64(), ROWS + 1);
    let (hash, seal) = (scene.literal(&older.hash.0), scene.literal(&older.seal));
    let head =
        format!("UPDATE change_counter SET audit_seq = {ROWS}, audit_hash = {hash}, audit_seal = {seal}");
    scene.attack(&[&format!("DELETE FROM audit WHERE seq > {ROWS}"), &head]).await;
    assert_eq!(scene.verify(None).await.fault, None, "it was whole, once");
    let fault = Some(ChainFault { kind: FaultKind::NotAsPinned, seq: noted.seq });
    assert_eq!(scene.verify(Some(noted)).await.fault, fault);
    scene.house.key().await;
    assert_eq!(scene.verify(Some(noted)).await.fault, fault, "another row in its place is not the row");
}

async fn a_record_that_was_emptied_is_found_by_a_row_that_was_noted(scene: Scene) {
    let noted = scene.verify(None).await.end.unwrap();
    let (hash, seal) = (scene.literal(&[0; 32]), scene.literal(&[]));
    let head = format!("UPDATE change_counter SET audit_seq = 0, audit_hash = {hash}, audit_seal = {seal}");
    scene.attack(&["DELETE FROM audit"]).await;
    scene.is_found(FaultKind::Truncated, 1).await;
    scene.attack(&[&head]).await;
    assert_eq!(scene.verify(Some(noted)).await.fault.unwrap().kind, FaultKind::NotAsPinned);
}
