//! Asking for access without an account, what became of it, and the first keys of those who got it.

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use claviger_domain::{Email, Environment, Label, Prose, Ruling};
use claviger_engine::{AccessError, Engine, NewAccessRequest, RegisteredApi};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::sign_in::{FormCookie, origin, prove};
use crate::chrome::page;
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::keys::list::{Choice, api_choices};
use crate::keys::shown_once::{self, Made};
use crate::moment::Moment;
use crate::path::Path;
use crate::permit::{KeysWrite, Recent};
use crate::sent::Sent;
use crate::sent::Unproven;
use crate::state::{CallerAddress, PagesState};
use crate::words::say;

#[derive(Template)]
#[template(path = "portal/request_access.html")]
struct RequestForm<'p> {
    token: &'p str,
    fields: &'p Fields,
    apis: Vec<Choice>,
    wants_live: bool,
    wants_test: bool,
    complaints: Complaints,
}

#[derive(Template)]
#[template(path = "portal/access_asked.html")]
struct AskedPage;

#[derive(Template)]
#[template(path = "portal/access_status.html")]
struct StatusPage<'p> {
    company: &'p str,
    api: String,
    environments: Vec<&'static str>,
    asked: Moment,
    decided: Option<Moment>,
    is_approved: bool,
    reason: Option<&'p str>,
}

/// `GET /portal/request-access`
pub(crate) async fn show_request_form(
    State(state): State<PagesState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    show(&state, &headers, StatusCode::OK, (&fields, Complaints::default()))
}

/// `POST /portal/request-access`. Whoever asks is told the same, whatever is known of the address.
pub(crate) async fn request_access(
    State(state): State<PagesState>,
    address: Option<Extension<CallerAddress>>,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    let fields = prove(&state, &headers, form)?;
    let asked = read(&state, &fields).map(|(entry, email, texts)| {
        let (company, contact, use_case) = texts;
        let environments = Environment::ALL
            .into_iter()
            .filter(|at| fields.all("environment").any(|word| word == at.as_str()));
        NewAccessRequest {
            api: entry.api.id,
            company,
            contact,
            email,
            use_case,
            environments: environments.collect(),
            origin: origin(address, &headers),
        }
    });
    let new = match asked {
        Ok(new) => new,
        Err(complaints) => {
            return show(&state, &headers, StatusCode::UNPROCESSABLE_ENTITY, (&fields, complaints));
        }
    };
    match state.engine.request_access(new).await {
        Ok(()) => page(StatusCode::OK, &AskedPage),
        Err(error @ AccessError::NoEnvironment) => {
            let wrong = Complaints::one("environment", error.explain());
            show(&state, &headers, StatusCode::UNPROCESSABLE_ENTITY, (&fields, wrong))
        }
        Err(error @ AccessError::TooMany { retry_after }) => {
            let wrong = Complaints::one("form", error.explain());
            let mut response = show(&state, &headers, StatusCode::TOO_MANY_REQUESTS, (&fields, wrong))?;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after.as_secs() + 1));
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /portal/request-access/status?token=…`
pub(crate) async fn show_access_status(State(state): State<PagesState>, RawQuery(query): RawQuery) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let request = state.engine.find_own_access_request(query.get("token")).await?;
    let entry = state.engine.find_api(&request.api.to_string());
    let reason = match request.ruled.as_ref().map(|ruled| &ruled.ruling) {
        Some(Ruling::Declined { reason }) => Some(reason.as_str()),
        _ => None,
    };
    let shown = StatusPage {
        company: request.company.as_str(),
        api: entry.map_or_else(|| request.api.to_string(), |entry| state.title_of(&entry.api.name)),
        environments: request.environments.iter().map(|at| at.as_str()).collect(),
        asked: Moment::exact(request.created_at),
        decided: request.ruled.as_ref().map(|ruled| Moment::exact(ruled.at)),
        is_approved: request.state() == "approved",
        reason,
    };
    page(StatusCode::OK, &shown)
}

/// `POST /portal/{workspace}/first-keys/{id}`
pub(crate) async fn reveal_first_key(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<Recent<KeysWrite>>,
) -> Answer {
    let id = id.parse().map_err(|_| PageError::NoPage)?;
    let environment = fields.get("environment").parse().map_err(|_| PageError::BadForm)?;
    let issued = state.engine.reveal_first_key(&permit.actor(), id, environment).await?;
    shown_once::show(&state, permit.reader(), Made::Key, (&issued.key, &issued.text)).await
}

type Texts = (Label, Label, Prose);

fn read(state: &PagesState, fields: &Fields) -> Result<(RegisteredApi, Email, Texts), Complaints> {
    let mut wrong = Complaints::default();
    let entry = state.engine.find_api(fields.get("api")).ok_or_else(|| say("portal-choose-api").to_string());
    let entry = wrong.take("api", entry);
    let email = fields.get("email").parse().map_err(|error| mistake(say("wrong-email-address"), &error));
    let email = wrong.take("email", email);
    let company = fields.get("company").parse().map_err(|error| mistake(say("wrong-company"), &error));
    let company = wrong.take("company", company);
    let contact = fields.get("contact").parse().map_err(|error| mistake(say("wrong-name"), &error));
    let contact = wrong.take("contact", contact);
    let use_case = fields.get("use_case").parse().map_err(|error| mistake(say("wrong-use-case"), &error));
    let use_case = wrong.take("use_case", use_case);
    match (entry, email, company, contact, use_case) {
        (Some(entry), Some(email), Some(company), Some(contact), Some(use_case)) => {
            Ok((entry, email, (company, contact, use_case)))
        }
        _ => Err(wrong),
    }
}

fn show(
    state: &PagesState,
    headers: &HeaderMap,
    status: StatusCode,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let cookie = FormCookie::of(state, headers);
    let token = cookie.token(state);
    let wants = |environment: &str| fields.all("environment").any(|word| word == environment);
    let mut apis = api_choices(state, fields.get("api"));
    // An API without keys has nothing to ask for.
    apis.retain(|choice| {
        let entry = state.engine.find_api(&choice.value);
        entry.is_some_and(|entry| !Engine::environments_of(&entry.policy).is_empty())
    });
    let shown = RequestForm {
        token: &token,
        fields,
        apis,
        wants_live: wants("live"),
        wants_test: wants("test"),
        complaints,
    };
    Ok(cookie.keep(state, page(status, &shown)?))
}
