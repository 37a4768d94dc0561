//! Where a request may carry its credential, and finding it there.

use std::borrow::Cow;

use claviger_domain::{CredentialKind, KeyFormat, KeyShape, KindSet, Presented};
use data_encoding::BASE64;
use http::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue};

use super::query;

/// Which half of a Basic credential (RFC 7617) is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasicPart {
    /// The user name; the password is not looked at.
    User,
    /// The password; the user name is not looked at.
    Password,
}

/// A spot in a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spot {
    /// `Authorization: Bearer …` (RFC 6750 section 2.1), or `DPoP …` for a token that is bound to a key (RFC 9449
    /// section 7.1).
    Bearer,
    /// `Authorization: Basic …` (RFC 7617).
    Basic(BasicPart),
    /// A header of its own.
    Header {
        /// The header.
        name: HeaderName,
        /// The word a value must begin with, where one is needed, such as `ApiKey`.
        scheme: Option<String>,
        /// Whether a `Bearer` that callers put in front by habit is taken off.
        bearer_allowed: bool,
    },
    /// A cookie.
    Cookie(String),
    /// A query parameter. Logs keep those, so a contract has to ask for it.
    Query(String),
}

/// A spot with the kinds of credential it carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it is.
    pub spot: Spot,
    /// What it carries.
    pub kinds: KindSet,
    /// How messages name it, such as "an API key in the `apikey` header".
    pub title: String,
}

impl Place {
    /// Whether the credential stands in this header.
    pub fn is_in(&self, header: &HeaderName) -> bool {
        match &self.spot {
            Spot::Bearer | Spot::Basic(_) => *header == AUTHORIZATION,
            Spot::Header { name, .. } => header == name,
            Spot::Cookie(_) => *header == COOKIE,
            Spot::Query(_) => false,
        }
    }
}

/// What was found, as long as the request lives.
#[derive(Clone)]
pub(crate) enum Found<'r> {
    Nothing,
    Text {
        bytes: Cow<'r, [u8]>,
        kinds: KindSet,
        /// Whether only cookies hold it, which a browser adds to requests of other sites, too.
        is_ambient: bool,
    },
    Multiple,
    InQuery,
    /// A cookie that another site may have made a browser send.
    CrossSite,
}

impl<'r> Found<'r> {
    pub(crate) fn presented(&self) -> Presented<'_> {
        match self {
            Self::Nothing => Presented::Nothing,
            Self::Text { bytes, kinds, .. } => Presented::Text { bytes, kinds: *kinds },
            Self::Multiple => Presented::Multiple,
            Self::InQuery => Presented::InQuery,
            Self::CrossSite => Presented::CrossSite,
        }
    }

    /// One more find: the same text again widens what it may be, another text is one too many.
    fn add(&mut self, text: Cow<'r, [u8]>, place: &Place) {
        let (more, in_cookie) = (place.kinds, matches!(place.spot, Spot::Cookie(_)));
        if text.is_empty() {
            return;
        }
        match self {
            Self::Nothing => *self = Self::Text { bytes: text, kinds: more, is_ambient: in_cookie },
            Self::Text { bytes, kinds, is_ambient } if *bytes == text => {
                *is_ambient &= in_cookie;
                *kinds = CredentialKind::ALL
                    .into_iter()
                    .filter(|k| kinds.contains(*k) || more.contains(*k))
                    .collect();
            }
            Self::Text { .. } => *self = Self::Multiple,
            Self::Multiple | Self::InQuery | Self::CrossSite => {}
        }
    }
}

/// All places of a contract and what betrays a credential in the query.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    pub(crate) list: Vec<Place>,
    /// What keys start with.
    pub(crate) prefixes: Vec<std::sync::Arc<str>>,
    /// Whether some keys are bare UUIDs.
    pub(crate) bare_uuids: bool,
}

impl Places {
    pub(crate) fn new(list: Vec<Place>, formats: &[KeyFormat]) -> Self {
        let prefixes = formats.iter().filter(|f| !f.prefix.is_empty()).map(|f| f.prefix.clone()).collect();
        let bare_uuids = formats.iter().any(|f| f.shape == KeyShape::Uuid && f.prefix.is_empty());
        Self { list, prefixes, bare_uuids }
    }

    pub(crate) fn find<'r>(&self, headers: &'r HeaderMap, query: Option<&'r str>) -> Found<'r> {
        let mut found = Found::Nothing;
        for place in &self.list {
            match &place.spot {
                Spot::Query(name) => {
                    for (_, value) in
                        query::pairs(query.unwrap_or_default()).filter(|(n, _)| query::is(n, name))
                    {
                        found.add(query::decode(value), place);
                    }
                }
                spot => {
                    let values = match spot {
                        Spot::Header { name, .. } => headers.get_all(name),
                        Spot::Cookie(_) => headers.get_all(COOKIE),
                        _ => headers.get_all(AUTHORIZATION),
                    };
                    for value in values {
                        add_from_header(&mut found, place, value);
                    }
                }
            }
        }
        match query {
            Some(query) if self.betrays(query) => Found::InQuery,
            _ => found,
        }
    }

    /// Whether a credential stands where bearer tokens do, but in the scheme of tokens that are bound to a key.
    pub(crate) fn is_bound(&self, headers: &HeaderMap) -> bool {
        let is_dpop = |value: &HeaderValue| after_scheme(value.as_bytes().trim_ascii(), "dpop").is_some();
        self.list.iter().any(|place| place.spot == Spot::Bearer)
            && headers.get_all(AUTHORIZATION).iter().any(is_dpop)
    }

    /// Whether a credential stands in the query where none may.
    fn betrays(&self, text: &str) -> bool {
        let allowed =
            |name: &str| self.list.iter().any(|p| matches!(&p.spot, Spot::Query(n) if query::is(name, n)));
        query::pairs(text).filter(|(name, _)| !allowed(name)).any(|(name, value)| {
            let named = |known: &[&str]| known.iter().any(|k| query::is(name, k));
            // RFC 6750 section 2.3 gives `access_token` this meaning whatever its value.
            (named(&["access_token"]) && !value.is_empty())
                || self.prefixes.iter().any(|prefix| query::starts_with(value, prefix.as_bytes()))
                || (self.bare_uuids
                    && named(&["api_key", "apikey", "key", "token"])
                    && is_uuid(&query::decode(value)))
        })
    }

    /// The places that carry one of `kinds`, in words: "an API key in …, or a bearer token".
    pub(crate) fn wanted(&self, kinds: KindSet) -> String {
        let carries = |place: &&Place| place.kinds.iter().any(|kind| kinds.contains(kind));
        let titles: Vec<&str> = self.list.iter().filter(carries).map(|p| p.title.as_str()).collect();
        titles.join(" or ")
    }
}

fn add_from_header<'r>(found: &mut Found<'r>, place: &Place, value: &'r HeaderValue) {
    let bytes = value.as_bytes().trim_ascii();
    match &place.spot {
        Spot::Bearer => {
            if let Some(text) = after_scheme(bytes, "bearer").or_else(|| after_scheme(bytes, "dpop")) {
                found.add(Cow::Borrowed(text), place);
            }
        }
        Spot::Basic(part) => {
            if let Some(text) = after_scheme(bytes, "basic") {
                found.add(basic_part(text, *part), place);
            }
        }
        Spot::Header { scheme: Some(scheme), .. } => {
            if let Some(text) = after_scheme(bytes, scheme) {
                found.add(Cow::Borrowed(text), place);
            }
        }
        Spot::Header { bearer_allowed, .. } => {
            let bare = if *bearer_allowed { after_scheme(bytes, "bearer") } else { None };
            found.add(Cow::Borrowed(bare.unwrap_or(bytes)), place);
        }
        Spot::Cookie(name) => {
            for text in cookies(bytes).filter(|(n, _)| *n == name.as_bytes()).map(|(_, text)| text) {
                found.add(Cow::Borrowed(text), place);
            }
        }
        Spot::Query(_) => {}
    }
}

/// What follows a scheme, which is case-insensitive (RFC 9110 section 11.1), if the value has that scheme.
pub(crate) fn after_scheme<'v>(value: &'v [u8], scheme: &str) -> Option<&'v [u8]> {
    let (word, rest) = value.split_at_checked(scheme.len())?;
    let matches = word.eq_ignore_ascii_case(scheme.as_bytes());
    match rest.first() {
        None if matches => Some(rest),
        Some(b' ' | b'\t') if matches => Some(rest.trim_ascii()),
        _ => None,
    }
}

/// A Basic credential that is not what RFC 7617 says is handed on as it is: it will be nobody's.
fn basic_part(text: &[u8], part: BasicPart) -> Cow<'_, [u8]> {
    let Ok(mut decoded) = BASE64.decode(text) else { return Cow::Borrowed(text) };
    match decoded.iter().position(|b| *b == b':') {
        Some(colon) => match part {
            BasicPart::User => decoded.truncate(colon),
            BasicPart::Password => {
                decoded.drain(..=colon);
            }
        },
        None if part == BasicPart::Password => return Cow::Borrowed(text),
        None => {}
    }
    Cow::Owned(decoded)
}

/// The pairs of a Cookie header (RFC 6265 section 4.2), without the quotes a value may have.
pub(crate) fn cookies(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    header.split(|b| *b == b';').filter_map(|pair| {
        let eq = pair.iter().position(|b| *b == b'=')?;
        let (name, value) = pair.split_at_checked(eq)?;
        let value = value.strip_prefix(b"=")?.trim_ascii();
        let bare = value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\"")).unwrap_or(value);
        Some((name.trim_ascii(), bare))
    })
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
#[path = "place_tests.rs"]
mod tests;
