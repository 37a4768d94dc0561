//! The page of trials: a route, its parameters and a credential, and below it what came of it.

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use claviger_contract::Contract;
use claviger_domain::Environment;
use claviger_engine::{Plain, TrialError};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::ask::{self, CREDENTIAL};
use super::outcome::{Outcome, Sending};
use super::purchase::{Purchase, purchases};
use super::route::{Parameter, Target};
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::Explain as _;
use crate::fields::Fields;
use crate::keys::list::Choice;
use crate::path::Path;
use crate::permit::{KeysWrite, Permit};
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::{CallerAddress, PagesState};
use crate::words::say;

/// A part of the path to fill in.
struct ParameterField<'p> {
    name: String,
    title: String,
    value: &'p str,
}

/// What a form asks about a route.
struct RouteForm<'p> {
    word: String,
    /// Kinds of credential that it takes; none where it takes anyone.
    kinds: Option<String>,
    scopes: Vec<String>,
    /// What it costs in credits.
    credits: Option<u32>,
    parameters: Vec<ParameterField<'p>>,
    has_body: bool,
    /// How a token is bought, where it takes no key.
    purchases: Vec<Purchase>,
}

#[derive(Template)]
#[template(path = "portal/trial.html")]
struct TrialPage<'p> {
    chrome: Chrome<'p>,
    title: &'p str,
    /// The page of the contract; this one is below it.
    docs: String,
    routes: Vec<Choice>,
    route: Option<RouteForm<'p>>,
    fields: &'p Fields,
    is_live: bool,
    complaints: Complaints,
    outcome: Option<Outcome>,
}

/// `GET /portal/{workspace}/docs/{id}/try`
pub(crate) async fn show_trial(
    State(state): State<PagesState>,
    permit: Permit<KeysWrite>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    show(&state, permit.reader(), &name, (StatusCode::OK, &query, Complaints::default(), None))
}

/// `POST /portal/{workspace}/docs/{id}/try`. The credential is in the request that is sent and nowhere else: not in the
/// page, not in an address, not in a log, not in the database.
pub(crate) async fn send_trial(
    State(state): State<PagesState>,
    Path(name): Path<String>,
    address: Option<Extension<CallerAddress>>,
    Sent { permit, mut fields }: Sent<KeysWrite>,
) -> Answer {
    let reader = permit.reader();
    let credential = fields.take(CREDENTIAL).map(Plain::new);
    let credential = credential.as_ref().map(|text| text.expose().trim()).filter(|text| !text.is_empty());
    let Extension(CallerAddress(address)) = address.ok_or(PageError::BadForm)?;
    let installed = state.directory.load().by_name_or_id(&name).cloned().ok_or(PageError::NoPage)?;
    let target =
        Target::find(&installed.contract, fields.get("route")).ok_or(PageError::Parameter("route"))?;
    let wrong = |status, complaints| show(&state, reader, &name, (status, &fields, complaints, None));
    let asked = ask::read((&installed, &target), &fields, credential, (address, state.is_secure));
    let asked = match asked {
        Ok(asked) => asked,
        Err(complaints) => return wrong(StatusCode::UNPROCESSABLE_ENTITY, complaints),
    };
    match state.engine.admit_trial(&reader.actor()) {
        Ok(()) => {}
        Err(error @ TrialError::TooMany { retry_after }) => {
            let complaints = Complaints::one("form", error.explain());
            let mut response = wrong(StatusCode::TOO_MANY_REQUESTS, complaints)?;
            let seconds = HeaderValue::from(retry_after.as_secs() + 1);
            response.headers_mut().insert(RETRY_AFTER, seconds);
            return Ok(response);
        }
        Err(error @ TrialError::NotAllowed(_)) => return Err(error.into()),
    }
    let encoded = asked.encoded.as_ref().map(Plain::expose);
    let sending =
        Sending { credential: [credential, encoded], is_public: target.route.is_public(), curl: asked.curl };
    match state.trials.send(asked.trial).await {
        Ok(tried) => {
            let outcome = Outcome::of(&state, reader, sending, &tried);
            show(&state, reader, &name, (StatusCode::OK, &fields, Complaints::default(), Some(outcome)))
        }
        Err(failure) => wrong(StatusCode::BAD_GATEWAY, Complaints::one("form", failure.explain())),
    }
}

type Shown<'f> = (StatusCode, &'f Fields, Complaints, Option<Outcome>);

fn show(
    state: &PagesState,
    reader: &Reader,
    name: &str,
    (status, fields, complaints, outcome): Shown<'_>,
) -> Answer {
    let installed = state.directory.load().by_name_or_id(name).cloned().ok_or(PageError::NoPage)?;
    let contract = &installed.contract;
    let target = Target::find(contract, fields.get("route"));
    if target.is_none() && !fields.get("route").is_empty() {
        return Err(PageError::Parameter("route"));
    }
    let chosen = target.as_ref().map(Target::word);
    let choice =
        |word: String| Choice { is_chosen: Some(&word) == chosen.as_ref(), text: word.clone(), value: word };
    let shown = TrialPage {
        chrome: Chrome::at(reader, Section::Apis),
        title: contract.title(),
        docs: format!("{}/docs/{}", reader.base(), contract.name()),
        routes: Target::all(contract).map(|target| choice(target.word())).collect(),
        route: target.as_ref().map(|target| route_form(contract, target, fields)),
        fields,
        is_live: ask::environment(fields) == Environment::Live,
        complaints,
        outcome,
    };
    page(status, &shown)
}

fn route_form<'p>(contract: &Contract, target: &Target<'_>, fields: &'p Fields) -> RouteForm<'p> {
    let field = |parameter: Parameter<'_>| {
        let name = parameter.field();
        ParameterField { value: fields.get(&name), title: parameter.title(), name }
    };
    let route = target.route;
    let kinds = route.kinds().iter().map(claviger_domain::CredentialKind::as_str);
    let or = format!(" {} ", say("portal-trial-or"));
    RouteForm {
        word: target.word(),
        kinds: (!route.is_public()).then(|| kinds.collect::<Vec<_>>().join(&or)),
        scopes: route.scopes().iter().map(ToString::to_string).collect(),
        credits: route.credits().map(std::num::NonZeroU32::get),
        parameters: target.parameters().into_iter().map(field).collect(),
        has_body: target.has_body(),
        purchases: purchases(contract, target),
    }
}
