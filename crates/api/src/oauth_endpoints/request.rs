//! Bodies of requests for OAuth endpoints: parameters in a form, or in JSON where the contract reads it.

use bytes::Bytes;
use claviger_contract::{Encoding, TokenEndpoint};
use claviger_oauth::{ErrorCode, Parameters, ParametersError, Refusal};
use serde_json::{Map, Value};

use super::answer::Refused;
use super::{Asked, SentBody};
use crate::token_endpoints::body::{Declared, collect, declared};

/// The parameters of a body, under their names in the standards. A query is not looked at (RFC 6749 section 3.2).
///
/// # Errors
/// When it is of no encoding that is read here, or its parameters are not good.
pub(super) async fn parameters(asked: &Asked<'_>, body: impl SentBody) -> Result<Parameters, Refused> {
    let encodings = &asked.endpoint.encodings;
    let encoding = match declared(asked.head) {
        // The form is what the standards have, so no contract can take it away.
        Declared::Known(Encoding::Form) => Encoding::Form,
        Declared::Known(Encoding::Json) if encodings.contains(&Encoding::Json) => Encoding::Json,
        Declared::Nothing => encodings.first().copied().unwrap_or(Encoding::Form),
        Declared::Known(Encoding::Json) | Declared::Other => return Err(unread()),
    };
    let bytes = collect(body).await.map_err(Refused::Fault)?;
    parse(asked.endpoint, encoding, &bytes).map_err(|error| Refusal::from(error).into())
}

fn parse(endpoint: &TokenEndpoint, encoding: Encoding, bytes: &[u8]) -> Result<Parameters, ParametersError> {
    let sent = match encoding {
        Encoding::Form => Parameters::from_form(bytes)?,
        Encoding::Json if !endpoint.has_own_names() => Parameters::from_json(bytes)?,
        Encoding::Json => match serde_json::from_slice::<Map<String, Value>>(bytes) {
            Ok(object) => {
                Parameters::from_json(Value::from(endpoint.flattened(object)).to_string().as_bytes())?
            }
            Err(_) => return Err(ParametersError::Form("a JSON object")),
        },
    };
    if !endpoint.has_own_names() {
        return Ok(sent);
    }
    let renamed = endpoint.in_standard_names(sent.pairs().to_vec());
    renamed.map(Parameters::from_pairs).map_err(|name| ParametersError::Twice(name.to_owned()))
}

/// A body that is a JSON object.
///
/// # Errors
/// When it is declared as something else, or is none.
pub(super) async fn object(asked: &Asked<'_>, body: impl SentBody) -> Result<Map<String, Value>, Refused> {
    if declared(asked.head) != Declared::Known(Encoding::Json) {
        return Err(unread());
    }
    let bytes: Bytes = collect(body).await.map_err(Refused::Fault)?;
    let object = serde_json::from_slice(&bytes);
    object.map_err(|_| Refusal::new(ErrorCode::InvalidRequest, "the body is not a JSON object").into())
}

/// A parameter that must be there.
pub(super) fn need<'p>(parameters: &'p Parameters, name: &str) -> Result<&'p str, Refusal> {
    let missing = || Refusal::new(ErrorCode::InvalidRequest, format!("`{name}` is missing"));
    parameters.get(name).ok_or_else(missing)
}

fn unread() -> Refused {
    Refusal::new(ErrorCode::InvalidRequest, "the body is declared as what is not read here").into()
}
