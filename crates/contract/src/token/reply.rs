//! What a token endpoint answers when it succeeds.

use claviger_domain::Timestamp;
use http::StatusCode;

use crate::wire::template::{Node, Value, Values, Word};

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
    /// When the access token or session ends.
    pub expires_at: Option<Timestamp>,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
    /// Its scopes, separated by spaces.
    pub scope: Option<&'i str>,
    /// Its session's name.
    pub session: Option<&'i str>,
}

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
                // Rounded down: a caller who plans by it is never late.
                Some(end) => Value::Number(i64::try_from(end.since(*now).as_secs()).unwrap_or(i64::MAX)),
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
