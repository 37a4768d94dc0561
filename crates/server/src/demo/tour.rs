//! What the demo prints: where it is, and per contract a request that succeeds and one that is refused.

use std::fmt::Write as _;

use super::credentials::{Credentials, Fact};
use super::directory::Directory;
use super::seed::{ContractSeed, Seed, Try};
use crate::globals::Globals;
use crate::output;

pub(super) fn show(seed: &Seed, credentials: &Credentials, directory: &Directory, globals: &Globals) {
    if globals.json {
        return output::json(&serde_json::json!({
            "base_url": credentials.base_url,
            "credentials": directory.credentials(),
        }));
    }
    let Credentials { base_url, .. } = credentials;
    output::line(format_args!("Claviger's demo is at {base_url}"));
    output::line(format_args!("  keys and the operator token   {}", directory.credentials().display()));
    output::line(format_args!(
        "  the console                   {base_url}/console  as {}  with {}",
        credentials.operator.email, credentials.operator.password
    ));
    if let Some(member) = &credentials.member {
        output::line(format_args!(
            "  the partners' portal          {base_url}/portal  as {}  with {}",
            member.email, member.password
        ));
    }
    output::line(format_args!("  the management API            {base_url}/v1/openapi.json"));
    output::line(format_args!(
        "  contracts, to change at will  {}",
        directory.path().join("contracts").display()
    ));
    for contract in &seed.contracts {
        output::line(tour_of(contract, credentials));
    }
    output::line("\nCtrl-C ends it; the next start finds everything as it was.");
}

pub(super) fn tour_of(contract: &ContractSeed, credentials: &Credentials) -> String {
    let mut text = format!("\n{}", contract.name);
    let mut previous = String::new();
    for shown in &contract.tries {
        let options = options(shown, contract, credentials);
        let token = shown.bearer.as_ref().map(|member| bearer(member, &previous)).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  # {}: {}\n  curl -i{token}{options}", shown.status, shown.title);
        previous = options;
    }
    for page in &contract.browses {
        let fill = |text: &str| filled(text, contract, credentials);
        let _ = write!(text, "\n  # {}\n  {}", fill(&page.title), fill(&page.url));
    }
    text
}

/// The header with a token that the previous command buys first.
fn bearer(member: &str, previous: &str) -> String {
    format!(r#" -H "Authorization: Bearer $(curl -s{previous} | sed 's/.*"{member}":"\([^"]*\)".*/\1/')""#)
}

/// The command's options, to be pasted into a shell.
fn options(shown: &Try, contract: &ContractSeed, credentials: &Credentials) -> String {
    let fill = |text: &str| filled(text, contract, credentials);
    let mut command = String::new();
    if shown.method != "GET" {
        let _ = write!(command, " -X {}", shown.method);
    }
    let _ = write!(command, " {}", quoted(&fill(&shown.url)));
    for (name, value) in &shown.headers {
        let _ = write!(command, " -H {}", quoted(&format!("{name}: {}", fill(value))));
    }
    if let Some(body) = &shown.body {
        let _ = write!(command, " -d {}", quoted(&fill(body)));
    }
    command
}

fn filled(text: &str, contract: &ContractSeed, credentials: &Credentials) -> String {
    let text = text
        .replace("{base_url}", &credentials.base_url)
        .replace("{operator_token}", &credentials.operator.token);
    let facts = credentials.contracts.get(contract.name.as_str());
    facts.into_iter().flatten().fold(text, |text, (field, fact)| match fact {
        Fact::Text(value) => text.replace(&format!("{{{field}}}"), value),
        Fact::Group(members) => members.iter().fold(text, |text, (member, value)| {
            text.replace(&format!("{{{field}.{member}}}"), value.as_str().unwrap_or_default())
        }),
    })
}

/// In single quotes nothing is special to a shell but the quote itself.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
