//! What a contract says of tokens in general; endpoints may say otherwise for themselves.

use std::time::Duration;

use claviger_domain::{
    AccessToken, Algorithm, ClientAuthentication, GrantType, Pkce, RefreshToken, SessionToken, TokenPolicy,
    TokenShape,
};

use super::routes;
use super::scopes::Scopes;
use crate::document::{Item, Section};
use crate::reading::Route;
use crate::token::{GrantKind, Purpose, TokenEndpoint};

pub(super) const ALGORITHMS: &[(&str, Algorithm)] = &[
    ("HS256", Algorithm::Hs256),
    ("RS256", Algorithm::Rs256),
    ("RS384", Algorithm::Rs384),
    ("PS256", Algorithm::Ps256),
    ("ES256", Algorithm::Es256),
    ("ES384", Algorithm::Es384),
    ("EdDSA", Algorithm::EdDsa),
];

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Jwt,
    Opaque,
    Uuid,
}

const SHAPES: &[(&str, Shape)] = &[("jwt", Shape::Jwt), ("opaque", Shape::Opaque), ("uuid", Shape::Uuid)];

const PKCE: &[(&str, Pkce)] = &[("always", Pkce::Always), ("public", Pkce::PublicClients)];

const REGISTRATION: &[(&str, bool)] = &[("operator", false), ("open", true)];

const SIGN_UP: &[(&str, bool)] = &[("closed", false), ("open", true)];

const ENDS: &[(&str, bool)] = &[("absolute", false), ("sliding", true)];

/// What the section says, and the path of the userinfo endpoint.
pub(super) fn policy(root: &Section<'_>, scopes: &Scopes, routes: &[Route]) -> (TokenPolicy, Option<String>) {
    let Some(section) = root.section("tokens") else { return (TokenPolicy::default(), None) };
    let userinfo = section.item("userinfo").and_then(|item| userinfo(item, routes));
    let policy = TokenPolicy {
        title: String::new(),
        default_scopes: section.items("default_scopes").into_iter().filter_map(|i| scopes.named(i)).collect(),
        pkce: section.item("pkce").and_then(|item| item.choice(PKCE)).unwrap_or_default(),
        open_registration: section.item("registration").and_then(|i| i.choice(REGISTRATION)).unwrap_or(false),
        open_sign_up: section.item("sign_up").and_then(|item| item.choice(SIGN_UP)).unwrap_or(false),
        has_users: false,
        takes_passwords: false,
        grant_types: Vec::new(),
        client_authentication: Vec::new(),
        longest_access: Duration::ZERO,
        resources: section.items("resources").into_iter().filter_map(Item::text).map(str::to_owned).collect(),
        access: section.section("access").and_then(|s| access(&s)),
        refresh: section.section("refresh").and_then(|s| refresh(&s)),
        session: section.section("session").and_then(|s| session(&s)),
    };
    section.finish();
    (policy, userinfo)
}

/// Whether users sign in and consent there.
pub(super) fn has_users(endpoints: &[TokenEndpoint]) -> bool {
    endpoints.iter().any(|endpoint| endpoint.purpose == Purpose::Authorize)
}

/// Whether users trade their password there for something of their own.
pub(super) fn takes_passwords(endpoints: &[TokenEndpoint]) -> bool {
    endpoints.iter().any(|endpoint| endpoint.grant(GrantKind::Password).is_some())
}

/// The OAuth grants that the endpoints take, each once.
pub(super) fn grant_types(endpoints: &[TokenEndpoint]) -> Vec<GrantType> {
    let taken = |grant: &GrantType| {
        let kind = GrantKind::of(*grant);
        endpoints.iter().any(|endpoint| endpoint.grant(kind).is_some())
    };
    GrantType::ALL.into_iter().filter(taken).collect()
}

/// How clients may prove themselves where they get tokens, each way once. An endpoint that takes client credentials
/// and says nothing takes a secret.
pub(super) fn client_authentication(endpoints: &[TokenEndpoint]) -> Vec<ClientAuthentication> {
    let takes = |endpoint: &TokenEndpoint, method: ClientAuthentication| match endpoint.clients.as_slice() {
        [] => method.has_secret() && endpoint.grant(GrantKind::ClientCredentials).is_some(),
        clients => endpoint.purpose.issues() && clients.contains(&method),
    };
    let is_taken = |method: &ClientAuthentication| endpoints.iter().any(|endpoint| takes(endpoint, *method));
    ClientAuthentication::ALL.into_iter().filter(is_taken).collect()
}

/// Every shape that an access token of the contract can have, each once.
pub(super) fn access_shapes(tokens: &TokenPolicy, endpoints: &[TokenEndpoint]) -> Vec<TokenShape> {
    let of_endpoints = endpoints.iter().filter_map(|endpoint| Some(&endpoint.terms.as_ref()?.access));
    let mut shapes: Vec<TokenShape> = Vec::new();
    for AccessToken { shape, .. } in tokens.access.iter().chain(of_endpoints) {
        if !shapes.contains(shape) {
            shapes.push(shape.clone());
        }
    }
    shapes
}

/// The longest life of any access token of the contract.
pub(super) fn longest_access(tokens: &TokenPolicy, endpoints: &[TokenEndpoint]) -> Duration {
    let of_endpoints = endpoints.iter().filter_map(|endpoint| Some(&endpoint.terms.as_ref()?.access));
    tokens.access.iter().chain(of_endpoints).map(|access| access.lifetime).max().unwrap_or_default()
}

fn userinfo(item: Item<'_>, routes: &[Route]) -> Option<String> {
    let path = item.text()?;
    if !routes.iter().any(|route| route.pattern.as_str() == path && route.is_answered()) {
        item.error_with(
            format!("no route `{path}` is answered by this server"),
            Some("add a `[[route]]` with `respond` for it".to_owned()),
        );
    }
    Some(path.to_owned())
}

/// A life that must end.
fn lifetime(section: &Section<'_>) -> Option<Duration> {
    let item = section.need("lifetime")?;
    let lifetime = item.duration()?;
    if lifetime.is_none() {
        item.error("this may not live for ever");
    }
    lifetime
}

fn shape(section: &Section<'_>) -> Option<TokenShape> {
    let item = section.need("shape")?;
    Some(match item.choice(SHAPES)? {
        Shape::Uuid => TokenShape::Uuid,
        Shape::Opaque => {
            let prefix = section.item("prefix");
            let text = prefix.and_then(Item::text).unwrap_or_default();
            if let Some(item) =
                prefix.filter(|_| !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
            {
                item.error("a prefix has letters, digits and `_` only");
            }
            TokenShape::Opaque { prefix: text.to_owned() }
        }
        Shape::Jwt => {
            let algorithm = section.need("algorithm").and_then(|item| item.choice(ALGORITHMS));
            let claims =
                section.items("claims").into_iter().filter_map(Item::text).map(str::to_owned).collect();
            TokenShape::Jwt { algorithm: algorithm?, claims }
        }
    })
}

pub(super) fn access(section: &Section<'_>) -> Option<AccessToken> {
    let (shape, lifetime) = (shape(section), lifetime(section));
    section.report_unknown();
    Some(AccessToken { shape: shape?, lifetime: lifetime? })
}

pub(super) fn refresh(section: &Section<'_>) -> Option<RefreshToken> {
    let shape = shape(section);
    if matches!(shape, Some(TokenShape::Jwt { .. })) {
        section.error(
            "a refresh token is looked up at each use, so a JWT gains nothing; choose `opaque` or `uuid`",
        );
    }
    let lifetime = section.duration("lifetime").flatten();
    let idle = section.duration("idle").flatten();
    section.report_unknown();
    Some(RefreshToken { shape: shape?, lifetime, idle })
}

fn session(section: &Section<'_>) -> Option<SessionToken> {
    let cookie = section.need("cookie").and_then(Item::text);
    let lifetime = lifetime(section);
    let sliding = section.item("ends").and_then(|item| item.choice(ENDS)).unwrap_or(false);
    section.report_unknown();
    Some(SessionToken { cookie: cookie?.to_owned(), lifetime: lifetime?, sliding })
}

/// The method of an endpoint.
pub(super) fn method(section: &Section<'_>) -> Option<http::Method> {
    let item = section.item("method")?;
    routes::method(item, item.text()?)
}
