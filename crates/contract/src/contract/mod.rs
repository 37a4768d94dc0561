//! A contract: what an API promises its callers about authentication, ready to be used.

mod way_in;
mod way_out;

use std::collections::BTreeMap;
use std::sync::Arc;

use claviger_domain::{ApiName, Environment, Policy, Scope, ScopeSet, TokenPolicy};
use http::{HeaderName, Uri};

use crate::host::{Deployment, DeploymentError, EnvironmentBy, Host, Role, auth_environment, check_hosts};
use crate::reading::Route;
use crate::request_head::bare_host;
use crate::token::{Purpose, TokenEndpoint};
use crate::wire::challenge::Challenge;
use crate::wire::identity::IdentityHeaders;
use crate::wire::place::{Place, Places};
use crate::wire::quota::QuotaHeaders;
use crate::wire::refusal::Refusal;
use crate::wire::router::Table;

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

/// The issuer of a contract with these hosts, where nothing else is said.
pub(crate) fn issuer_of(hosts: &[Host]) -> Arc<str> {
    let host = hosts.iter().find(|host| host.plays(Role::Auth)).or_else(|| hosts.first());
    format!("https://{}", host.map_or("", |host| host.name.as_str())).into()
}
