//! Metadata documents (RFC 8414, OpenID Connect Discovery 1.0, RFC 9728).

use bytes::Bytes;
use claviger_contract::{Contract, Purpose, TokenEndpoint};
use claviger_oauth::metadata::{Addresses, ResourceMetadata, Server, ServerMetadata};
use http::header::CACHE_CONTROL;
use http::{HeaderValue, Response};

use super::Asked;
use super::answer::document;

/// How long whoever asked may keep what is public.
pub(super) const KEPT: &str = "public, max-age=300";

/// What the server says of itself.
pub(super) fn of_server(asked: &Asked<'_>) -> Response<Bytes> {
    let contract = asked.contract();
    let addresses = addresses(contract);
    let token = contract.endpoint_for(Purpose::Token);
    let grants = token.map(TokenEndpoint::grant_types).unwrap_or_default();
    let clients = |purpose| contract.endpoint_for(purpose).map(|e: &TokenEndpoint| e.clients.as_slice());
    let assertion = token.and_then(|endpoint| endpoint.assertion.as_ref());
    let server = Server {
        issuer: contract.issuer(),
        scopes: &contract.policy().scopes,
        addresses: &addresses,
        grants: &grants,
        clients: clients(Purpose::Token).unwrap_or_default(),
        revoking_clients: clients(Purpose::Revoke).unwrap_or_default(),
        introspecting_clients: clients(Purpose::Introspect).unwrap_or_default(),
        assertion_algorithms: assertion.map(|rules| rules.algorithms.as_slice()).unwrap_or_default(),
        documentation: documentation(contract),
    };
    kept(document(asked, &ServerMetadata::of(&server)))
}

/// What the API says of itself; of the part of it that stands behind the well-known path (RFC 9728 section 3.1).
pub(super) fn of_resource(asked: &Asked<'_>) -> Response<Bytes> {
    let contract = asked.contract();
    let path = asked.head.uri.path().strip_prefix(Contract::RESOURCE_METADATA).unwrap_or_default();
    let resource = format!("{}{}", contract.issuer(), if path == "/" { "" } else { path });
    let about = (contract.title(), documentation(contract));
    let metadata = ResourceMetadata::of(&resource, contract.issuer(), &contract.policy().scopes, about);
    kept(document(asked, &metadata))
}

fn addresses(contract: &Contract) -> Addresses {
    let at = |purpose| contract.address_for(purpose);
    let has_users = contract.tokens().has_users;
    Addresses {
        authorization: at(Purpose::Authorize),
        token: at(Purpose::Token),
        jwks: at(Purpose::Jwks),
        registration: at(Purpose::Register).filter(|_| contract.tokens().open_registration),
        introspection: at(Purpose::Introspect),
        revocation: at(Purpose::Revoke),
        pushed_authorization: at(Purpose::Push),
        device_authorization: at(Purpose::Device),
        userinfo: at(Purpose::Userinfo).filter(|_| has_users),
        end_session: at(Purpose::SignOutPage),
    }
}

/// An address that other programs can use: one on our own host is for pages.
fn documentation(contract: &Contract) -> Option<&str> {
    contract.presentation().documentation.as_deref().filter(|address| !address.starts_with('/'))
}

fn kept(mut response: Response<Bytes>) -> Response<Bytes> {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(KEPT));
    response
}
