//! Keeping what was found.

use claviger_domain::{FindingId, Occurrence, Raised};

use crate::engine::Engine;
use crate::error::Error;

impl Engine {
    /// Keeps what was found, all of it or nothing; what is new waits to be answered.
    pub(crate) async fn raise(&self, found: Vec<Occurrence>) -> Result<(), Error> {
        if found.is_empty() {
            return Ok(());
        }
        let now = self.now();
        let rows: Vec<(FindingId, Occurrence)> =
            found.into_iter().map(|one| (FindingId::generate_at(now, self.entropy()), one)).collect();
        let raised = self
            .store()
            .write::<_, Error, _>(move |tx| {
                let rows = rows.clone();
                Box::pin(async move {
                    let mut news = Vec::new();
                    for (id, one) in rows {
                        if tx.raise_finding(id, &one).await? != Raised::Again {
                            news.push(one);
                        }
                    }
                    Ok(news)
                })
            })
            .await?;
        for Occurrence { rule, subject, evidence, .. } in raised {
            self.findings().add_one(rule.as_str());
            tracing::warn!(rule = rule.as_str(), %subject, evidence = evidence.in_words(), "unusual activity");
        }
        Ok(())
    }
}
