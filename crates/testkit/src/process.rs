//! Child processes that end with the test that started them, however it ends.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

/// Why a server for a test did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its program is not on this machine.
    #[error("none of {programs:?} is installed; `cargo xtask test` installs Debian's package `{package}`")]
    NotInstalled {
        /// The programs looked for.
        programs: &'static [&'static str],
        /// The package that has them.
        package: &'static str,
    },
    /// The system refused.
    #[error("the system refused")]
    System(#[from] io::Error),
    /// It ended before it answered.
    #[error("{program} ended before it answered:\n{log}")]
    Ended {
        /// The program.
        program: String,
        /// What it wrote.
        log: String,
    },
    /// It did not answer in time.
    #[error("{program} did not answer within {seconds} s:\n{log}")]
    Silent {
        /// The program.
        program: String,
        /// How long it was waited for.
        seconds: u64,
        /// What it wrote.
        log: String,
    },
}

/// A running child. Dropping it kills it and its process group; the kernel kills it when this process dies.
#[derive(Debug)]
pub struct Process {
    id: Pid,
    program: String,
    log: PathBuf,
    stop: Option<Sender<()>>,
    keeper: Option<JoinHandle<io::Result<ExitStatus>>>,
}

/// How long a server may take until its first answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is asked.
const POLL: Duration = Duration::from_millis(5);

impl Process {
    /// Starts `program` with its output in `log`.
    ///
    /// # Errors
    /// When the system cannot start it.
    pub fn start<A: AsRef<OsStr>>(program: &Path, arguments: &[A], log: &Path) -> io::Result<Self> {
        let output = File::create(log)?;
        // setpriv executes the program in its own place, so the process id is the program's.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program).args(arguments);
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);

        // The death signal is sent when the thread that started the child ends, and a test's thread or a
        // runtime's may end early: the child gets a thread of its own that lives exactly as long as its guard.
        let (started, outcome) = channel();
        let (stop, stopped) = channel::<()>();
        let keeper = std::thread::spawn(move || {
            let mut child = match command.spawn() {
                Ok(child) => child,
                Err(error) => {
                    let kind = error.kind();
                    let _ = started.send(Err(error));
                    return Err(kind.into());
                }
            };
            let _ = started.send(Ok(child.id()));
            // Ends when the guard asks or is dropped.
            let _ = stopped.recv();
            end(&mut child)
        });
        let id = outcome.recv().map_err(io::Error::other)??;
        let id = i32::try_from(id).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?;
        let program = program.display().to_string();
        Ok(Self { id, program, log: log.to_owned(), stop: Some(stop), keeper: Some(keeper) })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.id.as_raw_nonzero().get().unsigned_abs()
    }

    /// What it has written so far.
    pub fn log(&self) -> String {
        std::fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Kills it and waits until it is gone.
    ///
    /// # Errors
    /// When the system cannot tell how it ended.
    pub fn kill(mut self) -> io::Result<ExitStatus> {
        drop(self.stop.take());
        match self.keeper.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_)) | None => Err(io::ErrorKind::Other.into()),
        }
    }

    /// Waits until `answers` says yes.
    ///
    /// # Errors
    /// When the process ends first, or has not answered after half a minute.
    pub async fn wait_until<F, A>(&self, mut answers: A) -> Result<(), StartError>
    where
        A: FnMut() -> F,
        F: Future<Output = bool>,
    {
        let ready = async {
            let mut tick = tokio::time::interval(POLL);
            loop {
                tick.tick().await;
                if self.has_ended() {
                    return Err(StartError::Ended { program: self.program.clone(), log: self.log() });
                }
                if answers().await {
                    return Ok(());
                }
            }
        };
        match tokio::time::timeout(PATIENCE, ready).await {
            Ok(outcome) => outcome,
            Err(_) => Err(StartError::Silent {
                program: self.program.clone(),
                seconds: PATIENCE.as_secs(),
                log: self.log(),
            }),
        }
    }

    /// A child that ended but was not waited for is a zombie: it still has an entry, in state `Z`.
    fn has_ended(&self) -> bool {
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{}/stat", self.id())) else { return true };
        // The name before the state may hold anything, parentheses too.
        stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}

/// Kills the group first: some servers have children of their own.
fn end(child: &mut Child) -> io::Result<ExitStatus> {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    child.wait()
}

/// The first of these programs that is installed.
///
/// # Errors
/// When none is.
pub fn find_program(programs: &'static [&'static str], package: &'static str) -> Result<PathBuf, StartError> {
    const FOLDERS: [&str; 5] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/bin", "/sbin"];
    programs
        .iter()
        .flat_map(|program| FOLDERS.iter().map(move |folder| Path::new(folder).join(program)))
        .find(|path| path.is_file())
        .ok_or(StartError::NotInstalled { programs, package })
}

/// A loopback address that nobody listens on now. Another process may take it before its user does, so
/// whoever starts a server on it tries [`ATTEMPTS`] times.
///
/// # Errors
/// When the system has none left.
pub fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// How often a server is started on a new address when it ends early.
pub const ATTEMPTS: usize = 3;

/// Starts a server, on another address when it ended early because somebody took the first.
///
/// # Errors
/// When the last attempt failed, or any attempt for another reason than an early end.
pub async fn start_somewhere<T>(
    start: impl AsyncFn(SocketAddr) -> Result<T, StartError>,
) -> Result<T, StartError> {
    for _ in 1..ATTEMPTS {
        match start(free_address()?).await {
            Err(StartError::Ended { .. }) => {}
            outcome => return outcome,
        }
    }
    start(free_address()?).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(folder: &Path) -> Process {
        let program = find_program(&["sleep"], "coreutils").unwrap();
        Process::start(&program, &["1000"], &folder.join("log")).unwrap()
    }

    fn is_alive(id: u32) -> bool {
        Path::new(&format!("/proc/{id}")).exists()
    }

    #[test]
    fn a_dropped_process_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let process = sleeper(folder.path());
        let id = process.id();
        assert!(is_alive(id));
        drop(process);
        assert!(!is_alive(id));
    }

    #[test]
    fn a_process_outlives_the_thread_that_started_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        let process = std::thread::spawn(move || sleeper(&path)).join().unwrap();
        assert!(!process.has_ended());
        assert!(!process.kill().unwrap().success());
    }

    #[tokio::test]
    async fn an_early_end_is_reported_with_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let shell = find_program(&["sh"], "dash").unwrap();
        let process =
            Process::start(&shell, &["-c", "echo no room left; exit 3"], &folder.path().join("log")).unwrap();
        let error = process.wait_until(async || false).await.unwrap_err();
        assert!(matches!(&error, StartError::Ended { log, .. } if log == "no room left\n"), "{error}");
    }

    #[test]
    fn a_missing_program_names_its_package() {
        let error = find_program(&["no-such-program"], "some-package").unwrap_err();
        assert!(error.to_string().contains("`some-package`"), "{error}");
    }
}
