//! The state of a passkey's ceremony between its two halves: sealed and kept by the browser, so that beginning one
//! writes nothing.

use std::time::Duration;

use claviger_domain::{AccountId, SessionId, Timestamp};
use claviger_secrets::{Purpose, SealContext};
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::Url;
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::account_error::AccountError;
use crate::engine::Engine;

/// How long a person may take.
const LIFE: Duration = Duration::from_secs(5 * 60);
/// The longest sealed state that is looked at.
const LONGEST: usize = 64 * 1024;

/// What a ceremony is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// A new passkey of this account.
    Registration {
        account: AccountId,
    },
    SignIn,
    /// Proving once more who is signed in by this session.
    Confirmation {
        session: SessionId,
    },
}

/// One half of a ceremony, for the browser.
#[derive(Clone, Debug)]
pub struct PasskeyCeremony {
    /// What `navigator.credentials` is called with, as JSON.
    pub options: String,
    /// What has to come back with its answer: sealed, URL-safe, good for five minutes.
    pub state: String,
}

/// A ceremony that was ours and is not too old.
pub(super) struct Ceremony<S> {
    pub(super) state: S,
    /// The name under which it is spent.
    pub(super) lookup: [u8; 32],
    /// When it is too old by itself.
    pub(super) ends_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Sealed<S> {
    ends_at: i64,
    state: S,
}

/// The relying party of an origin: its host, whatever other origins there are.
pub(super) fn relying_party(origin: &str) -> Result<Webauthn, AccountError> {
    let url: Url = origin.parse().map_err(|_| AccountError::NotOffered)?;
    let host = url.domain().ok_or(AccountError::NotOffered)?;
    WebauthnBuilder::new(host, &url)
        .and_then(|builder| builder.rp_name(host).timeout(LIFE).build())
        .map_err(|_| AccountError::NotOffered)
}

impl Engine {
    pub(super) fn open_ceremony<S: Serialize>(
        &self,
        origin: &str,
        stage: Stage,
        options: &impl Serialize,
        state: &S,
    ) -> Result<PasskeyCeremony, AccountError> {
        let options = serde_json::to_string(options).map_err(|_| claviger_secrets::Error::Crypto)?;
        Ok(PasskeyCeremony { options, state: self.seal_ceremony(&stage.place(origin), LIFE, state)? })
    }

    /// The state of anything that a browser goes away with and comes back, good for one place.
    pub(super) fn seal_ceremony<S: Serialize>(
        &self,
        place: &str,
        life: Duration,
        state: &S,
    ) -> Result<String, AccountError> {
        let sealed = Sealed { ends_at: self.now().plus(life).micros(), state };
        let plain = serde_json::to_vec(&sealed).map_err(|_| claviger_secrets::Error::Crypto)?;
        let sealed = self.sealer().seal(context(place), &plain, self.entropy())?;
        Ok(BASE64URL_NOPAD.encode(&sealed))
    }

    /// Opens the state of a ceremony of this origin and stage.
    pub(super) fn read_ceremony<S: DeserializeOwned>(
        &self,
        origin: &str,
        stage: Stage,
        text: &str,
    ) -> Result<Ceremony<S>, AccountError> {
        self.unseal_ceremony(&stage.place(origin), text)
    }

    /// Opens a state that was sealed for this place.
    pub(super) fn unseal_ceremony<S: DeserializeOwned>(
        &self,
        place: &str,
        text: &str,
    ) -> Result<Ceremony<S>, AccountError> {
        if text.len() > LONGEST {
            return Err(AccountError::Stale);
        }
        let sealed = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| AccountError::Stale)?;
        let plain = self.sealer().open(context(place), &sealed).map_err(|_| AccountError::Stale)?;
        let Sealed { ends_at, state } = serde_json::from_slice(&plain).map_err(|_| AccountError::Stale)?;
        let ends_at = Timestamp::from_micros(ends_at);
        if self.now() >= ends_at {
            return Err(AccountError::Stale);
        }
        let lookup = self.vault().hash(Purpose::Ceremony, text.as_bytes()).bytes();
        Ok(Ceremony { state, lookup, ends_at })
    }
}

impl Stage {
    fn place(self, origin: &str) -> String {
        match self {
            Self::Registration { account } => format!("registration {account} {origin}"),
            Self::SignIn => format!("sign-in {origin}"),
            Self::Confirmation { session } => format!("confirmation {session} {origin}"),
        }
    }
}

fn context(row: &str) -> SealContext<'_> {
    SealContext { place: "passkey.ceremony", row }
}
