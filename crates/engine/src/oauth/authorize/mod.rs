//! The authorization endpoint: who asks, who is asked, what they say (RFC 6749 section 4.1).
//!
//! Between two pages the request travels sealed with the browser, so that nothing is stored for whoever only looks.

mod bind;
mod code;
mod consent;
mod flow;
mod logout;
mod push;
mod respond;
mod steps;
mod wanted;

use std::time::Duration;

use claviger_domain::{Account, Client};
use claviger_oauth::{ErrorCode, Parameters, Refusal};

pub(super) use self::bind::is_of;
pub(super) use self::code::{CodeDetails, sign_in_details};
pub(super) use self::consent::{Allowance, describe};
pub(super) use self::wanted::{allowed_scopes, is_offline, wanted_scopes};

use self::bind::for_page;
use self::flow::Pending;
use self::steps::Outcome;
use super::error::OAuthError;
use crate::caller::Caller;
use crate::engine::Engine;
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
        let pending = self.begin_flow(caller, parameters).await?;
        let outcome = Box::pin(self.examine(caller, &pending, who)).await?;
        self.step_of(caller, pending, who, outcome).await
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
        let pending = self.open_flow(caller, flow)?.resumed();
        let outcome = Box::pin(self.examine(caller, &pending, who)).await?;
        self.step_of(caller, pending, who, outcome).await
    }

    /// The origins that the Content-Security-Policy's `form-action` must allow on the pages of this request, since
    /// browsers hold it against the redirect to the client that a form may end in. None for a flow that is not good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn form_actions(&self, caller: &Caller<'_>, flow: &Flow) -> Result<Vec<String>, OAuthError> {
        let Ok(pending) = self.open_flow(caller, flow) else { return Ok(Vec::new()) };
        match self.bind(caller, &pending.parameters()).await {
            Ok(bound) => Ok(vec![bound.redirect.origin()]),
            Err(OAuthError::Refused(_)) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The languages that the client wishes its user to see, as it wrote them. None for a flow that is not good.
    pub fn ui_locales(&self, caller: &Caller<'_>, flow: &Flow) -> Option<String> {
        let pending = self.open_flow(caller, flow).ok()?;
        pending.parameters().get("ui_locales").map(str::to_owned)
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
        let pending = self.open_flow(caller, flow)?.resumed().selecting(who.account().id);
        let outcome = Box::pin(self.examine(caller, &pending, Some(who))).await?;
        self.step_of(caller, pending, Some(who), outcome).await
    }

    /// Takes the user's answer.
    ///
    /// # Errors
    /// As for [`Engine::resume_authorization`]; a refusal, too, when somebody has to sign in again first.
    pub async fn answer_consent(
        &self,
        caller: &Caller<'_>,
        flow: &Flow,
        who: &SignedIn,
        answer: ConsentAnswer,
    ) -> Result<Authorization, OAuthError> {
        let pending = self.open_flow(caller, flow)?.resumed();
        let question = match Box::pin(self.examine(caller, &pending, Some(who))).await? {
            Outcome::Ask(question) | Outcome::Allowed(question) => question,
            Outcome::Step(Step::Done(refused)) => return Ok(refused),
            Outcome::Step(_) => return Err(for_page("the sign-in is over; start again at the application")),
        };
        match answer {
            ConsentAnswer::Allow => self.issue_code(caller, &question, &pending, who).await,
            ConsentAnswer::Refuse => {
                self.settle_pushed(&pending).await?;
                let why = Refusal::new(ErrorCode::AccessDenied, "the user refused");
                Ok(question.bound.refuse(&why))
            }
        }
    }

    /// The step of an outcome. What needs no consent is answered at once.
    async fn step_of(
        &self,
        caller: &Caller<'_>,
        pending: Pending,
        who: Option<&SignedIn>,
        outcome: Outcome,
    ) -> Result<Step, OAuthError> {
        match (outcome, who) {
            (Outcome::Step(step), _) => Ok(step),
            (Outcome::Ask(question), Some(who)) => {
                let consent = question.consent(caller, who.account());
                Ok(Step::Consent(self.seal_flow(caller, &pending)?, Box::new(consent)))
            }
            (Outcome::Allowed(question), Some(who)) => {
                Ok(Step::Done(self.issue_code(caller, &question, &pending, who).await?))
            }
            (Outcome::Ask(_) | Outcome::Allowed(_), None) => {
                Err(for_page("nobody is signed in; start again at the application"))
            }
        }
    }
}
