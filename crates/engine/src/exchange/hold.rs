//! What a purchase looks at again in its transaction, so that a token is never sold for a credential that has ended.

use claviger_domain::{AccountId, ClientId, DenialReason, KeyId, Timestamp};
use claviger_secrets::PasswordHash;
use claviger_store::Tx;

use super::ExchangeError;

/// A credential as it was when it was proved. Whoever ends or changes it waits for the purchase, or the purchase for
/// them.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "one lives for one login; a box would only move it")]
pub(super) enum Hold {
    Key {
        key: KeyId,
        /// The keyed hash of its secret.
        secret: Option<[u8; 32]>,
    },
    Client {
        client: ClientId,
        /// The keyed hash of the secret that was presented.
        secret: [u8; 32],
    },
    User {
        account: AccountId,
        password: PasswordHash,
    },
}

impl Hold {
    /// Holds the credential until the transaction ends.
    pub(super) async fn take(&self, tx: &mut Tx, now: Timestamp) -> Result<(), ExchangeError> {
        let is_good = match self {
            Self::Key { key, secret } => {
                tx.hold_key(*key).await?
                    && tx.find_key(*key, None).await?.and_then(|key| key.secret) == *secret
            }
            Self::Client { client, secret } => {
                let is_its =
                    |known: &claviger_domain::ClientSecret| known.lookup == *secret && known.is_alive(now);
                tx.hold_client(*client).await?
                    && tx
                        .find_client_record(*client)
                        .await?
                        .is_some_and(|record| record.secrets.iter().any(is_its))
            }
            Self::User { account, password } => {
                tx.hold_account(*account).await? && tx.hold_password(*account, password).await?
            }
        };
        if is_good { Ok(()) } else { Err(ExchangeError::Refused(DenialReason::Revoked)) }
    }
}
