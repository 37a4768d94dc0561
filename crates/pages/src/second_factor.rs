//! The second factor of operators and members: a code of the authenticator, or a recovery code.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_domain::{Call, Pool};
use claviger_engine::{AccountError, SessionError, SignedIn};
use http::{HeaderMap, StatusCode};

use crate::chrome::page;
use crate::complaints::Complaints;
use crate::cookie::Cookie;
use crate::enrolment::WRONG_CODE;
use crate::error::{
    Answer, CONSOLE, MEMBER_SECOND_FACTOR, MEMBER_SIGN_IN, PageError, SECOND_FACTOR, SIGN_IN,
};
use crate::fields::Fields;
use crate::sent::Unproven;
use crate::state::{By, PagesState};

/// The longest token of an invitation that is carried along; more is nobody's.
const LONGEST_TOKEN: usize = 80;

/// Whose second step it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Console,
    Portal,
}

impl Gate {
    const fn cookie(self) -> Cookie {
        match self {
            Self::Console => Cookie::Session,
            Self::Portal => Cookie::MemberSession,
        }
    }

    const fn pool(self) -> Pool {
        match self {
            Self::Console => Pool::Instance,
            Self::Portal => Pool::Members,
        }
    }

    /// Where the form goes, and where somebody else signs in.
    const fn addresses(self) -> (&'static str, &'static str) {
        match self {
            Self::Console => (SECOND_FACTOR, SIGN_IN),
            Self::Portal => (MEMBER_SECOND_FACTOR, MEMBER_SIGN_IN),
        }
    }

    /// Where somebody goes who is wholly signed in: to the invitation that they came from, if to any.
    fn home(self, invitation: &str) -> String {
        let is_token = invitation.len() <= LONGEST_TOKEN
            && invitation.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match self {
            Self::Console => CONSOLE.to_owned(),
            Self::Portal if is_token && !invitation.is_empty() => {
                format!("/portal/invitation?token={invitation}")
            }
            Self::Portal => "/portal".to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SecondFactorPage<'p> {
    action: &'static str,
    sign_in: &'static str,
    token: &'p str,
    email: &'p str,
    invitation: &'p str,
    complaints: Complaints,
}

/// `GET /console/second-factor`
pub(crate) async fn show_second_factor(
    state: State<PagesState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Answer {
    show(Gate::Console, &state, &headers, query).await
}

/// `POST /console/second-factor`
pub(crate) async fn prove(
    state: State<PagesState>,
    By(call): By,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    check(Gate::Console, &state, (call, &headers), form).await
}

/// `GET /portal/second-factor`
pub(crate) async fn show_member_second_factor(
    state: State<PagesState>,
    headers: HeaderMap,
    query: RawQuery,
) -> Answer {
    show(Gate::Portal, &state, &headers, query).await
}

/// `POST /portal/second-factor`
pub(crate) async fn prove_member(
    state: State<PagesState>,
    By(call): By,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    check(Gate::Portal, &state, (call, &headers), form).await
}

async fn show(gate: Gate, state: &PagesState, headers: &HeaderMap, RawQuery(query): RawQuery) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let who = halfway(gate, state, headers).await?;
    if !who.awaits_second_factor() {
        return Ok(Redirect::to(&gate.home(query.get("invitation"))).into_response());
    }
    show_form(gate, &who, query.get("invitation"), (StatusCode::OK, Complaints::default()))
}

async fn check(
    gate: Gate,
    state: &PagesState,
    (call, headers): (Call, &HeaderMap),
    form: Unproven,
) -> Answer {
    let who = halfway(gate, state, headers).await?.by(call);
    let fields = form.prove(who.form_token())?;
    let invitation = fields.get("invitation");
    match state.engine.prove_second_factor(&who, fields.get("code").trim()).await {
        // Sent twice, it was good the first time.
        Ok(()) | Err(AccountError::Conflict) => Ok(Redirect::to(&gate.home(invitation)).into_response()),
        Err(AccountError::Wrong) => {
            let complaints = Complaints::one("code", WRONG_CODE);
            show_form(gate, &who, invitation, (StatusCode::UNPROCESSABLE_ENTITY, complaints))
        }
        Err(error) => Err(error.into()),
    }
}

/// Who is signed in, whether or not a second factor is still due.
async fn halfway(gate: Gate, state: &PagesState, headers: &HeaderMap) -> Result<SignedIn, PageError> {
    let ended = |error| match (gate, error) {
        (Gate::Portal, SessionError::Ended) => PageError::NoMember,
        (_, error) => error.into(),
    };
    let cookie = gate.cookie().read(headers, state.is_secure).ok_or_else(|| ended(SessionError::Ended))?;
    state.engine.authenticate_session_in(gate.pool(), cookie.as_bytes()).await.map_err(ended)
}

fn show_form(
    gate: Gate,
    who: &SignedIn,
    invitation: &str,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    let (action, sign_in) = gate.addresses();
    let (token, email) = (who.form_token().expose(), who.account().email.as_str());
    page(status, &SecondFactorPage { action, sign_in, token, email, invitation, complaints })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_an_invitation_leads_anywhere_but_home() {
        assert_eq!(Gate::Portal.home("clv_join_1a"), "/portal/invitation?token=clv_join_1a");
        for other in ["", "a&b=c", "//evil.example", &"x".repeat(81)] {
            assert_eq!(Gate::Portal.home(other), "/portal", "{other}");
        }
        assert_eq!(Gate::Console.home("clv_join_1a"), "/console");
    }
}
