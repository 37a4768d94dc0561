//! What a token endpoint answers when it succeeds.

use claviger_domain::Timestamp;
use http::StatusCode;
use serde_json::Map;

use crate::wire::template::{Node, Value, Values, Word, write_object};

/// How an absolute instant is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// `2026-03-05T12:00:00Z`.
    #[default]
    Seconds,
    /// `2026-03-05T12:00:00.000Z`, always with three digits.
    Milliseconds,
    /// Unix seconds.
    Unix,
    /// Unix milliseconds.
    UnixMilliseconds,
}

impl TimeFormat {
    fn write(self, at: Timestamp) -> Value<'static> {
        match self {
            Self::Seconds => Value::text(Timestamp::from_seconds(at.seconds()).to_string()),
            Self::Milliseconds => {
                let whole = Timestamp::from_seconds(at.seconds()).to_string();
                let millis = at.millis().rem_euclid(1_000);
                Value::text(format!("{}.{millis:03}Z", whole.trim_end_matches('Z')))
            }
            Self::Unix => Value::Number(at.seconds()),
            Self::UnixMilliseconds => Value::Number(at.millis()),
        }
    }
}

/// What a reply can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenWord {
    AccessToken,
    RefreshToken,
    IdToken,
    /// Seconds that are left.
    ExpiresIn,
    /// In the reply's time format.
    ExpiresAt,
    IssuedAt,
    Scope,
    Session,
}

impl Word for TokenWord {
    const ALL: &'static [(&'static str, Self)] = &[
        ("access_token", Self::AccessToken),
        ("refresh_token", Self::RefreshToken),
        ("id_token", Self::IdToken),
        ("expires_in", Self::ExpiresIn),
        ("expires_at", Self::ExpiresAt),
        ("issued_at", Self::IssuedAt),
        ("scope", Self::Scope),
        ("session", Self::Session),
    ];
}

/// What was issued, or one session of a list.
#[derive(Clone, Copy, Default)]
pub struct Issued<'i> {
    /// The access token.
    pub access_token: Option<&'i str>,
    /// The refresh token.
    pub refresh_token: Option<&'i str>,
    /// The ID token.
    pub id_token: Option<&'i str>,
    /// `Bearer` unless it is said.
    pub token_type: Option<&'i str>,
    /// What RFC 8693 section 2.2.1 calls `issued_token_type`, where it is due.
    pub issued_token_type: Option<&'i str>,
    /// When the access token or session ends.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
    /// Its scopes, separated by spaces.
    pub scope: Option<&'i str>,
    /// Its session's name.
    pub session: Option<&'i str>,
}

/// About as long as an answer is, in bytes, without its tokens and scopes.
const REST: usize = 160;

impl Issued<'_> {
    /// The body of RFC 6749 section 5.1 and RFC 8693 section 2.2.1.
    pub(crate) fn standard_reply(&self, now: Timestamp) -> String {
        let left = self.expires_at.map(|end| left_until(end, now));
        let members = [
            ("access_token", Value::optional(self.access_token)),
            ("token_type", Value::text(self.token_type.unwrap_or(BEARER))),
            ("expires_in", left.map_or(Value::Absent, Value::Number)),
            ("refresh_token", Value::optional(self.refresh_token)),
            ("id_token", Value::optional(self.id_token)),
            ("scope", Value::optional(self.scope)),
            ("issued_token_type", Value::optional(self.issued_token_type)),
        ];
        let texts = [self.access_token, self.refresh_token, self.id_token, self.scope];
        let mut body =
            String::with_capacity(REST + texts.iter().flatten().map(|text| text.len()).sum::<usize>());
        write_object(&members, &mut body);
        body
    }

    /// What the standards demand of an answer and its contract cannot know: a token that is bound to a key is none of
    /// the type that the contract shows, and whoever exchanges tokens must be told what it got.
    pub(crate) fn complete(&self, body: String) -> String {
        let is_bearer = self.token_type.is_none_or(|kind| kind.eq_ignore_ascii_case(BEARER));
        if is_bearer && self.issued_token_type.is_none() {
            return body;
        }
        match serde_json::from_str::<Map<String, serde_json::Value>>(&body) {
            Ok(mut object) => {
                if !is_bearer {
                    object.insert("token_type".to_owned(), self.token_type.into());
                }
                self.add_due(&mut object);
                serde_json::Value::Object(object).to_string()
            }
            Err(_) => body,
        }
    }

    fn add_due(&self, body: &mut Map<String, serde_json::Value>) {
        let kind = self.issued_token_type;
        body.extend(kind.map(|kind| ("issued_token_type".to_owned(), kind.into())));
    }
}

/// Whole seconds that are left, rounded down: a caller who plans by it is never late.
fn left_until(end: Timestamp, now: Timestamp) -> i64 {
    i64::try_from(end.since(now).as_secs()).unwrap_or(i64::MAX)
}

/// RFC 6750.
const BEARER: &str = "Bearer";

struct Moment<'i> {
    issued: &'i Issued<'i>,
    now: Timestamp,
    format: TimeFormat,
}

impl Values<TokenWord> for Moment<'_> {
    fn value(&self, word: TokenWord) -> Value<'_> {
        let Self { issued, now, format } = self;
        let at = |instant: Option<Timestamp>| instant.map_or(Value::Absent, |at| format.write(at));
        match word {
            TokenWord::AccessToken => Value::optional(issued.access_token),
            TokenWord::RefreshToken => Value::optional(issued.refresh_token),
            TokenWord::IdToken => Value::optional(issued.id_token),
            TokenWord::ExpiresIn => match issued.expires_at {
                Some(end) => Value::Number(left_until(end, *now)),
                None => Value::Absent,
            },
            TokenWord::ExpiresAt => at(issued.expires_at),
            TokenWord::IssuedAt => at(issued.issued_at),
            TokenWord::Scope => Value::optional(issued.scope),
            TokenWord::Session => Value::optional(issued.session),
        }
    }
}

/// The answer of an endpoint that succeeded.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Option<Node<TokenWord>>,
    /// The member that holds the list, where the body is one element of it.
    pub(crate) list: Option<String>,
    pub(crate) time: TimeFormat,
}

impl Reply {
    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The body as JSON; none when the answer has no body. A list takes all of `issued`, other bodies the first.
    pub fn render(&self, issued: &[Issued<'_>], now: Timestamp) -> Option<String> {
        let body = self.body.as_ref()?;
        let one = |issued: &Issued<'_>| body.render(&Moment { issued, now, format: self.time });
        Some(match &self.list {
            Some(name) => {
                let elements: Vec<String> = issued.iter().map(one).collect();
                let name = serde_json::Value::from(name.as_str());
                format!("{{{name}:[{}]}}", elements.join(","))
            }
            None => one(issued.first().unwrap_or(&Issued::default())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn issued() -> Issued<'static> {
        Issued {
            access_token: Some("a"),
            expires_at: Some(Timestamp::from_seconds(1_060)),
            ..Issued::default()
        }
    }

    #[test]
    fn what_was_not_issued_is_not_in_the_answer() {
        assert_eq!(
            issued().standard_reply(NOW),
            r#"{"access_token":"a","token_type":"Bearer","expires_in":60}"#
        );
    }

    #[test]
    fn a_bound_token_and_an_exchanged_one_say_so_whatever_the_contract_shows() {
        let shown = r#"{"access_token":"a","token_type":"bearer"}"#;
        assert_eq!(issued().complete(shown.to_owned()), shown);
        let bound = Issued { token_type: Some("DPoP"), ..issued() };
        assert_eq!(bound.complete(shown.to_owned()), r#"{"access_token":"a","token_type":"DPoP"}"#);
        let exchanged = Issued { token_type: Some("Bearer"), issued_token_type: Some("urn:x"), ..issued() };
        assert_eq!(
            exchanged.complete(shown.to_owned()),
            r#"{"access_token":"a","token_type":"bearer","issued_token_type":"urn:x"}"#
        );
    }
}
