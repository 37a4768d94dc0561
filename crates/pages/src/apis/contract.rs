//! A contract as people read it: every promise that an API makes its callers about authentication.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use claviger_contract::{Contract, Host, Installed, Purpose, Route, TokenEndpoint};
use claviger_domain::{
    ClientAuthentication, Environment, KeyFormat, KeyKind, KeyLifetimes, PageRequest, Policy, Right, Scope,
    Terms,
};
use claviger_engine::{KeyFilter, StateFilter};
use http::{Method, StatusCode};

use super::refusals::{RefusalSample, refusals};
use super::sandbox::SandboxView;
use super::{find, words};
use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::path::Path;
use crate::permit::{ContractsRead, Permit};
use crate::public::duration_text;
use crate::reader::Reader;
use crate::samples::{Sample, samples};
use crate::state::PagesState;
use crate::words::{Phrase, say};

pub(super) struct HostRow {
    pub(super) name: String,
    pub(super) roles: String,
    pub(super) environment: Option<&'static str>,
}

struct PlaceRow {
    spot: String,
    kinds: String,
    title: String,
}

pub(super) struct FormatRow {
    pub(super) prefix: String,
    pub(super) environment: &'static str,
    pub(super) kind: Phrase,
    pub(super) shape: String,
}

pub(super) struct ScopeRow {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) implies: Vec<String>,
}

pub(super) struct PlanRow {
    pub(super) title: String,
    pub(super) is_default: bool,
    pub(super) limits: Vec<String>,
}

pub(super) struct RouteRow {
    pub(super) methods: String,
    pub(super) path: String,
    pub(super) kinds: String,
    pub(super) scopes: Vec<String>,
    pub(super) is_public: bool,
    pub(super) is_answered: bool,
}

pub(super) struct EndpointRow {
    pub(super) purpose: Phrase,
    pub(super) methods: String,
    pub(super) paths: Vec<String>,
    pub(super) takes: String,
    pub(super) clients: Vec<&'static str>,
    pub(super) lifetime: Option<String>,
}

/// How long things live.
struct Lives {
    key: String,
    longest_key: String,
    overlap: String,
    rotate: String,
    unused: String,
    disable_unused: String,
    tokens: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "api.html")]
struct ContractPage<'p> {
    chrome: Chrome<'p>,
    id: String,
    name: String,
    title: &'p str,
    about: Option<&'p str>,
    documentation: Option<&'p str>,
    issuer: Option<&'p str>,
    decided_by: Phrase,
    hosts: Vec<HostRow>,
    upstreams: Vec<(&'static str, String)>,
    places: Vec<PlaceRow>,
    formats: Vec<FormatRow>,
    scopes: Vec<ScopeRow>,
    plans: Vec<PlanRow>,
    limits: Vec<String>,
    lives: Lives,
    sandbox: SandboxView,
    routes: Vec<RouteRow>,
    endpoints: Vec<EndpointRow>,
    identity: Vec<String>,
    /// A request with a key to the first route that takes one, in each language.
    calls: Vec<Sample>,
    /// The beginning and end of a test key of the reader's workspace, which the calls show.
    own_key: Option<String>,
    /// Where a request can be tried, for whoever may.
    trial: Option<String>,
    refusals: Vec<RefusalSample>,
}

/// `GET /console/apis/{id}`, and `GET /portal/{workspace}/docs/{id}` for those who call it: without what lies behind it
pub(crate) async fn show_contract(
    State(state): State<PagesState>,
    permit: Permit<ContractsRead>,
    Path(name): Path<String>,
) -> Answer {
    let installed = find(&state, &name)?;
    let contract = &installed.contract;
    let policy = contract.policy();
    let presentation = contract.presentation();
    let reader = permit.reader();
    let is_staff = reader.visit().is_none();
    let own_key = own_key(&state, reader, &installed).await?;
    let upstream = |environment: Environment| {
        contract.upstream(environment).map(|uri| (environment.as_str(), uri.to_string()))
    };
    let shown = ContractPage {
        chrome: Chrome::at(reader, Section::Apis),
        id: installed.api.to_string(),
        name: contract.name().to_string(),
        title: contract.title(),
        about: presentation.about.as_deref(),
        documentation: presentation.documentation.as_deref(),
        issuer: (!contract.token_endpoints().is_empty()).then(|| contract.issuer()),
        decided_by: words::decided_by(contract.environment_by()),
        hosts: contract.hosts().iter().map(host_row).collect(),
        upstreams: Environment::ALL.into_iter().filter(|_| is_staff).filter_map(upstream).collect(),
        places: contract
            .places()
            .iter()
            .map(|place| PlaceRow {
                spot: words::spot(place),
                kinds: words::kinds(place.kinds),
                title: place.title.clone(),
            })
            .collect(),
        formats: policy.key_formats.iter().map(format_row).collect(),
        scopes: scope_rows(policy),
        plans: plan_rows(policy),
        limits: policy.limits.iter().map(|limit| words::limit(limit)).collect(),
        lives: lives(&policy.key_lifetimes, contract),
        sandbox: SandboxView::of(&state.engine.find_sandbox(installed.api).await?),
        routes: contract.routes().iter().map(route_row).collect(),
        endpoints: contract.token_endpoints().iter().map(endpoint_row).collect(),
        identity: match is_staff {
            true => contract.identity_headers().names().into_iter().map(ToString::to_string).collect(),
            false => Vec::new(),
        },
        calls: calls(contract, own_key.as_deref()),
        own_key,
        trial: (!is_staff && reader.allows(Right::WriteKeys))
            .then(|| format!("{}/docs/{}/try", reader.base(), contract.name())),
        refusals: refusals(contract, state.engine.clock().now()),
    };
    page(StatusCode::OK, &shown)
}

pub(super) fn host_row(host: &Host) -> HostRow {
    HostRow {
        name: host.name.clone(),
        roles: host.roles.iter().map(|role| words::role(*role).to_string()).collect::<Vec<_>>().join(", "),
        environment: host.environment.map(Environment::as_str),
    }
}

pub(super) fn format_row(format: &KeyFormat) -> FormatRow {
    FormatRow {
        prefix: format.prefix.to_string(),
        environment: format.environment.as_str(),
        kind: match format.kind {
            KeyKind::Single => say("contract-itself"),
            KeyKind::Pair => say("contract-secret"),
        },
        shape: words::shape(format.shape),
    }
}

pub(super) fn scope_rows(policy: &Policy) -> Vec<ScopeRow> {
    let row = |(scope, about): (&Scope, &claviger_domain::ScopeDescription)| ScopeRow {
        name: scope.to_string(),
        description: about.description.clone(),
        implies: about.implies.iter().map(ToString::to_string).collect(),
    };
    policy.scopes.iter().map(row).collect()
}

pub(super) fn plan_rows(policy: &Policy) -> Vec<PlanRow> {
    let plans = policy.plans.iter();
    plans
        .map(|(name, plan)| PlanRow {
            title: plan.title.clone(),
            is_default: policy.default_plan.as_ref() == Some(name),
            limits: plan.limits.iter().map(|limit| words::limit(limit)).collect(),
        })
        .collect()
}

pub(super) fn route_row(route: &Route) -> RouteRow {
    RouteRow {
        methods: words::methods(route.methods()),
        path: route.pattern().to_string(),
        kinds: words::kinds(route.kinds()),
        scopes: route.scopes().iter().map(ToString::to_string).collect(),
        is_public: route.is_public(),
        is_answered: route.is_answered(),
    }
}

pub(super) fn endpoint_row(endpoint: &TokenEndpoint) -> EndpointRow {
    EndpointRow {
        purpose: words::purpose(endpoint.purpose),
        methods: endpoint.methods().iter().map(Method::as_str).collect::<Vec<_>>().join(", "),
        paths: endpoint.paths.iter().map(ToString::to_string).collect(),
        takes: words::grants(endpoint),
        clients: match proves_clients(endpoint.purpose) {
            true => endpoint.clients.iter().map(|method| ClientAuthentication::as_str(*method)).collect(),
            false => Vec::new(),
        },
        lifetime: endpoint.terms.as_ref().map(|Terms { access, .. }| {
            let life = duration_text(access.lifetime);
            say("contract-token-for")
                .with("token", words::token(&access.shape))
                .with("time", life)
                .to_string()
        }),
    }
}

/// Whether clients have to prove themselves there.
const fn proves_clients(purpose: Purpose) -> bool {
    matches!(
        purpose,
        Purpose::Token | Purpose::Revoke | Purpose::Introspect | Purpose::Push | Purpose::Device
    )
}

/// How long things live, by what the page calls them.
pub(super) fn life_rows(contract: &Contract) -> Vec<(String, String)> {
    let lives = lives(&contract.policy().key_lifetimes, contract);
    let Lives { key, longest_key, overlap, rotate, unused, disable_unused, tokens } = lives;
    let of_keys = [
        (say("word-key"), key),
        (say("api-key-most"), longest_key),
        (say("api-rotated-key-goes-most"), overlap),
        (say("api-key-better-rotated-after"), rotate),
        (say("api-key-counts-unused-after"), unused),
        (say("api-unused-key-disabled-after"), disable_unused),
    ];
    of_keys.into_iter().map(|(what, life)| (what.to_string(), life)).chain(tokens).collect()
}

fn lives(keys: &KeyLifetimes, contract: &Contract) -> Lives {
    let or = |life: Option<Duration>, never: Phrase| life.map_or_else(|| never.to_string(), duration_text);
    let tokens = contract.tokens();
    let access = tokens.access.as_ref().map(|access| {
        let text = format!("{}, {}", words::token(&access.shape), duration_text(access.lifetime));
        (say("contract-access-token").to_string(), text)
    });
    let refresh = tokens.refresh.as_ref().map(|refresh| {
        let unused =
            refresh.idle.map(|idle| say("contract-or-unused").with("time", duration_text(idle)).to_string());
        let text = or(refresh.lifetime, say("contract-long-consent")) + &unused.unwrap_or_default();
        (say("contract-refresh-token-2").to_string(), text)
    });
    let session = tokens.session.as_ref().map(|session| {
        let life = duration_text(session.lifetime);
        let text = if session.sliding { life + &say("contract-longer-while-used").to_string() } else { life };
        (say("contract-browser-session").to_string(), text)
    });
    Lives {
        key: or(keys.default, say("contract-no-end-unless-maker-names")),
        longest_key: or(keys.max, say("contract-no-bound")),
        overlap: duration_text(keys.max_overlap),
        rotate: or(keys.upkeep.rotate_after, say("contract-no-advice")),
        unused: or(keys.upkeep.unused_after, say("word-never")),
        disable_unused: or(keys.upkeep.disable_unused_after, say("word-never")),
        tokens: [access, refresh, session].into_iter().flatten().collect(),
    }
}

/// The hint of the newest test key of the reader's workspace that works.
async fn own_key(
    state: &PagesState,
    reader: &Reader,
    installed: &Installed,
) -> Result<Option<String>, PageError> {
    if reader.visit().is_none() {
        return Ok(None);
    }
    let filter = KeyFilter {
        api: Some(installed.api),
        environment: Some(Environment::Test),
        state: Some(StateFilter::Active),
        ..KeyFilter::default()
    };
    let newest = PageRequest { before: None, limit: 1 };
    let keys = state.engine.list_keys_for(&reader.actor(), filter, newest).await?.rows;
    let text = keys.first().and_then(|key| key.generations.first());
    Ok(text.map(|generation| generation.hint.to_string()))
}

/// How callers with a key call it: with this text of one, or else with the beginning of a test key.
fn calls(contract: &Contract, own_key: Option<&str>) -> Vec<Sample> {
    let formats = &contract.policy().key_formats;
    let format = formats.iter().find(|format| format.environment == Environment::Test);
    let Some(format) = format.or_else(|| formats.first()) else { return Vec::new() };
    let text = own_key.map_or_else(|| format!("{}…", format.prefix), str::to_owned);
    samples(contract, format.environment, &text)
}

/// Whether an API signs tokens with keys of its own.
pub(super) fn signs(contract: &Contract) -> bool {
    contract.endpoint_for(Purpose::Jwks).is_some()
}
