//! Members of a JSON object, typed. `null` counts as left out (RFC 7592 section 2.2).

use std::time::Duration;

use serde_json::{Map, Value};
use url::{Host, Url};

use super::invalid;
use crate::refusal::Refusal;
use crate::text::has_control;

/// The most elements of any array.
const MOST: usize = 50;
/// The longest URI in bytes.
const LONGEST_URI: usize = 2_000;
/// The longest time a member can say.
const LONGEST_TIME: u64 = 10 * 366 * 24 * 60 * 60;

/// The members of a client's metadata. Those that nobody asks for are ignored.
#[derive(Clone, Copy)]
pub(super) struct Members<'m>(pub(super) &'m Map<String, Value>);

impl<'m> Members<'m> {
    fn get(self, name: &str) -> Option<&'m Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A JSON object.
    pub(super) fn object(self, name: &str) -> Result<Option<&'m Map<String, Value>>, Refusal> {
        self.get(name).map(|value| value.as_object().ok_or_else(|| wrong(name, "an object"))).transpose()
    }

    /// A flag; false when left out.
    pub(super) fn flag(self, name: &str) -> Result<bool, Refusal> {
        self.get(name).map_or(Ok(false), |value| value.as_bool().ok_or_else(|| wrong(name, "true or false")))
    }

    /// Whole seconds.
    pub(super) fn seconds(self, name: &str) -> Result<Option<Duration>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let seconds = value.as_u64().filter(|seconds| *seconds <= LONGEST_TIME);
        seconds.map(|seconds| Some(Duration::from_secs(seconds))).ok_or_else(|| wrong(name, "whole seconds"))
    }

    /// A text that may be shown to people; an empty one counts as left out.
    pub(super) fn text(self, name: &str, max: usize) -> Result<Option<&'m str>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| wrong(name, "a text"))?;
        check_text(name, text, max)?;
        Ok(Some(text.trim()).filter(|text| !text.is_empty()))
    }

    /// An array of texts.
    pub(super) fn texts(self, name: &str, max: usize) -> Result<Option<Vec<&'m str>>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let texts = value.as_array().ok_or_else(|| wrong(name, "an array of texts"))?;
        if texts.len() > MOST {
            return Err(invalid(format!("`{name}` has more than {MOST} elements")));
        }
        let text = |value: &'m Value| {
            let text = value.as_str().ok_or_else(|| wrong(name, "an array of texts"))?;
            check_text(name, text, max)?;
            Ok(text)
        };
        texts.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// The address of a page, a picture or a key set: `https`, or `http` on this device.
    pub(super) fn address(self, name: &str) -> Result<Option<String>, Refusal> {
        let Some(text) = self.text(name, LONGEST_URI)? else { return Ok(None) };
        let is_good = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && Url::parse(text).is_ok_and(|url| is_address(&url));
        if is_good {
            return Ok(Some(text.to_owned()));
        }
        Err(wrong(name, "an absolute https URI without user, password and fragment"))
    }
}

fn check_text(name: &str, text: &str, max: usize) -> Result<(), Refusal> {
    if text.chars().count() > max {
        return Err(invalid(format!("`{name}` has more than {max} characters")));
    }
    // What turns the direction of writing can make one name look like another.
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if has_control(text) || text.contains(turns) {
        return Err(invalid(format!("`{name}` holds a character that it may not")));
    }
    Ok(())
}

fn is_address(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => return false,
    };
    (url.scheme() == "https" || url.scheme() == "http" && is_loopback)
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
}

/// The refusal of a member that is something else.
pub(super) fn wrong(name: &str, expected: &str) -> Refusal {
    invalid(format!("`{name}` must be {expected}"))
}
