//! What somebody who is signed in may do, in the types: a handler that takes a permit has been given it.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use claviger_domain::{Actor, OperatorScope, Pool, Right};
use claviger_engine::{MemberError, SessionError, SignedIn};
use http::HeaderMap;
use http::request::Parts;

use crate::cookie::Cookie;
use crate::error::PageError;
use crate::path;
use crate::reader::Reader;
use crate::state::{PagesState, call};

/// Something that needs permission.
pub(crate) trait Need: Send + Sync + 'static {
    /// What has to be allowed.
    const SCOPE: OperatorScope;
    /// The right of a role that allows a member the same in their workspace; none for what only operators do.
    const RIGHT: Option<Right>;
    /// Whether somebody who proved who they are some time ago has to do so once more.
    const MUST_BE_RECENT: bool = false;
}

/// The same need, of somebody who proved who they are within [`claviger_engine::RECENT`]: for what shows a secret or
/// ends something. Only a form can meet it, since only a form can be asked again ([`crate::sent::Sent`]).
pub(crate) struct Recent<N>(PhantomData<N>);

impl<N: Need> Need for Recent<N> {
    const SCOPE: OperatorScope = N::SCOPE;
    const RIGHT: Option<Right> = N::RIGHT;
    const MUST_BE_RECENT: bool = true;
}

macro_rules! needs {
    ($($(#[$doc:meta])* $name:ident $(or $right:ident)?;)*) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl Need for $name {
            const SCOPE: OperatorScope = OperatorScope::$name;
            const RIGHT: Option<Right> = needs!(@right $($right)?);
        }
    )*};
    (@right $right:ident) => { Some(Right::$right) };
    (@right) => { None };
}

needs! {
    /// Reading who did what.
    AuditRead or ReadHistory;
    /// Reading the state of nodes and the settings.
    Observe;
    /// Reading workspaces and APIs.
    WorkspacesRead;
    /// Making and changing workspaces.
    WorkspacesWrite;
    /// Reading keys.
    KeysRead or Read;
    /// Making, changing, rotating and revoking keys.
    KeysWrite or WriteKeys;
    /// Reading users, grants and signing keys.
    ClientsRead;
    /// Making and changing them.
    ClientsWrite;
    /// Reading what was found unusual.
    FindingsRead or Read;
    /// Acknowledging it, and lifting what was done about it.
    FindingsWrite or WriteKeys;
    /// Reading webhooks and what they were sent.
    WebhooksRead or Read;
    /// Making and changing webhooks, and sending messages again.
    WebhooksWrite or WriteWebhooks;
}

/// Reading OAuth clients.
pub(crate) struct ApplicationsRead;

impl Need for ApplicationsRead {
    const SCOPE: OperatorScope = OperatorScope::ClientsRead;
    const RIGHT: Option<Right> = Some(Right::Read);
}

/// Registering and changing OAuth clients.
pub(crate) struct ApplicationsWrite;

impl Need for ApplicationsWrite {
    const SCOPE: OperatorScope = OperatorScope::ClientsWrite;
    const RIGHT: Option<Right> = Some(Right::WriteClients);
}

/// Seeing what was bought with keys and by clients.
pub(crate) struct TokensRead;

impl Need for TokensRead {
    const SCOPE: OperatorScope = OperatorScope::ClientsRead;
    const RIGHT: Option<Right> = Some(Right::Read);
}

/// Ending it.
pub(crate) struct TokensWrite;

impl Need for TokensWrite {
    const SCOPE: OperatorScope = OperatorScope::ClientsWrite;
    const RIGHT: Option<Right> = Some(Right::WriteKeys);
}

/// Reading what the contracts of APIs promise.
pub(crate) struct ContractsRead;

impl Need for ContractsRead {
    const SCOPE: OperatorScope = OperatorScope::WorkspacesRead;
    const RIGHT: Option<Right> = Some(Right::Read);
}

/// Seeing the members of a workspace.
pub(crate) struct MembersRead;

impl Need for MembersRead {
    const SCOPE: OperatorScope = OperatorScope::WorkspacesRead;
    const RIGHT: Option<Right> = Some(Right::Read);
}

/// Inviting and removing members, and giving them roles.
pub(crate) struct MembersWrite;

impl Need for MembersWrite {
    const SCOPE: OperatorScope = OperatorScope::WorkspacesWrite;
    const RIGHT: Option<Right> = Some(Right::WriteMembers);
}

/// The proof that whoever sent this request is wholly signed in and may do `N`. Only a request's cookie makes one: an
/// operator's, or below `/portal/{workspace}` a member's of that workspace.
pub(crate) struct Permit<N> {
    reader: Reader,
    need: PhantomData<N>,
}

impl<N> Permit<N> {
    /// The actor to write beside what is done.
    pub(crate) fn actor(&self) -> Actor {
        self.reader.actor()
    }

    /// Who it is.
    pub(crate) const fn signed_in(&self) -> &SignedIn {
        self.reader.signed_in()
    }

    /// Who it is, and where.
    pub(crate) const fn reader(&self) -> &Reader {
        &self.reader
    }
}

impl<N: Need> FromRequestParts<PagesState> for Permit<N> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &PagesState) -> Result<Self, PageError> {
        let reader = match path::find(parts, state, "workspace").await? {
            Some(workspace) => member::<N>(parts, state, &workspace).await?,
            None => operator::<N>(parts, state).await?,
        };
        Ok(Self { reader, need: PhantomData })
    }
}

async fn operator<N: Need>(parts: &Parts, state: &PagesState) -> Result<Reader, PageError> {
    let cookie = Cookie::Session.read(&parts.headers, state.is_secure).ok_or(SessionError::Ended)?;
    let signed_in = state.engine.authenticate_session_in(Pool::Instance, cookie.as_bytes()).await?;
    signed_in.require_complete().map_err(SessionError::from)?;
    if !signed_in.allows(N::SCOPE) {
        return Err(PageError::NotAllowed);
    }
    Ok(Reader::operator(signed_in.by(call(&parts.extensions))))
}

async fn member<N: Need>(parts: &Parts, state: &PagesState, workspace: &str) -> Result<Reader, PageError> {
    let signed_in = signed_in_member(&parts.headers, state).await?.by(call(&parts.extensions));
    let workspace = workspace.parse().map_err(|_| PageError::NoPage)?;
    let visit = state.engine.visit(&signed_in, workspace).await?;
    let right = N::RIGHT.ok_or(PageError::NoPage)?;
    visit.actor().require(right).map_err(MemberError::from)?;
    Ok(Reader::member(signed_in, visit))
}

/// Who of the portal's people sends this request.
pub(crate) async fn signed_in_member(headers: &HeaderMap, state: &PagesState) -> Result<SignedIn, PageError> {
    let cookie = Cookie::MemberSession.read(headers, state.is_secure).ok_or(PageError::NoMember)?;
    let found = state.engine.authenticate_session_in(Pool::Members, cookie.as_bytes()).await;
    let signed_in = found.map_err(|error| match error {
        SessionError::Ended => PageError::NoMember,
        error => error.into(),
    })?;
    signed_in.require_complete().map_err(|_| PageError::MemberSecondFactorDue)?;
    Ok(signed_in)
}
