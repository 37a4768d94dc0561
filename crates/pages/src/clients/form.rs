//! The form of an application: the registration of RFC 7591 as fields, to and fro. What they mean, and whether they go
//! together, is not decided here.

use askama::Template;
use claviger_domain::{
    ApplicationType, Client, ClientAuthentication, ClientKeys, ClientMetadata, GrantType, RedirectUri,
};
use claviger_engine::{ClientError, RegisteredApi};
use claviger_oauth::{ErrorCode, Refusal, read_client_metadata, render_client};
use http::StatusCode;
use serde_json::{Map, Value};

use super::words;
use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::error::{Answer, PageError};
use crate::explain::Explain;
use crate::fields::Fields;
use crate::keys::list::Choice;
use crate::reader::Reader;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// Members that are one line of text.
const TEXTS: [&str; 5] = ["client_name", "client_uri", "logo_uri", "policy_uri", "tos_uri"];
/// Members that are a text for each line.
const LISTS: [&str; 3] = ["redirect_uris", "post_logout_redirect_uris", "contacts"];
/// The field of both `jwks` and `jwks_uri`.
const KEYS: &str = "keys";

/// A choice with what it means.
pub(super) struct Described {
    value: &'static str,
    text: Phrase,
    is_chosen: bool,
}

/// A scope that can be asked for.
pub(super) struct ScopeChoice {
    name: String,
    description: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "client_form.html")]
struct ClientForm<'p> {
    chrome: Chrome<'p>,
    fields: &'p Fields,
    complaints: Complaints,
    /// The API's title.
    title: String,
    api: String,
    /// The client that is changed; none for a new one.
    client: Option<&'p Client>,
    /// What is said only once: for a new one.
    workspaces: Vec<Choice>,
    environments: Vec<Choice>,
    types: Vec<Described>,
    methods: Vec<Described>,
    grants: Vec<Described>,
    scopes: Vec<ScopeChoice>,
    has_users: bool,
    takes_keys: bool,
    /// Makes a form that is sent twice make one client.
    once: String,
}

/// What the form is about, beside its fields.
pub(super) struct Subject<'s> {
    pub(super) entry: &'s RegisteredApi,
    pub(super) client: Option<&'s Client>,
    pub(super) workspaces: Vec<Choice>,
}

/// The page with the form.
pub(super) fn show(
    state: &PagesState,
    reader: &Reader,
    subject: Subject<'_>,
    (fields, complaints): (&Fields, Complaints),
) -> Answer {
    let Subject { entry, client, workspaces } = subject;
    let tokens = &entry.policy.tokens;
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chosen = |name: &str, value: &str| fields.all(name).any(|found| found == value);
    let described = |name: &str, value, text| Described { value, text, is_chosen: chosen(name, value) };
    let environment = fields.given("environment").unwrap_or("live").to_owned();
    let form = ClientForm {
        chrome: Chrome::at(reader, Section::Applications),
        fields,
        complaints,
        title: state.title_of(&entry.api.name),
        api: entry.api.name.to_string(),
        client,
        workspaces,
        environments: claviger_domain::Environment::ALL
            .map(|known| Choice {
                value: known.to_string(),
                text: if known.as_str() == "live" {
                    say("client-form-live-data")
                } else {
                    say("client-form-test-data")
                }
                .to_string(),
                is_chosen: known.as_str() == environment,
            })
            .into(),
        types: [ApplicationType::Web, ApplicationType::Native]
            .map(|kind| described("application_type", kind.as_str(), words::application_type(kind)))
            .into(),
        methods: ClientAuthentication::ALL
            .into_iter()
            .filter(|method| method.is_among(&tokens.client_authentication))
            .map(|m| described("token_endpoint_auth_method", m.as_str(), words::authentication(m)))
            .collect(),
        grants: GrantType::ALL
            .into_iter()
            .filter(|grant| tokens.grant_types.contains(grant))
            .map(|grant| described("grant_types", grant.as_str(), words::grant(grant)))
            .collect(),
        scopes: scope_choices(entry, fields),
        has_users: tokens.has_users,
        takes_keys: ClientAuthentication::PrivateKeyJwt.is_among(&tokens.client_authentication),
        once: state.engine.random_text().expose().to_owned(),
    };
    page(status, &form)
}

fn scope_choices(entry: &RegisteredApi, fields: &Fields) -> Vec<ScopeChoice> {
    let choice = |name: String, description: String| ScopeChoice {
        is_chosen: fields.all("scope").any(|chosen| chosen == name),
        name,
        description,
    };
    let identity = entry.policy.identity_scopes().map(|scope| choice(scope.to_string(), String::new()));
    let own = entry.policy.scopes.iter();
    let own = own.map(|(scope, about)| choice(scope.to_string(), about.description.clone()));
    own.chain(identity).collect()
}

/// What a form starts with: what the standards say where nothing is said.
pub(super) fn blank(entry: &RegisteredApi, workspace: &str) -> Fields {
    let mut fields = Fields::default();
    let empty = Map::new();
    // An empty registration is one that every API can read.
    if let Ok(usual) = read_client_metadata(&empty, &entry.policy.tokens) {
        fields = of_metadata(&usual);
        fields.take("client_name");
    }
    fields.push("workspace", workspace);
    fields
}

/// The fields that say this metadata.
pub(super) fn of_metadata(metadata: &ClientMetadata) -> Fields {
    let mut fields = Fields::default();
    let about = &metadata.presentation;
    fields.push("client_name", metadata.name.as_str());
    let texts = [
        ("description", &about.description),
        ("client_uri", &about.client_uri),
        ("logo_uri", &about.logo_uri),
        ("policy_uri", &about.policy_uri),
        ("tos_uri", &about.tos_uri),
    ];
    for (name, text) in texts {
        fields.push(name, text.as_deref().unwrap_or_default());
    }
    let lines = |uris: &[RedirectUri]| uris.iter().map(RedirectUri::as_str).collect::<Vec<_>>().join("\n");
    fields.push("redirect_uris", lines(&metadata.redirect_uris));
    fields.push("post_logout_redirect_uris", lines(&metadata.post_logout_redirect_uris));
    fields.push("contacts", about.contacts.join("\n"));
    fields.push("application_type", metadata.application_type.as_str());
    fields.push("token_endpoint_auth_method", metadata.authentication.as_str());
    for grant in &metadata.grant_types {
        fields.push("grant_types", grant.as_str());
    }
    for scope in metadata.scopes.iter().flat_map(claviger_domain::ScopeSet::iter) {
        fields.push("scope", scope.as_str());
    }
    if let Some(ClientKeys::Inline(text) | ClientKeys::Address(text)) = &metadata.keys {
        fields.push(KEYS, text.as_str());
    }
    fields
}

/// The metadata that the fields say; what a form does not ask about stays as `before` has it.
pub(super) fn read(
    entry: &RegisteredApi,
    fields: &Fields,
    before: Option<&Client>,
) -> Result<ClientMetadata, Complaints> {
    let mut members = before.map(render_client).unwrap_or_default();
    for name in TEXTS.into_iter().chain(["description", "application_type", "token_endpoint_auth_method"]) {
        set(&mut members, name, fields.given(name).map(Value::from));
    }
    for name in LISTS {
        set(&mut members, name, Some(fields.lines(name).collect()));
    }
    set(&mut members, "grant_types", Some(fields.all("grant_types").collect()));
    let scopes: Vec<_> = fields.all("scope").collect();
    set(&mut members, "scope", (!scopes.is_empty()).then(|| scopes.join(" ").into()));
    let (set_of_keys, address) = read_keys(fields.get(KEYS).trim())?;
    set(&mut members, "jwks", set_of_keys);
    set(&mut members, "jwks_uri", address);
    // The response types follow from the grants.
    members.remove("response_types");
    if fields.given("client_name").is_none() {
        return Err(Complaints::one("client_name", say("client-form-name-must-not-empty")));
    }
    read_client_metadata(&members, &entry.policy.tokens).map_err(|refusal| complain(&refusal))
}

fn set(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
}

/// A JWK set, or the address of one.
fn read_keys(text: &str) -> Result<(Option<Value>, Option<Value>), Complaints> {
    match text {
        "" => Ok((None, None)),
        set if set.starts_with('{') => match serde_json::from_str(set) {
            Ok(set) => Ok((Some(set), None)),
            Err(_) => Err(Complaints::one(KEYS, say("client-form-no-json"))),
        },
        address => Ok((None, Some(address.into()))),
    }
}

/// What is wrong, beside the field it is about.
pub(super) fn complain(refusal: &Refusal) -> Complaints {
    const ABOUT: [(&str, &str); 16] = [
        ("post_logout_redirect_uris", "post_logout_redirect_uris"),
        ("redirect", "redirect_uris"),
        ("client_name", "client_name"),
        ("description", "description"),
        ("client_uri", "client_uri"),
        ("logo_uri", "logo_uri"),
        ("policy_uri", "policy_uri"),
        ("tos_uri", "tos_uri"),
        ("contacts", "contacts"),
        ("jwk", KEYS),
        ("key", KEYS),
        ("private schemes", "redirect_uris"),
        ("authentication", "token_endpoint_auth_method"),
        ("scope", "scope"),
        ("public client", "token_endpoint_auth_method"),
        ("grant", "grant_types"),
    ];
    let text = refusal.description.to_ascii_lowercase();
    let about = ABOUT.into_iter().find(|(word, _)| text.contains(word)).map(|(_, field)| field);
    let field = match refusal.code {
        ErrorCode::InvalidRedirectUri => about.unwrap_or("redirect_uris"),
        _ => about.unwrap_or("form"),
    };
    Complaints::one(field, crate::explain::sentence(&refusal.description))
}

/// A refusal that a change in the form can help, beside its field; any other is a page of its own.
pub(super) fn complain_of(error: ClientError) -> Result<Complaints, PageError> {
    match &error {
        ClientError::Metadata(refusal) => Ok(complain(refusal)),
        ClientError::UnknownWorkspace => Ok(Complaints::one("workspace", error.explain())),
        _ => Err(error.into()),
    }
}
