//! From a stored key to what verification keeps in memory.

use std::sync::Arc;

use claviger_domain::{
    Credential, CredentialKind, Key, KeyKind, KeyState, KeyVersion, Limit, Policy, Principal, Restriction,
    Standing, TestClock, WorkspaceState,
};
use claviger_secrets::Lookup;
use claviger_store::KeyRecord;

use crate::activity::Activity;
use crate::engine::Engine;
use crate::error::Error;
use crate::known::{Known, Pair};
use crate::test_clock::see_by;

impl Engine {
    /// Reads the credential with this keyed hash.
    pub(crate) async fn load_credential(
        &self,
        lookup: Lookup,
        policy: &Policy,
    ) -> Result<Option<Arc<Known>>, Error> {
        let Some(record) = self.store().read().await?.find_key_by_lookup(&lookup.bytes()).await? else {
            return Ok(None);
        };
        let clock = self.clock_over(record.key.environment, Some(record.key.workspace)).await?;
        Ok(Some(Arc::new(self.known(record, policy, clock.as_ref()))))
    }

    /// The key of a record, with its dates as the clock over it makes them.
    pub(crate) fn known(&self, record: KeyRecord, policy: &Policy, clock: Option<&TestClock>) -> Known {
        // Whoever changes a key, or gives it a new text, says anew how long it lives.
        let made_at = record.key.updated_at.max(record.generation.created_at);
        let mut known = self.known_by_real_time(record, policy);
        see_by(clock, &mut known.credential, made_at);
        known
    }

    fn known_by_real_time(&self, record: KeyRecord, policy: &Policy) -> Known {
        let KeyRecord { key, generation, workspace_state, plan, belongings } = record;
        let standing = standing(&key, workspace_state);
        let throttle = (key.restriction == Some(Restriction::Throttled)).then(Limit::throttled);
        let (kind, secret) = (key.kind, key.secret);
        let is_pair = kind == KeyKind::Pair || secret.is_some();
        let principal = Arc::new(Principal {
            api: key.api,
            workspace: key.workspace,
            kind: CredentialKind::Key,
            credential: key.id.to_string().into(),
            version: Some(KeyVersion::from(&generation)),
            subject: None,
            client: None,
            scopes: key.scopes,
            environment: key.environment,
            expires_at: earlier(key.expires_at, generation.retires_at),
            belongings,
        });
        let own: Vec<Arc<Limit>> = key.limits.into_iter().chain(throttle).map(Arc::new).collect();
        let all = policy.limits.iter().chain(policy.plan_limits(plan.as_ref())).chain(&own);
        Known {
            allowance: self.limits().resolve(
                all,
                &principal,
                (Arc::clone(&principal.credential), self.now()),
            ),
            activity: Activity::new(generation.id, generation.last_used_at),
            credential: Credential {
                secret: Some(generation.id),
                standing,
                not_before: key.not_before,
                ends_at: principal.expires_at,
                addresses: key.addresses.into(),
                confirmation: None,
                principal,
            },
            bought: None,
            presence: None,
            pair: is_pair.then(|| Box::new(Pair { kind, secret })),
        }
    }
}

pub(crate) fn standing(key: &Key, workspace: WorkspaceState) -> Standing {
    match (key.state, workspace) {
        (KeyState::Revoked { .. }, _) => Standing::Revoked,
        (KeyState::Active | KeyState::Disabled { .. }, _) if key.is_canary => Standing::Canary,
        (KeyState::Disabled { .. }, _) | (_, WorkspaceState::Suspended { .. }) => Standing::Disabled,
        (KeyState::Active, WorkspaceState::Active) => match key.restriction {
            Some(Restriction::ReadOnly) => Standing::ReadOnly,
            Some(Restriction::Throttled) | None => Standing::Good,
        },
    }
}

pub(crate) fn earlier<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}
