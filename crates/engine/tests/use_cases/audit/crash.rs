//! Killing the server at any moment leaves a whole record, and one row for each change that was acknowledged.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use claviger_domain::{Action, AuditSeq, PageRequest, Timestamp};
use claviger_engine::{AuditFilter, KeyFilter};
use claviger_testkit::FakeClock;

use crate::house::{House, policy};

/// The database the child is to write to; set by the test that starts it.
const VARIABLE: &str = "CLAVIGER_TEST_AUDIT_URL";
const CHILD: &str = "audit::crash::child_that_issues_keys_until_it_is_killed";

/// A house on a database that others were built on: another seed each time, so that no id comes twice.
async fn house(url: &str, seed: u64) -> House {
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    House::with(url, seed, clock, policy()).await
}

#[tokio::test]
#[ignore = "the other half of the test below, which runs it as a process of its own"]
async fn child_that_issues_keys_until_it_is_killed() {
    let Some(url) = std::env::var_os(VARIABLE) else { return };
    let house = house(url.to_str().unwrap(), std::process::id().into()).await;
    loop {
        house.key().await;
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "acknowledged").unwrap();
        stdout.flush().unwrap();
    }
}

#[tokio::test]
async fn a_kill_leaves_a_whole_record() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("audit.db").display());
    let mut acknowledged = 0_usize;
    for wanted in [3_u64, 17, 40] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([CHILD, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(VARIABLE, &url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut seen = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if !line.unwrap().ends_with("acknowledged") {
                continue;
            }
            seen += 1;
            if seen == wanted {
                // What it acknowledges between this and its end is read too.
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        acknowledged += usize::try_from(seen).unwrap();
        let house = house(&url, 1_000_000_000 + wanted).await;
        let verdict = house.engine.verify_audit(None).await.unwrap();
        assert_eq!(verdict.fault, None);
        let issued = AuditFilter { action: Some(Action::KeyIssued), ..AuditFilter::default() };
        let rows = house.engine.audit_after(&issued, AuditSeq::default()).await.unwrap().len();
        assert!(rows >= acknowledged, "{rows} < {acknowledged}");
        let all = PageRequest { before: None, limit: PageRequest::MAX_LIMIT };
        let keys = house.engine.list_keys(KeyFilter::default(), all).await.unwrap().rows.len();
        assert_eq!(keys, rows, "a row for each key, and a key for each row");
        house.store.close().await;
    }
}
