//! What somebody who is signed in may do, in the types: a handler that takes a permit has been given it.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use claviger_domain::{Actor, OperatorScope, Pool};
use claviger_engine::{SessionError, SignedIn};
use http::request::Parts;

use crate::cookie::Cookie;
use crate::error::PageError;
use crate::state::{PagesState, call};

/// Something that needs permission.
pub(crate) trait Need: Send + Sync + 'static {
    /// What has to be allowed.
    const SCOPE: OperatorScope;
}

macro_rules! needs {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl Need for $name {
            const SCOPE: OperatorScope = OperatorScope::$name;
        }
    )*};
}

needs! {
    /// Reading workspaces and APIs.
    WorkspacesRead
    /// Making and changing workspaces.
    WorkspacesWrite
    /// Reading keys.
    KeysRead
    /// Making, changing, rotating and revoking keys.
    KeysWrite
}

/// The proof that whoever sent this request is wholly signed in and may do `N`. Only a request's cookie makes one.
pub(crate) struct Permit<N> {
    signed_in: SignedIn,
    need: PhantomData<N>,
}

impl<N> Permit<N> {
    /// The actor to write beside what is done.
    pub(crate) fn actor(&self) -> Actor {
        self.signed_in.actor()
    }

    /// Who it is.
    pub(crate) const fn signed_in(&self) -> &SignedIn {
        &self.signed_in
    }
}

impl<N: Need> FromRequestParts<PagesState> for Permit<N> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &PagesState) -> Result<Self, PageError> {
        let cookie = Cookie::Session.read(&parts.headers, state.is_secure).ok_or(SessionError::Ended)?;
        let signed_in = state.engine.authenticate_session_in(Pool::Instance, cookie.as_bytes()).await?;
        signed_in.require_complete().map_err(SessionError::from)?;
        if !signed_in.allows(N::SCOPE) {
            return Err(PageError::NotAllowed);
        }
        Ok(Self { signed_in: signed_in.by(call(&parts.extensions)), need: PhantomData })
    }
}
