//! A request as the contract reads it.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use claviger_domain::{Environment, Facts, KindSet, Limit, Presented, Scope, Signs};
use http::{HeaderMap, Method};

use crate::pattern::PathPattern;
use crate::token::TokenEndpoint;
use crate::wire::answer::Answer;
use crate::wire::place::Found;
use crate::wire::router::Methods;
use crate::wire::rules::RequestRules;

/// What a door knows of a request.
#[derive(Clone, Copy, Debug)]
pub struct RequestView<'r> {
    /// The method.
    pub method: &'r Method,
    /// The path as it came, escapes and all.
    pub path: &'r str,
    /// The query, without the question mark.
    pub query: Option<&'r str>,
    /// The header.
    pub headers: &'r HeaderMap,
    /// The host, with or without a port.
    pub host: &'r str,
    /// The caller's address, as far as trusted proxies vouch for it.
    pub address: Option<IpAddr>,
}

/// What a contract says of some method and path.
#[derive(Clone, Debug)]
pub struct Route {
    pub(crate) pattern: PathPattern,
    pub(crate) methods: Methods,
    pub(crate) scopes: Arc<[Scope]>,
    pub(crate) kinds: KindSet,
    pub(crate) limits: Vec<Arc<Limit>>,
    pub(crate) cost: NonZeroU32,
    pub(crate) credits: Option<NonZeroU32>,
    pub(crate) public: bool,
    pub(crate) rules: Option<Arc<RequestRules>>,
    pub(crate) answer: Option<Arc<Answer>>,
}

impl Route {
    /// Its path.
    pub const fn pattern(&self) -> &PathPattern {
        &self.pattern
    }

    /// Its methods.
    pub const fn methods(&self) -> &Methods {
        &self.methods
    }

    /// The scopes it needs, all of them.
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// The kinds of credential it takes.
    pub const fn kinds(&self) -> KindSet {
        self.kinds
    }

    /// Its own limits.
    pub fn limits(&self) -> &[Arc<Limit>] {
        &self.limits
    }

    /// What a request costs in credits of its workspace, if it costs some.
    pub const fn credits(&self) -> Option<NonZeroU32> {
        self.credits
    }

    /// Whether it needs no credential.
    pub const fn is_public(&self) -> bool {
        self.public
    }

    /// Whether we answer it ourselves.
    pub const fn is_answered(&self) -> bool {
        self.answer.is_some()
    }
}

/// Who answers a request that is allowed.
#[derive(Clone, Copy, Debug)]
pub enum Target<'c> {
    /// The upstream.
    Upstream,
    /// We, with [`crate::Contract::respond`].
    Answer(&'c Answer),
    /// The upstream, whoever asks.
    Public,
    /// Nobody: a credential first, then 404.
    Unlisted,
    /// One of the contract's token endpoints.
    TokenEndpoint(&'c TokenEndpoint),
}

/// A request as the contract reads it.
pub struct Reading<'r> {
    pub(crate) found: Found<'r>,
    pub(crate) route: Option<&'r Route>,
    /// Who answers it.
    pub target: Target<'r>,
    /// What its route demands besides a credential.
    pub rules: Option<&'r RequestRules>,
    /// The environment that its host demands.
    pub environment_by_host: Option<Environment>,
    pub(crate) no_scopes: &'r Arc<[Scope]>,
    pub(crate) workspace: Option<&'r str>,
    pub(crate) user_agent: Option<&'r str>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) proof: Option<&'r str>,
    pub(crate) only_reads: bool,
    pub(crate) in_browser: bool,
}

impl<'r> Reading<'r> {
    /// What it presents as its credential.
    pub fn presented(&self) -> Presented<'_> {
        self.found.presented()
    }

    /// The proof of possession that goes with a credential in the scheme `DPoP` (RFC 9449 section 7.1); empty when there
    /// is not exactly one, and none in any other scheme.
    pub const fn proof(&self) -> Option<&'r str> {
        self.proof
    }

    /// What else the engine needs to know of it, apart from what it proves.
    pub fn facts(&self) -> Facts<'r> {
        let known = !matches!(self.target, Target::Unlisted);
        Facts {
            environment: self.environment_by_host,
            accepted: self.route.map_or(KindSet::ANY, |r| r.kinds),
            required_scopes: Arc::clone(self.route.map_or(self.no_scopes, |r| &r.scopes)),
            limits: self.route.map(|r| r.limits.as_slice()).unwrap_or_default(),
            address: self.address,
            workspace: self.workspace,
            route_known: known,
            request_id: None,
            user_agent: self.user_agent,
            cost: self.route.map_or(NonZeroU32::MIN, |r| r.cost),
            credits: self.route.and_then(|r| r.credits),
            proof: None,
            only_reads: self.only_reads,
            // Whoever knows the connection adds whether it is TLS.
            signs: Signs { in_browser: self.in_browser, in_the_clear: false },
        }
    }

    /// The route it was matched with.
    pub const fn route(&self) -> Option<&'r Route> {
        self.route
    }
}
