//! Plain limits on how often one address may ask the endpoints that are ours: sign-in, tokens, consent, management. What
//! fails there has limits of its own, which are stricter; these bound what good requests cost.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use claviger_domain::{Limit, LimitState};

use crate::engine::Engine;
use crate::failures::Source;

impl Engine {
    /// Counts a request of an address to an endpoint of ours. This machine's own are not counted: they come from its
    /// operator, or from a proxy that does not say for whom it asks and would have all its callers share one limit.
    ///
    /// # Errors
    /// The limit, where there were too many in the last minute.
    pub fn admit_request(&self, address: IpAddr) -> Result<(), LimitState> {
        if address.is_loopback() {
            return Ok(());
        }
        let (now, most) = (self.now(), self.options().requests_per_minute);
        // Never given back: each request counts.
        match self.failures().take(&Source::requests(address), most, now) {
            Ok(_counted) => Ok(()),
            Err(wait) => Err(LimitState {
                limit: Arc::new(limit(most)),
                remaining: 0,
                reset_at: now.plus(wait),
                retry_at: Some(now.plus(wait)),
            }),
        }
    }
}

fn limit(most: NonZeroU32) -> Limit {
    const MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(59);
    Limit::even(claviger_domain::LimitName::of_requests(), most, MINUTE)
}
