//! A request to a token endpoint, read by the names its contract gives to fields.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{Encoding, GrantKind, Param, Purpose, TokenEndpoint};

/// Why a body is not understood. No variant holds what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenRequestError {
    /// It is not of its declared encoding.
    #[error("the body is not {0}")]
    Form(&'static str),
    /// A field is no text, or where a truth value is wanted none of those.
    #[error("`{0}` is not of its type")]
    Type(String),
    /// A form's field stands there twice (RFC 6749 section 3.2). In JSON that is no object.
    #[error("`{0}` stands there twice")]
    Twice(String),
    /// A field that the endpoint does not know, where it refuses them.
    #[error("there is an unknown field")]
    Unknown,
    /// Nothing that can be traded in, or not all of it.
    #[error("no complete credential was sent")]
    NoCredential,
    /// Two credentials.
    #[error("more than one credential was sent")]
    TwoCredentials,
    /// A field that the endpoint needs is not there.
    #[error("`{0}` is missing")]
    Missing(String),
}

/// A request as the endpoint reads it. Most of its texts are secrets, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// What is traded in; none where nothing is.
    pub grant: Option<GrantKind>,
    fields: Vec<(Param, String)>,
}

impl TokenRequest {
    /// A field's text, if it was sent and is not empty. Only a session's name can be empty, in JSON: that is no name, but
    /// it is not left out either.
    pub fn get(&self, param: Param) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == param).map(|(_, text)| text.as_str())
    }
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest").field("grant", &self.grant).finish_non_exhaustive()
    }
}

/// What may come with any grant.
const COMPANIONS: [Param; 3] = [Param::Session, Param::Scope, Param::ClientSecret];

/// What may come with a password where a session begins.
const OF_SIGN_IN: [Param; 2] = [Param::Otp, Param::ReturnToken];

/// What an endpoint that trades nothing in reads.
const OF_TOKEN: [Param; 2] = [Param::Token, Param::TokenTypeHint];

impl TokenEndpoint {
    /// Reads a body. Which fields are there says what is traded in; a field without a value counts as left out
    /// (RFC 6749 section 3.2).
    ///
    /// # Errors
    /// When it is not of the encoding, or holds no credential or more than one.
    pub fn read_request(&self, encoding: Encoding, body: &[u8]) -> Result<TokenRequest, TokenRequestError> {
        let sent = Sent::parse(encoding, body)?;
        if self.refuses_unknown_fields && sent.names().any(|name| !self.knows(name)) {
            return Err(TokenRequestError::Unknown);
        }
        if self.purpose.issues() {
            let grant = self.choose(&sent)?;
            let more: &[Param] = if self.purpose == Purpose::SignIn { &OF_SIGN_IN } else { &[] };
            let params = grant.required().iter().chain(&COMPANIONS).chain(more);
            let fields = self.collect(&sent, Some(grant), params)?;
            Ok(TokenRequest { grant: Some(grant), fields })
        } else {
            let fields = self.collect(&sent, None, OF_TOKEN.iter())?;
            Ok(TokenRequest { grant: None, fields })
        }
    }

    /// The grant whose fields are all there. Of two, that with more of them, if it needs all that the other does.
    fn choose(&self, sent: &Sent) -> Result<GrantKind, TokenRequestError> {
        let mut best: Option<GrantKind> = None;
        for grant in self.grants.iter().map(|grant| grant.kind) {
            let mut complete = true;
            for name in self.names(grant, grant.required()) {
                complete &= sent.text(name)?.is_some();
            }
            let is_longer = best.is_none_or(|best| grant.required().len() > best.required().len());
            if complete && is_longer {
                best = Some(grant);
            }
        }
        let best = best.ok_or(TokenRequestError::NoCredential)?;
        let is_mine = |name: &str| {
            self.names(best, best.required()).chain(self.names(best, &COMPANIONS)).any(|mine| mine == name)
        };
        for other in self.grants.iter().map(|grant| grant.kind).filter(|kind| *kind != best) {
            for name in self.names(other, other.required()) {
                if !is_mine(name) && sent.text(name)?.is_some() {
                    return Err(TokenRequestError::TwoCredentials);
                }
            }
        }
        Ok(best)
    }

    fn names<'s>(&'s self, grant: GrantKind, params: &'s [Param]) -> impl Iterator<Item = &'s str> {
        params.iter().map(move |param| self.field_name(Some(grant), *param))
    }

    fn collect<'p>(
        &self,
        sent: &Sent,
        grant: Option<GrantKind>,
        params: impl Iterator<Item = &'p Param>,
    ) -> Result<Vec<(Param, String)>, TokenRequestError> {
        let mut fields = Vec::new();
        for param in params {
            let name = self.field_name(grant, *param);
            let found = match param {
                Param::ReturnToken => sent.flag(name)?,
                Param::Session => sent.given(name)?,
                _ => sent.text(name)?,
            };
            if let Some(text) = found {
                fields.push((*param, text.to_owned()));
            }
        }
        Ok(fields)
    }

    fn knows(&self, name: &str) -> bool {
        let grants = self.grants.iter().map(|grant| Some(grant.kind)).chain([None]);
        grants.flat_map(|grant| Param::ALL.iter().map(move |(_, param)| (grant, *param))).any(
            |(grant, param)| {
                self.field_name(grant, param).split('.').next().is_some_and(|first| first == name)
            },
        )
    }
}

/// A parsed body.
enum Sent {
    Json(Map<String, Value>),
    Form(Vec<(String, String)>),
}

impl Sent {
    fn parse(encoding: Encoding, body: &[u8]) -> Result<Self, TokenRequestError> {
        match encoding {
            Encoding::Json => serde_json::from_slice(body)
                .map(|Members(members)| Self::Json(members))
                .map_err(|_| TokenRequestError::Form("a JSON object")),
            Encoding::Form => {
                let text = std::str::from_utf8(body).map_err(|_| TokenRequestError::Form("a form"))?;
                let mut fields: Vec<(String, String)> = Vec::new();
                for part in text.split('&').filter(|part| !part.is_empty()) {
                    let (name, value) = part.split_once('=').unwrap_or((part, ""));
                    let bad = || TokenRequestError::Form("a form");
                    let name = decode(name).ok_or_else(bad)?;
                    if fields.iter().any(|(known, _)| *known == name) {
                        return Err(TokenRequestError::Twice(printable(&name)));
                    }
                    fields.push((name.into_owned(), decode(value).ok_or_else(bad)?.into_owned()));
                }
                Ok(Self::Form(fields))
            }
        }
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match self {
            Self::Json(object) => Box::new(object.keys().map(String::as_str)),
            Self::Form(fields) => Box::new(fields.iter().map(|(name, _)| name.as_str())),
        }
    }

    /// Whether something is said to be so: `true` as JSON or text; none for `false` and whatever is not there.
    fn flag(&self, path: &str) -> Result<Option<&str>, TokenRequestError> {
        let text = match self {
            Self::Json(object) => match object.get(path) {
                Some(Value::Bool(true)) => Some("true"),
                Some(Value::Bool(false)) => None,
                _ => self.text(path)?,
            },
            Self::Form(_) => self.text(path)?,
        };
        match text {
            None | Some("false") => Ok(None),
            Some("true") => Ok(Some("true")),
            Some(_) => Err(TokenRequestError::Type(path.to_owned())),
        }
    }

    /// The text at a path such as `outer.inner`; none when it is not there, null or empty.
    fn text(&self, path: &str) -> Result<Option<&str>, TokenRequestError> {
        Ok(self.given(path)?.filter(|text| !text.is_empty()))
    }

    /// The same, where an empty text in JSON was given and not left out. In a form it is left out (RFC 6749 section 3.2).
    fn given(&self, path: &str) -> Result<Option<&str>, TokenRequestError> {
        Ok(match self {
            Self::Form(fields) => {
                let field = fields.iter().find(|(name, text)| name == path && !text.is_empty());
                field.map(|(_, text)| text.as_str())
            }
            Self::Json(object) => {
                let mut steps = path.split('.');
                let first = steps.next().and_then(|name| object.get(name));
                match steps.fold(first, |value, name| value.and_then(|value| value.get(name))) {
                    None | Some(Value::Null) => None,
                    Some(Value::String(text)) => Some(text.as_str()),
                    Some(_) => return Err(TokenRequestError::Type(path.to_owned())),
                }
            }
        })
    }
}

/// The members of a JSON object, of which none stands there twice: nobody could say which one is meant.
struct Members(Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Members, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = entries.next_entry()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands there twice"));
            }
        }
        Ok(Members(members))
    }
}

/// A name that a caller made up, as far as it can be shown.
fn printable(name: &str) -> String {
    name.chars().filter(char::is_ascii_graphic).take(40).collect()
}

/// A form's text with its escapes undone (WHATWG URL section 5.1).
fn decode(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains(['%', '+']) {
        return Some(Cow::Borrowed(text));
    }
    unescape(&text.replace('+', " ")).map(Cow::Owned)
}

/// A text with its percent escapes undone; none when that is no UTF-8 or an escape is broken.
pub(crate) fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if *byte == b'%' {
            let (digits, after) = after.split_first_chunk::<2>()?;
            let digits =
                std::str::from_utf8(digits).ok().filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
