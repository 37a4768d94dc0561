//! The form of a trial, read into the request that it stands for.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use claviger_contract::{BasicPart, Installed};
use claviger_domain::Environment;
use claviger_engine::Plain;
use data_encoding::BASE64;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT};
use http::{Request, Uri};

use super::route::Target;
use crate::complaints::Complaints;
use crate::explain::Explain as _;
use crate::fields::Fields;
use crate::samples::{Calling, NoCalling, Way, in_title_case};
use crate::trials::Trial;
use crate::words::{Phrase, say};

/// The field with the credential. Its value goes into the request and nowhere else.
pub(super) const CREDENTIAL: &str = "credential";
/// The longest credential, in bytes: a token that says much.
const LONGEST_CREDENTIAL: usize = 8_192;
/// The longest query, in bytes.
const LONGEST_QUERY: usize = 2_000;
/// How this server calls itself to the API.
const AGENT: HeaderValue = HeaderValue::from_static("Claviger-Trial");

/// A trial that can be sent, and what is shown of it.
pub(super) struct Asked {
    pub(super) trial: Trial,
    /// The same as a command, with a variable in place of the credential.
    pub(super) curl: String,
    /// How the credential is written in the request, where that is not as it is.
    pub(super) encoded: Option<Plain>,
}

/// The environment that is chosen; test data where nothing else is.
pub(super) fn environment(fields: &Fields) -> Environment {
    fields.get("environment").parse().unwrap_or(Environment::Test)
}

/// Reads the form of a route's trial.
pub(super) fn read(
    (installed, target): (&Arc<Installed>, &Target<'_>),
    fields: &Fields,
    credential: Option<&str>,
    reader: (IpAddr, bool),
) -> Result<Asked, Complaints> {
    let mut wrong = Complaints::default();
    let environment = environment(fields);
    if environment == Environment::Live && fields.get("understood") != "yes" {
        wrong.add("understood", say("portal-trial-say-live"));
    }
    let path = target.path(|parameter| fields.get(&parameter.field()));
    let path = path.map_err(|(parameter, error)| {
        say("portal-trial-wrong-path").with("name", parameter.title()).with("why", error.explain())
    });
    let path = wrong.take("path", path);
    let query = wrong.take("query", read_query(fields.get("query")));
    let calling = Calling::of(&installed.contract, environment, target.route.kinds());
    let calling = calling.map_err(|none| match none {
        NoCalling::CookieOnly => say("portal-trial-cookie-only"),
        NoCalling::NoHost => say("portal-trial-no-host"),
    });
    let calling = wrong.take("environment", calling);
    let credential = wrong.take(CREDENTIAL, read_credential(target, credential));
    let body = wrong.take("body", read_body(target, fields.get("body")));
    let (Some(path), Some(query), Some(calling), Some(credential), Some(body)) =
        (path, query, calling, credential, body)
    else {
        return Err(wrong);
    };
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let target_path = if query.is_empty() { path } else { format!("{path}?{query}") };
    let curl = curl(target, &format!("{}{target_path}", calling.origin), &calling.way, &body);
    let request = request((target, &calling), (target_path, credential, body))?;
    let encoded = credential.and_then(|text| encoded(&calling.way, text)).map(Plain::new);
    let trial = Trial { installed: Arc::clone(installed), host: calling.host, environment, reader, request };
    Ok(Asked { trial, curl, encoded })
}

/// The request itself: where it goes, with which credential and body.
fn request(
    (target, calling): (&Target<'_>, &Calling),
    (path, credential, body): (String, Option<&str>, String),
) -> Result<Request<Bytes>, Complaints> {
    let unsendable = |field| Complaints::one(field, say("portal-trial-unsendable"));
    let path = match (&calling.way, credential) {
        (Way::Query(name), Some(credential)) => with_parameter(&path, name, credential),
        _ => path,
    };
    let uri: Uri = path.parse().map_err(|_| unsendable("query"))?;
    let is_json = !body.is_empty();
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = target.method.clone();
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(USER_AGENT, AGENT);
    headers.insert(HOST, HeaderValue::try_from(&calling.host).map_err(|_| unsendable("environment"))?);
    if is_json {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    if let Some((name, value)) = credential.and_then(|text| header(&calling.way, text)) {
        let mut value = HeaderValue::try_from(value).map_err(|_| unsendable(CREDENTIAL))?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(request)
}

/// The header that carries the credential, where one does.
fn header(way: &Way, credential: &str) -> Option<(HeaderName, String)> {
    match way {
        Way::Header { name, before } => Some((name.clone(), format!("{before}{credential}"))),
        Way::Basic(_) => encoded(way, credential).map(|pair| (AUTHORIZATION, format!("Basic {pair}"))),
        Way::Query(_) => None,
    }
}

/// How a credential is written where it does not stand as it is.
fn encoded(way: &Way, credential: &str) -> Option<String> {
    match way {
        Way::Header { .. } => None,
        Way::Basic(part) => Some(BASE64.encode(in_half(*part, credential).as_bytes())),
        Way::Query(_) => Some(form_urlencoded::byte_serialize(credential.as_bytes()).collect()),
    }
}

/// User name and password (RFC 7617), of which one is the credential and the other is not looked at.
fn in_half(part: BasicPart, credential: &str) -> String {
    match part {
        BasicPart::User => format!("{credential}:"),
        BasicPart::Password => format!(":{credential}"),
    }
}

/// A path with one more parameter in its query.
fn with_parameter(path: &str, name: &str, value: &str) -> String {
    let mut pair = form_urlencoded::Serializer::new(String::new());
    pair.append_pair(name, value);
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{}", pair.finish())
}

/// The credential as it was pasted; none where the route needs none. Without one the API says what is missing.
fn read_credential<'f>(target: &Target<'_>, pasted: Option<&'f str>) -> Result<Option<&'f str>, Phrase> {
    let pasted = pasted.map(str::trim).filter(|text| !text.is_empty() && !target.route.is_public());
    match pasted {
        Some(text) if text.len() > LONGEST_CREDENTIAL => Err(say("portal-trial-credential-long")),
        Some(text) if !text.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Err(say("portal-trial-credential-ascii"))
        }
        pasted => Ok(pasted),
    }
}

/// The query, written anew, so that nothing in it ends it.
fn read_query(text: &str) -> Result<String, Phrase> {
    let text = text.trim().trim_start_matches('?');
    if text.len() > LONGEST_QUERY {
        return Err(say("portal-trial-query-long"));
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(form_urlencoded::parse(text.as_bytes()));
    Ok(query.finish())
}

fn read_body(target: &Target<'_>, text: &str) -> Result<String, Phrase> {
    if !target.has_body() || text.trim().is_empty() {
        return Ok(String::new());
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(say("portal-trial-no-json").with("error", error)),
    }
}

fn curl(target: &Target<'_>, address: &str, way: &Way, body: &str) -> String {
    const VARIABLE: &str = "$API_KEY";
    let quoted = |text: &str| text.replace('\'', "'\\''");
    let mut text = format!("curl -i -X {} '{}'", target.method, quoted(address));
    match way {
        _ if target.route.is_public() => {}
        Way::Header { name, before } => {
            let header = in_title_case(name.as_str());
            text.push_str(&format!(" \\\n  -H \"{header}: {before}{VARIABLE}\""));
        }
        Way::Basic(part) => text.push_str(&format!(" \\\n  -u \"{}\"", in_half(*part, VARIABLE))),
        // The shell takes both pieces as one word.
        Way::Query(name) => {
            let joint = if address.contains('?') { '&' } else { '?' };
            text.push_str(&format!("\"{joint}{name}={VARIABLE}\""));
        }
    }
    if !body.is_empty() {
        let body = quoted(body);
        text.push_str(&format!(" \\\n  -H 'Content-Type: application/json' \\\n  --data '{body}'"));
    }
    text
}

#[cfg(test)]
#[path = "ask_tests.rs"]
mod tests;
