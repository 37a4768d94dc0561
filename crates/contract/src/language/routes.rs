//! Routes, the rules of their requests, and the answers we give ourselves.

use std::num::NonZeroU32;
use std::sync::Arc;

use claviger_domain::{CollectionName, KindSet};
use http::{HeaderValue, Method, StatusCode};
use indexmap::IndexMap;

use super::Placed;
use super::envelope::{Placeholders, content_type, json, names_of};
use super::limits::Limits;
use super::places::kinds;
use super::response::status;
use super::scopes::Scopes;
use crate::document::{Item, Section, did_you_mean};
use crate::field::FieldPath;
use crate::pattern::PathPattern;
use crate::reading::Route;
use crate::wire::answer::{Answer, AnswerWord};
use crate::wire::router::{Entry, Methods, Slot};
use crate::wire::rules::{FieldKind, FieldRule, HeaderRule, RequestRules};
use crate::wire::template::{BodySource, Constants};

const FIELD_KINDS: &[(&str, FieldKind)] = &[
    ("any", FieldKind::Any),
    ("text", FieldKind::Text),
    ("integer", FieldKind::Integer),
    ("number", FieldKind::Number),
    ("boolean", FieldKind::Boolean),
    ("object", FieldKind::Object),
    ("list", FieldKind::List),
];

/// What routes refer to by name.
struct Named {
    rules: IndexMap<String, Arc<RequestRules>>,
    answers: IndexMap<String, Arc<Answer>>,
}

pub(super) fn routes(
    root: &Section<'_>,
    scopes: &Scopes,
    limits: &Limits,
    collections: &[CollectionName],
) -> (Vec<Route>, Vec<Placed>) {
    let named = Named { rules: rules(root, collections), answers: answers(root) };
    let mut routes = Vec::new();
    let mut entries = Vec::new();
    for section in root.sections("route") {
        let methods = methods(&section);
        let paths = section.items("path");
        if paths.is_empty() {
            section.error("`path` is missing");
        }
        let template = route(&section, scopes, limits, &named);
        for item in paths {
            let Some(pattern) = item.parse::<PathPattern>() else { continue };
            let slot = Slot::Route(routes.len());
            entries.push(Placed {
                entry: Entry { pattern: pattern.clone(), methods: methods.clone(), slot },
                span: item.span(),
            });
            routes.push(Route { pattern, methods: methods.clone(), ..template.clone() });
        }
        section.finish();
    }
    (routes, entries)
}

fn route(section: &Section<'_>, scopes: &Scopes, limits: &Limits, named: &Named) -> Route {
    let required: Arc<[_]> =
        section.items("scopes").into_iter().filter_map(|item| scopes.named(item)).collect();
    let accepted = kinds(section, "kinds");
    let public = section.flag("public", false);
    let cost = section.item("cost").and_then(Item::positive);
    let answer = section.item("respond").and_then(|item| lookup(item, "answer", "answers", &named.answers));
    let route = Route {
        pattern: PathPattern::root(),
        methods: Methods::Any,
        kinds: accepted.unwrap_or(KindSet::ANY),
        limits: section.items("limits").into_iter().filter_map(|item| limits.resolve(item)).collect(),
        cost: cost.unwrap_or(NonZeroU32::MIN),
        credits: section.item("credits").and_then(Item::positive),
        public,
        rules: section.item("rules").and_then(|item| lookup(item, "set of rules", "rules", &named.rules)),
        scopes: required,
        answer,
    };
    let is_charged = route.credits.is_some();
    let demands = !route.scopes.is_empty() || accepted.is_some() || route.answer.is_some() || is_charged;
    if public && demands {
        section.error(
            "a public route takes no credential, so it has no `scopes`, `kinds`, `credits` and `respond`",
        );
    }
    route
}

fn lookup<T>(item: Item<'_>, noun: &str, table: &str, named: &IndexMap<String, Arc<T>>) -> Option<Arc<T>> {
    let name = item.text()?;
    let found = named.get(name).cloned();
    if found.is_none() {
        let help = did_you_mean(name, named.keys().map(String::as_str));
        let help = help.or_else(|| Some(format!("define it under `[{table}.{name}]`")));
        item.error_with(format!("no {noun} is named `{name}`"), help);
    }
    found
}

fn methods(section: &Section<'_>) -> Methods {
    let items = section.items("method");
    if items.is_empty() {
        section.error("`method` is missing; write `\"*\"` for any");
    }
    let mut only = Vec::new();
    for item in items {
        match item.text() {
            Some("*") => return Methods::Any,
            Some(text) => only.extend(method(item, text)),
            None => {}
        }
    }
    Methods::Only(only)
}

pub(super) fn method(item: Item<'_>, text: &str) -> Option<Method> {
    const KNOWN: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"];
    if text != text.to_ascii_uppercase() {
        item.error_with(
            "methods are case-sensitive",
            Some(format!("did you mean `{}`?", text.to_ascii_uppercase())),
        );
        return None;
    }
    match text.parse() {
        Ok(method) if text != "CONNECT" => Some(method),
        _ => {
            item.error_with(format!("`{text}` is no method that can be routed"), did_you_mean(text, KNOWN));
            None
        }
    }
}

fn rules(root: &Section<'_>, collections: &[CollectionName]) -> IndexMap<String, Arc<RequestRules>> {
    let mut all = IndexMap::new();
    let Some(section) = root.section("rules") else { return all };
    for (name, item) in section.rest() {
        let Some(entry) = item.section() else { continue };
        let mut rules = RequestRules::default();
        if let Some(headers) = entry.section("headers") {
            for (header, pattern) in headers.rest() {
                let parsed = header.parse();
                if let (Some(name), Some(pattern)) = (parsed, pattern.text()) {
                    rules.headers.push(HeaderRule { name, pattern: pattern.to_owned() });
                }
            }
        }
        for field in entry.sections("field") {
            rules.fields.extend(field_rule(&field, collections));
            field.finish();
        }
        entry.finish();
        all.insert(name.text.to_owned(), Arc::new(rules));
    }
    all
}

fn field_rule(section: &Section<'_>, collections: &[CollectionName]) -> Option<FieldRule> {
    let path: Option<FieldPath> = section.need("path").and_then(Item::parse);
    let kind = section.item("type").and_then(|item| item.choice(FIELD_KINDS));
    let required = section.flag("required", true);
    let belongs_to = section.item("belongs_to").and_then(|item| {
        let name: CollectionName = item.parse()?;
        if !collections.contains(&name) {
            let help = did_you_mean(name.as_str(), collections.iter().map(CollectionName::as_str));
            let help = help.or_else(|| Some("define it under `[collections]`".to_owned()));
            item.error_with(format!("the collection `{name}` is not defined"), help);
        }
        Some(name)
    });
    if belongs_to.is_some() && !matches!(kind, None | Some(FieldKind::Text)) {
        section.error("a value that belongs to a credential is a `text`");
    }
    let default = if belongs_to.is_some() { FieldKind::Text } else { FieldKind::Any };
    Some(FieldRule { path: path?, kind: kind.unwrap_or(default), required, belongs_to })
}

fn answers(root: &Section<'_>) -> IndexMap<String, Arc<Answer>> {
    let mut all = IndexMap::new();
    let Some(section) = root.section("answers") else { return all };
    for (name, item) in section.rest() {
        let Some(entry) = item.section() else { continue };
        let status = status(&entry, 200..=299).unwrap_or(StatusCode::OK);
        let content_type = content_type(&entry).unwrap_or(HeaderValue::from_static("application/json"));
        if let Some(body) = entry.need("body") {
            let mut placeholders = Placeholders::default();
            let source = BodySource::Json(json(body, &mut placeholders));
            placeholders.check(&names_of::<AnswerWord>());
            let body = source.compile(&Constants::new());
            all.insert(name.text.to_owned(), Arc::new(Answer { status, content_type, body }));
        }
        entry.finish();
    }
    all
}
