//! Whether a presented key, and its secret, are good. What memory does not know takes the same reads, good or not.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    CredentialKind, DenialReason, Environment, Facts, KeyKind, KindSet, Parent, ScopeSet, Signs, Standing,
    Timestamp, WorkspaceId,
};
use claviger_secrets::{Lookup, Purpose};

use super::failure::Unproven;
use super::hold::Hold;
use super::{ExchangeError, KeyProof};
use crate::caller::Caller;
use crate::engine::Engine;
use crate::known::Known;
use crate::known_client::KnownClient;
use crate::lookup_cache::Found;
use crate::watch::Sight;

/// A credential that is good now.
pub(super) struct Proven {
    /// What the tokens will stand on.
    pub(super) parent: Parent,
    pub(super) environment: Environment,
    pub(super) workspace: Option<WorkspaceId>,
    /// All that it may do.
    pub(super) scopes: ScopeSet,
    /// When it ends; of a key, also when this text of it does.
    pub(super) ends_at: Option<Timestamp>,
    /// How long its own access tokens live at most.
    pub(super) lifetime: Option<Duration>,
    /// What a purchase looks at again.
    pub(super) hold: Hold,
    pub(super) used: Used,
}

/// Whose use is to be noted.
pub(super) enum Used {
    Key(Arc<Known>),
    Client(Arc<KnownClient>),
    /// Sessions say when users were there; a login makes none.
    User,
}

/// What has to be presented with a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Its secret, wherever it is a pair, or one is presented.
    Secret,
    /// Nothing: a refresh token stands in for the secret.
    Nothing,
}

impl Engine {
    pub(super) async fn prove_key(
        &self,
        caller: &Caller<'_>,
        proof: KeyProof<'_>,
        needs: Needs,
    ) -> Result<Proven, Unproven> {
        // Hashed and looked for whatever its form: junk must not be answered faster.
        let lookup = self.vault().hash(Purpose::Key, proof.key.as_bytes());
        let presented = proof.secret.map(|secret| self.vault().hash(Purpose::PairSecret, secret.as_bytes()));
        let Found::Known(known) = self.find_key_known(lookup, (caller.api, caller.policy)).await? else {
            return Err(ExchangeError::Refused(DenialReason::Unknown).into());
        };
        let workspace = Some(known.credential.principal.workspace);
        let refused = |reason| Unproven { error: ExchangeError::Refused(reason), workspace };
        let pair = known.pair.as_deref();
        let kind = pair.map_or(KeyKind::Single, |pair| pair.kind);
        let kept = pair.and_then(|pair| pair.secret);
        let is_proven = match (needs, presented, kind) {
            (Needs::Nothing, _, _) | (Needs::Secret, None, KeyKind::Single) => true,
            (Needs::Secret, None, KeyKind::Pair) => false,
            (Needs::Secret, Some(presented), _) => {
                kept.is_some_and(|kept| Lookup::from_bytes(kept).matches(presented))
            }
        };
        if !is_proven {
            return Err(refused(DenialReason::Unknown));
        }
        let facts = Facts {
            environment: caller.environment,
            accepted: KindSet::NONE.with(CredentialKind::Key),
            address: Some(caller.address),
            user_agent: caller.user_agent,
            ..Facts::none()
        };
        known.credential.decide(&facts, &caller.policy.scopes, self.now()).map_err(|denial| {
            if known.credential.standing == Standing::Canary {
                self.watch().see_canary(&known.credential.principal, Some(caller.address));
            }
            refused(denial.reason)
        })?;
        let principal = &known.credential.principal;
        let key = principal.credential.parse().map_err(|_| refused(DenialReason::Unknown))?;
        let secret = known.credential.secret.ok_or_else(|| refused(DenialReason::Unknown))?;
        Ok(Proven {
            parent: Parent::Key { key, secret },
            environment: principal.environment,
            workspace: Some(principal.workspace),
            scopes: principal.scopes.clone(),
            ends_at: known.credential.ends_at,
            lifetime: None,
            hold: Hold::Key { key, secret: kept },
            used: Used::Key(known),
        })
    }

    /// Notes that a credential was used.
    pub(super) fn note_login(&self, caller: &Caller<'_>, proven: &Proven) {
        match &proven.used {
            Used::Key(known) => {
                let sight = Sight { address: Some(caller.address), signs: Signs::default() };
                self.watch().see(known, self.now(), sight);
                self.recorder().note(known, self.now(), Some(caller.address), caller.user_agent);
            }
            Used::Client(known) => self.note_client_use(known, self.now()),
            Used::User => {}
        }
    }
}

impl Proven {
    /// The scopes of a new token: those asked for, all of which the credential must have, or all it has.
    pub(super) fn scopes_for(
        &self,
        caller: &Caller<'_>,
        wished: Option<&ScopeSet>,
    ) -> Result<ScopeSet, ExchangeError> {
        let Some(wished) = wished else { return Ok(self.scopes.clone()) };
        let catalog = &caller.policy.scopes;
        let is_his = |scope: &&_| catalog.defines(scope) && catalog.allows(&self.scopes, scope);
        match wished.iter().find(|scope| !is_his(scope)) {
            Some(scope) => Err(ExchangeError::Scope(scope.clone())),
            None => Ok(wished.clone()),
        }
    }
}
