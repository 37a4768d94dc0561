//! From layers to settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::error::Kind;
use figment::value::{Dict, Value};
use figment::{Error, Figment};

use crate::layer::{self, Filled, Layer};
use crate::problem::{LoadError, Problem, Problems};
use crate::section::{Breach, Settings};

/// No settings have as many mistakes; it only bounds the search for them.
const MOST_PROBLEMS: usize = 200;

/// What settings are made of, beside the built-in defaults.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// The environment; only names that start with [`Layer::PREFIX`] count, and those of OpenTelemetry.
    pub environment: Vec<(String, String)>,
    /// Options of the command line, as dotted key and text.
    pub options: Vec<(String, String)>,
}

/// Settings, and where each value that is not built in came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings.
    pub settings: Settings,
    /// Dotted key to where it was set.
    pub origins: BTreeMap<String, String>,
}

impl Sources {
    /// Reads, merges and checks.
    ///
    /// # Errors
    /// When the file cannot be read or is not TOML; else every mistake of all layers together.
    pub fn load(&self) -> Result<Loaded, LoadError> {
        let figment = self.merge()?;
        let merged = figment.find_value("").unwrap_or_else(|_| Value::from(Dict::new()));
        let (settings, problems) = read(&figment, &merged);
        match settings {
            Some(mut settings) if problems.is_empty() => {
                settings.anchor(&self.base());
                Ok(Loaded { settings, origins: origins(&figment, &merged) })
            }
            _ => Err(LoadError::Invalid(Problems(problems))),
        }
    }

    fn merge(&self) -> Result<Figment, LoadError> {
        let built_in =
            Filled { layer: Layer::BuiltIn, values: parse(Path::new("default.toml"), crate::MANUAL)? };
        let mut figment = Figment::from(built_in).merge(Filled::from_open_telemetry(&self.environment));
        if let Some(path) = &self.file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| LoadError::Unreadable { path: path.clone(), source })?;
            figment = figment.merge(Filled { layer: Layer::File(path.clone()), values: parse(path, &text)? });
        }
        Ok(figment
            .merge(Filled::from_environment(&self.environment))
            .merge(Filled::from_command_line(&self.options)))
    }

    /// Where relative paths start.
    fn base(&self) -> PathBuf {
        self.file.as_deref().and_then(Path::parent).map(Path::to_path_buf).unwrap_or_default()
    }
}

fn parse(path: &Path, text: &str) -> Result<Dict, LoadError> {
    toml::from_str(text)
        .map_err(|error| LoadError::Syntax { path: path.to_path_buf(), message: error.to_string() })
}

/// serde stops at the first mistake. So each mistake found is noted, taken out (the key falls back to its
/// built-in value, if it has one), and the rest is read again.
fn read(figment: &Figment, merged: &Value) -> (Option<Settings>, Vec<Problem>) {
    let defaults: Dict = toml::from_str(crate::MANUAL).unwrap_or_default();
    let defaults = Value::from(defaults);
    let mut rest = merged.clone();
    let mut problems = Vec::new();
    while problems.len() < MOST_PROBLEMS {
        match rest.deserialize::<Settings>() {
            Ok(settings) => {
                let breaches = settings.breaches();
                problems.extend(
                    breaches
                        .into_iter()
                        .filter_map(|b| noted(figment, merged, &problems, b))
                        .collect::<Vec<_>>(),
                );
                return (Some(settings), problems);
            }
            Err(error) => {
                let breach = Breach { message: message(&error), path: error.path };
                let path = breach.path.clone();
                let Some(problem) = noted(figment, merged, &problems, breach) else { break };
                problems.push(problem);
                if !take_out(&mut rest, &path, find(&defaults, &path)) {
                    break;
                }
            }
        }
    }
    (None, problems)
}

/// The problem for a breach, unless its key or one above it is known to be wrong already.
fn noted(figment: &Figment, merged: &Value, known: &[Problem], breach: Breach) -> Option<Problem> {
    let key = if breach.path.is_empty() { "(all)".to_owned() } else { breach.path.join(".") };
    let is_known = |problem: &Problem| key == problem.key || key.starts_with(&format!("{}.", problem.key));
    if known.iter().any(is_known) {
        return None;
    }
    let layer = layer_of(figment, merged, &breach.path);
    Some(Problem { source: layer.describe(&breach.path), key, message: breach.message })
}

fn message(error: &Error) -> String {
    match &error.kind {
        Kind::UnknownField(name, known) => {
            let nearest = known
                .iter()
                .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
                .filter(|(distance, _)| *distance <= 3)
                .min();
            match nearest {
                Some((_, candidate)) => format!("there is no such key; did you mean `{candidate}`?"),
                None if known.is_empty() => "there is no such key".to_owned(),
                None => format!("there is no such key; here stand {}", known.join(", ")),
            }
        }
        Kind::MissingField(name) => format!("`{name}` is missing"),
        other => other.to_string(),
    }
}

/// The layer of the deepest value on the way to `path`.
fn layer_of(figment: &Figment, merged: &Value, path: &[String]) -> Layer {
    let mut value = merged;
    for key in path {
        match value {
            Value::Dict(_, inner) => match inner.get(key) {
                Some(next) => value = next,
                None => break,
            },
            Value::Array(_, items) => match key.parse::<usize>().ok().and_then(|i| items.get(i)) {
                Some(next) => value = next,
                None => break,
            },
            _ => break,
        }
    }
    layer::of(figment.get_metadata(strongest(figment, value)))
}

/// A table has no layer of its own: merged tables keep the tag of the weakest. Its leaves know better.
fn strongest(figment: &Figment, value: &Value) -> figment::value::Tag {
    match value {
        Value::Dict(tag, inner) => inner
            .values()
            .map(|value| strongest(figment, value))
            .max_by_key(|tag| layer::of(figment.get_metadata(*tag)))
            .unwrap_or(*tag),
        other => other.tag(),
    }
}

fn find<'v>(value: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Dict(_, inner) => inner.get(key),
        _ => None,
    })
}

/// Replaces the value at `path` by `fallback`, or removes it. False when that changes nothing.
fn take_out(value: &mut Value, path: &[String], fallback: Option<&Value>) -> bool {
    let Some((key, rest)) = path.split_first() else { return false };
    match value {
        Value::Dict(_, inner) => match inner.get_mut(key) {
            Some(next) if !rest.is_empty() => take_out(next, rest, fallback),
            Some(next) => match fallback {
                Some(fallback) => {
                    *next = fallback.clone();
                    true
                }
                None => inner.remove(key).is_some(),
            },
            None => false,
        },
        Value::Array(_, items) => match key.parse::<usize>() {
            Ok(index) if index < items.len() => {
                items.remove(index);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

fn origins(figment: &Figment, merged: &Value) -> BTreeMap<String, String> {
    fn walk(figment: &Figment, value: &Value, path: &mut Vec<String>, found: &mut BTreeMap<String, String>) {
        if let Value::Dict(_, inner) = value {
            for (key, value) in inner {
                path.push(key.clone());
                walk(figment, value, path, found);
                path.pop();
            }
            return;
        }
        let layer = layer::of(figment.get_metadata(value.tag()));
        if layer != Layer::BuiltIn {
            found.insert(path.join("."), layer.describe(path));
        }
    }
    let mut found = BTreeMap::new();
    walk(figment, merged, &mut Vec::new(), &mut found);
    found
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
