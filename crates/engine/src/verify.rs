//! The one decision behind every door.
//!
//! form → memory → (one indexed read) → the pure judgement of `domain` → limits → "last used".

use std::sync::Arc;

use claviger_domain::{
    ApiId, CredentialKind, Decision, Denial, DenialReason, Facts, KeyFormat, KeyKind, KindSet, Outcome,
    Policy, Presented, Standing, Timestamp, TokenPart,
};
use claviger_secrets::{Lookup, Purpose, Recognized, recognize};

use crate::engine::Engine;
use crate::error::Error;
use crate::known::Known;
use crate::limits::Count;
use crate::lookup_cache::Found;
use crate::question::Question;
use crate::tokens::TokenText;
use crate::watch::Sight;

/// The longest text that can be a key; anything longer is junk without further look.
const LONGEST_KEY: usize = 256;

/// What the form of a request's credential already tells.
enum Form<'q> {
    /// Refused without a lookup.
    Refused(DenialReason),
    /// It may be this key.
    Key(Lookup),
    /// It may be this token.
    Token(TokenText<'q>),
    /// It may be this session.
    Session(Lookup),
}

impl Engine {
    /// The answer when it needs no database: a refusal by form, or a credential in memory. Takes no await.
    ///
    /// `None` means: ask [`Engine::verify`].
    pub fn verify_now(&self, question: &Question<'_>) -> Option<Decision> {
        let lookup = match self.form(question) {
            Form::Refused(reason) => {
                return Some(self.noted(question, refuse_by_form(reason, question.facts)));
            }
            Form::Key(lookup) | Form::Session(lookup) | Form::Token(TokenText { lookup, .. }) => lookup,
        };
        let now = self.now();
        if !self.feed().is_trusted(now) {
            return None;
        }
        match self.credentials().get(lookup)? {
            Found::Known(known) if self.is_settled(&known, now) => self.judge_now(&known, question, now),
            Found::Known(_) => None,
            Found::Unknown => Some(self.noted(question, Decision::deny(Denial::new(DenialReason::Unknown)))),
        }
    }

    /// The answer, with a read of the database only where memory does not know.
    ///
    /// # Errors
    /// Only when the database is needed and away. That is never an answer about the credential.
    pub async fn verify(&self, question: &Question<'_>) -> Result<Decision, Error> {
        Ok(match self.find_presented(question).await? {
            Ok(known) => self.judge(&known, question, self.now()).await?,
            Err(refused) => self.noted(question, refused),
        })
    }

    /// A refusal without a credential, kept so that it can be explained.
    pub(crate) fn noted(&self, question: &Question<'_>, refused: Decision) -> Decision {
        if let Some(denial) = refused.denial() {
            if let (DenialReason::Unknown, Some(address)) = (denial.reason, question.facts.address) {
                self.watch().see_stranger(address);
            }
            self.note_refusal(question, denial, None, &[]);
        }
        refused
    }

    /// The credential that a request presents, not judged yet, or why it is none.
    pub(crate) async fn find_presented(
        &self,
        question: &Question<'_>,
    ) -> Result<Result<Arc<Known>, Decision>, Error> {
        let lookup = match self.form(question) {
            Form::Refused(reason) => return Ok(Err(refuse_by_form(reason, question.facts))),
            Form::Token(text) => return self.find_presented_token(text, question).await,
            Form::Session(lookup) => return self.find_presented_session(lookup, question).await,
            Form::Key(lookup) => lookup,
        };
        Ok(match self.find_key_known(lookup, (question.api, question.policy)).await? {
            Found::Known(known) => Ok(known),
            Found::Unknown => Err(Decision::deny(Denial::new(DenialReason::Unknown))),
        })
    }

    /// The API's key with this keyed hash, from memory where that may be trusted.
    pub(crate) async fn find_key_known(
        &self,
        lookup: Lookup,
        (api, policy): (ApiId, &Policy),
    ) -> Result<Found<Known>, Error> {
        let is_trusted = self.feed().is_trusted(self.now());
        let remembered = if is_trusted { self.credentials().get(lookup) } else { None };
        let found = match remembered {
            Some(found) => found,
            None => {
                // Boxed, because a read of the database is a large future and every door holds this one for each request.
                let load = Box::pin(self.load_credential(lookup, policy));
                if is_trusted {
                    self.credentials().get_or_load(lookup, load).await?
                } else {
                    load.await?.map_or(Found::Unknown, Found::Known)
                }
            }
        };
        match found {
            // Nobody here has another API's key; and its limits are not those of this policy, so it is not kept.
            Found::Known(known) if known.credential.principal.api != api => {
                self.credentials().forget(lookup);
                Ok(Found::Unknown)
            }
            found => Ok(found),
        }
    }

    /// Looks at the text alone. Junk ends here, without a lookup (and without a hash).
    fn form<'q>(&self, question: &Question<'q>) -> Form<'q> {
        let (bytes, kinds) = match question.presented {
            Presented::Nothing => return Form::Refused(DenialReason::Missing),
            Presented::Multiple => return Form::Refused(DenialReason::Multiple),
            Presented::InQuery => return Form::Refused(DenialReason::InQuery),
            Presented::CrossSite => return Form::Refused(DenialReason::CrossSite),
            Presented::Text { bytes, kinds } => (bytes, kinds),
        };
        if !kinds.iter().any(|kind| question.facts.accepted.contains(kind)) {
            return Form::Refused(DenialReason::WrongKind);
        }
        if kinds.contains(CredentialKind::Token)
            && let Some(text) = self.token_text(bytes, &question.policy.access_tokens)
        {
            return Form::Token(text);
        }
        if kinds.contains(CredentialKind::Session)
            && question.policy.tokens.session.is_some()
            && let Some(lookup) = self.session_text(bytes)
        {
            return Form::Session(lookup);
        }
        if bytes.len() > LONGEST_KEY {
            return Form::Refused(DenialReason::Malformed);
        }
        match recognize(bytes, &question.policy.key_formats) {
            Recognized::Key(format) if may_carry(kinds, format) => {
                Form::Key(self.vault().hash(Purpose::Key, bytes))
            }
            Recognized::Key(_) => Form::Refused(DenialReason::WrongKind),
            Recognized::Junk | Recognized::Foreign => Form::Refused(DenialReason::Malformed),
        }
    }

    /// Judges a credential in memory: pure decision first, then limits, then "last used". A refusal is kept, so that it
    /// can be explained. None, and nothing counted, where the shared counter of limits has to be asked first, or credits
    /// have to be taken.
    fn judge_now(&self, known: &Arc<Known>, question: &Question<'_>, now: Timestamp) -> Option<Decision> {
        if let Some(refused) = self.screen(known, question, now) {
            return Some(refused);
        }
        if question.facts.credits.is_some() {
            return None;
        }
        let principal = &known.credential.principal;
        let count = self.limits().count_now(&known.allowance, principal, (question.facts, now))?;
        Some(self.conclude(known, question, (count, now)))
    }

    /// The same, with a round trip to the shared counter of limits and a transaction for credits where those are needed.
    pub(crate) async fn judge(
        &self,
        known: &Arc<Known>,
        question: &Question<'_>,
        now: Timestamp,
    ) -> Result<Decision, Error> {
        if let Some(refused) = self.screen(known, question, now) {
            return Ok(refused);
        }
        let principal = &known.credential.principal;
        let count = self.limits().count(&known.allowance, principal, (question.facts, now)).await;
        let decision = self.conclude(known, question, (count, now));
        if question.facts.credits.is_none() {
            return Ok(decision);
        }
        // Boxed, because a transaction is a large future and every door holds this one for each request.
        Box::pin(self.charge(decision, question)).await
    }

    /// The refusal of a request that no limit need hear of.
    fn screen(&self, known: &Arc<Known>, question: &Question<'_>, now: Timestamp) -> Option<Decision> {
        let credential = &known.credential;
        let is_refresh = known.bought.as_ref().is_some_and(|bought| bought.part == TokenPart::Refresh);
        // Another API's key, whatever its prefix: here, nobody has it, whatever it is there. And a refresh token buys; it
        // opens nothing.
        if credential.principal.api != question.api || is_refresh {
            return Some(self.noted(question, Decision::deny(Denial::new(DenialReason::Unknown))));
        }
        let denial = credential.decide(question.facts, &question.policy.scopes, now).err()?;
        if credential.standing == Standing::Canary && denial.reason == DenialReason::Revoked {
            self.watch().see_canary(&credential.principal, question.facts.address);
        }
        self.note_refusal(question, &denial, Some(known), &[]);
        Some(Decision::deny(denial))
    }

    /// The decision, once its limits have counted.
    fn conclude(
        &self,
        known: &Arc<Known>,
        question: &Question<'_>,
        (count, now): (Count, Timestamp),
    ) -> Decision {
        let principal = &known.credential.principal;
        let sight = Sight { address: question.facts.address, signs: question.facts.signs };
        self.watch().see(known, now, sight);
        self.recorder().note(known, now, question.facts.address, question.facts.user_agent);
        if count.is_within {
            let outcome = Outcome::Allow(Arc::clone(principal));
            return Decision { outcome, limits: count.states, charge: None };
        }
        let denial = Denial::new(DenialReason::RateLimited).of(principal);
        self.note_refusal(question, &denial, Some(known), &count.states);
        Decision { outcome: Outcome::Deny(denial), limits: count.states, charge: None }
    }
}

/// Half of a pair is no credential, and a key in a place for tokens is none there.
fn may_carry(kinds: KindSet, format: &KeyFormat) -> bool {
    format.kind == KeyKind::Single && kinds.contains(CredentialKind::Key)
}

fn refuse_by_form(reason: DenialReason, facts: &Facts<'_>) -> Decision {
    let mut denial = Denial::new(reason);
    denial.accepted = facts.accepted;
    Decision::deny(denial)
}
