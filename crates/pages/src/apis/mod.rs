//! APIs: what their contracts promise, and what their tokens are signed with.

pub(crate) mod contract;
pub(crate) mod file;
pub(crate) mod list;
mod promises;
mod refusals;
pub(crate) mod sandbox;
pub(crate) mod signing_keys;
mod words;

pub(crate) use words::limit as limit_in_words;

use std::sync::Arc;

use claviger_contract::Installed;

use crate::error::PageError;
use crate::state::PagesState;

/// The contract of this name, in force.
fn find(state: &PagesState, name: &str) -> Result<Arc<Installed>, PageError> {
    state.directory.load().by_name_or_id(name).cloned().ok_or(PageError::NoPage)
}
