//! What the upstream learns of the caller, and what it must never hear from the caller itself.

use std::borrow::Cow;

use claviger_domain::Principal;
use http::header::{AUTHORIZATION, COOKIE, Entry};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::place::{Place, Spot, after_scheme, cookies};
use super::query;
use crate::request_head::DPOP;

/// The names of the headers that tell the upstream who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityHeaders {
    /// The workspace's id.
    pub workspace: HeaderName,
    /// The credential's public id.
    pub credential: HeaderName,
    /// `key`, `token` or `session`.
    pub kind: HeaderName,
    /// The end user, where there is one.
    pub subject: HeaderName,
    /// The OAuth client, where there is one.
    pub client: HeaderName,
    /// The scopes, separated by spaces.
    pub scopes: HeaderName,
    /// `live` or `test`.
    pub environment: HeaderName,
    /// The request's id.
    pub request_id: HeaderName,
}

impl Default for IdentityHeaders {
    fn default() -> Self {
        Self {
            workspace: HeaderName::from_static("x-auth-workspace"),
            credential: HeaderName::from_static("x-auth-credential"),
            kind: HeaderName::from_static("x-auth-kind"),
            subject: HeaderName::from_static("x-auth-subject"),
            client: HeaderName::from_static("x-auth-client"),
            scopes: HeaderName::from_static("x-auth-scopes"),
            environment: HeaderName::from_static("x-auth-environment"),
            request_id: HeaderName::from_static("x-request-id"),
        }
    }
}

impl IdentityHeaders {
    /// All names, in the order of the fields.
    pub const fn names(&self) -> [&HeaderName; 8] {
        let Self { workspace, credential, kind, subject, client, scopes, environment, request_id } = self;
        [workspace, credential, kind, subject, client, scopes, environment, request_id]
    }

    pub(crate) fn write(&self, principal: &Principal, request_id: &str, headers: &mut HeaderMap) {
        let mut set = |name: &HeaderName, value: HeaderValue| {
            headers.insert(name, value);
        };
        set(&self.workspace, plain_value(principal.workspace.to_string()));
        set(&self.credential, header_value(&principal.credential));
        set(&self.kind, HeaderValue::from_static(principal.kind.as_str()));
        set(&self.environment, HeaderValue::from_static(principal.environment.as_str()));
        set(&self.scopes, plain_value(principal.scopes.to_string()));
        set(&self.request_id, header_value(request_id));
        if let Some(subject) = &principal.subject {
            set(&self.subject, header_value(subject));
        }
        if let Some(client) = &principal.client {
            set(&self.client, header_value(client));
        }
    }

    /// Removes every header that an upstream could take for ours: our names and all `X-Auth-*`, also with `_`
    /// for `-`, since CGI-like upstreams read both alike. `kept` is a credential's own header.
    pub(crate) fn strip(&self, headers: &mut HeaderMap, kept: impl Fn(&HeaderName) -> bool) {
        let forged = |name: &HeaderName| {
            let ours = alike(name.as_str(), "x-auth-", true)
                || self.names().into_iter().any(|own| alike(name.as_str(), own.as_str(), false));
            ours && !kept(name)
        };
        // Almost no request has one: look before allocating.
        if headers.keys().any(forged) {
            let names: Vec<HeaderName> = headers.keys().filter(|name| forged(name)).cloned().collect();
            for name in names {
                headers.remove(name);
            }
        }
    }
}

/// Whether two header names are equal, or the first starts with the second, with `_` read as `-`.
fn alike(name: &str, own: &str, as_prefix: bool) -> bool {
    let dash = |b: u8| if b == b'_' { b'-' } else { b };
    let lengths = if as_prefix { name.len() >= own.len() } else { name.len() == own.len() };
    lengths && name.bytes().zip(own.bytes()).all(|(a, b)| dash(a) == dash(b))
}

/// A value for a header, with everything that may not stand in one replaced.
pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| {
        let clean: String = text.chars().map(|c| if matches!(c, ' '..='~') { c } else { '?' }).collect();
        HeaderValue::from_str(&clean).unwrap_or(HeaderValue::from_static(""))
    })
}

/// A value for a header of what has nothing that may not stand in one: ids and scopes.
fn plain_value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// Removes the credential from wherever the contract reads it, and nothing else.
pub(crate) fn strip_credential(places: &[Place], headers: &mut HeaderMap) {
    for place in places {
        match &place.spot {
            Spot::Bearer => {
                retain(headers, &AUTHORIZATION, |v| keep_unless_scheme(v, "bearer"));
                retain(headers, &AUTHORIZATION, |v| keep_unless_scheme(v, "dpop"));
                headers.remove(&DPOP);
            }
            Spot::Basic(_) => retain(headers, &AUTHORIZATION, |v| keep_unless_scheme(v, "basic")),
            Spot::Header { name, scheme: Some(scheme), .. } => {
                retain(headers, name, |v| keep_unless_scheme(v, scheme));
            }
            Spot::Header { name, .. } => {
                headers.remove(name);
            }
            Spot::Cookie(name) => retain(headers, &COOKIE, |v| cut_cookies(v, |n| n == name.as_bytes())),
            Spot::Query(_) => {}
        }
    }
}

/// The query without the credentials that the contract allows there.
pub(crate) fn strip_query<'q>(places: &[Place], text: &'q str) -> Cow<'q, str> {
    query::without(text, |name| {
        places.iter().any(|p| matches!(&p.spot, Spot::Query(own) if query::is(name, own)))
    })
}

fn keep_unless_scheme(value: &HeaderValue, scheme: &str) -> Option<HeaderValue> {
    match after_scheme(value.as_bytes().trim_ascii(), scheme) {
        Some(_) => None,
        None => Some(value.clone()),
    }
}

/// Removes the cookies of our own pages, which may share a host with the API: with one of them an upstream could act
/// for its users.
pub(crate) fn strip_own_cookies(headers: &mut HeaderMap) {
    let is_own = |name: &[u8]| name.strip_prefix(b"__Host-").unwrap_or(name).starts_with(b"claviger-");
    let has_own = |value: &HeaderValue| cookies(value.as_bytes()).any(|(name, _)| is_own(name));
    if headers.get_all(COOKIE).iter().any(has_own) {
        retain(headers, &COOKIE, |value| cut_cookies(value, is_own));
    }
}

fn cut_cookies(value: &HeaderValue, is_cut: impl Fn(&[u8]) -> bool) -> Option<HeaderValue> {
    let is_ours = |pair: &[u8]| cookies(pair).any(|(name, _)| is_cut(name));
    let pairs = value.as_bytes().split(|b| *b == b';').map(<[u8]>::trim_ascii);
    let kept: Vec<&[u8]> = pairs.filter(|pair| !is_ours(pair) && !pair.is_empty()).collect();
    if kept.is_empty() {
        return None;
    }
    HeaderValue::from_bytes(&kept.join(b"; ".as_slice())).ok()
}

/// Replaces each value of a header by what `keep` makes of it.
fn retain(headers: &mut HeaderMap, name: &HeaderName, keep: impl Fn(&HeaderValue) -> Option<HeaderValue>) {
    let Entry::Occupied(entry) = headers.entry(name) else { return };
    let kept: Vec<HeaderValue> = entry.iter().filter_map(keep).collect();
    entry.remove_entry_mult();
    for value in kept {
        headers.append(name, value);
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
