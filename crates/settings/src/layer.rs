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
            Self::File(file) => file.display().to_string(),
            Self::Environment => format!("${}{}", Self::PREFIX, path.join("__").to_uppercase()),
            Self::CommandLine => "the command line".to_owned(),
        }
    }

    const fn tag(&self) -> &'static str {
        match self {
            Self::BuiltIn => "built-in",
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
