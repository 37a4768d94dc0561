//! How many rows there are, table by table.

use std::collections::BTreeMap;

use crate::conn::{Conn, survey};
use crate::error::Error;
use crate::statements::statements;

statements! {
    COUNT = "SELECT 'access_check', COUNT(*) FROM access_check \
        UNION ALL SELECT 'access_request', COUNT(*) FROM access_request \
        UNION ALL SELECT 'account', COUNT(*) FROM account \
        UNION ALL SELECT 'account_password', COUNT(*) FROM account_password \
        UNION ALL SELECT 'api', COUNT(*) FROM api \
        UNION ALL SELECT 'api_key', COUNT(*) FROM api_key \
        UNION ALL SELECT 'audit', COUNT(*) FROM audit \
        UNION ALL SELECT 'authorization_code', COUNT(*) FROM authorization_code \
        UNION ALL SELECT 'change', COUNT(*) FROM change \
        UNION ALL SELECT 'change_counter', COUNT(*) FROM change_counter \
        UNION ALL SELECT 'client', COUNT(*) FROM client \
        UNION ALL SELECT 'client_grant', COUNT(*) FROM client_grant \
        UNION ALL SELECT 'client_logo', COUNT(*) FROM client_logo \
        UNION ALL SELECT 'client_origin', COUNT(*) FROM client_origin \
        UNION ALL SELECT 'client_picture', COUNT(*) FROM client_picture \
        UNION ALL SELECT 'client_secret', COUNT(*) FROM client_secret \
        UNION ALL SELECT 'credit_charge', COUNT(*) FROM credit_charge \
        UNION ALL SELECT 'credit_grant', COUNT(*) FROM credit_grant \
        UNION ALL SELECT 'credit_refill', COUNT(*) FROM credit_refill \
        UNION ALL SELECT 'device_code', COUNT(*) FROM device_code \
        UNION ALL SELECT 'ended_token', COUNT(*) FROM ended_token \
        UNION ALL SELECT 'finding', COUNT(*) FROM finding \
        UNION ALL SELECT 'habit', COUNT(*) FROM habit \
        UNION ALL SELECT 'idempotency', COUNT(*) FROM idempotency \
        UNION ALL SELECT 'invitation', COUNT(*) FROM invitation \
        UNION ALL SELECT 'job_lease', COUNT(*) FROM job_lease \
        UNION ALL SELECT 'key_belonging', COUNT(*) FROM key_belonging \
        UNION ALL SELECT 'key_generation', COUNT(*) FROM key_generation \
        UNION ALL SELECT 'mail_token', COUNT(*) FROM mail_token \
        UNION ALL SELECT 'member', COUNT(*) FROM member \
        UNION ALL SELECT 'node', COUNT(*) FROM node \
        UNION ALL SELECT 'operator_token', COUNT(*) FROM operator_token \
        UNION ALL SELECT 'passkey', COUNT(*) FROM passkey \
        UNION ALL SELECT 'pushed_request', COUNT(*) FROM pushed_request \
        UNION ALL SELECT 'recovery_code', COUNT(*) FROM recovery_code \
        UNION ALL SELECT 'reminder', COUNT(*) FROM reminder \
        UNION ALL SELECT 'sandbox_reset', COUNT(*) FROM sandbox_reset \
        UNION ALL SELECT 'seen_once', COUNT(*) FROM seen_once \
        UNION ALL SELECT 'session', COUNT(*) FROM session \
        UNION ALL SELECT 'setting', COUNT(*) FROM setting \
        UNION ALL SELECT 'sighting', COUNT(*) FROM sighting \
        UNION ALL SELECT 'sign_in_tally', COUNT(*) FROM sign_in_tally \
        UNION ALL SELECT 'signing_key', COUNT(*) FROM signing_key \
        UNION ALL SELECT 'test_clock', COUNT(*) FROM test_clock \
        UNION ALL SELECT 'token', COUNT(*) FROM token \
        UNION ALL SELECT 'token_family', COUNT(*) FROM token_family \
        UNION ALL SELECT 'told_end', COUNT(*) FROM told_end \
        UNION ALL SELECT 'told_limit', COUNT(*) FROM told_limit \
        UNION ALL SELECT 'totp', COUNT(*) FROM totp \
        UNION ALL SELECT 'upstream_identity', COUNT(*) FROM upstream_identity \
        UNION ALL SELECT 'usage', COUNT(*) FROM usage \
        UNION ALL SELECT 'usage_batch', COUNT(*) FROM usage_batch \
        UNION ALL SELECT 'usage_flush', COUNT(*) FROM usage_flush \
        UNION ALL SELECT 'usage_origin', COUNT(*) FROM usage_origin \
        UNION ALL SELECT 'usage_total', COUNT(*) FROM usage_total \
        UNION ALL SELECT 'webhook', COUNT(*) FROM webhook \
        UNION ALL SELECT 'webhook_attempt', COUNT(*) FROM webhook_attempt \
        UNION ALL SELECT 'webhook_message', COUNT(*) FROM webhook_message \
        UNION ALL SELECT 'workspace', COUNT(*) FROM workspace";
}

impl Conn {
    /// The number of rows of each table, the schema's own record left out. It reads every table, so it is for tests
    /// and for operators who ask where the space went.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_rows(&mut self) -> Result<BTreeMap<String, u64>, Error> {
        let rows = survey!(self, (String, i64), COUNT)?;
        Ok(rows.into_iter().map(|(table, rows)| (table, u64::try_from(rows).unwrap_or_default())).collect())
    }
}
