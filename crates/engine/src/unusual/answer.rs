//! Doing what is to be done about a finding, and telling of it.

use claviger_domain::{Actor, Finding, KeyState, Response, Restriction, Rule};

use super::FindingError;
use crate::engine::Engine;
use crate::error::Error;
use crate::keys::KeyError;
use crate::letter::FindingLetter;
use crate::wait::Wait;

/// Findings that are answered at once; more wait for the next minute.
const BATCH: u32 = 100;

impl Engine {
    /// Answers every finding that waits for it, if no other node does. What fails is tried again a minute later.
    pub(super) async fn answer_findings(&self) -> Result<(), Error> {
        let waiting = self.store().read().await?.list_unanswered_findings(BATCH).await?;
        if waiting.is_empty() || !self.is_watcher().await? {
            return Ok(());
        }
        for finding in waiting {
            match self.answer(&finding).await {
                Ok(()) => {}
                Err(FindingError::Failed(error)) => return Err(error),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, finding = %finding.id, "nothing could be done about a finding");
                }
            }
        }
        Ok(())
    }

    /// Does what is chosen for the finding's rule, tells of it, and notes that.
    pub(super) async fn answer(&self, finding: &Finding) -> Result<(), FindingError> {
        let response = self.respond(finding).await?;
        if !self.tell(finding, response).await? {
            // The queue of mails is full: the next minute has room.
            return Ok(());
        }
        let (id, now) = (finding.id, self.now());
        self.store()
            .write(move |tx| Box::pin(async move { tx.answer_finding(id, response, now).await }))
            .await?;
        tracing::info!(finding = %id, rule = finding.rule.as_str(), response = response.as_str(), "answered");
        Ok(())
    }

    /// Does it, and says what was done: a key that is gone or has ended needs nothing more.
    async fn respond(&self, finding: &Finding) -> Result<Response, FindingError> {
        let wanted = self.chosen_response(finding);
        let Some(key) = finding.subject.key() else { return Ok(Response::Notify) };
        let by = Actor::SYSTEM;
        let done = match wanted {
            Response::Notify => return Ok(Response::Notify),
            Response::Throttle => self.restrict_key(&by, key, Restriction::Throttled).await,
            Response::Quarantine => self.restrict_key(&by, key, Restriction::ReadOnly).await,
            Response::Revoke => match self.find_key(key).await {
                Ok(found) if matches!(found.state, KeyState::Revoked { .. }) => return Ok(Response::Notify),
                Ok(_) => self.revoke_key(&by, key, Wait::No).await.map(|revoked| revoked.key),
                Err(error) => Err(error),
            },
        };
        match done {
            Ok(_) => Ok(wanted),
            Err(KeyError::UnknownKey | KeyError::Transition(_)) => Ok(Response::Notify),
            Err(error) => Err(error.into()),
        }
    }

    /// What is chosen for a finding: by its API's contract, else by the settings.
    fn chosen_response(&self, finding: &Finding) -> Response {
        let api = finding.api.and_then(|api| self.registry().find(api));
        api.and_then(|entry| entry.policy.responses.chosen(finding.rule))
            .or_else(|| self.options().unusual.responses.chosen(finding.rule))
            .unwrap_or_default()
    }

    /// Puts a mail to each who is told in the queue. Answers whether there was room.
    async fn tell(&self, finding: &Finding, response: Response) -> Result<bool, Error> {
        let letter = |to, is_for_caretaker| FindingLetter { id: finding.id, response, to, is_for_caretaker };
        let mut letters: Vec<_> =
            self.options().unusual.mail_to.iter().map(|to| letter(to.clone(), false)).collect();
        if let Some(workspace) = finding.workspace.filter(|_| concerns_its_owners(finding, response)) {
            let caretakers = self.list_caretakers(workspace).await?;
            letters.extend(caretakers.into_iter().map(|to| letter(to, true)));
        }
        let mut places = Vec::new();
        for letter in letters {
            let Ok(place) = self.post().reserve() else { return Ok(false) };
            places.push((place, letter));
        }
        places.into_iter().for_each(|(place, letter)| place.tell_of_finding(letter));
        Ok(true)
    }
}

/// Whether those who look after the key's workspace are written to: it leaked, or it does not work as before. What only
/// the provider can judge is the provider's to tell; and who tries a canary need not hear of it.
fn concerns_its_owners(finding: &Finding, response: Response) -> bool {
    let is_stopped = response != Response::Notify;
    finding.subject.key().is_some()
        && match finding.rule {
            Rule::CanaryUsed => false,
            Rule::LeakedKey => true,
            _ => is_stopped,
        }
}
