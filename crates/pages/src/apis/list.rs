//! The APIs whose contracts are loaded.

use askama::Template;
use axum::extract::State;
use claviger_contract::Installed;
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::Answer;
use crate::permit::{ContractsRead, Permit};
use crate::state::PagesState;

struct ApiCard {
    name: String,
    title: String,
    about: Option<String>,
    hosts: Vec<String>,
    routes: usize,
    endpoints: usize,
}

#[derive(Template)]
#[template(path = "apis.html")]
struct Apis<'p> {
    chrome: Chrome<'p>,
    apis: Vec<ApiCard>,
}

/// `GET /console/apis`, and `GET /portal/{workspace}/docs` for those who call them
pub(crate) async fn list_apis(State(state): State<PagesState>, permit: Permit<ContractsRead>) -> Answer {
    let shown = Apis {
        chrome: Chrome::at(permit.reader(), Section::Apis),
        apis: state.directory.load().iter().map(|installed| card(installed)).collect(),
    };
    page(StatusCode::OK, &shown)
}

fn card(installed: &Installed) -> ApiCard {
    let contract = &installed.contract;
    ApiCard {
        name: contract.name().to_string(),
        title: contract.title().to_owned(),
        about: contract.presentation().about.clone(),
        hosts: contract.hosts().iter().map(|host| host.name.clone()).collect(),
        routes: contract.routes().len(),
        endpoints: contract.token_endpoints().len(),
    }
}
