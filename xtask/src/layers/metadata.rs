//! What cargo knows of this workspace's packages and their direct dependencies.

use serde::Deserialize;

use crate::failure::Failure;
use crate::workspace;

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A package of this workspace.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// What it names in its manifest.
    pub(crate) dependencies: Vec<Dependency>,
}

/// A line of a manifest's dependencies.
#[derive(Debug, Deserialize)]
pub(crate) struct Dependency {
    /// The package it names.
    pub(crate) name: String,
    /// None for a normal one, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

impl Dependency {
    /// Whether the shipped program contains it, or its build runs it.
    pub(crate) fn is_shipped(&self) -> bool {
        self.kind.as_deref() != Some("dev")
    }
}

/// Asks cargo. Nothing is resolved, so it works without a network and without a lock file.
pub(crate) fn read() -> Result<Vec<Package>, Failure> {
    let text =
        workspace::output(workspace::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    serde_json::from_str::<Metadata>(&text)
        .map(|metadata| metadata.packages)
        .map_err(|error| Failure::Form { what: "cargo's metadata", detail: error.to_string() })
}
