//! Keys that were found where they do not belong. Whoever reports one has it, which is proof enough.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{
    ErrorKind, Evidence, KeyKind, KeyState, LeakSource, Occurrence, PageRequest, Rule, Subject,
};
use claviger_secrets::{Purpose, Recognized, recognize};
use claviger_store::FindingFilter;

use super::FindingError;
use crate::engine::Engine;
use crate::error::Error;
use crate::failures::Source;

/// Reports a minute from one address.
const REPORTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
/// The longest text that can be a key.
const LONGEST_KEY: usize = 256;
/// The longest place that is kept, in characters.
const LONGEST_PLACE: usize = 300;

/// Why a report was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LeakError {
    /// Too many came from this address.
    #[error("too many reports came from your address; try again in {} seconds", retry_after.as_secs() + 1)]
    TooMany {
        /// How long until the next one is taken.
        retry_after: Duration,
    },
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl LeakError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::TooMany { .. } => ErrorKind::RateLimited,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl Engine {
    /// Takes somebody's report of a key. They do not learn whether it is one.
    ///
    /// # Errors
    /// When too many came from their address, or the database fails.
    pub async fn report_key(&self, address: Option<IpAddr>, text: &str) -> Result<(), LeakError> {
        // Kept: a report that was taken counts, too.
        let ticket = self.failures().take(&Source::reports(address), REPORTS, self.now());
        drop(ticket.map_err(|retry_after| LeakError::TooMany { retry_after })?);
        let is_ours = self.note_leak(text, LeakSource::Report, None).await?;
        tracing::info!(is_ours, ?address, "somebody reported a key");
        Ok(())
    }

    /// Whether GitHub signed exactly these bytes, as far as the settings name its keys.
    pub fn is_from_github(&self, key: &str, signature: &str, body: &[u8]) -> bool {
        self.options().unusual.github_keys.verify(key, signature, body)
    }

    /// Whether reports of GitHub are taken at all.
    pub fn takes_github_reports(&self) -> bool {
        !self.options().unusual.github_keys.is_empty()
    }

    /// Looks whose key a text is and does what is chosen for leaked keys, at once. Answers whether it is one of ours, also
    /// one that has ended. The public half of a pair is no secret and so is none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_leak(
        &self,
        text: &str,
        source: LeakSource,
        place: Option<&str>,
    ) -> Result<bool, Error> {
        let text = text.trim();
        let is_single = |entry: &crate::registry::RegisteredApi| {
            let recognized = recognize(text.as_bytes(), &entry.policy.key_formats);
            matches!(recognized, Recognized::Key(format) if format.kind == KeyKind::Single)
        };
        if text.len() > LONGEST_KEY || !self.list_apis().iter().any(is_single) {
            return Ok(false);
        }
        let lookup = self.vault().hash(Purpose::Key, text.as_bytes());
        let record = self.store().read().await?.find_key_by_lookup(&lookup.bytes()).await?;
        let Some(record) = record.filter(|record| record.key.kind == KeyKind::Single) else {
            return Ok(false);
        };
        if matches!(record.key.state, KeyState::Revoked { .. }) {
            return Ok(true);
        }
        let subject = Subject::Credential(record.key.id.to_string().into());
        let place = place.and_then(|place| kept_place(place, text));
        self.raise(vec![Occurrence {
            rule: Rule::LeakedKey,
            subject: subject.clone(),
            api: Some(record.key.api),
            workspace: Some(record.key.workspace),
            evidence: Evidence::Leak { source, place },
            at: self.now(),
        }])
        .await?;
        self.answer_at_once(subject).await?;
        Ok(true)
    }

    /// Answers what was just found about a key, if nothing was done yet.
    async fn answer_at_once(&self, subject: Subject) -> Result<(), Error> {
        let filter =
            FindingFilter { subject: Some(subject), rule: Some(Rule::LeakedKey), ..FindingFilter::default() };
        let page = PageRequest { before: None, limit: 1 };
        let found = self.store().read().await?.list_findings(&filter, page).await?;
        for finding in found.rows.iter().filter(|finding| finding.answer.is_none()) {
            match self.answer(finding).await {
                Ok(()) => {}
                Err(FindingError::Failed(error)) => return Err(error),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, finding = %finding.id, "nothing could be done about a leaked key");
                }
            }
        }
        Ok(())
    }
}

/// A place from outside: short, printable, and without the key in it.
fn kept_place(place: &str, key: &str) -> Option<String> {
    let place: String = place.chars().filter(|c| !c.is_control()).take(LONGEST_PLACE).collect();
    (!place.is_empty() && !place.contains(key)).then_some(place)
}
