//! Keeping what was found, and telling webhooks of it.

use claviger_domain::{
    Actor, Audited as _, Entropy, EventType, FindingId, Occasion, Occurrence, PageRequest, Raised, Rule,
};
use claviger_store::{FindingFilter, Tx};
use serde_json::json;

use crate::engine::Engine;
use crate::error::Error;
use crate::outbox;

impl Engine {
    /// Keeps what was found, all of it or nothing; what is new waits to be answered.
    pub(crate) async fn raise(&self, found: Vec<Occurrence>) -> Result<(), Error> {
        if found.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let rows: Vec<(FindingId, Occurrence)> =
            found.into_iter().map(|one| (FindingId::generate_at(now, self.entropy()), one)).collect();
        let entropy = self.shared_entropy();
        let raised = self
            .store()
            .write::<_, Error, _>(move |tx| {
                let rows = rows.clone();
                Box::pin(async move {
                    let mut news = Vec::new();
                    for (id, one) in rows {
                        if raise_in(tx, id, &one, &*entropy).await? {
                            news.push(one);
                        }
                    }
                    Ok(news)
                })
            })
            .await?;
        for Occurrence { rule, subject, evidence, .. } in raised {
            tracing::warn!(rule = rule.as_str(), %subject, evidence = evidence.in_words(), "unusual activity");
        }
        Ok(())
    }
}

/// Keeps what was found, under this id if nothing like it was found before, and tells webhooks of what is new or open
/// again. Answers whether it is.
pub(crate) async fn raise_in(
    tx: &mut Tx,
    id: FindingId,
    found: &Occurrence,
    entropy: &dyn Entropy,
) -> Result<bool, claviger_store::Error> {
    let id = match tx.raise_finding(id, found).await? {
        Raised::Again => return Ok(false),
        Raised::New => id,
        Raised::Reopened => find_raised(tx, found).await?.unwrap_or(id),
    };
    if found.rule == Rule::LeakedKey
        && let Some(occasion) = exposed(tx, found).await?
    {
        outbox::tell(tx, &occasion, found.at, entropy).await?;
    }
    outbox::tell(tx, &occasion(id, found), found.at, entropy).await?;
    Ok(true)
}

/// The id of what was found before.
async fn find_raised(tx: &mut Tx, found: &Occurrence) -> Result<Option<FindingId>, claviger_store::Error> {
    let subject = Some(found.subject.clone());
    let filter = FindingFilter { subject, rule: Some(found.rule), ..FindingFilter::default() };
    let page = tx.list_findings(&filter, PageRequest { before: None, limit: 1 }).await?;
    Ok(page.rows.first().map(|finding| finding.id))
}

fn occasion(id: FindingId, found: &Occurrence) -> Occasion {
    let Occurrence { rule, subject, api, workspace, evidence, .. } = found;
    Occasion {
        event: EventType::UnusualActivityFound,
        subject: id.to_string(),
        // Who tries a canary of a workspace may well be in it.
        workspace: workspace.filter(|_| *rule != Rule::CanaryUsed),
        by: Actor::SYSTEM.to_string(),
        object: Some(json!({
            "rule": rule.as_str(),
            "title": rule.title(),
            "subject": subject.to_string(),
            "api": api,
            "evidence": evidence,
            "explanation": evidence.in_words(),
        })),
    }
}

/// That the key was seen where it does not belong; none when it is gone.
async fn exposed(tx: &mut Tx, found: &Occurrence) -> Result<Option<Occasion>, claviger_store::Error> {
    let Some(id) = found.subject.key() else { return Ok(None) };
    let key = tx.find_key(id, None).await?;
    Ok(key.map(|key| Occasion {
        event: EventType::KeyExposed,
        subject: id.to_string(),
        workspace: Some(key.workspace),
        by: Actor::SYSTEM.to_string(),
        object: Some(key.snapshot().to_value()),
    }))
}
