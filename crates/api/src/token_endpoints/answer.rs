//! Answers of token endpoints, in their contract's words.

use std::borrow::Cow;

use bytes::Bytes;
use claviger_contract::{ExchangeCause, ExchangeRefusal, Fault, Issued, TokenEndpoint};
use claviger_domain::{ErrorKind, Timestamp};
use claviger_engine::{Bought, ExchangeError, IssuedSession, NamedSession, SignInError};
use http::Response;
use http::header::SET_COOKIE;

use super::EndpointCall;

/// Why a request is refused.
pub(super) enum Refused {
    /// A cause that token endpoints have.
    Exchange {
        cause: ExchangeCause,
        /// For the log.
        reason: String,
        /// For the caller, where its contract has no sentence of its own.
        detail: Option<Cow<'static, str>>,
        retry_at: Option<Timestamp>,
    },
    /// A cause that any request has.
    Fault(Fault),
}

impl Refused {
    pub(super) fn of(cause: ExchangeCause) -> Self {
        Self::Exchange { cause, reason: cause.code().to_owned(), detail: None, retry_at: None }
    }

    pub(super) fn detailed(cause: ExchangeCause, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        Self::Exchange { cause, reason: detail.clone().into_owned(), detail: Some(detail), retry_at: None }
    }

    /// Nobody signed in.
    pub(super) fn sign_in(error: SignInError, now: Timestamp) -> Self {
        match error {
            SignInError::Wrong => Self::of(ExchangeCause::InvalidClient),
            SignInError::TooManyFailures { retry_after } => {
                ExchangeError::TooMany { retry_at: now.plus(retry_after) }.into()
            }
            SignInError::Busy => ExchangeError::Busy.into(),
            SignInError::Failed(error) => Self::failed(error),
        }
    }

    /// The engine failed; the chain of causes is for the log alone.
    pub(super) fn failed(error: claviger_engine::Error) -> Self {
        ExchangeError::Failed(error).into()
    }
}

impl From<ExchangeError> for Refused {
    fn from(error: ExchangeError) -> Self {
        let (cause, shown) = match &error {
            ExchangeError::Refused(_) => (ExchangeCause::InvalidClient, false),
            ExchangeError::RefreshRefused(_) => (ExchangeCause::InvalidGrant, false),
            ExchangeError::TooMany { .. } => (ExchangeCause::SlowDown, false),
            ExchangeError::Scope(_) => (ExchangeCause::InvalidScope, true),
            ExchangeError::TooManySessions { .. } => (ExchangeCause::InvalidRequest, true),
            ExchangeError::UnknownSession => (ExchangeCause::NotFound, false),
            ExchangeError::Busy => (ExchangeCause::TemporarilyUnavailable, false),
            ExchangeError::Failed(_) if error.kind() == ErrorKind::Unavailable => {
                (ExchangeCause::TemporarilyUnavailable, false)
            }
            ExchangeError::Failed(_) => (ExchangeCause::ServerError, false),
        };
        let retry_at = match &error {
            ExchangeError::TooMany { retry_at } => Some(*retry_at),
            _ => None,
        };
        let detail = shown.then(|| Cow::Owned(error.to_string()));
        Self::Exchange { cause, reason: chain(&error), detail, retry_at }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// The refusal in the contract's words, and the one line about it.
pub(super) fn refuse(
    call: EndpointCall<'_>,
    endpoint: &TokenEndpoint,
    refused: &Refused,
    now: Timestamp,
) -> Response<Bytes> {
    let contract = &call.installed.contract;
    macro_rules! line {
        ($level:ident, $reason:expr) => {
            tracing::$level!(
                request_id = call.request_id,
                reason = $reason,
                api = %contract.name(),
                address = %call.address,
                purpose = ?endpoint.purpose,
                "token request refused"
            )
        };
    }
    match refused {
        Refused::Fault(fault) => {
            line!(info, fault.as_str());
            contract.fault(*fault, call.request_id)
        }
        Refused::Exchange { cause, reason, detail, retry_at } => {
            match cause {
                ExchangeCause::ServerError => line!(error, reason.as_str()),
                ExchangeCause::TemporarilyUnavailable => line!(warn, reason.as_str()),
                _ => line!(info, reason.as_str()),
            }
            let refusal = ExchangeRefusal {
                cause: *cause,
                detail: detail.as_deref(),
                // Rounded up: whoever waits that long is not too early.
                retry_after: retry_at.map(|at| at.since(now).as_millis().div_ceil(1_000)).map(seconds),
                request_id: call.request_id,
            };
            contract.refuse_exchange(endpoint, &refusal)
        }
    }
}

fn seconds(count: u128) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX).max(1)
}

/// What was sold.
pub(super) fn sold(call: EndpointCall<'_>, endpoint: &TokenEndpoint, bought: &Bought) -> Response<Bytes> {
    let scope = bought.scopes.to_string();
    let issued = Issued {
        access_token: Some(bought.access.expose()),
        refresh_token: bought.refresh_text(),
        expires_at: Some(bought.expires_at),
        issued_at: Some(bought.issued_at),
        scope: Some(&scope),
        ..Issued::default()
    };
    call.installed.contract.reply(endpoint, &[issued], bought.given_at, call.request_id)
}

/// A session that began: its cookie always, its text when it is asked for.
pub(super) fn begun(
    call: EndpointCall<'_>,
    endpoint: &TokenEndpoint,
    issued: &IssuedSession,
    with_text: bool,
) -> Response<Bytes> {
    let contract = &call.installed.contract;
    let session = &issued.session;
    let unused_until = session.last_seen_at.plus(session.idle_limit);
    let shown = Issued {
        access_token: with_text.then(|| issued.cookie.expose()),
        expires_at: Some(session.expires_at.min(unused_until)),
        issued_at: Some(session.created_at),
        ..Issued::default()
    };
    // What is left of it counts from its beginning, as of any token that is given for the first time.
    let mut response = contract.reply(endpoint, &[shown], session.created_at, call.request_id);
    let lifetime = session.expires_at.since(session.created_at);
    let cookie = contract.session_cookie(issued.cookie.expose(), lifetime);
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// A session that ended, and is no longer the browser's.
pub(super) fn ended(call: EndpointCall<'_>, endpoint: &TokenEndpoint, now: Timestamp) -> Response<Bytes> {
    let mut response = done(call, endpoint, now);
    let cookie = call.installed.contract.ended_session_cookie();
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}

/// The sessions of the caller.
pub(super) fn listed(
    call: EndpointCall<'_>,
    endpoint: &TokenEndpoint,
    sessions: &[NamedSession],
    now: Timestamp,
) -> Response<Bytes> {
    let scopes: Vec<String> = sessions.iter().map(|session| session.scopes.to_string()).collect();
    let issued: Vec<Issued<'_>> = sessions
        .iter()
        .zip(&scopes)
        .map(|(session, scope)| Issued {
            session: Some(session.name.expose()),
            issued_at: Some(session.created_at),
            expires_at: session.expires_at,
            scope: Some(scope),
            ..Issued::default()
        })
        .collect();
    call.installed.contract.reply(endpoint, &issued, now, call.request_id)
}

/// That it is done.
pub(super) fn done(call: EndpointCall<'_>, endpoint: &TokenEndpoint, now: Timestamp) -> Response<Bytes> {
    call.installed.contract.reply(endpoint, &[], now, call.request_id)
}
