//! One's own ways to sign in, an operator's or a member's: passkeys, an authenticator and its recovery codes.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect};
use claviger_engine::{AccountError, PasskeyCeremony, Plain, RecoveryCodes};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::complaints::Complaints;
use crate::enrolment::{Enrolment, WRONG_CODE};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::notice::Notice;
use crate::passkeys::{self, PasskeyRow};
use crate::path::Path;
use crate::permit::{KeysRead, Permit, Recent};
use crate::policy::Needs;
use crate::reader::Reader;
use crate::sent::Sent;
use crate::site::Site;
use crate::state::PagesState;
use crate::words::Phrase;

/// What authenticators call the account.
const ISSUER: &str = "Claviger";

#[derive(Template)]
#[template(path = "security.html")]
struct SecurityPage<'p> {
    chrome: Chrome<'p>,
    passkeys: Vec<PasskeyRow>,
    /// Where passkeys are added, and below which they are removed.
    passkeys_at: String,
    ceremony: Option<PasskeyCeremony>,
    has_totp: bool,
    recovery_codes: u32,
    complaints: Complaints,
}

#[derive(Template)]
#[template(path = "authenticator.html")]
struct AuthenticatorPage<'p> {
    chrome: Chrome<'p>,
    enrolment: Enrolment<'p>,
    complaints: Complaints,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct RecoveryCodesPage<'p> {
    chrome: Chrome<'p>,
    codes: Vec<&'p str>,
    /// Where "I have stored them" leads.
    next: String,
}

/// `GET …/security`
pub(crate) async fn show_security(
    State(state): State<PagesState>,
    RawQuery(query): RawQuery,
    site: Site,
    permit: Permit<KeysRead>,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let said = (Notice::read(&query), StatusCode::OK, Complaints::default());
    show(&state, (permit.reader(), &site), said).await
}

/// `POST …/security/passkeys`
pub(crate) async fn add_passkey(
    State(state): State<PagesState>,
    site: Site,
    sent: Sent<Recent<KeysRead>>,
) -> Answer {
    let reader = sent.permit.reader();
    let added = passkeys::add(&state.engine, reader.signed_in(), site.as_str(), &sent.fields).await?;
    told(&state, (reader, &site), (added, Notice::PasskeyAdded)).await
}

/// `POST …/security/passkeys/{id}/remove`
pub(crate) async fn remove_passkey(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    site: Site,
    sent: Sent<Recent<KeysRead>>,
) -> Answer {
    let reader = sent.permit.reader();
    let id = id.parse().map_err(|_| PageError::NoPage)?;
    let removed = passkeys::remove(&state.engine, reader.signed_in(), id).await?;
    told(&state, (reader, &site), (removed, Notice::PasskeyRemoved)).await
}

/// Back to the page, which says what was done; or the page with what is wrong.
async fn told(
    state: &PagesState,
    place: (&Reader, &Site),
    (sent, notice): (passkeys::Sent, Notice),
) -> Answer {
    match sent {
        passkeys::Sent::Done => Ok(Redirect::to(&address_of(place.0, notice)).into_response()),
        passkeys::Sent::Wrong(complaints) => {
            show(state, place, (None, StatusCode::UNPROCESSABLE_ENTITY, complaints)).await
        }
    }
}

/// `POST …/security/authenticator`
pub(crate) async fn begin(State(state): State<PagesState>, sent: Sent<Recent<KeysRead>>) -> Answer {
    let reader = sent.permit.reader();
    let enrolment = state.engine.begin_totp(reader.signed_in(), ISSUER).await?;
    let shown = Enrolment::of(enrolment.secret.expose(), enrolment.address.expose());
    show_enrolment(reader, shown, (StatusCode::OK, Complaints::default()))
}

/// `POST …/security/authenticator/confirm`. The secret comes along, so that after a slip of the finger the same
/// picture is there; what counts is the one that was kept.
pub(crate) async fn confirm(State(state): State<PagesState>, sent: Sent<KeysRead>) -> Answer {
    let (reader, fields) = (sent.permit.reader(), &sent.fields);
    match state.engine.confirm_totp(reader.signed_in(), fields.get("code").trim()).await {
        Ok(codes) => show_codes(reader, &codes),
        Err(AccountError::Wrong) => {
            let complaints = Complaints::one("code", WRONG_CODE);
            let shown = Enrolment::of(fields.get("secret"), fields.get("address"));
            show_enrolment(reader, shown, (StatusCode::UNPROCESSABLE_ENTITY, complaints))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST …/security/authenticator/remove`
pub(crate) async fn remove(
    State(state): State<PagesState>,
    site: Site,
    sent: Sent<Recent<KeysRead>>,
) -> Answer {
    let reader = sent.permit.reader();
    match state.engine.remove_totp(reader.signed_in(), sent.fields.get("code").trim()).await {
        Ok(()) => Ok(Redirect::to(&address_of(reader, Notice::AuthenticatorRemoved)).into_response()),
        Err(AccountError::Wrong) => {
            let complaints = Complaints::one("code", WRONG_CODE);
            show(&state, (reader, &site), (None, StatusCode::UNPROCESSABLE_ENTITY, complaints)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST …/security/recovery-codes`
pub(crate) async fn renew_codes(State(state): State<PagesState>, sent: Sent<Recent<KeysRead>>) -> Answer {
    let reader = sent.permit.reader();
    let codes = state.engine.renew_recovery_codes(reader.signed_in()).await?;
    show_codes(reader, &codes)
}

fn chrome(reader: &Reader) -> Chrome<'_> {
    Chrome::at(reader, Section::Security)
}

fn address_of(reader: &Reader, notice: Notice) -> String {
    format!("{}/security?notice={}", reader.base(), notice.word())
}

async fn show(
    state: &PagesState,
    (reader, site): (&Reader, &Site),
    (notice, status, complaints): (Option<Phrase>, StatusCode, Complaints),
) -> Answer {
    let (who, now) = (reader.signed_in(), state.engine.clock().now());
    let overview = state.engine.account_overview(who).await?;
    // Without a ceremony the page merely lacks one form.
    let ceremony = state.engine.begin_passkey(who, site.as_str()).await.ok();
    let needs = Needs::script(ceremony.is_some());
    let shown = SecurityPage {
        chrome: chrome(reader).saying(notice),
        passkeys: overview.passkeys.into_iter().map(|passkey| PasskeyRow::new(passkey, now)).collect(),
        passkeys_at: format!("{}/security/passkeys", reader.base()),
        ceremony,
        has_totp: overview.has_totp,
        recovery_codes: overview.recovery_codes,
        complaints,
    };
    Ok(needs.mark(page(status, &shown)?))
}

fn show_enrolment(
    reader: &Reader,
    enrolment: Enrolment<'_>,
    (status, complaints): (StatusCode, Complaints),
) -> Answer {
    page(status, &AuthenticatorPage { chrome: chrome(reader), enrolment, complaints })
}

fn show_codes(reader: &Reader, codes: &RecoveryCodes) -> Answer {
    let shown = RecoveryCodesPage {
        chrome: chrome(reader),
        codes: codes.0.iter().map(Plain::expose).collect(),
        next: address_of(reader, Notice::CodesStored),
    };
    page(StatusCode::OK, &shown)
}
