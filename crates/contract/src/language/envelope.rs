//! Error envelopes: one body for all causes, and what each cause or group of causes puts into it.

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, HeaderValue, StatusCode};
use indexmap::IndexMap;
use serde_json::Value as Json;
use toml::de::DeValue;

use super::response::{extra_headers, status};
use crate::document::{Item, Name, Section, did_you_mean};
use crate::token::ExchangeCause;
use crate::wire::cause::Cause;
use crate::wire::refusal::{Refusal, RefusalWord};
use crate::wire::template::{BodySource, Constants, Escape, RawPiece, Text, Word, split};

/// Constants that every contract has.
pub(super) struct Names<'n> {
    pub(super) name: Option<&'n str>,
    pub(super) title: Option<&'n str>,
}

impl Names<'_> {
    const KEYS: [&'static str; 4] = ["message", "status", "name", "title"];

    fn constants(&self) -> Constants {
        let given = [("name", self.name), ("title", self.title)];
        // A brace in a title is a brace.
        let literal = |text: &str| Json::from(text.replace('{', "{{").replace('}', "}}"));
        given.into_iter().map(|(key, text)| (key.to_owned(), literal(text.unwrap_or_default()))).collect()
    }
}

/// The placeholders of a template with the texts they stand in.
#[derive(Clone, Default)]
pub(super) struct Placeholders<'d>(Vec<(&'d str, Item<'d>)>);

impl<'d> Placeholders<'d> {
    fn scan(&mut self, item: Item<'d>, text: &'d str) {
        match split(text) {
            Ok(pieces) => self.0.extend(pieces.iter().filter_map(|piece| match piece {
                RawPiece::Name(name) => Some((*name, item)),
                RawPiece::Literal(_) => None,
            })),
            Err(error) => item.error(error.to_string()),
        }
    }

    /// Reports those that are not among `known`.
    pub(super) fn check(&self, known: &[&str]) {
        for (name, item) in self.0.iter().filter(|(name, _)| !known.contains(name)) {
            let help = did_you_mean(name, known.iter().copied())
                .unwrap_or_else(|| format!("known here: `{}`", known.join("`, `")));
            item.error_with(format!("nothing gives `{{{name}}}` a value"), Some(help));
        }
    }
}

/// The names of a kind of word.
pub(super) fn names_of<W: Word>() -> Vec<&'static str> {
    W::ALL.iter().map(|(name, _)| *name).collect()
}

/// A TOML value as JSON, with the placeholders of its texts.
pub(super) fn json<'d>(item: Item<'d>, placeholders: &mut Placeholders<'d>) -> Json {
    match item.raw() {
        DeValue::String(text) => {
            placeholders.scan(item, text);
            Json::from(text.as_ref())
        }
        DeValue::Integer(_) => item.number::<i64>("a whole number of at most 64 bits").into(),
        DeValue::Float(float) => {
            let number = float.as_str().parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            if number.is_none() {
                item.error("JSON has no such number");
            }
            number.map_or(Json::Null, Json::Number)
        }
        DeValue::Boolean(flag) => Json::from(*flag),
        DeValue::Datetime(date) => Json::from(date.to_string()),
        DeValue::Array(_) => item.members().into_iter().map(|member| json(member, placeholders)).collect(),
        DeValue::Table(_) => {
            let members = item.section().map(|section| section.rest()).unwrap_or_default();
            members
                .into_iter()
                .map(|(name, value)| (name.text.to_owned(), json(value, placeholders)))
                .collect()
        }
    }
}

pub(super) fn content_type(section: &Section<'_>) -> Option<HeaderValue> {
    let item = section.item("content_type")?;
    let text = item.text()?;
    let value = HeaderValue::from_str(text).ok().filter(|_| text.contains('/'));
    if value.is_none() {
        item.error(format!("`{text}` is no content type"));
    }
    value
}

struct Envelope<'d> {
    content_type: HeaderValue,
    body: BodySource,
    placeholders: Placeholders<'d>,
}

fn envelope<'d>(section: &Section<'d>) -> Envelope<'d> {
    let stated = content_type(section);
    let mut placeholders = Placeholders::default();
    let body = match (section.item("body"), section.item("text")) {
        (Some(body), None) => {
            if !body.is_table() {
                body.error("`body` is a table, which becomes a JSON object; other bodies are a `text`");
            }
            BodySource::Json(json(body, &mut placeholders))
        }
        (None, Some(item)) => {
            let text = item.text().unwrap_or_default();
            placeholders.scan(item, text);
            BodySource::Text(text.to_owned(), escape_for(stated.as_ref(), item))
        }
        _ => {
            section.error("an envelope has either a `body`, for JSON, or a `text`");
            BodySource::Json(Json::Null)
        }
    };
    let default = match body {
        BodySource::Json(_) => "application/json",
        BodySource::Text(..) => "text/plain; charset=utf-8",
    };
    let content_type = stated.unwrap_or(HeaderValue::from_static(default));
    Envelope { content_type, body, placeholders }
}

/// How values are made harmless in a text, which its content type decides.
fn escape_for(content_type: Option<&HeaderValue>, item: Item<'_>) -> Escape {
    let text = content_type.and_then(|value| value.to_str().ok()).unwrap_or("text/plain");
    let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "text/plain" => Escape::None,
        "application/x-www-form-urlencoded" => Escape::Form,
        "text/xml" | "application/xml" | "text/html" | "application/xhtml+xml" => Escape::Markup,
        xml if xml.ends_with("+xml") => Escape::Markup,
        other => {
            let help = "for JSON write a `body`; a `text` can be plain, XML, HTML or a form".to_owned();
            item.error_with(
                format!("there is no safe way to put values into a text of type `{other}`"),
                Some(help),
            );
            Escape::None
        }
    }
}

/// What a file says of one cause or group.
struct Saying<'d> {
    status: Option<StatusCode>,
    headers: Vec<(HeaderName, Item<'d>, &'d str)>,
    constants: Vec<(Name<'d>, Json, Placeholders<'d>)>,
}

type Layer<'d> = IndexMap<&'d str, Saying<'d>>;

fn layer<'d>(section: &Section<'d>, names: &[&'static str]) -> Layer<'d> {
    let mut layer = Layer::new();
    for (name, item) in section.rest() {
        if !names.contains(&name.text) {
            let help = did_you_mean(name.text, names.iter().copied());
            name.error_with(format!("there is no cause `{}`", name.text), help);
            continue;
        }
        let Some(entry) = item.section() else { continue };
        let status = status(&entry, 400..=599);
        let headers = extra_headers(&entry);
        let mut constants = Vec::new();
        for (key, value) in entry.rest() {
            let mut placeholders = Placeholders::default();
            let constant = json(value, &mut placeholders);
            if constant.is_array() || constant.is_object() {
                value.error("expected a text, a number or a truth value");
                continue;
            }
            placeholders.check(&names_of::<RefusalWord>());
            constants.push((key, constant, placeholders));
        }
        layer.insert(name.text, Saying { status, headers, constants });
    }
    layer
}

/// Everything a contract says of errors, and the refusals made of it.
pub(super) struct Errors<'d> {
    pub(super) refusals: Vec<Refusal>,
    envelope: Envelope<'d>,
    layers: Vec<Layer<'d>>,
    constants: Constants,
}

pub(super) fn errors<'d>(root: &Section<'d>, names: &Names<'_>) -> Errors<'d> {
    let cause_names: Vec<&'static str> = Cause::names().collect();
    let read_envelope = |section: &Section<'d>| {
        section.section("envelope").map(|section| {
            let envelope = envelope(&section);
            section.finish();
            envelope
        })
    };
    let read_layer = |section: &Section<'d>| {
        section.section("errors").map(|s| layer(&s, &cause_names)).unwrap_or_default()
    };
    let base = read_envelope(root).unwrap_or_else(plain_envelope);
    let mut layers = vec![read_layer(root)];
    let mut variants: IndexMap<&str, (Option<Envelope<'d>>, Layer<'d>)> = IndexMap::new();
    if let Some(section) = root.section("variants") {
        for (name, item) in section.rest() {
            let Some(entry) = item.section() else { continue };
            variants.insert(name.text, (read_envelope(&entry), read_layer(&entry)));
            entry.finish();
        }
    }
    let envelopes: Vec<&Envelope<'_>> =
        std::iter::once(&base).chain(variants.values().filter_map(|(e, _)| e.as_ref())).collect();
    let every_layer: Vec<&Layer<'_>> = layers.iter().chain(variants.values().map(|(_, over)| over)).collect();
    check_use(&envelopes, &every_layer);
    let constants = names.constants();
    let mut refusals = compile(&Cause::ALL, &base, &layers.iter().collect::<Vec<_>>(), &constants);
    let mut chosen = None;
    let selected = root.item("variant").and_then(|item| Some((item, item.text()?)));
    for (name, (envelope, over)) in &variants {
        let all: Vec<&Layer<'_>> = layers.iter().chain([over]).collect();
        let compiled = compile(&Cause::ALL, envelope.as_ref().unwrap_or(&base), &all, &constants);
        if selected.is_some_and(|(_, wanted)| wanted == *name) {
            refusals = compiled;
            chosen = Some(*name);
        }
    }
    if let (Some((item, wanted)), None) = (selected, chosen) {
        let help = did_you_mean(wanted, variants.keys().copied());
        item.error_with(format!("there is no variant `{wanted}`"), help);
    }
    let mut envelope = base;
    if let Some((own, over)) = chosen.and_then(|name| variants.swap_remove(name)) {
        envelope = own.unwrap_or(envelope);
        layers.push(over);
    }
    Errors { refusals, envelope, layers, constants }
}

impl<'d> Errors<'d> {
    /// The refusals of a token endpoint in the contract's envelope, with what the endpoint says on top.
    pub(super) fn of_endpoint(&self, section: &Section<'d>) -> Vec<Refusal> {
        let mut names: Vec<&'static str> = Vec::new();
        for cause in ExchangeCause::CAUSES {
            names.extend(
                cause
                    .groups
                    .iter()
                    .chain([&cause.name])
                    .filter(|name| !names.contains(name))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
        let own = section.section("errors").map(|s| layer(&s, &names)).unwrap_or_default();
        let layers: Vec<&Layer<'_>> = self.layers.iter().chain([&own]).collect();
        check_use(&[&self.envelope], &layers);
        compile(ExchangeCause::CAUSES, &self.envelope, &layers, &self.constants)
    }
}

/// The envelope of a contract that has none.
fn plain_envelope<'d>() -> Envelope<'d> {
    Envelope {
        content_type: HeaderValue::from_static("application/json"),
        body: BodySource::Json(serde_json::json!({ "message": "{message}", "request_id": "{request_id}" })),
        placeholders: Placeholders::default(),
    }
}

/// Reports placeholders that nothing ever fills, and constants that no placeholder ever asks for.
fn check_use(envelopes: &[&Envelope<'_>], layers: &[&Layer<'_>]) {
    let sayings = || layers.iter().flat_map(|layer| layer.values());
    let constants: BTreeSet<&str> =
        sayings().flat_map(|s| s.constants.iter().map(|(name, ..)| name.text)).collect();
    let known: Vec<&str> =
        names_of::<RefusalWord>().into_iter().chain(Names::KEYS).chain(constants).collect();
    let mut used: BTreeSet<&str> = BTreeSet::from(["message"]);
    for envelope in envelopes {
        envelope.placeholders.check(&known);
        used.extend(envelope.placeholders.0.iter().map(|(name, _)| *name));
    }
    for saying in sayings() {
        let mut placeholders = Placeholders::default();
        for (_, item, text) in &saying.headers {
            placeholders.scan(*item, text);
        }
        placeholders.check(&known);
        used.extend(placeholders.0.iter().map(|(name, _)| *name));
    }
    for (name, ..) in sayings().flat_map(|saying| &saying.constants) {
        if !used.contains(name.text) {
            let help = did_you_mean(name.text, used.iter().copied().chain(["status", "headers"]));
            name.error_with(format!("no template asks for `{}`", name.text), help);
        }
    }
}

fn compile(
    causes: &[Cause],
    envelope: &Envelope<'_>,
    layers: &[&Layer<'_>],
    names: &Constants,
) -> Vec<Refusal> {
    let mut missing: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    let mut refusals = Vec::new();
    for cause in causes {
        let mut constants = names.clone();
        constants.insert("message".to_owned(), Json::from(default_message(cause)));
        let mut status = StatusCode::from_u16(cause.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers: IndexMap<&HeaderName, &str> = IndexMap::new();
        let levels = cause.groups.iter().chain([&cause.name]);
        for saying in levels.flat_map(|level| layers.iter().filter_map(|layer| layer.get(level))) {
            status = saying.status.unwrap_or(status);
            headers.extend(saying.headers.iter().map(|(name, _, text)| (name, *text)));
            constants.extend(
                saying.constants.iter().map(|(name, value, _)| (name.text.to_owned(), value.clone())),
            );
        }
        constants.insert("status".to_owned(), Json::from(status.as_u16()));
        for (name, _) in &envelope.placeholders.0 {
            if RefusalWord::named(name).is_none() && !constants.contains_key(*name) {
                missing.entry(name).or_default().push(cause.name);
            }
        }
        refusals.push(Refusal {
            cause: *cause,
            status,
            content_type: envelope.content_type.clone(),
            headers: headers
                .into_iter()
                .map(|(n, text)| (n.clone(), Text::compile(text, &constants)))
                .collect(),
            body: envelope.body.compile(&constants),
        });
    }
    report_missing(envelope, layers, &missing);
    refusals
}

/// What a cause says if the contract says nothing. At a token endpoint the door knows best what was wrong.
fn default_message(cause: &Cause) -> &'static str {
    if Cause::ALL.contains(cause) { cause.message } else { "{detail}" }
}

fn report_missing(
    envelope: &Envelope<'_>,
    layers: &[&Layer<'_>],
    missing: &BTreeMap<&str, Vec<&'static str>>,
) {
    for (name, causes) in missing {
        let constants = layers.iter().flat_map(|layer| layer.values()).flat_map(|s| &s.constants);
        // One that nobody fills is reported as unknown.
        let filled_somewhere = constants.into_iter().any(|(known, ..)| known.text == *name);
        let Some((_, item)) = envelope.placeholders.0.iter().find(|(known, _)| known == name) else {
            continue;
        };
        if filled_somewhere {
            let list: Vec<String> = causes.iter().take(3).map(|cause| format!("`{cause}`")).collect();
            let more = match causes.len().saturating_sub(list.len()) {
                0 => String::new(),
                more => format!(" and {more} more causes"),
            };
            let message = format!("`{{{name}}}` has no value for {}{more}", list.join(", "));
            item.error_with(
                message,
                Some(format!("give `{name}` under `errors.any` for all that have none of their own")),
            );
        }
    }
}
