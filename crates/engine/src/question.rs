//! What doors ask of verification.

use claviger_domain::{ApiId, Facts, Policy, Presented};

/// What a door asks: may this request go on?
#[derive(Clone, Copy, Debug)]
pub struct Question<'q> {
    /// The API it is for.
    pub api: ApiId,
    /// That API's policy, as its contract says now.
    pub policy: &'q Policy,
    /// What the request presents.
    pub presented: Presented<'q>,
    /// What the door knows besides.
    pub facts: &'q Facts<'q>,
}
