//! Who may register a client, and who may manage a registration.

use claviger_domain::{
    Actor, Call, ClientId, Environment, KeyFormat, KeyKind, KeyShape, OperatorScope, WorkspaceState,
};
use claviger_oauth::{ErrorCode, Refusal};
use claviger_secrets::{Lookup, Plain, Purpose, generate_key};
use claviger_store::ClientRecord;

use crate::caller::Caller;
use crate::engine::Engine;
use crate::failures::Source;
use crate::oauth::error::OAuthError;
use crate::operator_tokens::OperatorTokenError;

/// The keyed hash of a registration token, and the client that it is of.
pub(super) struct Registration {
    pub(super) record: ClientRecord,
    pub(super) presented: Lookup,
}

impl Engine {
    /// Who registers a client: none for whoever asks, where the contract lets them.
    pub(super) async fn registering_actor(
        &self,
        caller: &Caller<'_>,
        initial_access: Option<&str>,
    ) -> Result<Option<Actor>, OAuthError> {
        let Some(text) = initial_access else {
            if !caller.policy.tokens.open_registration {
                let why =
                    "this API's clients are registered by its operator; an initial access token is needed";
                return Err(Refusal::new(ErrorCode::AccessDenied, why).into());
            }
            let (now, limit) = (self.now(), self.options().registrations_per_minute);
            // Never given back: those that succeed count, too.
            return match self.failures().take(&Source::registrations(caller.address), limit, now) {
                Ok(_counted) => Ok(None),
                Err(wait) => Err(OAuthError::TooMany { retry_at: now.plus(wait) }),
            };
        };
        if let Some(retry_at) = self.proofs_slowed_until(caller.address, self.now()) {
            return Err(OAuthError::TooMany { retry_at });
        }
        match self.authenticate_operator(text.as_bytes()).await {
            Ok(operator) if operator.allows(OperatorScope::ClientsWrite) => {
                Ok(Some(operator.actor(Call::from_address(caller.address))))
            }
            Ok(_) => {
                let why = "the initial access token may not write clients";
                Err(Refusal::new(ErrorCode::InsufficientScope, why).into())
            }
            Err(OperatorTokenError::Failed(error)) => Err(error.into()),
            Err(_) => {
                self.count_failed_proof(caller.address, None)?;
                let why = "the initial access token is not valid";
                Err(Refusal::new(ErrorCode::InvalidToken, why).into())
            }
        }
    }

    /// The registration that a token is of. A client that is gone, disabled or another API's has none.
    pub(super) async fn prove_registration(
        &self,
        caller: &Caller<'_>,
        id: ClientId,
        token: &str,
    ) -> Result<Registration, OAuthError> {
        if let Some(retry_at) = self.proofs_slowed_until(caller.address, self.now()) {
            return Err(OAuthError::TooMany { retry_at });
        }
        let presented = self.vault().hash(Purpose::Registration, token.as_bytes());
        let record = self.store().read().await?.find_client_record(id).await?;
        let is_good = |record: &ClientRecord| {
            let kept = record.registration.map(Lookup::from_bytes);
            kept.is_some_and(|kept| kept.matches(presented))
                && record.client.api == caller.api
                && record.client.disabled_at.is_none()
                && record.workspace_state == WorkspaceState::Active
        };
        match record.filter(is_good) {
            Some(record) => Ok(Registration { record, presented }),
            None => {
                self.count_failed_proof(caller.address, Some(id))?;
                Err(invalid_token())
            }
        }
    }

    pub(super) fn draft_registration_token(&self) -> (Plain, Lookup) {
        let text = generate_key(&token_format(), self.entropy());
        let lookup = self.vault().hash(Purpose::Registration, text.expose().as_bytes());
        (text, lookup)
    }
}

pub(super) fn invalid_token() -> OAuthError {
    Refusal::new(ErrorCode::InvalidToken, "the registration access token is not valid for this client").into()
}

/// Registration tokens have a prefix of their own, so that scanners find leaked ones.
fn token_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_reg_".into(),
        shape: KeyShape::Checked { random: 32 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}
