//! Which server a command goes to, and as whom.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use http::Uri;
use serde::Deserialize;

use super::error::RemoteError;

/// Carries an operator token to commands; read directly, so that no command line ever holds one.
const TOKEN_VARIABLE: &str = "CLAVIGER_TOKEN";
/// The configuration that `claviger init` writes.
const CONFIGURATION: &str = "claviger.toml";
/// The operator token that `claviger init` writes beside it.
const FIRST_TOKEN: &str = "operator.token";
/// What the demo writes for scripts.
const DEMO_FACTS: &str = "credentials.json";

/// How to reach the server.
#[derive(Debug, Args)]
pub(super) struct TargetArguments {
    /// The server's control origin, like https://auth.example.com. Without it: the first control origin of
    /// claviger.toml, else the demo's.
    #[arg(long, global = true, env = "CLAVIGER_URL", value_name = "URL", help_heading = "Server")]
    url: Option<String>,
    /// A file with an operator token; CLAVIGER_TOKEN may hold the token itself. Without either: operator.token
    /// beside claviger.toml, or the demo's, each for its own server only.
    #[arg(long, global = true, env = "CLAVIGER_TOKEN_FILE", value_name = "FILE", help_heading = "Server")]
    token_file: Option<PathBuf>,
    /// The demo's directory.
    #[arg(long, global = true, default_value = "claviger-demo", value_name = "DIR", help_heading = "Server")]
    dir: PathBuf,
}

/// A server and who asks it.
pub(super) struct Target {
    /// Its origin, without a slash at the end.
    pub(super) origin: String,
    /// The operator token. A secret.
    pub(super) token: String,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({})", self.origin)
    }
}

impl Target {
    /// Whether the token would cross a network unencrypted.
    pub(super) fn is_in_the_clear(&self) -> bool {
        let Some(authority) = self.origin.strip_prefix("http://") else { return false };
        let host = authority.parse::<http::uri::Authority>();
        !host.is_ok_and(|authority| {
            let host = authority.host().trim_matches(['[', ']']);
            let is_loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            is_loopback || host == "localhost" || host.ends_with(".localhost")
        })
    }
}

impl TargetArguments {
    /// Finds server and token. A configuration that is named must be there.
    pub(super) fn resolve(&self, configuration: Option<&Path>) -> Result<Target, RemoteError> {
        if let Some(path) = configuration.filter(|path| !path.exists()) {
            return Err(missing(path));
        }
        let variable = std::env::var_os(TOKEN_VARIABLE).map(|text| text.to_string_lossy().into_owned());
        self.resolve_with(variable, configuration.unwrap_or(Path::new(CONFIGURATION)))
    }

    fn resolve_with(&self, variable: Option<String>, configuration: &Path) -> Result<Target, RemoteError> {
        let demo = DemoFacts::read(&self.dir.join(DEMO_FACTS))?;
        // With --url nothing is read that could be in the way.
        let configured = if self.url.is_some() { None } else { configured_origin(configuration)? };
        let (origin, first_token) = match (&self.url, configured, &demo) {
            (Some(url), ..) => (url.clone(), None),
            (None, Some(url), _) => (url, read(&configuration.with_file_name(FIRST_TOKEN))?),
            (None, None, Some(demo)) => (demo.base_url.clone(), None),
            (None, None, None) => return Err(RemoteError::NoUrl),
        };
        let origin = parse_origin(&origin)?;
        // The demo's token is never shown to any server but the demo's.
        let demo = demo.filter(|demo| demo.base_url.trim_end_matches('/') == origin);
        let token = match (&self.token_file, variable) {
            (Some(path), _) => read(path)?.ok_or_else(|| missing(path))?,
            (None, Some(text)) => text,
            (None, None) => match first_token.or(demo.map(|demo| demo.operator.token)) {
                Some(token) => token,
                None => return Err(RemoteError::NoToken { url: origin }),
            },
        };
        let token = token.trim().to_owned();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(RemoteError::TokenForm);
        }
        Ok(Target { origin, token })
    }
}

/// What the demo writes for scripts, as far as it matters here.
#[derive(Deserialize)]
struct DemoFacts {
    base_url: String,
    operator: DemoOperator,
}

#[derive(Deserialize)]
struct DemoOperator {
    token: String,
}

impl DemoFacts {
    fn read(path: &Path) -> Result<Option<Self>, RemoteError> {
        let Some(text) = read(path)? else { return Ok(None) };
        // serde_json's message shows no values, so no secret.
        let facts = serde_json::from_str(&text);
        facts
            .map(Some)
            .map_err(|error| RemoteError::FileForm { path: path.to_owned(), detail: error.to_string() })
    }
}

/// The configuration, as far as it matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Configuration {
    server: ServerSection,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ServerSection {
    control_origins: Vec<String>,
    listen: Option<String>,
}

fn configured_origin(path: &Path) -> Result<Option<String>, RemoteError> {
    let Some(text) = read(path)? else { return Ok(None) };
    let configuration: Configuration = toml::from_str(&text).map_err(|error| RemoteError::FileForm {
        path: path.to_owned(),
        detail: error.message().to_owned(),
    })?;
    let ServerSection { control_origins, listen } = configuration.server;
    Ok(control_origins.into_iter().next().or_else(|| listen.map(|address| format!("http://{address}"))))
}

fn parse_origin(text: &str) -> Result<String, RemoteError> {
    let bad = || RemoteError::Url(text.to_owned());
    let uri: Uri = text.parse().map_err(|_| bad())?;
    let scheme = uri.scheme_str().filter(|scheme| matches!(*scheme, "http" | "https")).ok_or_else(bad)?;
    let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(bad)?;
    if uri.path().len() > 1 || uri.query().is_some() {
        return Err(bad());
    }
    Ok(format!("{scheme}://{authority}"))
}

/// The text of a file; none when there is no such file.
fn read(path: &Path) -> Result<Option<String>, RemoteError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RemoteError::File { path: path.to_owned(), source }),
    }
}

fn missing(path: &Path) -> RemoteError {
    RemoteError::File { path: path.to_owned(), source: std::io::ErrorKind::NotFound.into() }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
