//! The ways to sign in to an account, of which one is always left.

use claviger_domain::AccountId;
use claviger_store::Tx;

use crate::account_error::AccountError;

/// Refuses to leave an account without a way in; the account is held.
pub(super) async fn require_another_way_in(tx: &mut Tx, account: AccountId) -> Result<(), AccountError> {
    let has_password = tx.find_account_record(account).await?.is_some_and(|record| record.password.is_some());
    let has_another = has_password
        || !tx.list_passkeys(account).await?.is_empty()
        || !tx.list_upstream_identities(account).await?.is_empty();
    if has_another { Ok(()) } else { Err(AccountError::OnlyWayIn) }
}
