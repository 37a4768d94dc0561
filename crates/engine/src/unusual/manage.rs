//! What people do with findings: list them, read one, acknowledge it, lift what was done.

use claviger_domain::{
    Acknowledgement, Action, Actor, Event, Finding, FindingId, Key, NotAllowed, Page, PageRequest, Right,
};
use claviger_store::FindingFilter;

use super::FindingError;
use crate::engine::Engine;

/// The longest note, in characters.
const LONGEST_NOTE: usize = 500;

impl Engine {
    /// A page of the findings that exist for the actor; those that were first found latest come first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_findings(
        &self,
        actor: &Actor,
        filter: FindingFilter,
        page: PageRequest,
    ) -> Result<Page<Finding>, FindingError> {
        let workspace = actor.workspace().or(filter.workspace);
        let filter = FindingFilter { workspace, ..filter };
        Ok(self.store().read().await?.list_findings(&filter, page).await?)
    }

    /// The finding with this id, if it exists for the actor.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_finding(&self, actor: &Actor, id: FindingId) -> Result<Finding, FindingError> {
        let found = self.store().read().await?.find_finding(id, actor.workspace()).await?;
        found.ok_or(FindingError::UnknownFinding)
    }

    /// Acknowledges a finding, with a note that may be empty. Twice is fine and keeps the first. It opens again when the
    /// same is found after it was quiet for an hour.
    ///
    /// # Errors
    /// When there is none, the actor's role does not allow it, the note is too long, or the database fails.
    pub async fn acknowledge_finding(
        &self,
        actor: &Actor,
        id: FindingId,
        note: &str,
    ) -> Result<Finding, FindingError> {
        actor.require(Right::WriteKeys)?;
        let note = note.trim();
        if note.chars().count() > LONGEST_NOTE || note.chars().any(char::is_control) {
            return Err(FindingError::NoteForm);
        }
        let acknowledgement =
            Acknowledgement { at: self.now(), by: actor.to_string(), note: note.to_owned() };
        let within = actor.workspace();
        let audit = self.auditor(actor, acknowledgement.at);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_finding(id, within).await?.ok_or(FindingError::UnknownFinding)?;
                    let is_news = tx.acknowledge_finding(id, &acknowledgement).await?;
                    let after = tx.find_finding(id, within).await?.ok_or(FindingError::UnknownFinding)?;
                    if is_news {
                        audit
                            .record(tx, Event::changed(Action::FindingAcknowledged, &before, &after))
                            .await?;
                    }
                    Ok::<_, FindingError>(after)
                })
            })
            .await
    }

    /// Lifts the restriction of the key that a finding is about, whichever finding led to it. One without any stays as it
    /// is.
    ///
    /// # Errors
    /// When there is no such finding, it is about no key, a member asks, the key has ended, or the database fails.
    pub async fn lift_response(&self, actor: &Actor, id: FindingId) -> Result<Key, FindingError> {
        if actor.workspace().is_some() {
            return Err(NotAllowed.into());
        }
        let finding = self.find_finding(actor, id).await?;
        let key = finding.subject.key().ok_or(FindingError::NoKey)?;
        Ok(self.lift_restriction(actor, key).await?)
    }
}
