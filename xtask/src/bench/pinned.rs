//! A server process on one core, and what it costs.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::Failure;
use crate::workspace;

/// The longest a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server on one core; stopped when dropped, and by the kernel when we die.
#[derive(Debug)]
pub(super) struct Pinned {
    child: Child,
    program: String,
}

impl Pinned {
    /// Starts a program on a core, with its output in `log` or nowhere.
    pub(super) fn start(
        core: u8,
        program: &Path,
        arguments: &[String],
        log: Option<&Path>,
    ) -> Result<Self, Failure> {
        let mut command = workspace::command("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "taskset", "-c", &core.to_string()]);
        command.arg(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        match log {
            Some(path) => command.stderr(File::create(path).map_err(Failure::file(path))?),
            None => command.stderr(Stdio::null()),
        };
        let program = program.display().to_string();
        let child = command.spawn().map_err(|source| Failure::Start { program: program.clone(), source })?;
        Ok(Self { child, program })
    }

    /// Waits until it accepts connections. Busily: a start is measured in milliseconds.
    pub(super) fn await_connection(&self, address: SocketAddr) -> Result<(), Failure> {
        self.await_that(|| TcpStream::connect(address).is_ok())
    }

    /// Waits until it answers `GET path` with 200.
    pub(super) fn await_answer(&self, address: SocketAddr, path: &str) -> Result<(), Failure> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        self.await_that(|| exchange(address, &request).is_ok_and(|(status, _)| status == 200))
    }

    fn await_that(&self, is_ready: impl Fn() -> bool) -> Result<(), Failure> {
        let start = Instant::now();
        while !is_ready() {
            if start.elapsed() > PATIENCE || !self.is_running() {
                let what = format!("{} does not answer", self.program);
                return Err(Failure::Server { what, log: String::new() });
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    /// User and system time so far, in microseconds; the kernel counts in hundredths of a second.
    pub(super) fn cpu_micros(&self) -> Result<u64, Failure> {
        let stat = self.proc_file("stat")?;
        // The name in parentheses may hold spaces; utime and stime are the 14th and 15th field.
        let fields: Vec<&str> =
            stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok());
        match (ticks(11), ticks(12)) {
            (Some(user), Some(system)) => Ok((user + system) * 10_000),
            _ => Err(Failure::Form { what: "/proc/PID/stat", detail: stat }),
        }
    }

    /// Resident memory, in KiB.
    pub(super) fn resident_kib(&self) -> Result<u64, Failure> {
        let status = self.proc_file("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok())
            .ok_or(Failure::Form { what: "/proc/PID/status", detail: status })
    }

    /// Refuses to go on unless it has a thread of this name.
    pub(super) fn expect_thread(&self, name: &str) -> Result<(), Failure> {
        let path = format!("/proc/{}/task", self.child.id());
        let threads = std::fs::read_dir(&path).map_err(Failure::file(&path))?;
        let names =
            threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
        match names.into_iter().any(|found| found.trim_end() == name) {
            true => Ok(()),
            false => {
                let what = format!("{} has no thread `{name}`", self.program);
                Err(Failure::Server { what, log: String::new() })
            }
        }
    }

    fn proc_file(&self, name: &str) -> Result<String, Failure> {
        let path = format!("/proc/{}/{name}", self.child.id());
        std::fs::read_to_string(&path).map_err(Failure::file(path))
    }

    fn is_running(&self) -> bool {
        self.proc_file("stat").is_ok_and(|stat| {
            stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
        })
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        if let Some(id) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(id, Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// One request on a connection of its own: the status and all that came.
pub(super) fn exchange(address: SocketAddr, request: &str) -> std::io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|word| word.parse().ok());
    status.map(|status| (status, answer)).ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}
