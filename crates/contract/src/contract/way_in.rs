//! The way in: what a request says, read as this contract has it.

use std::borrow::Cow;
use std::time::Duration;

use claviger_domain::{CredentialKind, Principal};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};

use crate::host::Role;
use crate::pattern::PathPattern;
use crate::reading::{Reading, RequestView, Route, Target};
use crate::request_head::{DPOP, bare_host, is_of_browser, single_text, user_agent};
use crate::token::{Purpose, TokenEndpoint};
use crate::wire::cause::Fault;
use crate::wire::identity::{self};
use crate::wire::path;
use crate::wire::place::Found;
use crate::wire::router::Slot;
use crate::wire::session_cookie;
use crate::wire::site::{self, Provenance};

use super::{Contract, Headers};

impl Contract {
    /// Reads a request. Allocates nothing but for Basic credentials and escaped paths.
    ///
    /// A host that is none of the contract's, as from a door that does not know it, plays every role.
    ///
    /// # Errors
    /// `Fault::BadRequest` for a path that an upstream could read differently.
    pub fn read<'r>(&'r self, request: &RequestView<'r>) -> Result<Reading<'r>, Fault> {
        let path = path::normalize(request.path)?;
        let host = self.find_host(request.host);
        let plays = |role: Role| host.is_none_or(|h| h.plays(role));
        let mut route = None;
        let table = if plays(Role::Auth) { &self.wire.auth_table } else { &self.wire.table };
        let target = match table.find(request.method, &path) {
            Some(Slot::Endpoint(at)) if plays(Role::Auth) => {
                self.wire.endpoints.get(at).map_or(Target::Unlisted, Target::TokenEndpoint)
            }
            Some(Slot::Route(at)) if plays(Role::Api) => {
                route = self.wire.routes.get(at);
                match route {
                    Some(Route { answer: Some(answer), .. }) => Target::Answer(answer),
                    Some(Route { public: true, .. }) => Target::Public,
                    Some(_) => Target::Upstream,
                    None => Target::Unlisted,
                }
            }
            _ => Target::Unlisted,
        };
        let workspace = self.wire.headers.workspace.as_ref();
        let places = &self.wire.places;
        Ok(Reading {
            found: self.find_credential(request),
            route,
            target,
            rules: route.and_then(|r| r.rules.as_deref()),
            environment_by_host: host.and_then(|h| h.environment),
            no_scopes: &self.wire.no_scopes,
            workspace: workspace.and_then(|name| single_text(request.headers, name)),
            user_agent: user_agent(request.headers),
            address: request.address,
            only_reads: request.method.is_safe(),
            in_browser: is_of_browser(request.headers),
            proof: places
                .is_bound(request.headers)
                .then(|| single_text(request.headers, &DPOP).unwrap_or_default()),
        })
    }

    /// The address of a path as callers know it: at the issuer's host that of the issuer, whatever stands before us;
    /// elsewhere below `origin`, at which the caller says it is.
    pub fn address_of(&self, origin: &str, path: &str) -> String {
        let host = |origin: &str| {
            bare_host(origin.split_once("://").map_or(origin, |(_, authority)| authority))
                .to_ascii_lowercase()
        };
        let origin = if host(origin) == host(&self.issuer) { &self.issuer } else { origin };
        format!("{origin}{path}")
    }

    /// What a request presents. A cookie alone does not say that its owner wants what the request changes: that takes
    /// proof that a page of the API made it.
    fn find_credential<'r>(&self, request: &RequestView<'r>) -> Found<'r> {
        let found = self.wire.places.find(request.headers, request.query);
        let must_be_own = matches!(found, Found::Text { is_ambient: true, .. })
            && site::is_unsafe(request.method, request.headers);
        if must_be_own && self.provenance(request.headers, request.host) != Provenance::Own {
            return Found::CrossSite;
        }
        found
    }

    /// Where a request for this host says that it was made.
    pub fn provenance(&self, headers: &HeaderMap, host: &str) -> Provenance {
        Provenance::read(headers, &self.issuer, host)
    }

    /// The session that a request for this host presents, and whether its owner surely wants what it changes.
    pub fn presented_session<'r>(&self, head: &'r Parts, host: &str) -> Option<(Cow<'r, [u8]>, bool)> {
        match self.wire.places.find(&head.headers, None) {
            Found::Text { bytes, kinds, is_ambient } if kinds.contains(CredentialKind::Session) => {
                let is_proved = !is_ambient
                    || !site::is_unsafe(&head.method, &head.headers)
                    || self.provenance(&head.headers, host) == Provenance::Own;
                Some((bytes, is_proved))
            }
            _ => None,
        }
    }

    /// The `Set-Cookie` that gives a browser a session for so long; none where the contract has no sessions.
    pub fn session_cookie(&self, text: &str, lifetime: Duration) -> Option<HeaderValue> {
        session_cookie::set(self.tokens().session.as_ref()?, &self.issuer, (text, lifetime))
    }

    /// The `Set-Cookie` that takes it away again.
    pub fn ended_session_cookie(&self) -> Option<HeaderValue> {
        self.session_cookie("", Duration::ZERO)
    }

    /// A path as logs may have it: where its last segment may be the name of a session, the pattern stands in its
    /// place.
    pub fn shown_path<'p>(&'p self, path: &'p str) -> &'p str {
        let naming = |endpoint: &&TokenEndpoint| endpoint.purpose == Purpose::EndSession;
        let mut naming = self.wire.endpoints.iter().filter(naming).flat_map(|e| &e.paths).peekable();
        if naming.peek().is_none() {
            return path;
        }
        // Nobody can tell what stands in a path that has two readings.
        let Ok(plain) = path::normalize(path) else { return "(unreadable)" };
        naming.find(|pattern| pattern.is_above(&plain)).map_or(path, PathPattern::as_str)
    }

    /// Whether token endpoints and pages are at this host. One that is none of the contract's is no such host.
    pub fn is_auth_host(&self, host: &str) -> bool {
        self.find_host(host).is_some_and(|host| host.plays(Role::Auth))
    }

    /// The token endpoint that a request is for. Those of the standards are found by their path, whatever the method.
    pub fn find_endpoint(&self, method: &Method, path: &str, host: &str) -> Option<&TokenEndpoint> {
        if self.wire.endpoints.is_empty() || self.find_host(host).is_some_and(|h| !h.plays(Role::Auth)) {
            return None;
        }
        match self.wire.auth_table.find(method, &path::normalize(path).ok()?)? {
            Slot::Endpoint(at) => self.wire.endpoints.get(at),
            Slot::Route(_) => None,
        }
    }

    /// The issuer that its tokens name: the origin of the first host with token endpoints, by HTTPS unless it is
    /// deployed otherwise. Without a slash at its end.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Removes from a request what the upstream must not see: the credential, unless the contract keeps it, the
    /// cookies of our own pages, and every header that could be taken for one of ours. The query has [`Contract::strip_query`].
    pub fn strip_request(&self, headers: &mut HeaderMap) {
        let Headers { identity, keep_credential, .. } = &self.wire.headers;
        let places = &self.wire.places.list;
        if !keep_credential {
            identity::strip_credential(places, headers);
        }
        identity::strip_own_cookies(headers);
        identity.strip(headers, |name| *keep_credential && places.iter().any(|p| p.is_in(name)));
    }

    /// The query without a credential that the contract allows there.
    pub fn strip_query<'q>(&self, query: &'q str) -> Cow<'q, str> {
        if self.wire.headers.keep_credential {
            return Cow::Borrowed(query);
        }
        identity::strip_query(&self.wire.places.list, query)
    }

    /// Tells the upstream who calls.
    pub fn write_identity(&self, principal: &Principal, request_id: &str, headers: &mut HeaderMap) {
        self.wire.headers.identity.write(principal, request_id, headers);
    }
}
