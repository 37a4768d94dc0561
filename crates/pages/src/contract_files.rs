//! Where contracts come from: what the console asks of whoever loads them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use claviger_contract::Contract;
use claviger_domain::{Actor, ApiName, ErrorKind};

/// An answer that is waited for.
type Answer<'f, T> = Pin<Box<dyn Future<Output = Result<T, ContractFilesError>> + Send + 'f>>;

/// The files that the contracts in force were read from.
pub trait ContractFiles: fmt::Debug + Send + Sync + 'static {
    /// What stands now in the file of an API's contract, beside what is in force.
    fn compare<'f>(&'f self, api: &'f ApiName) -> Answer<'f, Comparison>;

    /// Puts in force what has changed in all files, in this actor's name, and answers how many contracts that changed. A
    /// file that is no contract is left out: its last good version goes on serving.
    fn reload<'f>(&'f self, actor: &'f Actor) -> Answer<'f, usize>;
}

/// A contract in force and the file that it came from.
#[derive(Debug)]
pub struct Comparison {
    /// The file.
    pub file: String,
    /// The text that is in force.
    pub in_force: Arc<str>,
    /// What stands in the file; none where it is gone.
    pub on_disk: Option<OnDisk>,
}

/// The text of a file, checked.
#[derive(Debug)]
pub struct OnDisk {
    /// The text.
    pub text: Arc<str>,
    /// What it would put in force, with what is doubtful about it; or what is wrong with it, with its lines.
    pub checked: Result<Checked, String>,
}

/// A contract that could be put in force.
#[derive(Debug)]
pub struct Checked {
    /// The contract, as this deployment has it.
    pub contract: Box<Contract>,
    /// What is doubtful about it.
    pub warnings: Vec<String>,
}

/// Why files cannot be compared or loaded.
#[derive(Debug, thiserror::Error)]
pub enum ContractFilesError {
    /// No file is in force for that name.
    #[error("no contract of this name is in force")]
    Unknown,
    /// The files contradict each other, so that nothing was changed. The text says in what.
    #[error("nothing was changed: {0}")]
    Refused(String),
    /// The files cannot be read, or the database failed.
    #[error("the contracts' files cannot be loaded")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl ContractFilesError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown => ErrorKind::NotFound,
            Self::Refused(_) => ErrorKind::Conflict,
            Self::Failed(_) => ErrorKind::Internal,
        }
    }
}
