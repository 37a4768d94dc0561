//! `claviger clients …`.

use clap::{Args, Subcommand, ValueEnum};
use claviger_domain::{
    ClientAuthentication, ClientId, Environment, GrantType, Label, RedirectUri, Scope, WorkspaceId,
};
use serde_json::{Map, Value};

use super::call::{Call, Members};
use super::keys::PageArguments;
use super::parse;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger clients create --api example --workspace wsp_… --name Ledger --redirect-uri https://ledger.example/cb
  claviger clients create --api redpin --workspace wsp_… --name Sync --grant client_credentials
  SECRET=$(claviger clients create …)     the secret alone is on standard output
  claviger clients secret cli_… --overlap-seconds 86400
  claviger clients update cli_… --metadata '{\"logo_uri\": \"https://ledger.example/logo.svg\"}'";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/client_name"),
    ("API", "/api"),
    ("ENVIRONMENT", "/environment"),
    ("STATE", "/state"),
    ("GRANTS", "/grant_types"),
    ("AUTHENTICATION", "/token_endpoint_auth_method"),
    ("SCOPES", "/scope"),
    ("LAST USED", "/last_used_at"),
];

/// What to do with OAuth clients.
#[derive(Debug, Subcommand)]
pub(crate) enum ClientsCommand {
    /// Make a client. Its secret alone is printed on standard output, once.
    Create(Box<CreateClient>),
    /// List clients, newest first.
    List(ListClients),
    /// Show a client; never its secret, which nobody can read again.
    Show(OneClient),
    /// Change what a client is called, where it may send users, and what it may ask for.
    Update(Box<UpdateClient>),
    /// Give a client a new secret. The secret alone is printed on standard output, once.
    Secret(RotateClientSecret),
    /// Stop a client, and every token of it, until it is enabled.
    Disable(OneClient),
    /// Let a disabled client work again.
    Enable(OneClient),
    /// Delete a client with its grants and tokens, for ever.
    Delete(OneClient),
}

/// A client to make.
#[derive(Debug, Args)]
pub(crate) struct CreateClient {
    /// The API whose tokens it gets, by name or id.
    #[arg(long)]
    api: String,
    /// The workspace it belongs to.
    #[arg(long)]
    workspace: WorkspaceId,
    /// live (unless named) or test.
    #[arg(long)]
    environment: Option<Environment>,
    /// What people call it.
    #[arg(long)]
    name: Label,
    #[command(flatten)]
    metadata: MetadataArguments,
    /// A text of your choice that makes repeating this command harmless.
    #[arg(long)]
    idempotency_key: Option<String>,
}

/// What a client may ask for, in the words that are used most.
#[derive(Debug, Args)]
struct MetadataArguments {
    /// What it is for, shown to users who are asked to consent.
    #[arg(long)]
    description: Option<String>,
    /// Where users may be sent back to; may be given several times.
    #[arg(long = "redirect-uri", value_parser = parse::redirect_uri)]
    redirect_uris: Vec<RedirectUri>,
    /// Where users may be sent after they sign out; may be given several times.
    #[arg(long = "post-logout-redirect-uri", value_parser = parse::redirect_uri)]
    post_logout_redirect_uris: Vec<RedirectUri>,
    /// A grant it may use: authorization_code, client_credentials, refresh_token, device_code or token_exchange; may
    /// be given several times, or as a list with commas.
    #[arg(long = "grant", value_delimiter = ',', value_parser = parse::grant_type)]
    grants: Vec<GrantType>,
    /// How it proves itself: client_secret_basic, client_secret_post, private_key_jwt, or none for a public client.
    #[arg(long, value_parser = parse::client_authentication)]
    authentication: Option<ClientAuthentication>,
    /// A scope it may ask for; may be given several times, or as a list with commas.
    #[arg(long = "scope", value_delimiter = ',')]
    scopes: Vec<Scope>,
    /// What kind of program it is.
    #[arg(long, value_enum)]
    application_type: Option<ApplicationKind>,
    /// An https address of its public keys, for private_key_jwt.
    #[arg(long)]
    jwks_uri: Option<String>,
    /// Any other members of its metadata (RFC 7591), as a JSON object.
    #[arg(long, value_parser = parse::object)]
    metadata: Option<Map<String, Value>>,
}

/// What kind of program a client is.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ApplicationKind {
    /// On a web server, or in a browser.
    Web,
    /// On a person's device.
    Native,
}

/// Which clients to list.
#[derive(Debug, Args)]
pub(crate) struct ListClients {
    /// Only those of this workspace.
    #[arg(long)]
    workspace: Option<WorkspaceId>,
    /// Only those of this API, by name or id.
    #[arg(long)]
    api: Option<String>,
    #[command(flatten)]
    page: PageArguments,
}

/// One client.
#[derive(Debug, Args)]
pub(crate) struct OneClient {
    /// The client's id, cli_…
    id: ClientId,
}

/// A change to a client. What is not given stays.
#[derive(Debug, Args)]
pub(crate) struct UpdateClient {
    /// The client's id, cli_…
    id: ClientId,
    /// A new name.
    #[arg(long)]
    name: Option<Label>,
    #[command(flatten)]
    metadata: MetadataArguments,
    /// Let it ask for every scope of the API that does not imply all others.
    #[arg(long, conflicts_with = "scopes")]
    any_scope: bool,
}

/// A client to get a new secret.
#[derive(Debug, Args)]
pub(crate) struct RotateClientSecret {
    /// The client's id, cli_…
    id: ClientId,
    /// How long earlier secrets work on.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    overlap_seconds: u64,
}

impl ClientsCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::Create(new) => new.call(),
            Self::List(list) => list.call(),
            Self::Show(client) => Call::get(&[&"clients", &client.id]),
            Self::Update(change) => change.call(),
            Self::Secret(client) => Call::post(&[&"clients", &client.id, &"secret"])
                .body(Members::default().with("overlap_seconds", client.overlap_seconds)),
            Self::Disable(client) => Call::post(&[&"clients", &client.id, &"disable"]),
            Self::Enable(client) => Call::post(&[&"clients", &client.id, &"enable"]),
            Self::Delete(client) => Call::delete(&[&"clients", &client.id]),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::Create(_) | Self::Secret(_) => View::Secret("client_secret"),
            Self::List(_) => View::Page(COLUMNS),
            Self::Show(_) | Self::Update(_) | Self::Disable(_) | Self::Enable(_) => View::Object,
            Self::Delete(_) => View::Nothing,
        }
    }
}

impl CreateClient {
    fn call(&self) -> Call {
        let members = self.metadata.members().with("client_name", &self.name);
        let members = members
            .with("api", &self.api)
            .with("workspace", self.workspace)
            .with_some("environment", self.environment);
        Call::post(&[&"clients"]).body(members).once(self.idempotency_key.as_deref())
    }
}

impl ListClients {
    fn call(&self) -> Call {
        let call = Call::get(&[&"clients"])
            .query("workspace", self.workspace.as_ref().map(|id| id as _))
            .query("api", self.api.as_ref().map(|name| name as _));
        self.page.on(call)
    }
}

impl UpdateClient {
    fn call(&self) -> Call {
        let members = self
            .metadata
            .members()
            .with_some("client_name", self.name.as_ref())
            .clearing("scope", self.any_scope);
        Call::patch(&[&"clients", &self.id]).body(members)
    }
}

impl MetadataArguments {
    /// What was said; the other members first, so that the named arguments win.
    fn members(&self) -> Members {
        let texts = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect::<Vec<_>>();
        let grants: Vec<&str> = self.grants.iter().map(|grant| grant.as_str()).collect();
        let scopes: Vec<&str> = self.scopes.iter().map(Scope::as_str).collect();
        let application_type = self.application_type.map(|kind| match kind {
            ApplicationKind::Web => "web",
            ApplicationKind::Native => "native",
        });
        Members::of(self.metadata.clone().unwrap_or_default())
            .with_some("description", self.description.as_ref())
            .with_list("redirect_uris", &texts(&self.redirect_uris))
            .with_list("post_logout_redirect_uris", &texts(&self.post_logout_redirect_uris))
            .with_list("grant_types", &grants)
            .with_some("token_endpoint_auth_method", self.authentication.map(ClientAuthentication::as_str))
            .with_some("scope", (!scopes.is_empty()).then(|| scopes.join(" ")))
            .with_some("application_type", application_type)
            .with_some("jwks_uri", self.jwks_uri.as_ref())
    }
}
