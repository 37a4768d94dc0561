//! Changing what a key is called, may do, and where it may be used from.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{Key, KeyPatch, Label, Scope, ScopeSet};
use claviger_engine::KeyError;
use http::StatusCode;

use super::addresses::read_addresses;
use super::scopes::{ScopeChoice, scope_choices};
use super::shown_once::read_id;
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{KeysWrite, Permit};
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::say;

#[derive(Template)]
#[template(path = "edit_key.html")]
struct EditKey<'p> {
    chrome: Chrome<'p>,
    id: String,
    title: &'p str,
    name: &'p str,
    scopes: Vec<ScopeChoice>,
    addresses: &'p str,
    complaints: Complaints,
}

/// `GET …/keys/{id}/edit`
pub(crate) async fn show_edit_key(
    State(state): State<PagesState>,
    permit: Permit<KeysWrite>,
    Path(id): Path<String>,
) -> Answer {
    let key = state.engine.find_key_for(&permit.actor(), read_id(&id)?).await?;
    let addresses: Vec<String> = key.addresses.iter().map(ToString::to_string).collect();
    let scopes: Vec<String> = key.scopes.iter().map(ToString::to_string).collect();
    let texts = (key.name.as_str(), scopes, addresses.join("\n"));
    show_form(&state, permit.reader(), &key, texts, Complaints::default())
}

/// `POST …/keys/{id}/edit`
pub(crate) async fn update_key(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<KeysWrite>,
) -> Answer {
    let id = read_id(&id)?;
    let complaints = match read_patch(&fields) {
        Err(complaints) => complaints,
        Ok(patch) => match state.engine.update_key(&permit.actor(), id, patch).await {
            Ok(_) => {
                let base = permit.reader().base();
                let address = format!("{base}/keys/{id}?notice={}", Notice::KeyChanged.word());
                return Ok(Redirect::to(&address).into_response());
            }
            Err(error @ KeyError::UndefinedScope(_)) => Complaints::one("scope", error.explain()),
            Err(error @ KeyError::TooMany { .. }) => Complaints::one("addresses", error.explain()),
            Err(error) => return Err(error.into()),
        },
    };
    let key = state.engine.find_key_for(&permit.actor(), id).await?;
    let scopes = fields.all("scope").map(str::to_owned).collect();
    let texts = (fields.get("name"), scopes, fields.get("addresses").to_owned());
    show_form(&state, permit.reader(), &key, texts, complaints)
}

fn read_patch(fields: &Fields) -> Result<KeyPatch, Complaints> {
    let mut wrong = Complaints::default();
    let name = fields.get("name").parse::<Label>().map_err(|error| mistake(say("wrong-name"), &error));
    let name = wrong.take("name", name);
    let scopes: Result<ScopeSet, _> = fields.all("scope").map(str::parse::<Scope>).collect();
    let scopes = wrong.take("scope", scopes.map_err(|error| error.explain()));
    let addresses = wrong.take("addresses", read_addresses(fields));
    match (name, scopes, addresses) {
        (Some(name), Some(scopes), Some(addresses)) => Ok(KeyPatch {
            name: Some(name),
            scopes: Some(scopes),
            addresses: Some(addresses),
            ..KeyPatch::default()
        }),
        _ => Err(wrong),
    }
}

fn show_form(
    state: &PagesState,
    reader: &Reader,
    key: &Key,
    (name, scopes, addresses): (&str, Vec<String>, String),
    complaints: Complaints,
) -> Answer {
    let entry = state.engine.find_api(&key.api.to_string()).ok_or(PageError::Key(KeyError::UnknownApi))?;
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = EditKey {
        chrome: Chrome::at(reader, Section::Keys),
        id: key.id.to_string(),
        title: key.name.as_str(),
        name,
        scopes: scope_choices(&entry, &scopes),
        addresses: &addresses,
        complaints,
    };
    page(status, &form)
}
