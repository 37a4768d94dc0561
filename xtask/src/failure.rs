//! Why a command of this project failed.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A program is missing or cannot be started.
    #[error("cannot run `{program}`: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the system says.
        source: io::Error,
    },
    /// A program said no.
    #[error("`{program}` failed ({status})")]
    Ended {
        /// The program and its first arguments.
        program: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The rules of `layers` are broken.
    #[error("{0} rule(s) broken; ARCHITECTURE.md says why they are there")]
    Layers(usize),
    /// A step of `test` failed; its own message stands above.
    #[error("step `{0}` failed")]
    Step(&'static str),
    /// Pages answer later than they may.
    #[error("slower than they may be: {0}")]
    Slow(String),
    /// Packages are missing and cannot be installed from here.
    #[error("missing for the tests: {missing}. Install with: {command}")]
    Packages {
        /// What is missing.
        missing: String,
        /// The command that would install it.
        command: String,
    },
    /// A server that was started did not become ready, or answered something unexpected.
    #[error("{what}\n{log}")]
    Server {
        /// What was expected of which server.
        what: String,
        /// What it wrote.
        log: String,
    },
    /// A program's answer has another form than expected.
    #[error("cannot read {what}: {detail}")]
    Form {
        /// Whose answer.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

impl Failure {
    /// A file that cannot be read or written.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
