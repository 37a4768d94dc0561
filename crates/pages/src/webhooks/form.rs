//! The form by which a webhook is made and changed.

use askama::Template;
use claviger_domain::{EventType, Label, Subscription, Webhook, WebhookAddress};
use claviger_engine::WebhookError;
use http::StatusCode;

use super::row::about;
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::keys::list::{Choice, workspace_choices};
use crate::reader::Reader;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// An event to choose.
struct EventChoice {
    word: &'static str,
    about: Phrase,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "webhooks/form.html")]
struct FormPage<'p> {
    chrome: Chrome<'p>,
    /// The webhook that is changed; none for a new one.
    webhook: Option<&'p Webhook>,
    fields: &'p Fields,
    workspaces: Vec<Choice>,
    wants_all: bool,
    events: Vec<EventChoice>,
    /// Makes a form that is sent twice make one webhook.
    once: String,
    complaints: Complaints,
}

/// What the form says.
pub(super) struct Typed {
    pub(super) name: Label,
    pub(super) address: WebhookAddress,
    pub(super) events: Subscription,
}

/// Reads what was typed, or says what is wrong with it.
pub(super) fn read(fields: &Fields) -> Result<Typed, Complaints> {
    let mut wrong = Complaints::default();
    let name =
        wrong.take("name", fields.get("name").parse().map_err(|error| mistake(say("wrong-name"), &error)));
    let address = fields.get("url").trim().parse::<WebhookAddress>();
    let address = wrong.take("url", address.map_err(|error| mistake(say("wrong-address"), &error)));
    let events = wrong.take("events", read_events(fields));
    match (name, address, events) {
        (Some(name), Some(address), Some(events)) => Ok(Typed { name, address, events }),
        _ => Err(wrong),
    }
}

fn read_events(fields: &Fields) -> Result<Subscription, String> {
    if fields.get("which") == "all" {
        return Ok(Subscription::All);
    }
    let types: Result<Vec<EventType>, _> = fields.all("event").map(str::parse).collect();
    let types = types.map_err(|error| error.explain().to_string())?;
    Subscription::only(types).ok_or_else(|| say("webhooks-choose-least-one-event-everything").to_string())
}

/// What the form says of a webhook as it is.
pub(super) fn fields_of(webhook: &Webhook) -> Fields {
    let mut fields = Fields::default();
    fields.push("name", webhook.name.as_str());
    fields.push("url", webhook.address.as_str());
    match &webhook.events {
        Subscription::All => fields.push("which", "all"),
        Subscription::Only(types) => {
            fields.push("which", "some");
            types.iter().for_each(|event| fields.push("event", event.as_str()));
        }
    }
    fields
}

/// A refusal that a change in the form can help, beside the field it is about; any other is a page of its own.
pub(super) fn complain(error: WebhookError) -> Result<Complaints, PageError> {
    let field = match &error {
        WebhookError::AddressInside => "url",
        WebhookError::UnknownWorkspace => "workspace",
        WebhookError::TooMany { .. } => "page",
        _ => return Err(error.into()),
    };
    Ok(Complaints::one(field, error.explain()))
}

/// The form, with what was typed and what is wrong with it.
pub(super) async fn show(
    state: &PagesState,
    reader: &Reader,
    webhook: Option<&Webhook>,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let workspaces = match (reader.visit(), webhook) {
        (None, None) => workspace_choices(state, fields.get("workspace").parse().ok()).await?,
        _ => Vec::new(),
    };
    let wanted: Vec<&str> = fields.all("event").collect();
    let choices =
        EventType::ALL.iter().filter(|event| **event != EventType::WebhookTest).map(|event| EventChoice {
            word: event.as_str(),
            about: about(*event),
            is_chosen: wanted.contains(&event.as_str()),
        });
    let form = FormPage {
        chrome: Chrome::at(reader, Section::Webhooks),
        webhook,
        fields,
        workspaces,
        wants_all: fields.get("which") != "some",
        events: choices.collect(),
        once: state.engine.random_text().expose().to_owned(),
        complaints,
    };
    page(status, &form)
}
