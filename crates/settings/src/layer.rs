//! Where a value came from.

use std::fmt;
use std::path::PathBuf;

use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

/// One layer of settings, from the weakest to the strongest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// `default.toml`, built into the binary.
    BuiltIn,
    /// The variables by which every program with OpenTelemetry is told where its collector is.
    OpenTelemetry,
    /// A file.
    File(PathBuf),
    /// A variable of the environment.
    Environment,
    /// An option of the command line.
    CommandLine,
}

impl Layer {
    /// What the environment's variables start with.
    pub const PREFIX: &'static str = "CLAVIGER__";

    /// Where exactly the key at `path` stands in this layer, for a person to go and mend it.
    pub fn describe(&self, path: &[String]) -> String {
        match self {
            Self::BuiltIn => "the built-in defaults".to_owned(),
            Self::OpenTelemetry => {
                let key = path.join(".");
                let of_key = STANDARD.iter().find(|(_, known)| format!("telemetry.{known}") == key);
                of_key.map_or_else(|| "the environment".to_owned(), |(name, _)| format!("${name}"))
            }
            Self::File(file) => file.display().to_string(),
            Self::Environment => format!("${}{}", Self::PREFIX, path.join("__").to_uppercase()),
            Self::CommandLine => "the command line".to_owned(),
        }
    }

    const fn tag(&self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
            Self::OpenTelemetry => "OpenTelemetry",
            Self::File(_) => "file",
            Self::Environment => "environment",
            Self::CommandLine => "command line",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "file {}", file.display()),
            other => f.write_str(other.tag()),
        }
    }
}

/// The variables of OpenTelemetry that count here, and which key of `[telemetry]` each sets.
const STANDARD: [(&str, &str); 5] = [
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "headers"),
    ("OTEL_SERVICE_NAME", "service"),
    ("OTEL_RESOURCE_ATTRIBUTES", "resource"),
    ("OTEL_TRACES_SAMPLER_ARG", "sample_ratio"),
];

/// Switches all of them off where it is `true`.
const DISABLED: &str = "OTEL_SDK_DISABLED";

/// A layer with its values, for figment to merge.
pub(crate) struct Filled {
    pub(crate) layer: Layer,
    pub(crate) values: Dict,
}

impl Filled {
    /// Variables named `CLAVIGER__SECTION__KEY`; others are not ours.
    pub(crate) fn from_environment(variables: &[(String, String)]) -> Self {
        let mut values = Dict::new();
        for (name, text) in variables {
            let Some(path) = name.strip_prefix(Layer::PREFIX) else { continue };
            let path = path.to_lowercase();
            put(&mut values, &mut path.split("__"), parse(text));
        }
        Self { layer: Layer::Environment, values }
    }

    /// The variables of OpenTelemetry; one that is empty counts as not set (its specification, "Parsing empty value").
    pub(crate) fn from_open_telemetry(variables: &[(String, String)]) -> Self {
        let find = |wanted: &str| {
            let set = variables.iter().find(|(name, text)| name == wanted && !text.is_empty());
            set.map(|(_, text)| text.as_str())
        };
        let mut values = Dict::new();
        let is_off = find(DISABLED).is_some_and(|text| text.eq_ignore_ascii_case("true"));
        for (name, key) in STANDARD.into_iter().filter(|_| !is_off) {
            let Some(text) = find(name) else { continue };
            // Only the share is a number; a service called 7 is a text.
            let value = text.parse::<f64>().ok().filter(|_| key == "sample_ratio");
            let value = value.map_or_else(|| Value::from(text), Value::from);
            put(&mut values, &mut ["telemetry", key].into_iter(), value);
        }
        Self { layer: Layer::OpenTelemetry, values }
    }

    /// Options as `(dotted path, text)`.
    pub(crate) fn from_command_line(options: &[(String, String)]) -> Self {
        let mut values = Dict::new();
        for (path, text) in options {
            put(&mut values, &mut path.split('.'), parse(text));
        }
        Self { layer: Layer::CommandLine, values }
    }
}

impl Provider for Filled {
    fn metadata(&self) -> Metadata {
        match &self.layer {
            Layer::File(file) => Metadata::from(self.layer.tag(), file.as_path()),
            other => Metadata::named(other.tag()),
        }
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

/// The layer that a figment value was tagged with.
pub(crate) fn of(metadata: Option<&Metadata>) -> Layer {
    match metadata.map(|m| m.name.as_ref()) {
        Some("file") => Layer::File(
            metadata
                .and_then(|m| m.source.as_ref())
                .and_then(figment::Source::file_path)
                .map(PathBuf::from)
                .unwrap_or_default(),
        ),
        Some("OpenTelemetry") => Layer::OpenTelemetry,
        Some("environment") => Layer::Environment,
        Some("command line") => Layer::CommandLine,
        _ => Layer::BuiltIn,
    }
}

/// Numbers, booleans, lists and tables as in TOML; anything else is a text.
fn parse(text: &str) -> Value {
    // figment's parser of such texts cannot fail: what it does not know is a string.
    text.parse().unwrap_or_else(|_| Value::from(text))
}

fn put<'p>(values: &mut Dict, path: &mut impl Iterator<Item = &'p str>, value: Value) {
    let mut path = path.peekable();
    let Some(key) = path.next() else { return };
    if path.peek().is_none() {
        values.insert(key.to_owned(), value);
        return;
    }
    let entry = values.entry(key.to_owned()).or_insert_with(|| Value::from(Dict::new()));
    if !matches!(entry, Value::Dict(..)) {
        *entry = Value::from(Dict::new());
    }
    if let Value::Dict(_, inner) = entry {
        let rest: Vec<&str> = path.collect();
        put(inner, &mut rest.into_iter().collect::<Vec<_>>().into_iter(), value);
    }
}
