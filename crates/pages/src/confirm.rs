//! Asking somebody who signed in some time ago for the password or a passkey again, before a secret is shown or
//! something ends.
//!
//! The form that was sent comes back with a field for the password, so that nothing has to be typed twice.

use askama::Template;
use axum::response::{IntoResponse, Response};
use claviger_engine::{AccountError, PasskeyCeremony, Password};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use crate::chrome::{Chrome, page};
use crate::complaints::Complaints;
use crate::error::PageError;
use crate::explain::Explain;
use crate::fields::Fields;
use crate::policy::Needs;
use crate::reader::Reader;
use crate::site::Site;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// The field with the password, and those of a passkey. No other form has any of these names.
const FIELD: &str = "confirm_password";
const ANSWER: &str = "confirm_passkey_answer";
const STATE: &str = "confirm_passkey_state";

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage<'p> {
    chrome: Chrome<'p>,
    /// Where the form goes, which is where it came to.
    action: &'p str,
    /// What it said.
    fields: &'p [(String, String)],
    /// For those who have one.
    passkey: Option<PasskeyCeremony>,
    complaints: Complaints,
}

/// What somebody answered who was asked.
enum Proof {
    Password(String),
    /// An authenticator's answer, and what it is an answer to.
    Passkey(String, String),
}

impl Proof {
    /// Takes it out of a form; none where nobody was asked yet.
    fn take(fields: &mut Fields) -> Option<Self> {
        let (answer, state) = (fields.take(ANSWER), fields.take(STATE));
        let typed = fields.take(FIELD);
        match answer.filter(|answer| !answer.is_empty()) {
            Some(answer) => Some(Self::Passkey(answer, state.unwrap_or_default())),
            None => typed.map(Self::Password),
        }
    }

    /// The field that it stood in, and what is said where it is not right.
    const fn wrong(&self) -> (&'static str, Phrase) {
        match self {
            Self::Password(_) => (FIELD, say("confirm-not-password")),
            Self::Passkey(..) => ("form", say("confirm-not-passkey")),
        }
    }

    async fn check(&self, state: &PagesState, reader: &Reader, site: &Site) -> Result<(), AccountError> {
        let who = reader.signed_in();
        match self {
            Self::Password(typed) => match Password::typed(typed.clone()) {
                Ok(password) => state.engine.confirm_password(who, password).await,
                // Too long for anyone's password.
                Err(_) => Err(AccountError::Wrong),
            },
            Self::Passkey(answer, ceremony) => {
                state.engine.confirm_with_passkey(who, (site.as_str(), ceremony), answer).await
            }
        }
    }
}

/// The fields of the form, without the proof, once their sender is known anew.
///
/// # Errors
/// The page that asks, or says what is wrong.
pub(crate) async fn confirm(
    state: &PagesState,
    reader: &Reader,
    (action, site): (&str, &Site),
    mut fields: Fields,
) -> Result<Fields, Response> {
    let proof = Proof::take(&mut fields);
    if reader.signed_in().is_recent(state.engine.clock().now()) {
        return Ok(fields);
    }
    let (status, complaints, retry_after) = match &proof {
        None => (StatusCode::FORBIDDEN, Complaints::default(), None),
        Some(proof) => match proof.check(state, reader, site).await {
            Ok(()) => return Ok(fields),
            Err(error) => refusal(proof, error).map_err(IntoResponse::into_response)?,
        },
    };
    // Without a ceremony the page merely lacks one button.
    let passkey = state.engine.begin_passkey_confirmation(reader.signed_in(), site.as_str()).await.ok();
    let needs = Needs::script(passkey.is_some());
    let chrome = Chrome::about(reader, action);
    let shown = ConfirmPage { chrome, action, fields: fields.pairs(), passkey, complaints };
    let mut response = needs.mark(page(status, &shown).unwrap_or_else(IntoResponse::into_response));
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Err(response)
}

/// What the page says of a proof that is not good, and after how many seconds the next is heard; any other failure is a
/// page of its own.
fn refusal(proof: &Proof, error: AccountError) -> Result<(StatusCode, Complaints, Option<u64>), PageError> {
    let (field, wrong) = proof.wrong();
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    match &error {
        AccountError::Wrong => Ok((status, Complaints::one(field, wrong), None)),
        AccountError::Stale => {
            Ok((status, Complaints::one(field, say("account-took-too-long-please-try")), None))
        }
        AccountError::TooMany { retry_after } => {
            let complaints = Complaints::one(field, error.explain());
            Ok((StatusCode::TOO_MANY_REQUESTS, complaints, Some(retry_after.as_secs() + 1)))
        }
        _ => Err(error.into()),
    }
}
