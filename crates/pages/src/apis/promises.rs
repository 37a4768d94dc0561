//! A contract as lines of text, one for each promise, so that two of them can be told apart.

use claviger_contract::Contract;
use claviger_domain::{Environment, Timestamp};

use super::contract::{endpoint_row, format_row, host_row, life_rows, plan_rows, route_row, scope_rows};
use super::samples::samples;
use super::words;

/// Every promise that the page of a contract shows, a line each.
pub(super) fn promises(contract: &Contract, now: Timestamp) -> Vec<String> {
    let mut lines = vec![format!("Title: {}", contract.title())];
    lines.extend(contract.presentation().about.iter().map(|about| format!("About: {about}")));
    lines.extend(where_it_is(contract));
    for place in contract.places() {
        let (spot, kinds) = (words::spot(place), words::kinds(place.kinds));
        lines.push(format!("A request carries {kinds} in {spot}, called {}", place.title));
    }
    let policy = contract.policy();
    for format in policy.key_formats.iter().map(format_row) {
        let (prefix, environment) = (format.prefix, format.environment);
        lines.push(format!("Keys {prefix}…: {environment}, {}, {}", format.kind, format.shape));
    }
    lines.extend(life_rows(contract).into_iter().map(|(what, life)| format!("{what}: {life}")));
    for scope in scope_rows(policy) {
        let contains =
            if scope.implies.is_empty() { "nothing else".to_owned() } else { scope.implies.join(", ") };
        lines.push(format!("Scope {}: {} Contains {contains}", scope.name, scope.description));
    }
    lines.extend(policy.limits.iter().map(|limit| format!("Limit for everyone: {}", words::limit(limit))));
    for plan in plan_rows(policy) {
        let default = if plan.is_default { ", unless a workspace has another" } else { "" };
        let limits =
            if plan.limits.is_empty() { "without limits".to_owned() } else { plan.limits.join("; ") };
        lines.push(format!("Plan {}{default}: {limits}", plan.title));
    }
    for route in contract.routes().iter().map(route_row) {
        let takes = if route.is_public { "anyone".to_owned() } else { route.kinds };
        let needs = if route.scopes.is_empty() { "no scope".to_owned() } else { route.scopes.join(", ") };
        let answered = if route.is_answered { ", answered here" } else { "" };
        lines.push(format!("Route {} {}: takes {takes}, needs {needs}{answered}", route.methods, route.path));
    }
    for endpoint in contract.token_endpoints().iter().map(endpoint_row) {
        let (paths, clients) = (endpoint.paths.join(", "), endpoint.clients.join(", "));
        let gives = endpoint.lifetime.unwrap_or_default();
        let what = format!("{} {} {paths}", endpoint.purpose, endpoint.methods);
        lines.push(format!("Endpoint {what}: takes {}; clients {clients}; gives {gives}", endpoint.takes));
    }
    for header in contract.identity_headers().names() {
        lines.push(format!("The API is told {header}"));
    }
    for sample in samples(contract, now) {
        let headers: Vec<_> = sample.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let body = sample.body.split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(format!("{}: HTTP {} {} {body}", sample.when, sample.status, headers.join(", ")));
    }
    lines
}

fn where_it_is(contract: &Contract) -> Vec<String> {
    let mut lines = Vec::new();
    for host in contract.hosts().iter().map(host_row) {
        let environment = host.environment.map(|name| format!(", {name}")).unwrap_or_default();
        lines.push(format!("Host {}: {}{environment}", host.name, host.roles));
    }
    lines.push(format!("Issuer: {}", contract.issuer()));
    for environment in Environment::ALL {
        if let Some(uri) = contract.upstream(environment) {
            lines.push(format!("Behind it, {environment}: {uri}"));
        }
    }
    lines.push(format!("Live or test is decided by: {}", words::decided_by(contract.environment_by())));
    lines
}
