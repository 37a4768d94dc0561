//! The token with which an endpoint is asked: in the `Authorization` field, or in a form (RFC 6750 section 2).

use claviger_oauth::{ErrorCode, Parameters, Refusal};

use super::Asked;
use super::answer::Refused;
use super::scheme::Scheme;

/// A token as it was sent.
pub(super) struct SentToken {
    pub(super) text: String,
    pub(super) scheme: Scheme,
}

/// The parameter of RFC 6750 sections 2.2 and 2.3.
const ACCESS_TOKEN: &str = "access_token";

/// The token of a request, if it has one; `form` holds the parameters of its body.
///
/// # Errors
/// For two tokens, one in the query (RFC 9700 section 4.3.2), or an `Authorization` that is of no use here.
pub(super) fn find(asked: &Asked<'_>, form: Option<&Parameters>) -> Result<Option<SentToken>, Refused> {
    let bad = |detail: &'static str| Refused::from(Refusal::new(ErrorCode::InvalidRequest, detail));
    let query = asked.head.uri.query().unwrap_or_default();
    if query.split('&').any(|pair| pair.split('=').next() == Some(ACCESS_TOKEN)) {
        return Err(bad("a token must not stand in the address"));
    }
    let in_header = asked.authorization()?.map(parse).transpose().map_err(bad)?;
    let in_form = form.and_then(|form| form.get(ACCESS_TOKEN));
    match (in_header, in_form) {
        (Some(_), Some(_)) => Err(bad("a token is sent in more than one way")),
        (Some(token), None) => Ok(Some(token)),
        (None, Some(text)) => Ok(Some(SentToken { text: text.to_owned(), scheme: Scheme::Bearer })),
        (None, None) => Ok(None),
    }
}

/// The token in the value of an `Authorization` field.
pub(super) fn parse(field: &[u8]) -> Result<SentToken, &'static str> {
    let text = std::str::from_utf8(field).map_err(|_| "the Authorization field is no text")?;
    let (scheme, rest) = text.trim().split_once(' ').ok_or("the Authorization field holds no token")?;
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Scheme::Bearer,
        "dpop" => Scheme::Dpop,
        _ => return Err("the Authorization field needs the scheme Bearer or DPoP"),
    };
    Ok(SentToken { text: rest.trim_start().to_owned(), scheme })
}

/// That a token is missing.
pub(super) fn missing() -> Refused {
    let refusal = Refusal::new(ErrorCode::InvalidToken, "no token was sent");
    Refused::Token { error: refusal.into(), scheme: None }
}
