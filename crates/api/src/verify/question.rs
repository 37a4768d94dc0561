//! What is asked: a credential by itself, or a request as a gateway would see it.

use std::net::IpAddr;
use std::num::NonZeroU32;

use claviger_contract::{Contract, Host};
use claviger_domain::{Scope, ScopeSet};
use http::{HeaderMap, Method, Uri};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::fields::{FieldLines, Fields, Text};
use crate::json::Object;
use crate::problem::{Code, Place, Problem};

/// A credential or a request to judge: exactly one of `credential` and `request` is there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"api": "propertybase", "credential": "pb_live_4fQ0…", "scopes": ["read:leads"]}))]
pub(crate) struct VerifyRequest<'b> {
    /// The API, by name or id.
    #[serde(borrow)]
    #[schema(value_type = String)]
    pub(super) api: Text<'b>,
    /// The credential's text, of whatever kind; no route is looked at.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    pub(super) credential: Option<Text<'b>>,
    /// The request that carries the credential; judged as the gateway would judge it.
    #[serde(borrow, default)]
    #[schema(value_type = Option<DescribedRequest>)]
    pub(super) request: Option<Object<DescribedRequest<'b>>>,
    /// Scopes that the operation needs, beside those of the route.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 64)]
    pub(super) scopes: Vec<Scope>,
    /// What the request costs against limits; what its route says, else 1, unless named.
    #[serde(default)]
    #[schema(value_type = u32, minimum = 1)]
    pub(super) cost: Option<NonZeroU32>,
    /// The resource it is for (RFC 8707): an absolute URI on one of the API's hosts.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>, format = "uri")]
    resource: Option<Text<'b>>,
}

/// A request as the caller received it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "method": "GET", "path": "/v1/leads?limit=10", "remote_address": "203.0.113.7",
    "headers": {"authorization": "Bearer pb_live_4fQ0…"},
}))]
pub(crate) struct DescribedRequest<'b> {
    /// The method, in capitals.
    #[serde(deserialize_with = "method")]
    #[schema(value_type = String)]
    method: Method,
    /// The path as it came, with the query if there is one.
    #[serde(borrow)]
    #[schema(value_type = String)]
    path: Text<'b>,
    /// The header fields: to each name its value, or a list of values when the field came several times.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, FieldLines>)]
    headers: Fields,
    /// The address the request came from, as far as the caller trusts it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    remote_address: Option<IpAddr>,
    /// The API's host it was sent to; left out for the `Host` header's if it is one, else the contract's first.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    host: Option<Text<'b>>,
    /// The body, where the route's rules look into it.
    #[serde(borrow, default)]
    #[schema(value_type = Option<String>)]
    body: Option<Text<'b>>,
}

impl VerifyRequest<'_> {
    /// The scopes needed are few enough to be held by one credential.
    fn check_scopes(&self) -> Result<(), Problem> {
        if self.scopes.len() <= ScopeSet::MAX {
            return Ok(());
        }
        Err(invalid("/scopes", format!("at most {} scopes", ScopeSet::MAX)))
    }

    /// A resource that is not this API's would make the verdict mean something else.
    fn check_resource(&self, contract: &Contract) -> Result<(), Problem> {
        let Some(resource) = self.resource.as_deref() else { return Ok(()) };
        let uri: Option<Uri> = resource.parse().ok();
        match uri.as_ref().filter(|uri| uri.scheme().is_some()).and_then(Uri::host) {
            Some(host) if find_host(contract, host).is_some() => Ok(()),
            Some(_) => Err(unknown_host("/resource")),
            None => Err(invalid("/resource", "expected an absolute URI".to_owned())),
        }
    }
}

/// What is judged, checked against the API's contract.
pub(super) enum Subject<'b> {
    /// A credential by itself.
    Credential(&'b str),
    /// A request.
    Request(SubjectRequest<'b>),
}

/// A request that names one of the contract's hosts.
#[derive(Clone, Copy)]
pub(super) struct SubjectRequest<'b> {
    pub(super) method: &'b Method,
    pub(super) path: &'b str,
    pub(super) query: Option<&'b str>,
    pub(super) headers: &'b HeaderMap,
    pub(super) host: &'b str,
    pub(super) address: Option<IpAddr>,
    pub(super) body: Option<&'b [u8]>,
}

impl<'b> Subject<'b> {
    /// The one thing asked about.
    pub(super) fn of(asked: &'b VerifyRequest<'_>, contract: &'b Contract) -> Result<Self, Problem> {
        asked.check_scopes()?;
        asked.check_resource(contract)?;
        match (&asked.credential, &asked.request) {
            (Some(credential), None) => Ok(Self::Credential(credential)),
            (None, Some(Object(request))) => request.on(contract).map(Self::Request),
            (None, None) => Err(invalid("", "either `credential` or `request` must be there".to_owned())),
            (Some(_), Some(_)) => {
                Err(invalid("/request", "`credential` and `request` exclude each other".to_owned()))
            }
        }
    }
}

impl SubjectRequest<'_> {
    /// Its address without the query, reached as the issuer is: nobody says which scheme the caller used.
    pub(super) fn address_at(&self, contract: &Contract) -> String {
        let issuer = contract.issuer();
        let (scheme, at_issuer) = issuer.split_once("://").unwrap_or(("https", issuer));
        let port = at_issuer.strip_prefix(without_port(at_issuer)).unwrap_or_default();
        let sent = self.headers.get(http::header::HOST).and_then(|value| value.to_str().ok());
        let origin = match sent.filter(|sent| without_port(sent).eq_ignore_ascii_case(self.host)) {
            Some(sent) => format!("{scheme}://{sent}"),
            None => format!("{scheme}://{}{port}", self.host),
        };
        contract.address_of(&origin, self.path)
    }
}

impl DescribedRequest<'_> {
    fn on<'b>(&'b self, contract: &'b Contract) -> Result<SubjectRequest<'b>, Problem> {
        let (path, query) = match self.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (&*self.path, None),
        };
        Ok(SubjectRequest {
            method: &self.method,
            path,
            query,
            headers: &self.headers.0,
            host: self.host_on(contract)?,
            address: self.remote_address,
            body: self.body.as_deref().map(str::as_bytes),
        })
    }

    fn host_on<'c>(&self, contract: &'c Contract) -> Result<&'c str, Problem> {
        if let Some(named) = self.host.as_deref() {
            return find_host(contract, named)
                .map(|host| host.name.as_str())
                .ok_or_else(|| unknown_host("/request/host"));
        }
        let sent = self.headers.0.get(http::header::HOST).and_then(|value| value.to_str().ok());
        let host = sent.and_then(|sent| find_host(contract, sent)).or_else(|| contract.hosts().first());
        Ok(host.map(|host| host.name.as_str()).unwrap_or_default())
    }
}

fn find_host<'c>(contract: &'c Contract, named: &str) -> Option<&'c Host> {
    let named = without_port(named);
    contract.hosts().iter().find(|host| host.name.eq_ignore_ascii_case(named))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn unknown_host(pointer: &'static str) -> Problem {
    Problem::new(Code::UnknownHost, "the API has no such host").at(Place::Pointer(pointer.into()))
}

fn invalid(pointer: &'static str, detail: String) -> Problem {
    Problem::new(Code::InvalidBody, detail).at(Place::Pointer(pointer.into()))
}

fn method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    let text = Text::deserialize(deserializer)?;
    Method::from_bytes(text.as_bytes()).map_err(|_| D::Error::custom("expected an HTTP method"))
}

#[cfg(test)]
#[path = "question_tests.rs"]
mod tests;
