//! From a file to a contract. Each part of the language has its reader here; `docs/contract-language.md` is its reference.

mod about;
mod endpoints;
mod envelope;
mod headers;
mod keys;
mod limits;
mod places;
mod response;
mod routes;
mod sandbox;
mod scopes;
mod standard;
mod tokens;
mod unusual;

use std::sync::Arc;

use claviger_domain::{ApiName, Policy, TokenPolicy};
use toml::de::DeTable;

use crate::contract::{Contract, Wire, issuer_of};
use crate::diagnostics::Diagnostics;
use crate::document::{Item, Report, Section};
use crate::token::TokenEndpoint;
use crate::wire::place::Places;
use crate::wire::router::{Ambiguous, Entry, Table};

/// A contract and what its author may want to look at.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The contract.
    pub contract: Contract,
    /// What is surely not meant, but does no harm.
    pub warnings: Diagnostics,
}

/// Reads a contract file; `file` is its name for messages.
///
/// # Errors
/// Everything that is wrong with it, warnings included.
pub fn parse(file: &str, text: &str) -> Result<Parsed, Diagnostics> {
    let report = Report::default();
    let (document, syntax) = DeTable::parse_recoverable(text);
    let contract = if syntax.is_empty() {
        let root = Section::new(document.get_ref(), 0..0, &report);
        let contract = assemble(&root);
        root.report_unknown();
        contract
    } else {
        // What a broken file lacks says nothing: only the breaks are reported.
        for error in &syntax {
            report.error(error.span().unwrap_or(0..0), error.message());
        }
        None
    };
    let found = Diagnostics::new(file, text, report.into_findings());
    match contract {
        Some(contract) if !found.has_errors() => Ok(Parsed { contract, warnings: found }),
        _ => Err(found),
    }
}

fn assemble(root: &Section<'_>) -> Option<Contract> {
    let name: Option<ApiName> = root.need("name").and_then(Item::parse);
    let title = root.need("title").and_then(Item::text);
    let names = envelope::Names { name: name.as_ref().map(ApiName::as_str), title };
    let presentation = about::presentation(root);
    let (environment_by, upstreams) = about::environments(root);
    let scopes = scopes::scopes(root);
    let presets = scopes::presets(root, &scopes);
    let limits = limits::limits(root);
    let (plans, default_plan) = limits::plans(root, &limits);
    let (key_formats, key_lifetimes) = keys::keys(root, environment_by);
    let places = Places::new(places::places(root), &key_formats);
    let collections = keys::collections(root);
    let (routes, mut entries) = routes::routes(root, &scopes, &limits, &collections);
    let (tokens, userinfo) = tokens::policy(root, &scopes, &routes);
    let errors = envelope::errors(root, &names);
    let (mut endpoints, endpoint_entries) = endpoints::endpoints(root, &tokens, &errors);
    entries.extend(endpoint_entries);
    let table = table(root, &entries);
    standard::add(root, &mut endpoints, &mut entries, userinfo.is_some());
    let auth_table = table.is_some().then(|| self::table(root, &entries));
    let headers = headers::headers(root, &limits);
    let challenge = headers::challenge(root, &places, title.unwrap_or_default());
    let hosts = about::hosts(root, environment_by, !endpoints.is_empty());
    let policy = Policy {
        name: name?,
        key_formats,
        scopes: scopes.catalog,
        key_lifetimes,
        plans,
        default_plan,
        limits: limits.always,
        collections,
        access_tokens: tokens::access_shapes(&tokens, &endpoints),
        tokens: offered(tokens, title.unwrap_or_default(), &endpoints),
        responses: unusual::responses(root),
        sandbox: sandbox::sandbox(root),
    };
    let wire = Wire {
        presentation,
        presets,
        environment_by,
        places,
        routes,
        endpoints,
        table: table?,
        auth_table: auth_table.flatten()?,
        refusals: errors.refusals,
        challenge,
        headers,
        userinfo,
        no_scopes: Arc::default(),
    };
    Some(Contract {
        title: title?.into(),
        policy: Arc::new(policy),
        issuer: issuer_of(&hosts),
        hosts: hosts.into(),
        upstreams,
        wire: Arc::new(wire),
    })
}

/// What the file says of tokens, with what its endpoints offer.
fn offered(said: TokenPolicy, title: &str, endpoints: &[TokenEndpoint]) -> TokenPolicy {
    TokenPolicy {
        title: title.to_owned(),
        has_users: tokens::has_users(endpoints),
        takes_passwords: tokens::takes_passwords(endpoints),
        grant_types: tokens::grant_types(endpoints),
        client_authentication: tokens::client_authentication(endpoints),
        longest_access: tokens::longest_access(&said, endpoints),
        ..said
    }
}

/// An entry of the routing table with the place of its path in the file.
struct Placed {
    entry: Entry,
    span: std::ops::Range<usize>,
}

fn table(root: &Section<'_>, placed: &[Placed]) -> Option<Table> {
    let entries: Vec<Entry> = placed.iter().map(|p| p.entry.clone()).collect();
    match Table::build(&entries) {
        Ok(table) => Some(table),
        Err(ambiguous) => {
            for Ambiguous { first, second } in ambiguous {
                let (Some(first), Some(second)) = (placed.get(first), placed.get(second)) else { continue };
                let message = format!(
                    "`{}` matches the same requests as `{}`, and nothing decides between them",
                    second.entry.pattern, first.entry.pattern
                );
                let help = "give them different methods, or join them".to_owned();
                root.report().error_with(second.span.clone(), message, Some(help));
            }
            None
        }
    }
}
