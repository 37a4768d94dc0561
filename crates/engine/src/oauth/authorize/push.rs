//! Authorization requests that clients push beforehand (RFC 9126), so that no browser can change them.

use std::time::Duration;

use claviger_domain::{Environment, KeyFormat, KeyKind, KeyShape};
use claviger_oauth::{ErrorCode, PUSHED_REQUEST_PREFIX, Parameters, Refusal};
use claviger_secrets::{Purpose, generate_key};
use claviger_store::PushedRequest;

use super::flow::Pending;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::oauth::asking::AuthenticatedClient;
use crate::oauth::error::OAuthError;

/// How long a request URI can be begun with.
const LIFETIME: Duration = Duration::from_secs(90);
/// What proves the client, and is not kept.
const PROOFS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

impl Engine {
    /// Takes an authorization request from its client beforehand (RFC 9126): the request URI, and how long it lives.
    ///
    /// # Errors
    /// With the registered code for whatever is not good; when the database fails.
    pub async fn push_authorization(
        &self,
        caller: &Caller<'_>,
        client: &AuthenticatedClient,
        parameters: &Parameters,
    ) -> Result<(String, Duration), OAuthError> {
        let client = client.client();
        let invalid = |why: &'static str| Refusal::new(ErrorCode::InvalidRequest, why);
        if parameters.get("request_uri").is_some() {
            return Err(invalid("a pushed request cannot name another (RFC 9126 section 2.1)").into());
        }
        let id = client.id.to_string();
        if parameters.get("client_id").is_some_and(|named| named != id) {
            return Err(invalid("client_id is another client's").into());
        }
        let is_kept = |name: &str| name != "client_id" && !PROOFS.contains(&name);
        let kept = parameters.pairs().iter().filter(|(name, _)| is_kept(name)).cloned();
        let pairs: Vec<_> = std::iter::once(("client_id".to_owned(), id)).chain(kept).collect();
        // Refused now rather than in front of the user (section 2.3). Asked again then: much can change meanwhile.
        let pending = Pending::pushed_with(self.now(), pairs.clone());
        let bound = self.bind(caller, &pending.parameters()).await?;
        self.read_wanted(caller, &bound, &pending).await?;
        let name = generate_key(&name_format(), self.entropy());
        let uri = format!("{PUSHED_REQUEST_PREFIX}{}", name.expose());
        let lookup = self.vault().hash(Purpose::PushedRequest, uri.as_bytes()).bytes();
        let now = self.now();
        let row = PushedRequest {
            client: client.id,
            request: serde_json::to_string(&pairs).map_err(Error::from)?,
            created_at: now,
            expires_at: now.plus(LIFETIME),
            consumed_at: None,
        };
        self.store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move { Ok(tx.insert_pushed_request(&lookup, &row).await?) })
            })
            .await?;
        Ok((uri, LIFETIME))
    }
}

fn name_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_par_".into(),
        shape: KeyShape::Checked { random: 32 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}
