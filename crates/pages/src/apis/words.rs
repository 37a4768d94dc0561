//! The contract's words for people.

use claviger_contract::{
    BasicPart, EnvironmentBy, GrantKind, Methods, Place, Purpose, Role, Spot, TokenEndpoint,
};
use claviger_domain::{CredentialKind, KeyShape, KindSet, Limit, Pace, Partition, TokenShape};
use http::Method;

pub(super) const fn role(role: Role) -> &'static str {
    match role {
        Role::Api => "the API",
        Role::Auth => "sign-in and tokens",
        Role::Sandbox => "the API with test data",
    }
}

pub(super) const fn decided_by(by: EnvironmentBy) -> &'static str {
    match by {
        EnvironmentBy::Prefix => "What a key starts with",
        EnvironmentBy::Host => "The host it is sent to",
        EnvironmentBy::Credential => "Each credential's own record",
    }
}

/// Where a credential stands, as a request has it.
pub(super) fn spot(place: &Place) -> String {
    match &place.spot {
        Spot::Bearer => "Authorization: Bearer …".to_owned(),
        Spot::Basic(BasicPart::User) => "Authorization: Basic … (as the user name)".to_owned(),
        Spot::Basic(BasicPart::Password) => "Authorization: Basic … (as the password)".to_owned(),
        Spot::Header { name, scheme, .. } => match scheme {
            Some(scheme) => format!("{name}: {scheme} …"),
            None => format!("{name}: …"),
        },
        Spot::Cookie(name) => format!("Cookie: {name}=…"),
        Spot::Query(name) => format!("?{name}=…"),
    }
}

pub(super) fn kinds(kinds: KindSet) -> String {
    kinds.iter().map(CredentialKind::as_str).collect::<Vec<_>>().join(", ")
}

pub(super) fn methods(methods: &Methods) -> String {
    match methods {
        Methods::Any => "any".to_owned(),
        Methods::Only(methods) => methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", "),
    }
}

pub(super) fn shape(shape: KeyShape) -> String {
    match shape {
        KeyShape::Checked { random } => format!("{random} random characters and a checksum of 6"),
        KeyShape::Uuid => "a random UUID".to_owned(),
    }
}

pub(super) fn token(shape: &TokenShape) -> String {
    match shape {
        TokenShape::Jwt { algorithm, .. } => format!("a JWT, signed with {}", algorithm.as_str()),
        TokenShape::Opaque { prefix } => format!("opaque, beginning with {prefix}"),
        TokenShape::Uuid => "a random UUID".to_owned(),
    }
}

/// A limit as people read it.
pub(crate) fn limit(limit: &Limit) -> String {
    let whose = match limit.partition {
        Partition::Credential => "for each credential",
        Partition::Workspace => "for the whole workspace",
        Partition::Client => "for each client",
        Partition::User => "for each user",
        Partition::Address => "for each address",
        Partition::Everyone => "for all together",
    };
    let requests = limit.requests;
    match limit.pace {
        Pace::Even { per_seconds, burst } if burst == requests => {
            format!("{requests} requests in {per_seconds} seconds, {whose}")
        }
        Pace::Even { per_seconds, burst } => {
            format!("{requests} requests in {per_seconds} seconds, {burst} of them at once, {whose}")
        }
        Pace::Rolling { per_seconds } => {
            format!("{requests} requests in any {per_seconds} seconds, {whose}")
        }
        Pace::Day => format!("{requests} requests a day (UTC), {whose}"),
        Pace::Month => format!("{requests} requests a month (UTC), {whose}"),
    }
}

pub(super) const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Token => "Tokens (OAuth)",
        Purpose::Login => "Log in",
        Purpose::Refresh => "Renew a token",
        Purpose::Logout => "Log out",
        Purpose::ListSessions => "List sessions",
        Purpose::EndSession => "End a session",
        Purpose::SignIn => "Sign in",
        Purpose::SignOut => "Sign out",
        Purpose::Authorize => "Ask a user (OAuth)",
        Purpose::Revoke => "Revoke a token",
        Purpose::Introspect => "Ask about a token",
        Purpose::Push => "Push a request",
        Purpose::Device => "Begin on a device",
        Purpose::Userinfo => "Who the user is",
        Purpose::Jwks => "Public keys",
        Purpose::Register => "Register a client",
        Purpose::Registration => "Manage a registration",
        Purpose::SignOutPage => "Sign a user out",
        Purpose::ServerMetadata => "Metadata (OAuth)",
        Purpose::OpenIdMetadata => "Metadata (OpenID Connect)",
        Purpose::ResourceMetadata => "Metadata of the API",
    }
}

/// What an endpoint takes in trade.
pub(super) fn grants(endpoint: &TokenEndpoint) -> String {
    let word = |kind: GrantKind| match kind {
        GrantKind::AuthorizationCode => "authorization code",
        GrantKind::ClientCredentials => "client credentials",
        GrantKind::RefreshToken => "refresh token",
        GrantKind::DeviceCode => "device code",
        GrantKind::TokenExchange => "another token",
        GrantKind::ApiKey => "key",
        GrantKind::KeyPair => "key and secret",
        GrantKind::Password => "name and password",
        GrantKind::KeyRefresh => "key and refresh token",
    };
    endpoint.grants.iter().map(|grant| word(grant.kind)).collect::<Vec<_>>().join(", ")
}
