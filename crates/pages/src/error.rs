//! Refusals as pages. A fault's cause is logged once, with the request's id, and never shown.

use std::sync::Arc;

use askama::Template;
use axum::response::{Html, IntoResponse, Redirect, Response};
use claviger_domain::ErrorKind;
use claviger_engine::{
    AccessError, AccountError, AuditError, ClientError, CreditError, FamilyError, FindingError, KeyError,
    MemberError, OAuthError, SandboxError, SessionError, SetupError, SignInsError, SigningKeyError,
    TestClockError, TrialError, UsageError, UserError, WebhookError, WorkspaceError,
};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use crate::contract_files::ContractFilesError;
use crate::explain::Explain;
use crate::words::{Phrase, say};

/// What handlers answer.
pub(crate) type Answer = Result<Response, PageError>;

/// Where signing in leads. Never an address from a parameter.
pub(crate) const CONSOLE: &str = "/console";

/// Where whoever has signed in by half is sent.
pub(crate) const SECOND_FACTOR: &str = "/console/second-factor";

/// Where whoever is not signed in is sent.
pub(crate) const SIGN_IN: &str = "/console/sign-in";

/// Where the first operator is made.
pub(crate) const SETUP: &str = "/console/setup";

/// Where whoever is not signed in to the portal is sent.
pub(crate) const MEMBER_SIGN_IN: &str = "/portal/sign-in";

/// Where a member goes whose second factor is due.
pub(crate) const MEMBER_SECOND_FACTOR: &str = "/portal/second-factor";

/// Why a page is not shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PageError {
    /// There is nothing at this address.
    #[error("there is nothing at this address")]
    NoPage,
    /// The address is right, the method is not.
    #[error("this address cannot be used that way")]
    Method,
    /// A parameter of the address is not what it should be.
    #[error("the address has a {0} that cannot be read")]
    Parameter(&'static str),
    /// A form was not sent by one of our pages, or by one of another session.
    #[error("the form is out of date; go back, reload the page and send it again")]
    Forged,
    /// A form was not sent as a form, or is too large.
    #[error("the form cannot be read")]
    BadForm,
    /// More things were ticked than one form acts on.
    #[error("no more than 200 can be changed at once")]
    TooManyAtOnce,
    /// The permit is missing.
    #[error("your account may not do this")]
    NotAllowed,
    /// Nobody is signed in to the portal.
    #[error("sign in to the portal first")]
    NoMember,
    /// A member has signed in by half.
    #[error("the second step of signing in is due")]
    MemberSecondFactorDue,
    /// A use case refused or failed.
    #[error(transparent)]
    Member(#[from] MemberError),
    /// A use case refused or failed.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A use case refused or failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A use case refused or failed.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A use case refused or failed.
    #[error(transparent)]
    Webhook(#[from] WebhookError),
    /// A use case refused or failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A use case refused or failed.
    #[error(transparent)]
    User(#[from] UserError),
    /// A use case refused or failed.
    #[error(transparent)]
    OAuth(#[from] OAuthError),
    /// A use case refused or failed.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A use case refused or failed.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// A use case refused or failed.
    #[error(transparent)]
    SignIns(#[from] SignInsError),
    /// A use case refused or failed.
    #[error(transparent)]
    Family(#[from] FamilyError),
    /// A use case refused or failed.
    #[error(transparent)]
    SigningKey(#[from] SigningKeyError),
    /// A use case refused or failed.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// A use case refused or failed.
    #[error(transparent)]
    TestClock(#[from] TestClockError),
    /// A use case refused or failed.
    #[error(transparent)]
    Finding(#[from] FindingError),
    /// A use case refused or failed.
    #[error(transparent)]
    Credit(#[from] CreditError),
    /// A use case refused.
    #[error(transparent)]
    Trial(#[from] TrialError),
    /// A use case refused or failed.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A use case refused or failed.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The files of contracts cannot be compared or loaded.
    #[error(transparent)]
    ContractFiles(#[from] ContractFilesError),
    /// A part below failed.
    #[error(transparent)]
    Engine(#[from] claviger_engine::Error),
    /// Nobody is signed in, or a part below failed.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A template failed.
    #[error("a page could not be rendered")]
    Template(#[from] askama::Error),
}

impl PageError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoPage => ErrorKind::NotFound,
            Self::Method | Self::Parameter(_) | Self::BadForm | Self::TooManyAtOnce => {
                ErrorKind::InvalidRequest
            }
            Self::Forged | Self::NotAllowed => ErrorKind::Forbidden,
            Self::NoMember | Self::MemberSecondFactorDue => ErrorKind::Unauthenticated,
            Self::Member(error) => error.kind(),
            Self::Audit(error) => error.kind(),
            Self::Key(error) => error.kind(),
            Self::Workspace(error) => error.kind(),
            Self::Webhook(error) => error.kind(),
            Self::Client(error) => error.kind(),
            Self::User(error) => error.kind(),
            Self::OAuth(error) => error.kind(),
            Self::Access(error) => error.kind(),
            Self::Usage(error) => error.kind(),
            Self::SignIns(error) => error.kind(),
            Self::Family(error) => error.kind(),
            Self::SigningKey(error) => error.kind(),
            Self::Finding(error) => error.kind(),
            Self::Credit(error) => error.kind(),
            Self::Trial(error) => error.kind(),
            Self::TestClock(error) => error.kind(),
            Self::Sandbox(error) => error.kind(),
            Self::Setup(error) => error.kind(),
            Self::ContractFiles(error) => error.kind(),
            Self::Engine(error) => error.kind(),
            Self::Session(error) => error.kind(),
            // Never 401, which would demand a scheme of HTTP authentication.
            Self::Account(error) => match error.kind() {
                ErrorKind::Unauthenticated => ErrorKind::InvalidRequest,
                kind => kind,
            },
            Self::Template(_) => ErrorKind::Internal,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            _ => StatusCode::from_u16(self.kind().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// Whether it is ours: something that is needed does not answer, or broke.
    pub(crate) fn is_fault(&self) -> bool {
        self.kind().is_fault()
    }

    /// What is told of it: nothing of what lies within.
    pub(crate) fn in_words(&self) -> Phrase {
        let kind = self.kind();
        if kind.is_fault() { fault_text(kind) } else { self.explain() }
    }

    /// How long whoever was too fast has to wait, in seconds.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Account(AccountError::TooMany { retry_after }) => Some(retry_after.as_secs() + 1),
            _ => self.kind().retry_after().map(u64::from),
        }
    }

    /// The page, in place of the empty answer that carried the refusal here.
    pub(crate) fn render(&self, carrier: Response, request_id: &str, is_portal: bool) -> Response {
        let kind = self.kind();
        if kind.is_fault() {
            let error: &dyn std::error::Error = self;
            tracing::error!(request_id, error, "a page failed");
        } else {
            tracing::info!(request_id, refusal = %self, "a page was refused");
        }
        let message = self.in_words();
        let page = Refusal { title: title(kind), message, request_id, is_portal };
        let (mut parts, _) = carrier.into_parts();
        if let Some(seconds) = self.retry_after() {
            parts.headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let body = page.render().unwrap_or_else(|_| title(kind).to_string());
        (parts.status, parts.headers, Html(body)).into_response()
    }
}

/// Carries the refusal to [`crate::frame::frame`], which knows the request's id.
impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::Session(SessionError::Ended) => return Redirect::to(SIGN_IN).into_response(),
            Self::Session(SessionError::SecondFactorDue(_))
            | Self::Account(AccountError::SecondFactorDue(_)) => {
                return Redirect::to(SECOND_FACTOR).into_response();
            }
            Self::NoMember => return Redirect::to(MEMBER_SIGN_IN).into_response(),
            Self::MemberSecondFactorDue => return Redirect::to(MEMBER_SECOND_FACTOR).into_response(),
            _ => {}
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

pub(crate) async fn refuse_path() -> PageError {
    PageError::NoPage
}

pub(crate) async fn refuse_method() -> PageError {
    PageError::Method
}

impl Explain for PageError {
    fn explain(&self) -> Phrase {
        match self {
            Self::NoPage => say("explain-no-page"),
            Self::Method => say("explain-method"),
            Self::Parameter(name) => say("explain-parameter").with("name", name),
            Self::Forged => say("explain-forged"),
            Self::BadForm => say("explain-bad-form"),
            Self::TooManyAtOnce => say("explain-too-many-at-once"),
            Self::NotAllowed => say("explain-not-allowed"),
            Self::NoMember => say("explain-no-member"),
            Self::MemberSecondFactorDue => say("explain-second-factor-due"),
            Self::Member(error) => error.explain(),
            Self::Audit(error) => error.explain(),
            Self::Sandbox(error) => error.explain(),
            Self::TestClock(error) => error.explain(),
            Self::Key(error) => error.explain(),
            Self::Workspace(error) => error.explain(),
            Self::Webhook(error) => error.explain(),
            Self::Client(error) => error.explain(),
            Self::User(error) => error.explain(),
            Self::OAuth(error) => error.explain(),
            Self::Access(error) => error.explain(),
            Self::Usage(error) => error.explain(),
            Self::SignIns(error) => error.explain(),
            Self::Family(error) => error.explain(),
            Self::SigningKey(error) => error.explain(),
            Self::Finding(error) => error.explain(),
            Self::Credit(error) => error.explain(),
            Self::Trial(error) => error.explain(),
            Self::Account(error) => error.explain(),
            Self::Setup(error) => error.explain(),
            Self::ContractFiles(error) => error.explain(),
            Self::Session(error) => error.explain(),
            Self::Engine(_) | Self::Template(_) => fault_text(self.kind()),
        }
    }
}

const fn title(kind: ErrorKind) -> Phrase {
    match kind {
        ErrorKind::InvalidRequest => say("error-did-not-work"),
        ErrorKind::Unauthenticated => say("error-sign-first"),
        ErrorKind::Forbidden => say("error-not-allowed"),
        ErrorKind::NotFound => say("error-not-found"),
        ErrorKind::Conflict => say("error-changed-meanwhile"),
        ErrorKind::RateLimited => say("error-too-fast"),
        ErrorKind::Unavailable => say("error-not-available-right-now"),
        ErrorKind::Internal => say("error-something-broke"),
    }
}

const fn fault_text(kind: ErrorKind) -> Phrase {
    match kind {
        ErrorKind::Unavailable => say("error-part-page-needs-does-not"),
        _ => say("error-our-fault-log-details-under"),
    }
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'r> {
    title: Phrase,
    message: Phrase,
    request_id: &'r str,
    is_portal: bool,
}
