//! A real PostgreSQL, as installed by Debian, that lives no longer than the test process.
//!
//! It listens on a socket in a directory of its own. A small shell script stands between: it starts the server, waits
//! for the end of its standard input, which comes when this process ends in whatever way, then stops the server and
//! removes the directory.

#![expect(clippy::panic, reason = "without a server there is no test; the message says what to install")]

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The URL of a running server, version 15 or later, to use instead; its role must be allowed to create databases.
const VARIABLE: &str = "CLAVIGER_TEST_POSTGRES";

/// `$1` is the directory of PostgreSQL's programs. Nothing here has to survive a crash of the machine.
const SCRIPT: &str = r#"
set -eu
# A new database copies some 7 MB: in memory that takes a fraction of the time, where there is room.
base=/tmp
if [ -w /dev/shm ] && [ "$(df -Pk /dev/shm | awk 'NR == 2 { print $4 }')" -gt 2000000 ]; then base=/dev/shm; fi
dir=$(mktemp -d "$base/claviger-postgres-XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir"
"$1/initdb" --pgdata "$dir/data" --username postgres --auth trust --encoding UTF8 --locale C --no-sync >log 2>&1 ||
    { cat log >&2; exit 1; }
cat >>data/postgresql.conf <<END
listen_addresses = ''
unix_socket_directories = '$dir'
max_connections = 200
shared_buffers = 16MB
fsync = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
autovacuum = off
END
"$1/pg_ctl" --pgdata "$dir/data" --log "$dir/log" --silent --wait start || { cat log >&2; exit 1; }
echo "$dir"
cat >/dev/null
"$1/pg_ctl" --pgdata "$dir/data" --silent --mode immediate stop
"#;

/// A server, or the URL of one that somebody else runs.
#[derive(Debug)]
pub struct Postgres {
    base: String,
    /// The script's directory, where the server is ours.
    own: Option<Own>,
    databases: AtomicU32,
}

#[derive(Debug)]
struct Own {
    dir: PathBuf,
    script: Child,
    /// The server ends when this closes.
    lifeline: Option<ChildStdin>,
}

impl Postgres {
    /// The one server of this test process, started at the first call.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Postgres> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var_os(VARIABLE).and_then(|url| url.into_string().ok()) {
            Some(url) => Self {
                base: url.trim_end_matches('/').to_owned(),
                own: None,
                // Other test processes use the same server.
                databases: AtomicU32::new(0),
            },
            None => Self::start(),
        })
    }

    /// A server of one's own, for a test that stops or restarts it.
    ///
    /// # Panics
    /// When PostgreSQL is not installed or does not start.
    pub fn start() -> Self {
        let mut script = as_plain_user("sh")
            .args(["-c", SCRIPT, "postgres"])
            .arg(programs())
            .current_dir("/")
            // A Ctrl-C is for the tests; the script follows when they end.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run a shell: {error}"));
        let lifeline = script.stdin.take();
        let mut dir = String::new();
        if let Some(stdout) = script.stdout.take() {
            drop(BufReader::new(stdout).read_line(&mut dir));
        }
        let dir = dir.trim();
        assert!(!dir.is_empty(), "PostgreSQL did not start; its log stands above");
        let base = format!("postgres://postgres@{}", dir.replace('/', "%2F"));
        Self { base, own: Some(Own { dir: dir.into(), script, lifeline }), databases: AtomicU32::new(0) }
    }

    /// The URL of a new, empty database.
    ///
    /// # Panics
    /// When the server does not make one.
    pub fn fresh_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        self.run_sql(&format!("CREATE DATABASE {name} STRATEGY file_copy"));
        self.url_of(&name)
    }

    /// Runs a statement as the server's superuser.
    ///
    /// # Panics
    /// When the server refuses it.
    pub fn run_sql(&self, sql: &str) {
        let output = Command::new(programs().join("psql"))
            .args(["--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--command", sql])
            .arg(self.url_of("postgres"))
            .output()
            .unwrap_or_else(|error| panic!("cannot run psql: {error}"));
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts the server again after a crash.
    ///
    /// # Panics
    /// When the server is not ours or does not come back.
    pub fn run_again(&self) {
        self.control(&["start"]);
    }

    /// Ends the server without warning to anyone, as a crash would.
    ///
    /// # Panics
    /// When the server is not ours.
    pub fn crash(&self) {
        self.control(&["--mode", "immediate", "stop"]);
    }

    fn control(&self, arguments: &[&str]) {
        let Some(own) = &self.own else { panic!("{VARIABLE} names a server that is not ours to stop") };
        let status = as_plain_user(programs().join("pg_ctl"))
            .arg("--pgdata")
            .arg(own.dir.join("data"))
            .arg("--log")
            .arg(own.dir.join("log"))
            .args(["--silent", "--wait"])
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .status();
        assert!(status.is_ok_and(|status| status.success()), "pg_ctl {arguments:?} failed");
    }

    fn url_of(&self, database: &str) -> String {
        match self.base.split_once('?') {
            Some((base, query)) => format!("{}/{database}?{query}", base.trim_end_matches('/')),
            None => format!("{}/{database}", self.base),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(own) = &mut self.own {
            drop(own.lifeline.take());
            drop(own.script.wait());
        }
    }
}

/// Where Debian keeps the programs of the newest version, which it does not put on the path.
fn programs() -> PathBuf {
    let version = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("bin/initdb").exists())
        .max_by_key(|path| version(path))
        .map(|path| path.join("bin"))
        .unwrap_or_else(|| {
            panic!("install PostgreSQL (apt install postgresql), or set {VARIABLE} to a server's URL")
        })
}

/// PostgreSQL refuses to run as root; Debian's package makes a user for it.
fn as_plain_user(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let is_root = std::os::unix::fs::MetadataExt::uid(
        &std::fs::metadata("/proc/self").unwrap_or_else(|error| panic!("cannot see who we are: {error}")),
    ) == 0;
    if !is_root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_is_new_and_the_server_ends_with_its_owner() {
        let postgres = Postgres::start();
        assert_ne!(postgres.fresh_database(), postgres.fresh_database());
        postgres.crash();
        postgres.run_again();
        postgres.run_sql("SELECT 1");
        let dir = postgres.own.as_ref().unwrap().dir.clone();
        assert!(dir.exists());
        drop(postgres);
        assert!(!dir.exists());
    }
}
