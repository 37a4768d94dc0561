//! What came of a trial, for people.

use http::StatusCode;

use crate::reader::Reader;
use crate::refusals::{CheckRow, check_row, every_check_passed};
use crate::state::PagesState;
use crate::trials::Tried;
use crate::words::say;

/// What was sent, as far as its outcome needs it.
pub(super) struct Sending<'s> {
    /// The credential, as it was pasted and as it was written into the request: an answer may repeat either.
    pub(super) credential: [Option<&'s str>; 2],
    /// Whether the route needs none.
    pub(super) is_public: bool,
    /// The same as a command.
    pub(super) curl: String,
}

/// An answer with what was checked on the way to it.
pub(super) struct Outcome {
    pub(super) status: u16,
    /// What the status is called.
    pub(super) phrase: &'static str,
    /// The colour of its badge; the status says the same.
    pub(super) tone: &'static str,
    pub(super) millis: u128,
    pub(super) request_id: String,
    pub(super) headers: Vec<(String, String)>,
    /// The body's text; none where it is no text.
    pub(super) body: Option<String>,
    pub(super) bytes: usize,
    pub(super) is_cut: bool,
    /// The checks, as far as the reader may know of them.
    pub(super) checks: Vec<CheckRow>,
    /// The credential's id and its environment, where it is one of the reader's workspace.
    pub(super) credential: Option<(String, &'static str)>,
    /// Where the refusal is explained.
    pub(super) explanation: Option<String>,
    pub(super) is_public: bool,
    pub(super) curl: String,
}

impl Outcome {
    /// The answer, as far as this reader may know of it.
    pub(super) fn of(state: &PagesState, reader: &Reader, sent: Sending<'_>, tried: &Tried) -> Self {
        let actor = reader.actor();
        let own = tried.principal.as_ref().filter(|principal| actor.reaches(principal.workspace));
        let refused = state.engine.explain_refusal_for(&actor, &tried.request_id);
        let checks = match (&refused, own) {
            (Some(refused), _) => refused.checks.iter().map(check_row).collect(),
            (None, Some(_)) => every_check_passed(),
            (None, None) => Vec::new(),
        };
        // What stands where an answer repeats the credential.
        let hidden = say("portal-trial-hidden").to_string();
        let hide = |text: &str| {
            let all = sent.credential.iter().flatten();
            all.fold(text.to_owned(), |text, credential| text.replace(credential, &hidden))
        };
        let shown = |value: &[u8]| hide(&String::from_utf8_lossy(value));
        let headers = tried.headers.iter();
        Self {
            status: tried.status.as_u16(),
            phrase: tried.status.canonical_reason().unwrap_or_default(),
            tone: tone(tried.status),
            millis: tried.took.as_millis(),
            request_id: tried.request_id.clone(),
            headers: headers.map(|(name, value)| (name.to_string(), shown(value.as_bytes()))).collect(),
            body: text(tried).map(|text| hide(&text)),
            bytes: tried.body.len(),
            is_cut: tried.is_cut,
            checks,
            credential: own
                .map(|principal| (principal.credential.to_string(), principal.environment.as_str())),
            explanation: refused.map(|_| format!("{}/refusals?request={}", reader.base(), tried.request_id)),
            is_public: sent.is_public,
            curl: sent.curl,
        }
    }
}

fn tone(status: StatusCode) -> &'static str {
    match status {
        _ if status.is_success() => "good",
        _ if status.is_client_error() || status.is_server_error() => "over",
        _ => "rest",
    }
}

/// The body as text, JSON with lines. What was cut may end within a letter.
fn text(tried: &Tried) -> Option<String> {
    let text = match std::str::from_utf8(&tried.body) {
        Ok(text) => text,
        Err(error) if tried.is_cut && error.error_len().is_none() => {
            std::str::from_utf8(tried.body.get(..error.valid_up_to())?).ok()?
        }
        Err(_) => return None,
    };
    let parsed = serde_json::from_str::<serde_json::Value>(text).ok();
    let pretty = parsed.and_then(|value| serde_json::to_string_pretty(&value).ok());
    Some(pretty.unwrap_or_else(|| text.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use http::HeaderMap;

    use super::*;

    fn shown(body: &'static [u8], is_cut: bool) -> Option<String> {
        text(&Tried {
            request_id: "req_1".to_owned(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body),
            is_cut,
            principal: None,
            took: Duration::ZERO,
        })
    }

    #[test]
    fn a_body_is_shown_where_it_is_text() {
        assert_eq!(shown(b"{\"a\":1}", false).unwrap(), "{\n  \"a\": 1\n}");
        assert_eq!(shown(b"<p>hello", false).unwrap(), "<p>hello");
        assert_eq!(shown(b"\xff\x00", false), None);
        assert_eq!(shown("aé".as_bytes().get(..2).unwrap(), true).unwrap(), "a");
        assert_eq!(shown("aé".as_bytes().get(..2).unwrap(), false), None);
    }
}
