//! Who may pass to which upstream: test credentials to the one of the test environment, live ones to the live one.
//!
//! A request is only sent to a [`Destination`], only a [`Passage`] makes one, and a passage is made of a principal, whose
//! environment it takes. Nothing that a caller writes takes part in the choice.

use std::sync::Arc;

use bytes::{BufMut, BytesMut};
use claviger_contract::Contract;
use claviger_domain::{Environment, Principal};
use http::Uri;
use http::uri::{PathAndQuery, Scheme};

use crate::error::Error;

/// Leave to send one request to the upstream of one environment.
#[derive(Debug)]
pub(crate) struct Passage {
    environment: Environment,
    principal: Option<Arc<Principal>>,
}

impl Passage {
    /// For whoever was let through, to the environment of their credential.
    pub(crate) fn of(principal: Arc<Principal>) -> Self {
        Self { environment: principal.environment, principal: Some(principal) }
    }

    /// For anybody, on a public route, whose request goes on without a credential: to where its host says, else to the
    /// real data.
    pub(crate) fn public(by_host: Option<Environment>) -> Self {
        Self { environment: by_host.unwrap_or(Environment::Live), principal: None }
    }

    /// Who is calling; nobody on a public route.
    pub(crate) fn principal(&self) -> Option<&Principal> {
        self.principal.as_deref()
    }

    /// Where a request goes: its path as received, with this query, at the upstream of the environment.
    ///
    /// # Errors
    /// When the contract has no upstream for the environment: another environment's never stands in for it.
    pub(crate) fn destination(
        &self,
        contract: &Contract,
        received: &Uri,
        query: Option<&str>,
    ) -> Result<Destination, Error> {
        let upstream = contract.upstream(self.environment).ok_or(Error::NoUpstream(self.environment))?;
        target(upstream, received, query).map(Destination)
    }
}

/// An address at the upstream of the right environment.
#[derive(Debug)]
pub(crate) struct Destination(Uri);

impl Destination {
    /// The address.
    pub(crate) fn into_uri(self) -> Uri {
        self.0
    }

    /// An address at an upstream of a test's own.
    #[cfg(test)]
    pub(crate) fn at(upstream: &Uri, received: &Uri) -> Result<Self, Error> {
        target(upstream, received, received.query()).map(Self)
    }
}

/// The address at the upstream: its base, the path as received, and this query.
fn target(upstream: &Uri, received: &Uri, query: Option<&str>) -> Result<Uri, Error> {
    let base = upstream.path().trim_end_matches('/');
    let path_and_query = match received.path_and_query() {
        Some(same) if base.is_empty() && query == received.query() => same.clone(),
        _ => joined(base, received.path(), query)?,
    };
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(upstream.scheme().cloned().unwrap_or(Scheme::HTTP));
    parts.authority = upstream.authority().cloned();
    parts.path_and_query = Some(path_and_query);
    Uri::from_parts(parts).map_err(|error| Error::Target(error.into()))
}

fn joined(base: &str, path: &str, query: Option<&str>) -> Result<PathAndQuery, Error> {
    let mut text = BytesMut::with_capacity(base.len() + path.len() + query.map_or(0, |q| q.len() + 1));
    text.put_slice(base.as_bytes());
    text.put_slice(path.as_bytes());
    if let Some(query) = query {
        text.put_u8(b'?');
        text.put_slice(query.as_bytes());
    }
    PathAndQuery::from_maybe_shared(text.freeze()).map_err(|error| Error::Target(error.into()))
}

#[cfg(test)]
#[path = "passage_tests.rs"]
mod tests;
