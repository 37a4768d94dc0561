//! Token endpoints.

use std::time::Duration;

use claviger_domain::{Algorithm, AssertionRules, ClientAuthentication, Reuse, Terms, TokenPolicy};
use http::{Method, StatusCode};

use super::Placed;
use super::envelope::{Errors, Placeholders, json, names_of};
use super::response::status;
use super::tokens::{ALGORITHMS, access, method, refresh};
use crate::document::{Item, Section, did_you_mean};
use crate::field::FieldPath;
use crate::pattern::PathPattern;
use crate::token::{
    Encoding, ErrorStyle, Grant, GrantKind, Param, Purpose, Reply, TimeFormat, TokenEndpoint, TokenWord,
};
use crate::wire::router::{Entry, Methods, Slot};
use crate::wire::template::{Constants, Node};

pub(super) const PURPOSES: &[(&str, Purpose)] = &[
    ("token", Purpose::Token),
    ("login", Purpose::Login),
    ("refresh", Purpose::Refresh),
    ("logout", Purpose::Logout),
    ("list-sessions", Purpose::ListSessions),
    ("end-session", Purpose::EndSession),
    ("sign-in", Purpose::SignIn),
    ("sign-out", Purpose::SignOut),
    ("authorize", Purpose::Authorize),
    ("revoke", Purpose::Revoke),
    ("introspect", Purpose::Introspect),
    ("push", Purpose::Push),
    ("device", Purpose::Device),
    ("userinfo", Purpose::Userinfo),
    ("jwks", Purpose::Jwks),
    ("register", Purpose::Register),
    ("sign-out-page", Purpose::SignOutPage),
];

const GRANTS: &[(&str, GrantKind)] = &[
    ("authorization-code", GrantKind::AuthorizationCode),
    ("client-credentials", GrantKind::ClientCredentials),
    ("refresh-token", GrantKind::RefreshToken),
    ("device-code", GrantKind::DeviceCode),
    ("token-exchange", GrantKind::TokenExchange),
    ("api-key", GrantKind::ApiKey),
    ("key-pair", GrantKind::KeyPair),
    ("password", GrantKind::Password),
    ("key-refresh", GrantKind::KeyRefresh),
];

const ENCODINGS: &[(&str, Encoding)] = &[("form", Encoding::Form), ("json", Encoding::Json)];

const CLIENTS: &[(&str, ClientAuthentication)] = &[
    ("client_secret_basic", ClientAuthentication::SecretBasic),
    ("client_secret_post", ClientAuthentication::SecretPost),
    ("private_key_jwt", ClientAuthentication::PrivateKeyJwt),
    ("none", ClientAuthentication::None),
];

const REUSES: &[(&str, Reuse)] = &[("never", Reuse::Never), ("session", Reuse::Session)];

const TIMES: &[(&str, TimeFormat)] = &[
    ("seconds", TimeFormat::Seconds),
    ("milliseconds", TimeFormat::Milliseconds),
    ("unix", TimeFormat::Unix),
    ("unix-milliseconds", TimeFormat::UnixMilliseconds),
];

#[derive(Clone, Copy, PartialEq)]
enum Style {
    OAuth,
    Envelope,
}

const STYLES: &[(&str, Style)] = &[("oauth", Style::OAuth), ("envelope", Style::Envelope)];

pub(super) fn endpoints<'d>(
    root: &Section<'d>,
    tokens: &TokenPolicy,
    errors: &Errors<'d>,
) -> (Vec<TokenEndpoint>, Vec<Placed>) {
    let mut endpoints = Vec::new();
    let mut entries = Vec::new();
    for section in root.sections("endpoint") {
        let paths: Vec<(PathPattern, Item<'_>)> =
            section.items("path").into_iter().filter_map(|item| Some((item.parse()?, item))).collect();
        if section.item("path").is_none() {
            section.error("`path` is missing");
        }
        if let Some(endpoint) = endpoint(&section, tokens, errors, &paths) {
            for (pattern, item) in paths {
                let methods = Methods::Only(vec![endpoint.method.clone()]);
                let slot = Slot::Endpoint(endpoints.len());
                entries.push(Placed { entry: Entry { pattern, methods, slot }, span: item.span() });
            }
            endpoints.push(endpoint);
        }
        section.finish();
    }
    (endpoints, entries)
}

fn endpoint<'d>(
    section: &Section<'d>,
    tokens: &TokenPolicy,
    errors: &Errors<'d>,
    paths: &[(PathPattern, Item<'d>)],
) -> Option<TokenEndpoint> {
    let purpose = section.need("purpose").and_then(|item| item.choice(PURPOSES));
    let encodings: Vec<Encoding> =
        section.items("encodings").iter().filter_map(|i| i.choice(ENCODINGS)).collect();
    let grants = section.sections("grant").iter().filter_map(grant).collect();
    let clients = section.items("clients").iter().filter_map(|item| item.choice(CLIENTS)).collect();
    let purpose_or_token = purpose.unwrap_or(Purpose::Token);
    let endpoint = TokenEndpoint {
        paths: paths.iter().map(|(pattern, _)| pattern.clone()).collect(),
        method: method(section).unwrap_or_else(|| default_method(purpose_or_token)),
        purpose: purpose_or_token,
        encodings: if encodings.is_empty() { vec![default_encoding(purpose_or_token)] } else { encodings },
        refuses_unknown_fields: !section.flag("ignore_unknown_fields", true),
        grants,
        clients,
        assertion: section.section("assertion").map(|s| assertion(&s)),
        terms: terms(section, purpose_or_token, tokens),
        reply: section.section("reply").map(|s| reply(&s)),
        fields: section.section("fields").map(|s| fields(&s)).unwrap_or_default(),
        errors: error_style(section, purpose_or_token, errors),
    };
    purpose?;
    check(section, &endpoint);
    Some(endpoint)
}

const fn default_method(purpose: Purpose) -> Method {
    match purpose {
        Purpose::ListSessions
        | Purpose::Authorize
        | Purpose::Userinfo
        | Purpose::Jwks
        | Purpose::SignOutPage => Method::GET,
        Purpose::EndSession | Purpose::SignOut => Method::DELETE,
        _ => Method::POST,
    }
}

/// What the standards have for their endpoints; JSON for those that are the contract's own.
const fn default_encoding(purpose: Purpose) -> Encoding {
    match purpose {
        Purpose::Register | Purpose::Registration => Encoding::Json,
        standard if standard.is_standard() => Encoding::Form,
        _ => Encoding::Json,
    }
}

fn error_style<'d>(section: &Section<'d>, purpose: Purpose, errors: &Errors<'d>) -> ErrorStyle {
    let default = if purpose.is_standard() { Style::OAuth } else { Style::Envelope };
    match section.item("error_style").and_then(|item| item.choice(STYLES)).unwrap_or(default) {
        Style::Envelope => ErrorStyle::Envelope(errors.of_endpoint(section)),
        Style::OAuth => ErrorStyle::OAuth,
    }
}

fn terms(section: &Section<'_>, purpose: Purpose, tokens: &TokenPolicy) -> Option<Terms> {
    let own_access = section.section("access").map(|s| access(&s));
    let own_refresh = section.section("refresh").map(|s| refresh(&s));
    let refreshes = section.flag("refreshes", own_refresh.is_some());
    let reuse = section.item("reuse").and_then(|item| item.choice(REUSES)).unwrap_or_default();
    let max_sessions = section.item("max_sessions").and_then(|item| item.number("a whole number"));
    if !purpose.issues() {
        return None;
    }
    let access = own_access.unwrap_or_else(|| tokens.access.clone());
    let refresh = match own_refresh {
        Some(own) => own,
        None => tokens.refresh.clone().filter(|_| refreshes),
    };
    if refreshes && refresh.is_none() {
        section.error("it gives refresh tokens, but neither it nor `[tokens.refresh]` says what they are");
    }
    Some(Terms { access: access?, refresh, reuse, max_sessions })
}

fn check(section: &Section<'_>, endpoint: &TokenEndpoint) {
    let TokenEndpoint { purpose, grants, terms, assertion, clients, .. } = endpoint;
    let proves = clients.contains(&ClientAuthentication::PrivateKeyJwt);
    if purpose.issues() && grants.is_empty() {
        section.error("it issues something, so it needs at least one `[[endpoint.grant]]`");
    }
    if !purpose.issues() && !grants.is_empty() {
        section.error("it issues nothing, so it has no `[[endpoint.grant]]`");
    }
    if purpose.issues() && *purpose != Purpose::SignIn && terms.is_none() {
        section.error("neither it nor `[tokens.access]` says what its access tokens are");
    }
    if *purpose == Purpose::SignIn && grants.iter().any(|grant| grant.kind != GrantKind::Password) {
        section.error("people sign in with `password` and nothing else");
    }
    if proves != assertion.is_some() {
        section.error("`private_key_jwt` among its `clients` and `[endpoint.assertion]` need each other");
    }
    for (i, grant) in grants.iter().enumerate() {
        if grants.iter().take(i).any(|earlier| earlier.kind == grant.kind) {
            section.error("a grant stands there twice");
        }
    }
}

fn grant(section: &Section<'_>) -> Option<Grant> {
    let kind = section.need("type").and_then(|item| item.choice(GRANTS));
    let fields = section.section("fields").map(|s| fields(&s)).unwrap_or_default();
    section.report_unknown();
    Some(Grant { kind: kind?, fields })
}

/// Names of request fields: our word on the left, the wire's on the right.
fn fields(section: &Section<'_>) -> Vec<(Param, FieldPath)> {
    let mut fields: Vec<(Param, FieldPath)> = Vec::new();
    for (name, item) in section.rest() {
        let param = Param::ALL.iter().find(|(known, _)| *known == name.text).map(|(_, param)| *param);
        let Some(param) = param else {
            let help = did_you_mean(name.text, Param::ALL.iter().map(|(known, _)| *known));
            name.error_with(format!("there is no request field `{}`", name.text), help);
            continue;
        };
        let Some(path) = item.parse::<FieldPath>() else { continue };
        if fields.iter().any(|(_, earlier)| *earlier == path) {
            item.error(format!("two fields would be called `{path}`"));
        }
        fields.push((param, path));
    }
    fields
}

fn assertion(section: &Section<'_>) -> AssertionRules {
    let algorithms: Vec<Algorithm> =
        section.items("algorithms").iter().filter_map(|i| i.choice(ALGORITHMS)).collect();
    if algorithms.is_empty() || algorithms.contains(&Algorithm::Hs256) {
        section.error("`algorithms` needs at least one, and only such as have a public key");
    }
    let rules = AssertionRules {
        algorithms,
        max_age: section.duration("max_age").flatten().unwrap_or(Duration::from_secs(300)),
        endpoint_audience: section.flag("endpoint_audience", false),
        key_id_required: section.flag("key_id_required", false),
    };
    section.report_unknown();
    rules
}

fn reply(section: &Section<'_>) -> Reply {
    let status = status(section, 200..=299).unwrap_or(StatusCode::OK);
    let mut placeholders = Placeholders::default();
    let body = section.item("body").map(|item| json(item, &mut placeholders));
    placeholders.check(&names_of::<TokenWord>());
    let reply = Reply {
        status,
        body: body.map(|json| Node::compile(&json, &Constants::new())),
        list: section.text("list").map(str::to_owned),
        time: section.item("time").and_then(|item| item.choice(TIMES)).unwrap_or_default(),
    };
    section.report_unknown();
    reply
}
