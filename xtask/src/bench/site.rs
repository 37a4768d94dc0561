//! A deployment to measure: configuration, contract and a database with so many keys.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::{terminal, workspace};

use super::load::Shape;
use super::pinned::{Pinned, exchange};
use super::report::Start;
use super::{Case, Programs, SERVER_CORE};

const CONTRACT: &str = include_str!("contract.toml");
/// 32 zero bytes in base64: nothing here is secret.
pub(super) const MASTER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// A start is measured so often; the median counts.
const STARTS: usize = 5;

/// The limit of the contract, as it stands there.
const LIMIT: &str = "[limits]\nall = { requests = 1000000000, per = \"1m\", always = true }\n";

/// What a server does beside its decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beside {
    /// Counts each request against a limit.
    pub(super) limits: bool,
    /// Counts each request for usage and metrics.
    pub(super) usage: bool,
    /// Watches for unusual activity.
    pub(super) watch: bool,
}

impl Beside {
    /// What a server does unless its operator says otherwise.
    pub(super) const ALL: Self = Self { limits: true, usage: true, watch: true };

    fn contract(self) -> String {
        if self.limits { CONTRACT.to_owned() } else { CONTRACT.replace(LIMIT, "") }
    }
}

/// A directory with everything `claviger serve` needs.
#[derive(Debug)]
pub(super) struct Site {
    directory: PathBuf,
    /// Keys in its database.
    pub(super) keys: usize,
}

impl Site {
    /// Makes the directory and fills its database, unless an earlier run did.
    pub(super) fn prepare(programs: &Programs, keys: usize, reseed: bool) -> Result<Self, Failure> {
        let directory = workspace::root().join("target/bench").join(format!("keys-{keys}"));
        let site = Self { directory, keys };
        if reseed && site.directory.exists() {
            fs::remove_dir_all(&site.directory).map_err(Failure::file(&site.directory))?;
        }
        // Written last by the seed program, so it is there only when all is.
        if !site.file("junk.txt").exists() {
            site.make_directory()?;
            let start = Instant::now();
            let mut seed = workspace::command(&programs.seed);
            workspace::run(seed.arg(&site.directory).arg(keys.to_string()))?;
            terminal::line(format_args!("    seeded in {:.1} s", start.elapsed().as_secs_f64()));
        }
        Ok(site)
    }

    fn make_directory(&self) -> Result<(), Failure> {
        for name in ["claviger.db", "claviger.db-wal", "claviger.db-shm"] {
            let _ = fs::remove_file(self.file(name));
        }
        fs::create_dir_all(self.file("contracts")).map_err(Failure::file(&self.directory))?;
        write(&self.file("contract.toml"), CONTRACT)?;
        write(&self.file("contracts/bench.toml"), CONTRACT)?;
        write(&self.file("master.key"), MASTER_KEY)?;
        make_private(&self.file("master.key"))
    }

    /// A file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The operator token that may verify.
    pub(super) fn token(&self) -> Result<String, Failure> {
        let path = self.file("operator.token");
        fs::read_to_string(&path).map_err(Failure::file(path))
    }

    /// Starts the server and waits for its first answer.
    pub(super) fn start(
        &self,
        programs: &Programs,
        address: SocketAddr,
        upstream: SocketAddr,
    ) -> Result<Pinned, Failure> {
        self.start_with(programs, (address, upstream), Beside::ALL)
    }

    /// The same for a server that does only these things beside its decisions.
    pub(super) fn start_with(
        &self,
        programs: &Programs,
        (address, upstream): (SocketAddr, SocketAddr),
        beside: Beside,
    ) -> Result<Pinned, Failure> {
        let settings = self.file("claviger.toml");
        write(&self.file("contracts/bench.toml"), &beside.contract())?;
        write(&settings, &settings_text((address, upstream), beside))?;
        let arguments = ["serve".to_owned(), "--config".to_owned(), settings.display().to_string()];
        let log = self.file("server.log");
        let server = Pinned::start(SERVER_CORE, &programs.claviger, &arguments, Some(&log))?;
        match server.await_answer(address, "/livez") {
            Err(Failure::Server { what, .. }) => {
                Err(Failure::Server { what, log: fs::read_to_string(log).unwrap_or_default() })
            }
            outcome => outcome.map(|()| server),
        }
    }

    /// From exec to the first answer: with this database, and on an empty directory.
    pub(super) fn measure_starts(
        &self,
        programs: &Programs,
        address: SocketAddr,
        upstream: SocketAddr,
    ) -> Result<[Start; 2], Failure> {
        let time = |site: &Self| {
            let start = Instant::now();
            let server = site.start(programs, address, upstream)?;
            let took = start.elapsed();
            drop(server);
            Ok::<_, Failure>(took)
        };
        let again = (0..STARTS).map(|_| time(self)).collect::<Result<Vec<_>, _>>()?;
        let first = (0..STARTS).map(|_| {
            let folder = tempfile::tempdir().map_err(Failure::file(std::env::temp_dir()))?;
            let site = Self { directory: folder.path().to_owned(), keys: 0 };
            site.make_directory()?;
            time(&site)
        });
        let first = first.collect::<Result<Vec<_>, _>>()?;
        Ok([Start { keys: Some(self.keys), took: median(again) }, Start { keys: None, took: median(first) }])
    }

    /// Asks once and refuses to measure anything that answers otherwise than it should.
    pub(super) fn expect(&self, address: SocketAddr, case: Case) -> Result<(), Failure> {
        let path = self.file(case.file);
        let keys = fs::read_to_string(&path).map_err(Failure::file(path))?;
        let key = keys.lines().next().unwrap_or_default();
        let request = match case.shape {
            Shape::Gateway => format!(
                "GET /items HTTP/1.1\r\nHost: bench.localhost\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"
            ),
            Shape::Verify => {
                let body = format!(r#"{{"api":"bench","credential":"{key}","scopes":["read"]}}"#);
                format!(
                    "POST /v1/verify HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json\r\n\
                     Authorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{body}",
                    self.token()?,
                    body.len()
                )
            }
        };
        let (status, answer) = exchange(address, &request).map_err(Failure::file(address.to_string()))?;
        if status == case.status && answer.contains(case.body_has) {
            return Ok(());
        }
        let what = format!("{}: expected {} with {}, got", case.name, case.status, case.body_has);
        Err(Failure::Server { what, log: answer })
    }
}

fn settings_text((address, upstream): (SocketAddr, SocketAddr), beside: Beside) -> String {
    let Beside { usage, watch, .. } = beside;
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "[server]\nlisten = \"{address}\"\ncontrol_origins = [\"http://{address}\"]\n\
         [database]\nurl = \"sqlite:claviger.db\"\n\
         [master_key]\nfile = \"master.key\"\n\
         [contracts]\ndirectory = \"contracts\"\nwatch = false\n\
         [apis.bench.upstreams]\nlive = \"http://{upstream}\"\n\
         [usage]\nenabled = {usage}\n\
         [unusual_activity]\nenabled = {watch}\n\
         [log]\nfilter = \"warn\"\n"
    );
    text
}

/// Writes a file.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(Failure::file(path))
}

/// The server refuses a master key that others can read.
pub(super) fn make_private(path: &Path) -> Result<(), Failure> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(path, mode).map_err(Failure::file(path))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_without_limits_has_a_contract_without_them() {
        assert!(Beside::ALL.contract().contains(LIMIT));
        assert!(!Beside { limits: false, ..Beside::ALL }.contract().contains("[limits]"));
    }

    #[test]
    fn what_is_done_beside_decisions_stands_in_the_settings() {
        let address: SocketAddr = ([127, 0, 0, 1], 1).into();
        let text = settings_text((address, address), Beside { limits: true, usage: false, watch: true });
        assert!(text.contains("[usage]\nenabled = false\n[unusual_activity]\nenabled = true\n"), "{text}");
    }
}
