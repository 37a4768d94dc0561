//! `claviger apis …`.

use clap::{Args, Subcommand};

use super::call::Call;
use super::table::Column;
use super::view::View;

const COLUMNS: &[Column] =
    &[("NAME", "/name"), ("TITLE", "/title"), ("ENVIRONMENTS", "/environments"), ("ID", "/id")];

/// What to show of APIs.
#[derive(Debug, Subcommand)]
pub(crate) enum ApisCommand {
    /// List the APIs that are protected.
    List,
    /// Show an API: scopes, plans, forms of key.
    Show(OneApi),
}

/// One API.
#[derive(Debug, Args)]
pub(crate) struct OneApi {
    /// The API's name or id.
    api: String,
}

impl ApisCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::List => Call::get(&[&"apis"]),
            Self::Show(one) => Call::get(&[&"apis", &one.api]),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List => View::Page(COLUMNS),
            Self::Show(_) => View::Object,
        }
    }
}
