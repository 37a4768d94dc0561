//! A contract as lines of text, one for each promise, so that two of them can be told apart.

use claviger_contract::Contract;
use claviger_domain::{Environment, Timestamp};

use super::contract::{endpoint_row, format_row, host_row, life_rows, plan_rows, route_row, scope_rows};
use super::refusals::refusals;
use super::words;
use crate::words::{Phrase, say};

/// Every promise that the page of a contract shows, a line each.
pub(super) fn promises(contract: &Contract, now: Timestamp) -> Vec<String> {
    let said = [who_it_is, what_it_takes, what_it_allows, where_it_answers].into_iter();
    let mut lines: Vec<String> = said.flat_map(|part| part(contract)).map(|line| line.to_string()).collect();
    lines.extend(life_rows(contract).into_iter().map(|(what, life)| format!("{what}: {life}")));
    for sample in refusals(contract, now) {
        let headers: Vec<_> = sample.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let body = sample.body.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(format!("{}: HTTP {} {} {body}", sample.when, sample.status, headers.join(", ")));
    }
    lines
}

fn who_it_is(contract: &Contract) -> Vec<Phrase> {
    let mut lines = vec![say("promise-title").with("title", contract.title())];
    let about = contract.presentation().about.iter();
    lines.extend(about.map(|about| say("promise-about").with("about", about)));
    for host in contract.hosts().iter().map(host_row) {
        let environment = host.environment.map(|name| format!(", {name}")).unwrap_or_default();
        let roles = host.roles + &environment;
        lines.push(say("promise-host").with("name", host.name).with("roles", roles));
    }
    lines.push(say("promise-issuer").with("issuer", contract.issuer()));
    for environment in Environment::ALL {
        if let Some(uri) = contract.upstream(environment) {
            lines.push(say("promise-behind").with("environment", environment).with("uri", uri));
        }
    }
    lines.push(say("promise-decided").with("by", words::decided_by(contract.environment_by())));
    lines
}

fn what_it_takes(contract: &Contract) -> Vec<Phrase> {
    let place = contract.places().iter().map(|place| {
        say("promise-place")
            .with("kinds", words::kinds(place.kinds))
            .with("spot", words::spot(place))
            .with("title", &place.title)
    });
    let format = contract.policy().key_formats.iter().map(format_row).map(|format| {
        say("promise-keys")
            .with("prefix", format.prefix)
            .with("environment", format.environment)
            .with("kind", format.kind)
            .with("shape", format.shape)
    });
    place.chain(format).collect()
}

fn what_it_allows(contract: &Contract) -> Vec<Phrase> {
    let policy = contract.policy();
    let scope = scope_rows(policy).into_iter().map(|scope| {
        let contains = or(scope.implies.join(", "), &say("promise-nothing-else"));
        say("promise-scope")
            .with("name", scope.name)
            .with("about", scope.description)
            .with("contains", contains)
    });
    let limit = policy.limits.iter().map(|limit| say("promise-limit").with("limit", words::limit(limit)));
    let plan = plan_rows(policy).into_iter().map(|plan| {
        let limits = or(plan.limits.join("; "), &say("api-without-limits"));
        match plan.is_default {
            true => say("promise-default-plan").with("title", plan.title).with("limits", limits),
            false => say("promise-plan").with("title", plan.title).with("limits", limits),
        }
    });
    scope.chain(limit).chain(plan).collect()
}

fn where_it_answers(contract: &Contract) -> Vec<Phrase> {
    let mut lines = Vec::new();
    for route in contract.routes().iter().map(route_row) {
        let takes = if route.is_public { say("api-anyone").to_string() } else { route.kinds };
        let needs = or(route.scopes.join(", "), &say("api-no-scope"));
        lines.push(match route.is_answered {
            true => say("promise-answered-route")
                .with("methods", route.methods)
                .with("path", route.path)
                .with("takes", takes)
                .with("needs", needs),
            false => say("promise-route")
                .with("methods", route.methods)
                .with("path", route.path)
                .with("takes", takes)
                .with("needs", needs),
        });
    }
    for endpoint in contract.token_endpoints().iter().map(endpoint_row) {
        let what = format!("{} {} {}", endpoint.purpose, endpoint.methods, endpoint.paths.join(", "));
        lines.push(
            say("promise-endpoint")
                .with("what", what)
                .with("takes", endpoint.takes)
                .with("clients", endpoint.clients.join(", "))
                .with("gives", endpoint.lifetime.unwrap_or_default()),
        );
    }
    let headers = contract.identity_headers().names().into_iter();
    lines.extend(headers.map(|header| say("promise-told").with("header", header)));
    lines
}

/// The text, or what is said where it is empty.
fn or(text: String, empty: &Phrase) -> String {
    if text.is_empty() { empty.to_string() } else { text }
}
