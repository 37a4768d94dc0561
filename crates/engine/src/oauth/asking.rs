//! Who asks an OAuth endpoint, and how they proved it.

use std::net::IpAddr;
use std::sync::Arc;

use claviger_domain::{AssertionRules, Client, ClientAuthentication, ClientId, GrantType, Terms, Timestamp};
use claviger_oauth::{ClientProof, ErrorCode, Refusal};
use claviger_secrets::Purpose;

use super::error::OAuthError;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::failures::Source;
use crate::known_client::KnownClient;

/// How clients may prove themselves at an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct ClientRules<'r> {
    /// The methods that the endpoint accepts; empty for those of the API.
    pub methods: &'r [ClientAuthentication],
    /// What assertions must be, beyond what RFC 7523 says.
    pub assertion: Option<&'r AssertionRules>,
    /// The endpoint's own address, which assertions have to name.
    pub endpoint: &'r str,
}

/// The proof that a client is who it says. Only the engine makes one.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    client: Arc<Client>,
    method: ClientAuthentication,
}

impl AuthenticatedClient {
    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// How it proved itself; a public client merely named itself.
    pub const fn method(&self) -> ClientAuthentication {
        self.method
    }
}

/// What a token endpoint sells.
#[derive(Clone, Copy, Debug)]
pub struct TokenTerms<'t> {
    /// The grants it takes.
    pub grants: &'t [GrantType],
    /// What comes of them.
    pub terms: &'t Terms,
}

/// A request to the token endpoint, as far as it is settled before its grant is looked at.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) caller: &'a Caller<'a>,
    /// Who asks.
    pub(super) client: &'a AuthenticatedClient,
    pub(super) terms: &'a Terms,
    /// The thumbprint of the key whose possession was proved: what is issued is bound to it (RFC 9449 section 5).
    pub(super) jkt: Option<&'a str>,
}

/// A proof of possession (RFC 9449 section 4) as it came.
#[derive(Clone, Copy)]
pub struct DpopProof<'p> {
    /// The JWT.
    pub jwt: &'p str,
    /// The request's method.
    pub method: &'p str,
    /// The request's address without query and fragment.
    pub url: &'p str,
}

impl std::fmt::Debug for DpopProof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DpopProof(…)")
    }
}

/// What every refusal of a client says, so that nothing can be learned from it.
const NOT_PROVEN: &str = "the client is unknown, or did not prove who it is";

impl Engine {
    /// Whether a client is who it says.
    ///
    /// Failures are counted by address and by client. Beyond the limit those that fail are slowed; a client that presents
    /// the right secret is let in even then, so that nobody's guesses lock it out.
    ///
    /// # Errors
    /// `invalid_client` for a client of another API, an unknown or disabled one, a wrong secret or assertion, or a
    /// method that is not the client's or not the endpoint's; when too many attempts failed or the database fails.
    pub async fn authenticate_client(
        &self,
        caller: &Caller<'_>,
        proof: &ClientProof,
        rules: &ClientRules<'_>,
    ) -> Result<AuthenticatedClient, OAuthError> {
        let now = self.now();
        let slowed = self.proofs_slowed_until(caller.address, now);
        let id = claimed_id(proof);
        let known = match (id, slowed) {
            (None, _) => None,
            (Some(id), None) => self.find_known_client(id, now).await?,
            (Some(id), Some(_)) => self.find_slowed_client(caller.address, id, now).await?,
        };
        // Hashed whoever it is: an unknown client must not be answered faster.
        let is_right = self.is_secret_right(proof, known.as_deref(), now);
        let method = proof.method();
        let admitted = known.filter(|known| is_admitted(known.client(), caller, method, rules));
        let verdict = match (admitted, proof) {
            (Some(known), ClientProof::Assertion { assertion, .. }) if slowed.is_none() => {
                self.check_assertion(caller, known.client(), assertion, rules).await.map(|()| known)
            }
            (Some(known), _) if is_right => Ok(known),
            _ => Err(Refusal::new(ErrorCode::InvalidClient, NOT_PROVEN).into()),
        };
        match (verdict, slowed) {
            (Ok(known), _) => {
                self.note_client_use(&known, now);
                Ok(AuthenticatedClient { client: Arc::clone(known.client()), method })
            }
            (Err(_), Some(retry_at)) => Err(OAuthError::TooMany { retry_at }),
            (Err(OAuthError::Refused(refusal)), None) => {
                self.count_failed_proof(caller.address, id)?;
                Err(refusal.into())
            }
            (Err(other), None) => Err(other),
        }
    }

    /// A client at an address that is slowed: from memory, or by a read, of which an address that makes clients up has
    /// only a few a minute.
    async fn find_slowed_client(
        &self,
        address: IpAddr,
        id: ClientId,
        now: Timestamp,
    ) -> Result<Option<Arc<KnownClient>>, OAuthError> {
        if let Some(known) = self.remembered_client(id, now) {
            return Ok(Some(known));
        }
        let limit = self.options().failed_client_proofs_per_minute;
        let Ok(ticket) = self.failures().take(&Source::strangers(address), limit, now) else {
            return Ok(None);
        };
        let found = self.find_known_client(id, now).await?;
        if found.is_some() {
            ticket.give_back();
        }
        Ok(found)
    }

    /// Whether a secret is the client's, or none is needed.
    fn is_secret_right(&self, proof: &ClientProof, known: Option<&KnownClient>, now: Timestamp) -> bool {
        match proof {
            ClientProof::Public { .. } => known.is_some_and(|known| known.client().is_public()),
            ClientProof::Secret { secret, .. } => {
                let presented = self.vault().hash(Purpose::ClientSecret, secret.as_bytes());
                known.is_some_and(|known| known.has_secret(presented, now))
            }
            ClientProof::Assertion { .. } => false,
        }
    }

    /// Until when attempts from an address that fail are slowed, where too many have.
    pub(super) fn proofs_slowed_until(&self, address: IpAddr, now: Timestamp) -> Option<Timestamp> {
        let limit = self.options().failed_client_proofs_per_minute;
        self.failures().wait(&Source::proofs(address), limit, now).map(|wait| now.plus(wait))
    }

    /// Counts a failure against its address and the client it named. Too many at one client are told so, wherever they
    /// come from.
    pub(super) fn count_failed_proof(&self, address: IpAddr, id: Option<ClientId>) -> Result<(), OAuthError> {
        let (now, limit) = (self.now(), self.options().failed_client_proofs_per_minute);
        tracing::info!(%address, client = id.map(tracing::field::display), "a client failed to prove itself");
        // A ticket that is not given back counts as a failure.
        drop(self.failures().take(&Source::proofs(address), limit, now));
        let Some(id) = id else { return Ok(()) };
        match self.failures().take(&Source::Client(id), limit, now) {
            Ok(ticket) => {
                drop(ticket);
                Ok(())
            }
            Err(wait) => Err(OAuthError::TooMany { retry_at: now.plus(wait) }),
        }
    }
}

/// Whom a proof says it is of: beside an assertion and inside it the same.
fn claimed_id(proof: &ClientProof) -> Option<ClientId> {
    let id = match proof {
        ClientProof::Assertion { id, assertion } => {
            let inside = Engine::assertion_subject(assertion)?;
            if id.as_ref().is_some_and(|id| *id != inside) {
                return None;
            }
            inside
        }
        ClientProof::Public { id } | ClientProof::Secret { id, .. } => id.clone(),
    };
    id.parse().ok()
}

/// Whether this client may come here by this method at all.
pub(crate) fn is_admitted(
    client: &Client,
    caller: &Caller<'_>,
    method: ClientAuthentication,
    rules: &ClientRules<'_>,
) -> bool {
    let offered = match rules.methods {
        [] => caller.policy.tokens.client_authentication.as_slice(),
        methods => methods,
    };
    let registered = client.metadata.authentication;
    // Header and body are two places for one secret.
    let is_its_own = registered == method || registered.has_secret() && method.has_secret();
    client.api == caller.api
        && client.disabled_at.is_none()
        && caller.environment.is_none_or(|environment| environment == client.environment)
        && is_its_own
        && method.is_among(offered)
}
