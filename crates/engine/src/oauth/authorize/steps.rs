//! What has to happen before a request is answered, one thing after the other.
//!
//! Nobody is sent back to a client before they are signed in, not even with an error, unless the client asked for
//! silence (RFC 9700 section 4.11.2): else our address would lead wherever its writer wants.

use claviger_domain::{Account, ClientOrigin, Pool};
use claviger_oauth::{ErrorCode, Prompt, Refusal};

use super::Step;
use super::bind::Bound;
use super::consent::Question;
use super::flow::Pending;
use super::wanted::{Wanted, allowed_scopes};
use crate::caller::Caller;
use crate::engine::Engine;
use crate::oauth::error::OAuthError;
use crate::oauth::subject::hinted_subject;
use crate::sessions::SignedIn;

/// Where a request stands.
pub(super) enum Outcome {
    /// Something else comes first, or it is answered.
    Step(Step),
    /// The user has to be asked.
    Ask(Box<Question>),
    /// The user need not be asked.
    Allowed(Box<Question>),
}

/// What a user still has to do.
#[derive(Clone, Copy)]
enum Due {
    SignIn,
    SecondFactor,
    Select,
}

impl Engine {
    pub(super) async fn examine(
        &self,
        caller: &Caller<'_>,
        pending: &Pending,
        who: Option<&SignedIn>,
    ) -> Result<Outcome, OAuthError> {
        let parameters = pending.parameters();
        let bound = self.bind(caller, &parameters).await?;
        let is_silent = parameters.get("prompt") == Some("none");
        let who = who
            .filter(|who| who.account().pool == Pool::Api(caller.api) && who.account().disabled_at.is_none());
        let wanted = match self.read_wanted(caller, &bound, pending).await {
            Ok(wanted) => wanted,
            Err(OAuthError::Refused(refusal)) => {
                let due = presence(who).filter(|_| !is_silent);
                return match due {
                    Some(due) => self.demand(caller, pending, due, None),
                    None => Ok(Outcome::Step(Step::Done(bound.refuse(&refusal)))),
                };
            }
            Err(error) => return Err(error),
        };
        let due = match self.due(caller, &bound, (pending, &wanted), who) {
            Ok(due) => due,
            Err(refusal) => return Ok(Outcome::Step(Step::Done(bound.refuse(&refusal)))),
        };
        let who = match (due, who) {
            (None, Some(who)) => who,
            (due, _) if !is_silent => {
                let hint = wanted.request.login_hint;
                return self.demand(caller, pending, due.unwrap_or(Due::SignIn), hint);
            }
            _ => return Ok(refused(&bound, ErrorCode::LoginRequired, "the user has to sign in")),
        };
        self.weigh_consent(caller, bound, wanted, (who.account(), is_silent)).await
    }

    /// What the user has to do before they can be asked; an error when they did it and are not who is meant.
    fn due(
        &self,
        caller: &Caller<'_>,
        bound: &Bound,
        (pending, wanted): (&Pending, &Wanted),
        who: Option<&SignedIn>,
    ) -> Result<Option<Due>, Refusal> {
        if let Some(due) = presence(who) {
            return Ok(Some(due));
        }
        let Some(who) = who else { return Ok(Some(Due::SignIn)) };
        let request = &wanted.request;
        let authenticated_at = who.session().authenticated_at;
        let is_answered = pending.is_answered_by(authenticated_at);
        let max_age = request.max_age.or(bound.client.metadata.default_max_age);
        let is_too_old =
            max_age.is_some_and(|most| self.now().since(authenticated_at) > most || most.is_zero());
        if (request.prompts.contains(&Prompt::Login) || is_too_old) && !is_answered {
            return Ok(Some(Due::SignIn));
        }
        if !self.is_who_is_meant(caller, bound, wanted, who.account())? {
            if is_answered {
                return Err(Refusal::new(ErrorCode::LoginRequired, "someone else signed in than was meant"));
            }
            return Ok(Some(Due::SignIn));
        }
        let must_select = request.prompts.contains(&Prompt::SelectAccount);
        Ok((must_select && !pending.is_selected(who.account().id)).then_some(Due::Select))
    }

    /// Whether the signed-in user is the one that `id_token_hint` or `claims` name, where they name one.
    fn is_who_is_meant(
        &self,
        caller: &Caller<'_>,
        bound: &Bound,
        wanted: &Wanted,
        account: &Account,
    ) -> Result<bool, Refusal> {
        let hinted = match &wanted.request.id_token_hint {
            Some(hint) => {
                let claims = self.read_jwt(caller.api, hint.as_bytes());
                let subject =
                    claims.and_then(|claims| hinted_subject(&claims, caller.issuer, bound.client.id));
                let wrong = || {
                    Refusal::new(ErrorCode::InvalidRequest, "the id_token_hint is no ID token of the client")
                };
                Some(subject.ok_or_else(wrong)?)
            }
            None => None,
        };
        let subject = self.subject_of(&bound.client, account);
        Ok(hinted.iter().chain(&wanted.request.subject).all(|meant| *meant == subject))
    }

    /// Sends the user to a page.
    fn demand(
        &self,
        caller: &Caller<'_>,
        pending: &Pending,
        due: Due,
        hint: Option<String>,
    ) -> Result<Outcome, OAuthError> {
        let flow = self.seal_flow(caller, pending)?;
        Ok(Outcome::Step(match due {
            Due::SignIn => Step::SignIn { flow, hint },
            Due::SecondFactor => Step::SecondFactor(flow),
            Due::Select => Step::SelectAccount(flow),
        }))
    }

    async fn weigh_consent(
        &self,
        caller: &Caller<'_>,
        bound: Bound,
        wanted: Wanted,
        (account, is_silent): (&Account, bool),
    ) -> Result<Outcome, OAuthError> {
        let scopes = allowed_scopes(caller.policy, account, &wanted.scopes);
        if scopes.is_empty() && !wanted.scopes.is_empty() {
            return Ok(refused(&bound, ErrorCode::AccessDenied, "the user may allow none of the scopes"));
        }
        let known = self.store().read().await?.find_living_grant(account.id, bound.client.id).await?;
        let question =
            Question { bound, request: wanted.request, scopes, resources: wanted.resources, known };
        // Who cannot be told from someone else is never let through unseen (RFC 9700 section 4.11, bcp 19).
        let is_sure =
            !question.bound.client.is_public() && question.bound.client.origin == ClientOrigin::Managed;
        let must_ask = question.request.prompts.contains(&Prompt::Consent);
        if is_sure && !must_ask && question.is_known(caller) {
            return Ok(Outcome::Allowed(Box::new(question)));
        }
        if is_silent {
            return Ok(refused(&question.bound, ErrorCode::ConsentRequired, "the user has to be asked"));
        }
        Ok(Outcome::Ask(Box::new(question)))
    }
}

/// What is due of someone before anything else.
fn presence(who: Option<&SignedIn>) -> Option<Due> {
    match who {
        None => Some(Due::SignIn),
        Some(who) if who.session().awaits_second_factor => Some(Due::SecondFactor),
        Some(_) => None,
    }
}

fn refused(bound: &Bound, code: ErrorCode, why: &'static str) -> Outcome {
    Outcome::Step(Step::Done(bound.refuse(&Refusal::new(code, why))))
}
