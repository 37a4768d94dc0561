//! What pages are made from, and what the server tells them of a request.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use axum::extract::FromRequestParts;
use claviger_contract::Directory;
use claviger_domain::{ApiName, Call};
use claviger_engine::Engine;
use http::Extensions;
use http::request::Parts;

use crate::contract_files::ContractFiles;
use crate::meanings::meaning_of;
use crate::trials::Trials;

/// What pages are made from.
#[derive(Clone)]
pub struct PagesState {
    /// The use cases.
    pub engine: Engine,
    /// The contracts in force, for the titles of APIs.
    pub directory: Arc<ArcSwap<Directory>>,
    /// Whether browsers reach this origin by HTTPS: then cookies are `Secure` and bound to the host by their name.
    pub is_secure: bool,
    /// Sends what readers of the docs try.
    pub trials: Arc<dyn Trials>,
    /// The files that those came from.
    pub contracts: Arc<dyn ContractFiles>,
    /// The settings in force.
    pub settings: Arc<[SettingRow]>,
}

/// A setting in force, as operators read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingRow {
    /// Its dotted key.
    pub key: String,
    /// Its value as TOML; a secret says only that it is set.
    pub value: String,
    /// Where it was set; none for a built-in default.
    pub source: Option<String>,
    /// Its key as the manual has it, which shows by one example what can be set of each API.
    pub about: String,
    /// What the manual says that it means.
    pub meaning: String,
}

impl SettingRow {
    /// What it means, in the language of the request that is answered; none where only the manual says it.
    pub fn in_words(&self) -> Option<String> {
        meaning_of(&self.about).map(|meaning| meaning.to_string())
    }

    /// The same, or what the manual says.
    pub(crate) fn said(&self) -> String {
        self.in_words().unwrap_or_else(|| self.meaning.clone())
    }
}

/// A request extension: the id that the caller is told and that stands in every log line about the request.
#[derive(Clone, Debug)]
pub struct CallId(pub Arc<str>);

/// A request extension: the client's address, as far as the server trusts what it was told.
#[derive(Clone, Copy, Debug)]
pub struct CallerAddress(pub IpAddr);

/// The request as it is written beside what it does.
pub(crate) fn call(extensions: &Extensions) -> Call {
    Call {
        request: extensions.get().map(|CallId(id)| Arc::clone(id)),
        address: extensions.get().map(|CallerAddress(address)| *address),
    }
}

/// The same, for handlers that take no permit.
pub(crate) struct By(pub(crate) Call);

impl<S: Sync> FromRequestParts<S> for By {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(call(&parts.extensions)))
    }
}

impl PagesState {
    /// What people call an API: its contract's title, or its name where no contract is in force.
    pub(crate) fn title_of(&self, api: &ApiName) -> String {
        let directory = self.directory.load();
        directory
            .by_name_or_id(api.as_str())
            .map_or_else(|| api.to_string(), |installed| installed.contract.title().to_owned())
    }
}
