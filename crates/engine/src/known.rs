//! A credential as verification keeps it in memory.

use claviger_domain::Credential;

use crate::activity::{Activity, HasActivity};
use crate::limits::Allowance;
use crate::parents::Purchase;

/// A credential as it is kept in memory: what the judgement needs, and what counting needs.
pub(crate) struct Known {
    pub(crate) credential: Credential,
    pub(crate) allowance: Allowance,
    pub(crate) activity: Activity,
    /// For tokens: what they depend on.
    pub(crate) bought: Option<Purchase>,
}

impl HasActivity for Known {
    fn activity(&self) -> &Activity {
        &self.activity
    }
}
