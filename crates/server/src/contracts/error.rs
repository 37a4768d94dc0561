//! Why contracts cannot be put in force.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use claviger_contract::{Diagnostics, HostClash};
use claviger_domain::ApiName;

use super::deployment::OverrideError;

/// One file that cannot be used.
#[derive(Debug)]
pub struct Rejected {
    /// The file.
    pub path: PathBuf,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Unreadable(Diagnostics),
    Undeployable(OverrideError),
    Reserved(String),
}

impl Rejected {
    pub(super) fn unreadable(path: &Path, diagnostics: Diagnostics) -> Self {
        Self { path: path.to_path_buf(), reason: Reason::Unreadable(diagnostics) }
    }

    pub(super) fn undeployable(path: &Path, error: OverrideError) -> Self {
        Self { path: path.to_path_buf(), reason: Reason::Undeployable(error) }
    }

    pub(super) fn reserved(path: &Path, host: &str) -> Self {
        Self { path: path.to_path_buf(), reason: Reason::Reserved(host.to_owned()) }
    }

    /// For people: with the lines of the file.
    pub fn render(&self, colored: bool) -> String {
        match &self.reason {
            Reason::Unreadable(diagnostics) => diagnostics.render(colored),
            _ => format!("{self}\n"),
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            // Each line names the file already.
            Reason::Unreadable(diagnostics) => diagnostics.fmt(f),
            Reason::Undeployable(error) => write!(f, "{}: {error}", self.path.display()),
            Reason::Reserved(host) => {
                write!(f, "{}: the host `{host}` is a control origin's", self.path.display())
            }
        }
    }
}

/// Why contracts cannot be put in force.
#[derive(Debug, thiserror::Error)]
pub enum ContractsError {
    /// The directory or a file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Files cannot be used.
    #[error("{}", list(.0))]
    Rejected(Vec<Rejected>),
    /// Two files have one name.
    #[error("two contracts are named `{0}`")]
    NameTwice(ApiName),
    /// Two contracts want one host.
    #[error(transparent)]
    HostClash(#[from] HostClash),
    /// The settings change a contract that is not there.
    #[error("the settings have [apis.{api}], but {} has no contract of that name", directory.display())]
    UnknownDeployment {
        /// The name.
        api: ApiName,
        /// Where contracts are.
        directory: PathBuf,
    },
    /// The policies could not be registered.
    #[error("the contracts could not be registered")]
    Engine(#[from] claviger_engine::Error),
}

fn list(rejected: &[Rejected]) -> String {
    rejected.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
