//! Killing the process at any moment loses nothing that was acknowledged.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use claviger_domain::{ChangeKind, ChangeSeq};
use claviger_store::{Store, StoreOptions};

use crate::engines::Database;
use crate::samples::{Samples, write};

/// The database the child is to write to; set by the test that starts it.
const VARIABLE: &str = "CLAVIGER_TEST_CRASH_URL";
const CHILD: &str = "crash::child_that_writes_until_it_is_killed";

#[tokio::test]
#[ignore = "the other half of the test below, which runs it as a process of its own"]
async fn child_that_writes_until_it_is_killed() {
    let Some(url) = std::env::var_os(VARIABLE) else { return };
    let options = StoreOptions::new(url.to_str().unwrap().parse().unwrap());
    let store = Store::open(&options).await.unwrap();
    let samples = Samples::new();
    loop {
        let (kind, at) = (ChangeKind::Workspace(samples.workspace().id), samples.now());
        let seq = write!(store, |tx| tx.append_change(&kind, at));
        // The acknowledgement: a line that has left the process.
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "acknowledged {}", seq.as_i64()).unwrap();
        stdout.flush().unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("store.db").display());
    let mut acknowledged = 0;
    for wanted in [3, 17, 40] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([CHILD, "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(VARIABLE, &url)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut seen = 0;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let Some(seq) =
                line.unwrap().strip_prefix("acknowledged ").map(|seq| seq.parse::<i64>().unwrap())
            else {
                continue;
            };
            acknowledged = seq;
            seen += 1;
            if seen == wanted {
                // What it acknowledges between this and its end is read too.
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        let database = Database::at(&url);
        let store = database.open().await;
        let mut read = store.read().await.unwrap();
        let latest = read.latest_change().await.unwrap();
        assert!(latest.as_i64() >= acknowledged, "{latest:?} < {acknowledged}");
        let changes = read.list_changes_after(ChangeSeq::default(), 10_000).await.unwrap();
        assert_eq!(i64::try_from(changes.len()).unwrap(), latest.as_i64());
        drop(read);
        store.close().await;
    }
}
