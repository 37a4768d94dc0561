//! Whether a client is who it says, where its own contract has it log in with id and secret.

use claviger_domain::{ClientAuthentication, ClientId, DenialReason, GrantType, Parent, ScopeSet};
use claviger_secrets::Purpose;

use super::ExchangeError;
use super::failure::Unproven;
use super::hold::Hold;
use super::prove::{Proven, Used};
use crate::caller::Caller;
use crate::engine::Engine;
use crate::oauth::asking::{ClientRules, is_admitted};

impl Engine {
    pub(super) async fn prove_client(
        &self,
        caller: &Caller<'_>,
        (id, secret): (&str, &str),
    ) -> Result<Proven, Unproven> {
        // Hashed whoever it is: junk must not be answered faster.
        let presented = self.vault().hash(Purpose::ClientSecret, secret.as_bytes());
        let known = match id.parse::<ClientId>() {
            Ok(id) => self.find_known_client(id, self.now()).await?,
            Err(_) => None,
        };
        let rules = ClientRules { methods: &[], assertion: None, endpoint: "" };
        let Some(known) = known.filter(|known| known.client().api == caller.api) else {
            return Err(ExchangeError::Refused(DenialReason::Unknown).into());
        };
        let client = known.client();
        let refused =
            |reason| Unproven { error: ExchangeError::Refused(reason), workspace: Some(client.workspace) };
        if !known.has_secret(presented, self.now()) {
            return Err(refused(DenialReason::Unknown));
        }
        let is_allowed = is_admitted(client, caller, ClientAuthentication::SecretPost, &rules)
            && client.may_use(GrantType::ClientCredentials)
            // What is sold here is bound to nothing.
            && !client.metadata.requires_dpop;
        if !is_allowed {
            return Err(refused(DenialReason::Disabled));
        }
        let own = client.metadata.effective_scopes(caller.policy);
        let scopes: ScopeSet =
            own.iter().filter(|scope| caller.policy.scopes.defines(scope)).cloned().collect();
        Ok(Proven {
            parent: Parent::Client(client.id),
            environment: client.environment,
            workspace: Some(client.workspace),
            scopes,
            ends_at: None,
            lifetime: client.metadata.access_lifetime,
            hold: Hold::Client { client: client.id, secret: presented.bytes() },
            used: Used::Client(known),
        })
    }
}
