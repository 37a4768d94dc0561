//! `claviger verify`.

use std::path::PathBuf;

use clap::Args;
use claviger_domain::Scope;

use super::call::{Call, Members};
use super::target::TargetArguments;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger verify --api example                            asks for the credential without echo
  claviger verify --api example --scope write < key.txt
  claviger verify --api example --credential-file key.txt --json";

/// Ask whether a credential would be accepted. It is read from --credential-file, else from a prompt that does
/// not echo, else from standard input; never from an argument, which other users of this machine could see.
#[derive(Debug, Args)]
pub(crate) struct VerifyCommand {
    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// The API it is for, by name or id.
    #[arg(long)]
    api: String,
    /// A file that holds the credential.
    #[arg(long, value_name = "FILE")]
    pub(super) credential_file: Option<PathBuf>,
    /// A scope it must have; may be given several times, or as a list with commas.
    #[arg(long = "scope", value_delimiter = ',')]
    scopes: Vec<Scope>,
    /// How much to count against its limits.
    #[arg(long)]
    cost: Option<u32>,
    /// The resource it is for.
    #[arg(long)]
    resource: Option<String>,
}

impl VerifyCommand {
    pub(super) fn call(&self, credential: &str) -> Call {
        let members = Members::default()
            .with("api", &self.api)
            .with("credential", credential)
            .with_list("scopes", &self.scopes)
            .with_some("cost", self.cost)
            .with_some("resource", self.resource.as_ref());
        Call::post(&[&"verify"]).body(members)
    }
}
