//! The contract's words for people.

use claviger_contract::{
    BasicPart, EnvironmentBy, GrantKind, Methods, Place, Purpose, Role, Spot, TokenEndpoint,
};
use claviger_domain::{CredentialKind, KeyShape, KindSet, Limit, Pace, Partition, TokenShape};
use http::Method;

use crate::words::{Phrase, say};

pub(super) const fn role(role: Role) -> Phrase {
    match role {
        Role::Api => say("contract-api"),
        Role::Auth => say("contract-sign-tokens"),
        Role::Sandbox => say("contract-api-test-data"),
    }
}

pub(super) const fn decided_by(by: EnvironmentBy) -> Phrase {
    match by {
        EnvironmentBy::Prefix => say("contract-what-key-starts"),
        EnvironmentBy::Host => say("contract-host-sent"),
        EnvironmentBy::Credential => say("contract-each-credential-s-own-record"),
    }
}

/// Where a credential stands, as a request has it.
pub(super) fn spot(place: &Place) -> String {
    match &place.spot {
        Spot::Bearer => "Authorization: Bearer …".to_owned(),
        Spot::Basic(BasicPart::User) => say("contract-basic-user").to_string(),
        Spot::Basic(BasicPart::Password) => say("contract-basic-password").to_string(),
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
        Methods::Any => say("contract-any").to_string(),
        Methods::Only(methods) => methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", "),
    }
}

pub(super) fn shape(shape: KeyShape) -> String {
    match shape {
        KeyShape::Checked { random } => say("contract-checked-key").count("random", random).to_string(),
        KeyShape::Uuid => say("contract-random-uuid").to_string(),
    }
}

pub(super) fn token(shape: &TokenShape) -> String {
    match shape {
        TokenShape::Jwt { algorithm, .. } => {
            say("contract-jwt").with("algorithm", algorithm.as_str()).to_string()
        }
        TokenShape::Opaque { prefix } => say("contract-opaque").with("prefix", prefix).to_string(),
        TokenShape::Uuid => say("contract-random-uuid").to_string(),
    }
}

pub(super) fn limit(limit: &Limit) -> String {
    let whose = match limit.partition {
        Partition::Credential => say("contract-each-credential"),
        Partition::Workspace => say("contract-whole-workspace"),
        Partition::Client => say("contract-each-client"),
        Partition::User => say("contract-each-user"),
        Partition::Address => say("contract-each-address"),
        Partition::Everyone => say("contract-all-together"),
    };
    let requests = limit.requests;
    let said = match limit.pace {
        Pace::Even { per_seconds, burst } if burst == requests => say("contract-limit-even")
            .count("requests", requests)
            .count("seconds", per_seconds)
            .with("whose", whose),
        Pace::Even { per_seconds, burst } => say("contract-limit-burst")
            .count("requests", requests)
            .count("seconds", per_seconds)
            .count("burst", burst)
            .with("whose", whose),
        Pace::Rolling { per_seconds } => say("contract-limit-rolling")
            .count("requests", requests)
            .count("seconds", per_seconds)
            .with("whose", whose),
        Pace::Day => say("contract-limit-day").count("requests", requests).with("whose", whose),
        Pace::Month => say("contract-limit-month").count("requests", requests).with("whose", whose),
    };
    said.to_string()
}

pub(super) const fn purpose(purpose: Purpose) -> Phrase {
    match purpose {
        Purpose::Token => say("contract-tokens-oauth"),
        Purpose::Login => say("contract-log"),
        Purpose::Refresh => say("contract-renew-token"),
        Purpose::Logout => say("contract-log-out"),
        Purpose::ListSessions => say("contract-list-sessions"),
        Purpose::EndSession => say("contract-end-session"),
        Purpose::SignIn => say("word-sign"),
        Purpose::SignOut => say("word-sign-out"),
        Purpose::Authorize => say("contract-ask-user-oauth"),
        Purpose::Revoke => say("contract-revoke-token"),
        Purpose::Introspect => say("contract-ask-about-token"),
        Purpose::Push => say("contract-push-request"),
        Purpose::Device => say("contract-begin-device"),
        Purpose::Userinfo => say("contract-who-user"),
        Purpose::Jwks => say("contract-public-keys"),
        Purpose::Register => say("contract-register-client"),
        Purpose::Registration => say("contract-manage-registration"),
        Purpose::SignOutPage => say("contract-sign-user-out"),
        Purpose::ServerMetadata => say("contract-metadata-oauth"),
        Purpose::OpenIdMetadata => say("contract-metadata-openid-connect"),
        Purpose::ResourceMetadata => say("contract-metadata-api"),
    }
}

/// What an endpoint takes in trade.
pub(super) fn grants(endpoint: &TokenEndpoint) -> String {
    let word = |kind: GrantKind| match kind {
        GrantKind::AuthorizationCode => say("contract-authorization-code"),
        GrantKind::ClientCredentials => say("contract-client-credentials"),
        GrantKind::RefreshToken => say("contract-refresh-token"),
        GrantKind::DeviceCode => say("contract-device-code"),
        GrantKind::TokenExchange => say("contract-another-token"),
        GrantKind::ApiKey => say("contract-key"),
        GrantKind::KeyPair => say("contract-key-secret"),
        GrantKind::Password => say("contract-name-password"),
        GrantKind::KeyRefresh => say("contract-key-refresh-token"),
    };
    endpoint.grants.iter().map(|grant| word(grant.kind).to_string()).collect::<Vec<_>>().join(", ")
}
