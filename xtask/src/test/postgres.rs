//! One PostgreSQL for a whole test run.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::failure::Failure;
use crate::workspace;

/// The account PostgreSQL runs as when we are root, which it refuses to be.
const ACCOUNT: &str = "postgres";

/// A running server with nothing in it; stopped when dropped, and by the kernel when we die.
#[derive(Debug)]
pub(crate) struct Server {
    port: u16,
    child: Child,
    _folder: TempDir,
}

/// The folder of the newest server programs.
pub(crate) fn find_programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| {
        let entry = entry.ok()?;
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        let programs = entry.path().join("bin");
        programs.join("initdb").is_file().then_some((version, programs))
    });
    folders.max().map(|(_, programs)| programs)
}

impl Server {
    /// Makes a cluster in a temporary folder and starts it on a free loopback port.
    pub(crate) fn start() -> Result<Self, Failure> {
        let programs = find_programs().ok_or(Failure::Form {
            what: "PostgreSQL",
            detail: "no server below /usr/lib/postgresql; run `cargo xtask test --only packages`".into(),
        })?;
        let folder = tempfile::Builder::new().prefix("claviger-postgres-").tempdir();
        let folder = folder.map_err(Failure::file(std::env::temp_dir()))?;
        if rustix::process::geteuid().is_root() {
            workspace::run(Command::new("chown").arg(ACCOUNT).arg(folder.path()))?;
        }
        let data = folder.path().join("data");
        let mut init = as_account(&programs.join("initdb"));
        init.arg("-D").arg(&data).args([
            "-U",
            ACCOUNT,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        workspace::run(init.stdout(Stdio::null()))?;

        let port = free_port().map_err(Failure::file("127.0.0.1"))?;
        let mut server = as_account(&programs.join("postgres"));
        server.arg("-D").arg(&data).args(settings(port));
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let start = |source| Failure::Start { program: "postgres".into(), source };
        let mut child = server.spawn().map_err(start)?;
        await_ready(&mut child)?;
        Ok(Self { port, child, _folder: folder })
    }

    /// Its URL, with every right; whoever uses it names a database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{ACCOUNT}@127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: connections are cut, the cluster is left whole.
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, Signal::INT);
        }
        let _ = self.child.wait();
    }
}

/// Nothing in it is worth a disk's patience.
fn settings(port: u16) -> Vec<String> {
    let settings = [
        "listen_addresses=127.0.0.1".to_owned(),
        format!("port={port}"),
        "unix_socket_directories=".to_owned(),
        "fsync=off".to_owned(),
        "full_page_writes=off".to_owned(),
        "max_connections=500".to_owned(),
        "shared_buffers=64MB".to_owned(),
    ];
    settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]).collect()
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A program that dies with us, under an account that PostgreSQL accepts.
fn as_account(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    if rustix::process::geteuid().is_root() {
        command.args(["--reuid", ACCOUNT, "--regid", ACCOUNT, "--init-groups"]);
    }
    command.args(["--pdeathsig", "INT", "--"]).arg(program).current_dir("/");
    command
}

/// Reads its log until it says that it is ready; the rest is drained, so that it never waits for a reader.
fn await_ready(child: &mut Child) -> Result<(), Failure> {
    let mut log = String::new();
    if let Some(errors) = child.stderr.take() {
        let mut lines = BufReader::new(errors).lines().map_while(Result::ok);
        for line in lines.by_ref() {
            if line.contains("ready to accept connections") {
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(());
            }
            log.push_str(&line);
            log.push('\n');
        }
    }
    let _ = child.wait();
    Err(Failure::Server { what: "PostgreSQL ended before it was ready:".into(), log })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_starts_answers_and_stops() {
        let server = Server::start().unwrap();
        let (port, folder) = (server.port, server._folder.path().to_owned());
        assert!(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
        assert!(server.url().ends_with(&format!(":{port}")));
        drop(server);
        assert!(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
        assert!(!folder.exists());
    }
}
