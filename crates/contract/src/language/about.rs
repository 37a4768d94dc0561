//! Who the API is: presentation, hosts, environments.

use std::collections::BTreeMap;

use claviger_domain::Environment;
use http::Uri;

use crate::contract::Presentation;
use crate::document::Section;
use crate::host::EnvironmentBy;
use crate::host::{DeploymentError, Host, Role, check_hosts};

const ROLES: &[(&str, Role)] = &[("api", Role::Api), ("auth", Role::Auth), ("sandbox", Role::Sandbox)];

pub(super) const ENVIRONMENTS: &[(&str, Environment)] =
    &[("live", Environment::Live), ("test", Environment::Test)];

const DECIDERS: &[(&str, EnvironmentBy)] = &[
    ("prefix", EnvironmentBy::Prefix),
    ("host", EnvironmentBy::Host),
    ("credential", EnvironmentBy::Credential),
];

pub(super) fn presentation(root: &Section<'_>) -> Presentation {
    let Some(section) = root.section("presentation") else { return Presentation::default() };
    let text = |key| section.text(key).map(str::to_owned);
    let color = section.item("color").and_then(|item| {
        let color = item.text()?;
        let hex =
            color.strip_prefix('#').filter(|h| h.len() == 6 && h.bytes().all(|b| b.is_ascii_hexdigit()));
        if hex.is_none() {
            item.error(format!("`{color}` is no colour; write it like `#1a6fd4`"));
        }
        hex.map(|_| color.to_owned())
    });
    let address = |key| {
        let item = section.item(key)?;
        let address = item.text()?;
        // It becomes a link on pages, where `javascript:` would be a hole.
        let safe = ["https://", "http://", "/"].iter().any(|start| address.starts_with(start));
        if !safe {
            item.error("expected an address that starts with `https://`, `http://` or `/`");
        }
        safe.then(|| address.to_owned())
    };
    let presentation = Presentation {
        logo: address("logo"),
        color,
        documentation: address("documentation"),
        about: text("about"),
    };
    section.finish();
    presentation
}

pub(super) fn hosts(root: &Section<'_>, by: EnvironmentBy, has_endpoints: bool) -> Vec<Host> {
    let mut hosts = Vec::new();
    let mut spans = Vec::new();
    for section in root.sections("host") {
        let name = section.need("name");
        let roles: Vec<Role> =
            section.items("roles").into_iter().filter_map(|item| item.choice(ROLES)).collect();
        let stated = section.item("environment").and_then(|item| item.choice(ENVIRONMENTS));
        let environment = stated.or_else(|| roles.contains(&Role::Sandbox).then_some(Environment::Test));
        if let Some((item, text)) = name.and_then(|item| item.text().map(|text| (item, text))) {
            hosts.push(Host { name: text.to_owned(), roles, environment });
            spans.push(item.span());
        }
        section.finish();
    }
    match check_hosts(&hosts, by, has_endpoints) {
        // An empty list is left to the deployment only if the file says nothing of hosts at all.
        Err(DeploymentError::NoApi) if hosts.is_empty() => {
            root.report()
                .error(0..0, "no `[[host]]` is there; a contract has at least one with the role `api`");
        }
        Err(error) => {
            // The last host of the name is the one to mend.
            let at = error.host().and_then(|name| hosts.iter().rposition(|host| host.name == name));
            let span = at.and_then(|at| spans.get(at)).cloned().unwrap_or(0..0);
            root.report().error(span, error.to_string());
        }
        Ok(()) => {}
    }
    hosts
}

pub(super) fn environments(root: &Section<'_>) -> (EnvironmentBy, BTreeMap<Environment, Uri>) {
    let mut upstreams = BTreeMap::new();
    let Some(section) = root.section("environments") else { return (EnvironmentBy::default(), upstreams) };
    let by = section.item("decided_by").and_then(|item| item.choice(DECIDERS)).unwrap_or_default();
    for (key, environment) in [("live", Environment::Live), ("test", Environment::Test)] {
        let Some(one) = section.section(key) else { continue };
        if let Some(item) = one.item("upstream")
            && let Some(uri) = item.parse::<Uri>()
        {
            if uri.scheme().is_some() && uri.authority().is_some() && uri.query().is_none() {
                upstreams.insert(environment, uri);
            } else {
                item.error("expected an address such as `http://127.0.0.1:9000`, without a query");
            }
        }
        one.finish();
    }
    if let (Some(live), Some(test)) = (upstreams.get(&Environment::Live), upstreams.get(&Environment::Test))
        && live == test
    {
        let help = "give `test` an address of its own, or leave it out: its requests are refused then";
        let message = "`live` and `test` have one upstream, so that test credentials reach real data";
        root.report().warning(section.span(), message, Some(help.to_owned()));
    }
    section.finish();
    (by, upstreams)
}
