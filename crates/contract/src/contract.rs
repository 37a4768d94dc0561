//! A contract: what an API promises its callers about authentication, ready to be used.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use claviger_domain::{
    ApiName, CredentialKind, Denial, Environment, KindSet, LimitState, Policy, Principal, Scope, ScopeSet,
    Timestamp, TokenPolicy,
};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri};

use crate::host::{
    Deployment, DeploymentError, EnvironmentBy, Host, Role, auth_environment, check_hosts, right_host,
};
use crate::pattern::PathPattern;
use crate::reading::{Reading, RequestView, Route, Target};
use crate::request_head::{DPOP, bare_host, is_of_browser, single_text, user_agent};
use crate::token::{
    ErrorStyle, ExchangeCause, ExchangeRefusal, Issued, Purpose, StandardRefusal, Summons, TokenEndpoint,
};
use crate::wire::answer::Answer;
use crate::wire::cause::{Fault, of_denial, of_fault, of_reason};
use crate::wire::challenge::{Challenge, Way, basic_for_clients, for_token};
use crate::wire::identity::{self, IdentityHeaders, header_value};
use crate::wire::path;
use crate::wire::place::{Found, Place, Places};
use crate::wire::quota::QuotaHeaders;
use crate::wire::refusal::{Refusal, RefusalContext, Said, retry_after};
use crate::wire::router::{Slot, Table};
use crate::wire::rules::RuleViolation;
use crate::wire::session_cookie;
use crate::wire::site::{self, Provenance};

/// How an API presents itself on pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Presentation {
    /// An image's address.
    pub logo: Option<String>,
    /// A colour as CSS writes it, `#rrggbb`.
    pub color: Option<String>,
    /// The address of its documentation.
    pub documentation: Option<String>,
    /// A paragraph about it.
    pub about: Option<String>,
}

/// Scopes that pages offer together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopePreset {
    /// What people call it.
    pub title: String,
    /// What it selects.
    pub scopes: ScopeSet,
}

/// All that a file says and that no deployment changes.
#[derive(Clone, Debug)]
pub(crate) struct Wire {
    pub(crate) presentation: Presentation,
    pub(crate) presets: Vec<ScopePreset>,
    pub(crate) environment_by: EnvironmentBy,
    pub(crate) places: Places,
    pub(crate) routes: Vec<Route>,
    pub(crate) endpoints: Vec<TokenEndpoint>,
    /// For hosts without the role `auth`.
    pub(crate) table: Table,
    /// For the others: the endpoints of the standards are there too.
    pub(crate) auth_table: Table,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) challenge: Challenge,
    pub(crate) headers: Headers,
    pub(crate) userinfo: Option<String>,
    pub(crate) no_scopes: Arc<[Scope]>,
}

/// What headers a contract reads and writes beside the credential.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers {
    pub(crate) identity: IdentityHeaders,
    pub(crate) quota: QuotaHeaders,
    pub(crate) workspace: Option<HeaderName>,
    pub(crate) keep_credential: bool,
}

/// A contract. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Contract {
    pub(crate) title: Arc<str>,
    pub(crate) policy: Arc<Policy>,
    pub(crate) hosts: Arc<[Host]>,
    pub(crate) issuer: Arc<str>,
    pub(crate) upstreams: BTreeMap<Environment, Uri>,
    pub(crate) wire: Arc<Wire>,
}

/// What it says.
impl Contract {
    /// The half that decides, for the engine.
    pub const fn policy(&self) -> &Arc<Policy> {
        &self.policy
    }

    /// Its name, which is the API's.
    pub fn name(&self) -> &ApiName {
        &self.policy.name
    }

    /// What people call the API.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How the API presents itself on pages.
    pub fn presentation(&self) -> &Presentation {
        &self.wire.presentation
    }

    /// Its hosts.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The environment whose clients and users sign in at this host, where it is not either's.
    pub fn auth_environment(&self, host: &str) -> Option<Environment> {
        self.find_host(host).and_then(|host| auth_environment(&self.hosts, host))
    }

    /// Whether a request to this host, with or without a port, is its business.
    pub fn serves(&self, host: &str) -> bool {
        self.find_host(host).is_some()
    }

    /// Where the API itself is, for an environment.
    pub fn upstream(&self, environment: Environment) -> Option<&Uri> {
        self.upstreams.get(&environment)
    }

    /// What decides which environment a request is for.
    pub fn environment_by(&self) -> EnvironmentBy {
        self.wire.environment_by
    }

    /// Scopes that pages offer together.
    pub fn scope_presets(&self) -> &[ScopePreset] {
        &self.wire.presets
    }

    /// Where credentials may stand.
    pub fn places(&self) -> &[Place] {
        &self.wire.places.list
    }

    /// Its routes, in the order of the file.
    pub fn routes(&self) -> &[Route] {
        &self.wire.routes
    }

    /// Its token endpoints, in the order of the file, then those of the standards that the file does not name.
    pub fn token_endpoints(&self) -> &[TokenEndpoint] {
        &self.wire.endpoints
    }

    /// The first endpoint of this purpose.
    pub fn endpoint_for(&self, purpose: Purpose) -> Option<&TokenEndpoint> {
        self.wire.endpoints.iter().find(|endpoint| endpoint.purpose == purpose)
    }

    /// The address of the first endpoint of this purpose, at the issuer.
    pub fn address_for(&self, purpose: Purpose) -> Option<String> {
        let path = match (purpose, self.userinfo()) {
            (Purpose::Userinfo, Some(route)) => route,
            _ => self.endpoint_for(purpose)?.address()?,
        };
        Some(format!("{}{path}", self.issuer))
    }

    /// The address of the metadata of the API as a protected resource (RFC 9728 section 3.1), where it takes OAuth's
    /// tokens.
    pub fn resource_metadata(&self) -> Option<String> {
        self.endpoint_for(Purpose::ResourceMetadata)?;
        Some(format!("{}{}", self.issuer, Self::RESOURCE_METADATA))
    }

    /// The path below which the metadata of protected resources stands.
    pub const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";

    /// What it says of tokens in general.
    pub fn tokens(&self) -> &TokenPolicy {
        &self.policy.tokens
    }

    /// The path of the userinfo endpoint, where it is one of the contract's routes.
    pub fn userinfo(&self) -> Option<&str> {
        self.wire.userinfo.as_deref()
    }

    /// The names of the headers that tell the upstream who calls.
    pub fn identity_headers(&self) -> &IdentityHeaders {
        &self.wire.headers.identity
    }

    /// The same contract with a deployment's hosts and upstreams in place of the file's.
    ///
    /// # Errors
    /// When the hosts together make no sense any more.
    pub fn deployed(&self, deployment: &Deployment) -> Result<Self, DeploymentError> {
        let mut deployed = self.clone();
        if !deployment.hosts.is_empty() {
            check_hosts(&deployment.hosts, self.wire.environment_by, !self.wire.endpoints.is_empty())?;
            deployed.hosts = deployment.hosts.as_slice().into();
            deployed.issuer = issuer_of(&deployed.hosts);
        }
        if let Some(issuer) = &deployment.issuer {
            deployed.issuer = issuer.as_str().into();
        }
        deployed.upstreams.extend(deployment.upstreams.iter().map(|(e, uri)| (*e, uri.clone())));
        Ok(deployed)
    }

    fn find_host(&self, host: &str) -> Option<&Host> {
        let bare = bare_host(host);
        self.hosts.iter().find(|known| known.name.eq_ignore_ascii_case(bare))
    }
}

/// The way in.
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

/// The way out.
impl Contract {
    /// A refusal as the contract says it.
    pub fn refuse(&self, denial: &Denial, context: &RefusalContext<'_>) -> Response<Bytes> {
        self.say(of_denial(denial, context.limits), self.said(Some(denial), None, context))
    }

    /// The refusal of a request that breaks a rule of its route.
    pub fn refuse_violation(
        &self,
        violation: &RuleViolation,
        context: &RefusalContext<'_>,
    ) -> Response<Bytes> {
        self.say(of_reason(violation.reason), self.said(None, Some(violation), context))
    }

    /// A fault as the contract says it, for a door that knows nothing but the request's id.
    pub fn fault(&self, fault: Fault, request_id: &str) -> Response<Bytes> {
        let said = Said { request_id, wanted: self.wire.places.wanted(KindSet::ANY), ..Said::default() };
        self.say(of_fault(fault), said)
    }

    /// A fault as the contract says it, the present instant included where its envelope shows it.
    pub fn fault_in(&self, fault: Fault, context: &RefusalContext<'_>) -> Response<Bytes> {
        self.say(of_fault(fault), self.said(None, None, context))
    }

    /// An answer of our own to a caller.
    pub fn respond(&self, answer: &Answer, principal: &Principal, request_id: &str) -> Response<Bytes> {
        let mut response = answer.respond(principal, request_id);
        self.write_request_id(request_id, response.headers_mut());
        response
    }

    /// Tells the caller what is left.
    pub fn write_limits(&self, limits: &[LimitState], now: Timestamp, headers: &mut HeaderMap) {
        self.wire.headers.quota.write(limits, now, headers);
    }

    /// The answer of a token endpoint that did what it is for: the contract's, or that of RFC 6749 section 5.1.
    pub fn reply(
        &self,
        endpoint: &TokenEndpoint,
        issued: &[Issued<'_>],
        now: Timestamp,
        request_id: &str,
    ) -> Response<Bytes> {
        let (status, body) = match &endpoint.reply {
            Some(reply) => (reply.status(), reply.render(issued, now)),
            None => (StatusCode::OK, Some(standard_reply(endpoint, issued, now))),
        };
        let body = match issued.first().filter(|_| endpoint.purpose == Purpose::Token) {
            Some(issued) => body.map(|body| issued.complete(body)),
            None => body,
        };
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.write_request_id(request_id, headers);
        if let Some(body) = body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *response.body_mut() = Bytes::from(body);
        }
        response
    }

    /// The refusal of a token endpoint, in the contract's envelope or that of RFC 6749, as the endpoint has it.
    pub fn refuse_exchange(
        &self,
        endpoint: &TokenEndpoint,
        refusal: &ExchangeRefusal<'_>,
    ) -> Response<Bytes> {
        let ExchangeRefusal { cause, detail, retry_after, request_id } = *refusal;
        let line = cause.cause();
        let detail = detail.unwrap_or(line.message);
        let mut response = match &endpoint.errors {
            ErrorStyle::Envelope(refusals) => {
                let waiting = line.is_in("too_many").then_some(FIRST_RETRY);
                let retry_after = retry_after.or(waiting);
                let said = Said { request_id, retry_after, detail: Some(detail), ..Said::default() };
                refusals.get(cause as usize).map_or_else(broken, |refusal| refusal.respond(&said))
            }
            ErrorStyle::OAuth => oauth_error(line.name, line.status, detail, retry_after),
        };
        let status = response.status();
        let headers = response.headers_mut();
        if cause == ExchangeCause::InvalidClient && endpoint.has_oauth_errors() {
            headers.insert(WWW_AUTHENTICATE, basic_for_clients(&self.wire.challenge.realm));
        } else {
            self.wire.challenge.write(&line, status, Way::default(), headers);
        }
        self.write_request_id(request_id, headers);
        response
    }

    /// The refusal of an OAuth endpoint in the words of the standards (RFC 6749 section 5.2, RFC 6750 section 3).
    pub fn refuse_standard(&self, refusal: &StandardRefusal<'_>) -> Response<Bytes> {
        let StandardRefusal { code, status, detail, summons, retry_after, request_id } = *refusal;
        let mut response = oauth_error(code, status, detail, retry_after);
        let realm = &self.wire.challenge.realm;
        let challenge = match summons {
            Summons::None => None,
            Summons::Client => Some(basic_for_clients(realm)),
            Summons::Token { scheme, was_sent, parameters } => {
                Some(for_token(scheme, realm, was_sent.then_some(code), parameters))
            }
        };
        let headers = response.headers_mut();
        headers.extend(challenge.map(|challenge| (WWW_AUTHENTICATE, challenge)));
        self.write_request_id(request_id, headers);
        response
    }

    /// Writes the request's id, as every answer carries it.
    pub fn write_request_id(&self, request_id: &str, headers: &mut HeaderMap) {
        headers.insert(&self.wire.headers.identity.request_id, header_value(request_id));
    }

    fn said<'c>(
        &self,
        denial: Option<&'c Denial>,
        violation: Option<&'c RuleViolation>,
        context: &RefusalContext<'c>,
    ) -> Said<'c> {
        let RefusalContext { request_id, now, limits, host } = *context;
        Said {
            request_id,
            now: Some(now),
            denial,
            violation,
            limits,
            retry_after: None,
            wanted: self.wire.places.wanted(denial.map_or(KindSet::ANY, |d| d.accepted)),
            host: right_host(&self.hosts, denial.and_then(|d| d.environment), host),
            detail: None,
        }
    }

    fn say(&self, cause: usize, mut said: Said<'_>) -> Response<Bytes> {
        // The table has a line for every cause; a test says so.
        let Some(refusal) = self.wire.refusals.get(cause) else { return broken() };
        said.retry_after = retry_after(&refusal.cause, said.limits, said.now);
        let mut response = refusal.respond(&said);
        let headers = response.headers_mut();
        // Only those who lack something are shown a way; refusals by limits come in floods.
        let is_lacking = matches!(refusal.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
        let resource_metadata = if is_lacking { self.resource_metadata() } else { None };
        let scope = said.scope();
        let way = Way {
            scope: &scope,
            resource_metadata: resource_metadata.as_deref(),
            possession: said.denial.map(|denial| denial.possession).unwrap_or_default(),
        };
        self.wire.challenge.write(&refusal.cause, refusal.status, way, headers);
        if let Some(now) = said.now {
            self.write_limits(said.limits, now, headers);
        }
        self.write_request_id(said.request_id, headers);
        response
    }
}

/// The issuer of a contract with these hosts, where nothing else is said.
pub(crate) fn issuer_of(hosts: &[Host]) -> Arc<str> {
    let host = hosts.iter().find(|host| host.plays(Role::Auth)).or_else(|| hosts.first());
    format!("https://{}", host.map_or("", |host| host.name.as_str())).into()
}

/// What is left to say when a table lacks a line.
fn broken() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// The body of RFC 6749 section 5.1; an empty object from an endpoint that issues nothing.
fn standard_reply(endpoint: &TokenEndpoint, issued: &[Issued<'_>], now: Timestamp) -> String {
    let one = issued.first().filter(|_| endpoint.purpose.issues());
    one.map_or_else(|| "{}".to_owned(), |one| one.standard_reply(now))
}

/// The error body of RFC 6749 section 5.2.
fn oauth_error(code: &str, status: u16, detail: &str, retry_after: Option<u64>) -> Response<Bytes> {
    let body = serde_json::json!({ "error": code, "error_description": detail });
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let waiting =
        matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if waiting {
        headers.insert(RETRY_AFTER, HeaderValue::from(retry_after.unwrap_or(FIRST_RETRY)));
    }
    response
}

/// Seconds to wait when nobody knows better.
const FIRST_RETRY: u64 = 1;
