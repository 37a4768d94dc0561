//! What a server says of itself (RFC 8414, OpenID Connect Discovery 1.0, RFC 9728): built from what it does, so that
//! nothing is said that is not so.

use claviger_domain::{Algorithm, ClientAuthentication, GrantType, ScopeCatalog};
use serde::Serialize;

/// How ID tokens can be signed: OpenID's default first.
pub const ID_TOKEN_ALGORITHMS: [Algorithm; 4] =
    [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa, Algorithm::Ps256];

/// The scopes that OpenID Connect defines and every API with users has (OpenID Connect Core sections 5.4 and 11).
pub const USER_SCOPES: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What a sign-in was worth (`acr`): one factor, or two different ones.
pub const AUTHENTICATION_CONTEXTS: [&str; 2] = ["urn:claviger:acr:1fa", "urn:claviger:acr:2fa"];

/// Claims of ID tokens and of userinfo.
const CLAIMS: [&str; 16] = [
    "iss",
    "sub",
    "aud",
    "azp",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "name",
    "given_name",
    "family_name",
    "locale",
    "email",
    "email_verified",
];

/// The absolute addresses of the endpoints that there are.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// RFC 6749 section 3.1.
    pub authorization: Option<String>,
    /// RFC 6749 section 3.2.
    pub token: Option<String>,
    /// RFC 7517.
    pub jwks: Option<String>,
    /// RFC 7591, where anyone may register.
    pub registration: Option<String>,
    /// RFC 7662.
    pub introspection: Option<String>,
    /// RFC 7009.
    pub revocation: Option<String>,
    /// RFC 9126.
    pub pushed_authorization: Option<String>,
    /// RFC 8628.
    pub device_authorization: Option<String>,
    /// OpenID Connect Core section 5.3.
    pub userinfo: Option<String>,
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub end_session: Option<String>,
}

/// What is true of a server.
#[derive(Clone, Copy, Debug)]
pub struct Server<'s> {
    /// Its issuer.
    pub issuer: &'s str,
    /// The scopes of its API.
    pub scopes: &'s ScopeCatalog,
    /// Where its endpoints are.
    pub addresses: &'s Addresses,
    /// The grants that its token endpoint takes.
    pub grants: &'s [GrantType],
    /// How clients prove themselves at the token endpoint.
    pub clients: &'s [ClientAuthentication],
    /// How they prove themselves where their tokens are revoked.
    pub revoking_clients: &'s [ClientAuthentication],
    /// How they prove themselves where tokens are introspected.
    pub introspecting_clients: &'s [ClientAuthentication],
    /// How clients may sign assertions; empty where they cannot.
    pub assertion_algorithms: &'s [Algorithm],
    /// The address of its documentation.
    pub documentation: Option<&'s str>,
}

/// Metadata of an authorization server and OpenID provider; one document for both well-known names.
#[derive(Debug, Serialize)]
pub struct ServerMetadata<'s> {
    issuer: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    authorization_endpoint: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_endpoint: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwks_uri: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_endpoint: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    introspection_endpoint: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pushed_authorization_request_endpoint: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_authorization_endpoint: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    userinfo_endpoint: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_session_endpoint: Option<&'s str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'s str>,
    // Required by both documents, so an API without users says that it has none.
    response_types_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    response_modes_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grant_types_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    dpop_signing_alg_values_supported: Vec<&'static str>,
    subject_types_supported: &'static [&'static str],
    id_token_signing_alg_values_supported: Vec<&'static str>,
    /// RFC 9728 section 4.
    protected_resources: Vec<&'s str>,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    service_documentation: Option<&'s str>,
    #[serde(flatten)]
    users: Option<UserMetadata>,
}

/// What only a server with users has to say.
#[derive(Debug, Serialize)]
struct UserMetadata {
    code_challenge_methods_supported: &'static [&'static str],
    authorization_response_iss_parameter_supported: bool,
    require_pushed_authorization_requests: bool,
    claims_parameter_supported: bool,
    claim_types_supported: &'static [&'static str],
    claims_supported: &'static [&'static str],
    acr_values_supported: &'static [&'static str],
    prompt_values_supported: &'static [&'static str],
    ui_locales_supported: &'static [&'static str],
}

const USERS: UserMetadata = UserMetadata {
    code_challenge_methods_supported: &["S256"],
    authorization_response_iss_parameter_supported: true,
    require_pushed_authorization_requests: false,
    claims_parameter_supported: true,
    claim_types_supported: &["normal"],
    claims_supported: &CLAIMS,
    acr_values_supported: &AUTHENTICATION_CONTEXTS,
    prompt_values_supported: &["none", "login", "consent", "select_account"],
    ui_locales_supported: &["en", "de"],
};

impl<'s> ServerMetadata<'s> {
    /// The metadata of this server.
    pub fn of(server: &Server<'s>) -> Self {
        let Server { issuer, addresses, .. } = *server;
        let has_users = addresses.authorization.is_some();
        let response_types: &[&str] = if has_users { &["code"] } else { &[] };
        Self {
            issuer,
            authorization_endpoint: addresses.authorization.as_deref(),
            token_endpoint: addresses.token.as_deref(),
            jwks_uri: addresses.jwks.as_deref(),
            registration_endpoint: addresses.registration.as_deref(),
            revocation_endpoint: addresses.revocation.as_deref(),
            introspection_endpoint: addresses.introspection.as_deref(),
            pushed_authorization_request_endpoint: addresses.pushed_authorization.as_deref(),
            device_authorization_endpoint: addresses.device_authorization.as_deref(),
            userinfo_endpoint: addresses.userinfo.as_deref(),
            end_session_endpoint: addresses.end_session.as_deref(),
            scopes_supported: scopes(server.scopes, has_users),
            response_types_supported: response_types,
            response_modes_supported: if has_users { &["query", "form_post"] } else { &[] },
            grant_types_supported: server.grants.iter().map(|grant| grant.as_str()).collect(),
            token_endpoint_auth_methods_supported: methods(server.clients),
            token_endpoint_auth_signing_alg_values_supported: server.signing(server.clients),
            revocation_endpoint_auth_methods_supported: methods(server.revoking_clients),
            revocation_endpoint_auth_signing_alg_values_supported: server.signing(server.revoking_clients),
            introspection_endpoint_auth_methods_supported: methods(server.introspecting_clients),
            introspection_endpoint_auth_signing_alg_values_supported: server
                .signing(server.introspecting_clients),
            dpop_signing_alg_values_supported: names(&Algorithm::PROOFS),
            subject_types_supported: &["public", "pairwise"],
            id_token_signing_alg_values_supported: names(&ID_TOKEN_ALGORITHMS),
            protected_resources: vec![issuer],
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            service_documentation: server.documentation,
            users: has_users.then_some(USERS),
        }
    }
}

impl Server<'_> {
    /// How assertions may be signed, where these methods have one.
    fn signing(&self, clients: &[ClientAuthentication]) -> Vec<&'static str> {
        if clients.contains(&ClientAuthentication::PrivateKeyJwt) {
            names(self.assertion_algorithms)
        } else {
            Vec::new()
        }
    }
}

/// Metadata of an API as a protected resource (RFC 9728 section 2).
#[derive(Debug, Serialize)]
pub struct ResourceMetadata<'r> {
    resource: &'r str,
    authorization_servers: [&'r str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<&'r str>,
    bearer_methods_supported: &'static [&'static str],
    dpop_signing_alg_values_supported: Vec<&'static str>,
    resource_name: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_documentation: Option<&'r str>,
}

impl<'r> ResourceMetadata<'r> {
    /// The metadata of `resource`, whose tokens `issuer` gives.
    pub fn of(
        resource: &'r str,
        issuer: &'r str,
        known: &'r ScopeCatalog,
        (name, documentation): (&'r str, Option<&'r str>),
    ) -> Self {
        Self {
            resource,
            authorization_servers: [issuer],
            scopes_supported: scopes(known, false),
            bearer_methods_supported: &["header"],
            dpop_signing_alg_values_supported: names(&Algorithm::PROOFS),
            resource_name: name,
            resource_documentation: documentation,
        }
    }
}

/// The API's own scopes, then those of users.
fn scopes(known: &ScopeCatalog, has_users: bool) -> Vec<&str> {
    let mut scopes: Vec<&str> = known.iter().map(|(scope, _)| scope.as_str()).collect();
    for scope in USER_SCOPES.into_iter().filter(|_| has_users) {
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

fn methods(clients: &[ClientAuthentication]) -> Vec<&'static str> {
    clients.iter().map(|method| method.as_str()).collect()
}

fn names(algorithms: &[Algorithm]) -> Vec<&'static str> {
    algorithms.iter().map(|algorithm| algorithm.as_str()).collect()
}

#[cfg(test)]
#[path = "metadata_tests.rs"]
mod tests;
