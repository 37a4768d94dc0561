//! `claviger signing-keys …`.

use clap::{Args, Subcommand};
use claviger_domain::Algorithm;

use super::call::{Call, Members};
use super::parse;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger signing-keys list --api propertybase
  claviger signing-keys rotate --api propertybase --algorithm RS256
  claviger signing-keys rotate --api propertybase --algorithm RS256 --at-once    when a key has leaked";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("ALGORITHM", "/algorithm"),
    ("STATE", "/state"),
    ("SIGNS FROM", "/activates_at"),
    ("UNTIL", "/retires_at"),
    ("REMOVED", "/removes_at"),
];

/// What to do with the keys that sign tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum SigningKeysCommand {
    /// List the signing keys of an API, newest first.
    List(ListSigningKeys),
    /// Give an API its next signing key. What earlier keys signed stays good until it ends.
    Rotate(RotateSigningKey),
}

/// Which signing keys to list.
#[derive(Debug, Args)]
pub(crate) struct ListSigningKeys {
    /// The API, by name or id.
    #[arg(long)]
    api: String,
}

/// A signing key to make.
#[derive(Debug, Args)]
pub(crate) struct RotateSigningKey {
    /// The API, by name or id.
    #[arg(long)]
    api: String,
    /// Whose successor: RS256, RS384, PS256, ES256, ES384 or EdDSA.
    #[arg(long, value_parser = parse::algorithm)]
    algorithm: Algorithm,
    /// Let it sign from now on, without being announced first.
    #[arg(long)]
    at_once: bool,
}

impl SigningKeysCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::List(list) => Call::get(&[&"apis", &list.api, &"signing-keys"]),
            Self::Rotate(key) => {
                let members =
                    Members::default().with("algorithm", key.algorithm.as_str()).with("at_once", key.at_once);
                Call::post(&[&"apis", &key.api, &"signing-keys"]).body(members)
            }
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List(_) => View::Page(COLUMNS),
            Self::Rotate(_) => View::Object,
        }
    }
}
