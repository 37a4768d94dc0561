//! The endpoints that OAuth and OpenID Connect have and a file need not name: they are there with every OAuth token
//! endpoint, on the hosts with the role `auth`.

use claviger_domain::{AssertionRules, ClientAuthentication};
use http::Method;

use super::Placed;
use crate::document::Section;
use crate::pattern::PathPattern;
use crate::token::{Encoding, ErrorStyle, GrantKind, Purpose, TokenEndpoint};
use crate::wire::router::{Entry, Methods, Slot};

/// Where each is unless the file says otherwise.
const PATHS: &[(Purpose, &str)] = &[
    (Purpose::Introspect, "/oauth/introspect"),
    (Purpose::Revoke, "/oauth/revoke"),
    (Purpose::Push, "/oauth/par"),
    (Purpose::Device, "/oauth/device_authorization"),
    (Purpose::Userinfo, "/oauth/userinfo"),
    (Purpose::Jwks, "/.well-known/jwks.json"),
    (Purpose::Register, "/oauth/register"),
    (Purpose::SignOutPage, "/oauth/logout"),
    (Purpose::ServerMetadata, "/.well-known/oauth-authorization-server"),
    (Purpose::OpenIdMetadata, "/.well-known/openid-configuration"),
    // RFC 9728 section 3.1: the path of the resource stands behind it.
    (Purpose::ResourceMetadata, "/.well-known/oauth-protected-resource/**"),
];

/// Adds what is missing, if there is a token endpoint, and takes the routing entries that stand in its way out of
/// `placed`.
pub(super) fn add(
    root: &Section<'_>,
    endpoints: &mut Vec<TokenEndpoint>,
    placed: &mut Vec<Placed>,
    has_userinfo_route: bool,
) {
    let Some(model) = Model::of(endpoints) else { return };
    for (purpose, path) in PATHS {
        let is_there = endpoints.iter().any(|endpoint| endpoint.purpose == *purpose);
        let is_wanted = match purpose {
            Purpose::Userinfo => model.has_users && !has_userinfo_route,
            Purpose::Push | Purpose::SignOutPage => model.has_users,
            Purpose::Device => model.has_devices,
            _ => true,
        };
        if is_wanted && !is_there {
            endpoints.extend(path.parse().ok().map(|pattern| model.endpoint(*purpose, vec![pattern])));
        }
    }
    endpoints.extend(registrations(endpoints).map(|paths| model.endpoint(Purpose::Registration, paths)));
    for (at, endpoint) in endpoints.iter().enumerate().filter(|(_, e)| e.purpose.is_standard()) {
        for pattern in &endpoint.paths {
            claim(root, placed, endpoint.purpose, pattern, at);
        }
    }
}

/// RFC 7592 section 2: below each path where clients register.
fn registrations(endpoints: &[TokenEndpoint]) -> Option<Vec<PathPattern>> {
    let register = endpoints.iter().find(|endpoint| endpoint.purpose == Purpose::Register)?;
    let below = |path: &PathPattern| format!("{path}/{{client_id}}").parse().ok();
    Some(register.paths.iter().filter_map(below).collect())
}

/// Gives a standard endpoint its path, whatever the method.
fn claim(root: &Section<'_>, placed: &mut Vec<Placed>, purpose: Purpose, pattern: &PathPattern, at: usize) {
    let is_same = |other: &PathPattern| other.canonical == pattern.canonical && other.open == pattern.open;
    // The file's own entry says which method; the others are refused by the endpoint itself.
    let is_own = placed.iter().any(|p| p.entry.slot == Slot::Endpoint(at) && is_same(&p.entry.pattern));
    let stands_in_the_way = |other: &PathPattern| {
        let is_below = pattern.open && other.canonical.starts_with(&format!("{}/", pattern.canonical));
        !is_own && (is_below || (other.canonical == pattern.canonical && (pattern.open || !other.open)))
    };
    placed.retain(|p| {
        let is_kept = !stands_in_the_way(&p.entry.pattern);
        if !is_kept {
            let message =
                format!("`{}` is an endpoint of OAuth on hosts with the role `auth`", p.entry.pattern);
            match name_of(purpose) {
                Some(name) => {
                    let help = format!("an `[[endpoint]]` with `purpose = \"{name}\"` gives it another path");
                    root.report().warning(p.span.clone(), message, Some(help));
                }
                None => root.report().warning(p.span.clone(), message, None),
            }
        }
        is_kept
    });
    let is_taken = |p: &Placed| p.entry.methods == Methods::Any && is_same(&p.entry.pattern);
    if !placed.iter().any(is_taken) {
        let entry = Entry { pattern: pattern.clone(), methods: Methods::Any, slot: Slot::Endpoint(at) };
        placed.push(Placed { entry, span: 0..0 });
    }
}

/// How a file names it, if it can be moved.
fn name_of(purpose: Purpose) -> Option<&'static str> {
    super::endpoints::PURPOSES.iter().find(|(_, known)| *known == purpose).map(|(name, _)| *name)
}

/// What the standard endpoints have in common with the file's token endpoints.
struct Model {
    clients: Vec<ClientAuthentication>,
    assertion: Option<AssertionRules>,
    has_users: bool,
    has_devices: bool,
}

impl Model {
    fn of(endpoints: &[TokenEndpoint]) -> Option<Self> {
        let tokens: Vec<_> = endpoints.iter().filter(|e| e.purpose == Purpose::Token).collect();
        tokens.first()?;
        let is_accepted = |method: &ClientAuthentication| tokens.iter().any(|e| e.clients.contains(method));
        Some(Self {
            clients: ClientAuthentication::ALL.into_iter().filter(is_accepted).collect(),
            assertion: tokens.iter().find_map(|endpoint| endpoint.assertion.clone()),
            has_users: endpoints.iter().any(|endpoint| endpoint.purpose == Purpose::Authorize),
            has_devices: tokens.iter().any(|endpoint| endpoint.grant(GrantKind::DeviceCode).is_some()),
        })
    }

    fn endpoint(&self, purpose: Purpose, paths: Vec<PathPattern>) -> TokenEndpoint {
        let is_json = matches!(purpose, Purpose::Register | Purpose::Registration);
        let mut clients = self.clients.clone();
        // A public client proves nothing, and what tokens say is not for everybody (RFC 7662 section 2.1).
        clients.retain(|method| purpose != Purpose::Introspect || *method != ClientAuthentication::None);
        TokenEndpoint {
            paths,
            method: Method::POST,
            purpose,
            encodings: vec![if is_json { Encoding::Json } else { Encoding::Form }],
            refuses_unknown_fields: false,
            grants: Vec::new(),
            clients,
            assertion: self.assertion.clone(),
            terms: None,
            reply: None,
            fields: Vec::new(),
            errors: ErrorStyle::OAuth,
        }
    }
}
