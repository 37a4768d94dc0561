//! One request with the contract it is served by, and the answers that need no upstream.

use claviger_contract::{Contract, Fault, Installed, Reading, RequestView};
use claviger_domain::{ApiId, ErrorKind, Facts, Signs};
use http::header::{ALLOW, CONNECTION, HOST, HeaderValue};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use tracing::{error, info, warn};

use crate::arrival::{Arrival, X_REQUEST_ID};
use crate::body::Body;
use crate::error::{Chain, Error};

/// Where a request came from and the contract it is served by.
#[derive(Clone, Copy)]
pub(crate) struct Call<'c> {
    installed: &'c Installed,
    arrival: &'c Arrival,
}

impl<'c> Call<'c> {
    pub(crate) const fn new(installed: &'c Installed, arrival: &'c Arrival) -> Self {
        Self { installed, arrival }
    }

    pub(crate) const fn api(self) -> ApiId {
        self.installed.api
    }

    pub(crate) const fn contract(self) -> &'c Contract {
        &self.installed.contract
    }

    pub(crate) const fn arrival(self) -> &'c Arrival {
        self.arrival
    }

    pub(crate) fn request_id(self) -> &'c str {
        self.arrival.request_id.as_str()
    }

    /// The request as its contract reads it.
    pub(crate) fn read(self, head: &'c Parts) -> Result<Reading<'c>, Fault> {
        self.contract().read(&RequestView {
            method: &head.method,
            path: head.uri.path(),
            query: head.uri.query(),
            headers: &head.headers,
            host: &self.arrival.host,
            address: Some(self.arrival.address),
        })
    }

    /// What the engine needs to know of the request.
    pub(crate) fn facts(self, reading: &Reading<'c>) -> Facts<'c> {
        let facts = reading.facts();
        // On this machine itself nobody listens in.
        let in_the_clear = !self.arrival.is_secure && !self.arrival.address.is_loopback();
        let signs = Signs { in_the_clear, ..facts.signs };
        // A host may demand one already; a trial is never sent to the other's.
        let environment = facts.environment.or(self.arrival.environment);
        Facts { request_id: Some(self.request_id()), signs, environment, ..facts }
    }

    /// The address of a request as its caller wrote it, without the query: where TLS ends before us, the trusted proxy
    /// says so.
    pub(crate) fn address(self, head: &Parts) -> String {
        let of_field = || head.headers.get(HOST).and_then(|value| value.to_str().ok());
        let authority = head.uri.authority().map(http::uri::Authority::as_str).or_else(of_field);
        let scheme = if self.arrival.is_secure { "https" } else { "http" };
        let origin = format!("{scheme}://{}", authority.unwrap_or_default());
        self.contract().address_of(&origin, head.uri.path())
    }

    /// The failure in the contract's envelope.
    pub(crate) fn fail(self, error: &Error) -> Response<Body> {
        let mut response = self.contract().fault(error.fault(), self.request_id()).map(Body::from);
        if matches!(error, Error::Method) {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            let served = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
            response.headers_mut().insert(ALLOW, served);
        }
        response
    }

    /// The one line about a failure: loud when an operator can mend it.
    pub(crate) fn report(self, error: &Error, method: &Method, path: &str) {
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    request_id = self.request_id(),
                    error = %Chain(error),
                    api = %self.contract().name(),
                    address = %self.arrival.address,
                    %method,
                    path = self.contract().shown_path(path),
                    "failed"
                )
            };
        }
        match error.kind() {
            ErrorKind::Internal => line!(error),
            kind if kind.is_fault() => line!(warn),
            _ => line!(info),
        }
    }
}

/// Writes what every answer carries, and ends the connection where it must.
pub(crate) fn seal(response: &mut Response<Body>, arrival: &Arrival, closes: bool) {
    let headers = response.headers_mut();
    headers.insert(X_REQUEST_ID, arrival.request_id.as_header().clone());
    if closes {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
}
