//! What the link of an invitation leads to: joining with a new account, or with the one that is there.

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{Call, Label, Pool};
use claviger_engine::{
    Invited, IssuedSession, MemberError, NewMember, NewPassword, Password, SessionError, SignIn, SignInError,
    SignedIn,
};
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::members::role_name;
use super::sign_in::{FormCookie, end_earlier, enter, origin, prove, refused};
use super::workspaces::PORTAL;
use crate::chrome::page;
use crate::complaints::Complaints;
use crate::error::{Answer, MEMBER_SECOND_FACTOR, PageError};
use crate::explain::{Explain, mistake};
use crate::fields::Fields;
use crate::notice::Notice;
use crate::permit::signed_in_member;
use crate::sent::Unproven;
use crate::state::{By, CallerAddress, PagesState};
use crate::words::{Phrase, say};

#[derive(Template)]
#[template(path = "portal/invitation.html")]
struct InvitationPage<'p> {
    token: &'p str,
    invitation: &'p str,
    workspace: &'p str,
    email: &'p str,
    role: Phrase,
    has_account: bool,
    /// Whether the reader is signed in as whom it was sent to, so that nothing has to be proved.
    is_invited: bool,
    name: &'p str,
    complaints: Complaints,
}

/// `GET /portal/invitation`
pub(crate) async fn show_invitation(
    State(state): State<PagesState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let text = query.get("token");
    let invited = state.engine.find_invited(text).await?;
    show(&state, &headers, &invited, (text, "", Complaints::default())).await
}

/// `POST /portal/invitation`. Whose address has an account proves that it is theirs; anyone else makes one.
pub(crate) async fn accept_invitation(
    State(state): State<PagesState>,
    address: Option<Extension<CallerAddress>>,
    By(call): By,
    headers: HeaderMap,
    form: Unproven,
) -> Answer {
    let fields = prove(&state, &headers, form)?;
    let text = fields.get("invitation");
    let invited = state.engine.find_invited(text).await?;
    let origin = origin(address, &headers);
    let again =
        async |complaints| show(&state, &headers, &invited, (text, fields.get("name"), complaints)).await;
    if let Some(who) = invited_reader(&state, &headers, &invited).await? {
        let workspace = state.engine.join(&who.by(call), text).await?;
        return Ok(Redirect::to(&home(&workspace.to_string())).into_response());
    }
    if invited.has_account {
        let wrong = |error: &SignInError| Complaints::one("password", error.explain());
        let Ok(password) = Password::typed(fields.get("password").to_owned()) else {
            return again(wrong(&SignInError::Wrong)).await;
        };
        let email = invited.invitation.email.clone();
        match state.engine.sign_in(SignIn { pool: Pool::Members, email, password, origin }).await {
            Ok(issued) => join(&state, (call, &headers), &issued, text).await,
            Err(SignInError::Failed(error)) => Err(SessionError::Failed(error).into()),
            Err(refusal) => {
                let (status, retry_after) = refused(&refusal);
                let mut response = again(wrong(&refusal)).await?;
                *response.status_mut() = status;
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                }
                Ok(response)
            }
        }
    } else {
        let (name, password) = match read_newcomer(&fields) {
            Ok(read) => read,
            Err(complaints) => return again(complaints).await,
        };
        let (issued, workspace) =
            state.engine.join_as_new(text, NewMember { name, password, origin }).await?;
        end_earlier(&state, call, &headers).await;
        Ok(welcome(&state, &issued, &workspace.to_string()))
    }
}

async fn join(
    state: &PagesState,
    (call, headers): (Call, &HeaderMap),
    issued: &IssuedSession,
    token: &str,
) -> Answer {
    let cookie = issued.cookie.expose().as_bytes();
    let who = state.engine.authenticate_session_in(Pool::Members, cookie).await?.by(call.clone());
    let workspace = match state.engine.join(&who, token).await {
        Ok(workspace) => workspace,
        Err(MemberError::SecondFactorDue(_)) => {
            end_earlier(state, call, headers).await;
            return Ok(enter(state, issued, &format!("{MEMBER_SECOND_FACTOR}?invitation={token}")));
        }
        Err(error) => {
            state.engine.sign_out(&who).await?;
            return Err(error.into());
        }
    };
    end_earlier(state, call, headers).await;
    Ok(welcome(state, issued, &workspace.to_string()))
}

fn welcome(state: &PagesState, issued: &IssuedSession, workspace: &str) -> Response {
    enter(state, issued, &home(workspace))
}

fn home(workspace: &str) -> String {
    format!("{PORTAL}/{workspace}?notice={}", Notice::MemberJoined.word())
}

/// Whoever is signed in, if the invitation was sent to them.
async fn invited_reader(
    state: &PagesState,
    headers: &HeaderMap,
    invited: &Invited,
) -> Result<Option<SignedIn>, PageError> {
    match signed_in_member(headers, state).await {
        Ok(who) => Ok(Some(who).filter(|who| who.account().email == invited.invitation.email)),
        Err(PageError::NoMember | PageError::MemberSecondFactorDue) => Ok(None),
        Err(error) => Err(error),
    }
}

fn read_newcomer(fields: &Fields) -> Result<(Option<String>, NewPassword), Complaints> {
    let mut wrong = Complaints::default();
    let name = fields.given("name").map(str::parse::<Label>).transpose();
    let name = wrong.take("name", name.map_err(|error| mistake(say("wrong-name"), &error)));
    let password = NewPassword::choose(fields.get("password").to_owned());
    let password = wrong.take("password", password.map_err(|error| mistake(say("wrong-password"), &error)));
    match (name, password) {
        (Some(name), Some(password)) => Ok((name.map(|name| name.as_str().to_owned()), password)),
        _ => Err(wrong),
    }
}

async fn show(
    state: &PagesState,
    headers: &HeaderMap,
    invited: &Invited,
    (text, name, complaints): (&str, &str, Complaints),
) -> Answer {
    let status = if complaints.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let cookie = FormCookie::of(state, headers);
    let token = cookie.token(state);
    let shown = InvitationPage {
        token: &token,
        invitation: text,
        workspace: &invited.workspace,
        email: invited.invitation.email.as_str(),
        role: role_name(invited.invitation.role),
        has_account: invited.has_account,
        is_invited: invited_reader(state, headers, invited).await?.is_some(),
        name,
        complaints,
    };
    Ok(cookie.keep(state, page(status, &shown)?))
}
