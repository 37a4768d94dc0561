//! The authorization endpoint: who asks, who is asked, what they say (RFC 6749 section 4.1).
//!
//! Between two pages the request travels sealed with the browser, so that nothing is stored for whoever only looks.

use std::time::Duration;

use claviger_domain::{Account, Client};
use claviger_oauth::{ErrorCode, Parameters, Refusal};

use super::asking::AuthenticatedClient;
use super::error::OAuthError;
use crate::engine::Engine;
use crate::exchange::Caller;
use crate::sessions::SignedIn;

/// A request on its way through the pages: sealed, URL-safe, good for an hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow(pub String);

/// What comes next.
#[derive(Clone, Debug)]
pub enum Step {
    /// Somebody has to sign in.
    SignIn {
        /// The request.
        flow: Flow,
        /// The address to fill in.
        hint: Option<String>,
    },
    /// Who is signed in has to show the second factor.
    SecondFactor(Flow),
    /// Who is signed in has to say whether they are who is meant.
    SelectAccount(Flow),
    /// Who is signed in has to consent.
    Consent(Flow, Box<Consent>),
    /// Back to the client.
    Done(Authorization),
}

/// The browser's way back to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The address, with the answer in its query unless it is to be posted.
    pub location: String,
    /// The fields to post there (OAuth 2.0 Form Post Response Mode); none to redirect.
    pub form_post: Option<Vec<(String, String)>>,
    /// Whether the user should see where they are sent first: the client registered itself.
    pub needs_look: bool,
}

/// What somebody is asked.
#[derive(Clone, Debug)]
pub struct Consent {
    /// Who is asked.
    pub account: Account,
    /// Who asks.
    pub client: Client,
    /// Host of the redirect URI.
    pub destination: String,
    /// What for: name and description of each scope.
    pub scopes: Vec<(String, String)>,
    /// Those of them that were allowed before.
    pub known: Vec<String>,
    /// Whether it may go on when the user is away.
    pub is_offline: bool,
    /// How long the permission lasts unless it is revoked; none for ever.
    pub lifetime: Option<Duration>,
    /// The origins that `form-action` must allow.
    pub form_actions: Vec<String>,
}

/// What they say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentAnswer {
    /// Yes.
    Allow,
    /// No.
    Refuse,
}

/// An RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0), checked.
#[derive(Clone, Debug, Default)]
pub struct Logout {
    /// Who asks, where it is known.
    pub client: Option<Client>,
    /// Where to go afterwards: one of the client's registered URIs, with `state`.
    pub location: Option<String>,
    /// Whether the request proves, by an ID token of this very session, that it need not be confirmed.
    pub is_proved: bool,
}

impl Engine {
    /// Looks at an authorization request.
    ///
    /// # Errors
    /// A refusal is for a page: client or redirect URI are not known, and nobody is redirected. All other refusals are
    /// [`Step::Done`].
    pub async fn begin_authorization(
        &self,
        caller: &Caller<'_>,
        parameters: &Parameters,
        who: Option<&SignedIn>,
    ) -> Result<Step, OAuthError> {
        let _ = (caller, parameters, who);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Goes on with a request, after a page did its part.
    ///
    /// # Errors
    /// A refusal is for a page: the flow is none of ours, or too old.
    pub async fn resume_authorization(
        &self,
        caller: &Caller<'_>,
        flow: &Flow,
        who: Option<&SignedIn>,
    ) -> Result<Step, OAuthError> {
        let _ = (caller, flow, who);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// The origins that the Content-Security-Policy's `form-action` must allow on the pages of this request, since
    /// browsers hold it against the redirect to the client that a form may end in. None for a flow that is not good.
    pub fn form_actions(&self, caller: &Caller<'_>, flow: &Flow) -> Vec<String> {
        let _ = (caller, flow);
        Vec::new()
    }

    /// Notes that whoever is signed in is who is meant, and goes on.
    ///
    /// # Errors
    /// As for [`Engine::resume_authorization`].
    pub async fn select_account(
        &self,
        caller: &Caller<'_>,
        flow: &Flow,
        who: &SignedIn,
    ) -> Result<Step, OAuthError> {
        let _ = (caller, flow, who);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Takes the user's answer.
    ///
    /// # Errors
    /// As for [`Engine::resume_authorization`].
    pub async fn answer_consent(
        &self,
        caller: &Caller<'_>,
        flow: &Flow,
        who: &SignedIn,
        answer: ConsentAnswer,
    ) -> Result<Authorization, OAuthError> {
        let _ = (caller, flow, who, answer);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Takes an authorization request from its client beforehand (RFC 9126): the request URI, and how long it lives.
    ///
    /// # Errors
    /// With the registered code for whatever is not good; when the database fails.
    pub async fn push_authorization(
        &self,
        caller: &Caller<'_>,
        client: &AuthenticatedClient,
        parameters: &Parameters,
    ) -> Result<(String, Duration), OAuthError> {
        let _ = (caller, client, parameters);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Looks at a request to sign out: `id_token_hint`, `client_id`, `post_logout_redirect_uri`, `state`.
    ///
    /// # Errors
    /// A refusal is for a page.
    pub async fn begin_logout(
        &self,
        caller: &Caller<'_>,
        parameters: &Parameters,
        who: Option<&SignedIn>,
    ) -> Result<Logout, OAuthError> {
        let _ = (caller, parameters, who);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
