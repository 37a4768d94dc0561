//! The verdict on the wire.

use claviger_domain::{ChargeId, Environment, Outcome, Principal, ScopeSet, Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;

use super::judge::Verdict;
use crate::limits::{LimitStates, LimitStatus};
use crate::words::EnvironmentWord;

/// Room for an answer with a few scopes and limits, so that it is written without growing.
const USUAL_BYTES: usize = 768;

/// Whether the credential is good, whose it is, and what is left of its limits.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "valid": true, "code": "VALID", "request_id": "req_06f0z7q4s9v8n3c2k1m5t7x9d0",
    "principal": {
        "workspace": "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0", "kind": "key",
        "credential": "key_06f0z7q4s9v8n3c2k1m5t7x9d0", "subject": null, "client": null,
        "scopes": ["read:leads"], "environment": "live",
    },
    "limits": [{
        "name": "per-minute", "requests": 600, "per_seconds": 60, "remaining": 599,
        "reset_at": "2026-01-31T12:00:00.1Z", "retry_at": null,
    }],
    "expires_at": null,
}))]
pub(crate) struct VerifyAnswer<'v> {
    /// Whether the request may go on.
    valid: bool,
    /// `VALID`, or why not: `MISSING`, `MALFORMED`, `UNKNOWN`, `REVOKED`, `EXPIRED`, `NOT_YET_VALID`, `DISABLED`,
    /// `WRONG_ENVIRONMENT`, `WRONG_KIND`, `ADDRESS_NOT_ALLOWED`, `WRONG_WORKSPACE`, `INSUFFICIENT_SCOPE`,
    /// `RATE_LIMITED`, `CREDITS_EXHAUSTED`, `UNKNOWN_ROUTE`, `INVALID_REQUEST`, `FOREIGN_VALUE`, `UNPROVED`,
    /// `CROSS_SITE`.
    code: &'static str,
    /// The id under which the server logged the call.
    request_id: &'v str,
    /// Whom the credential stands for; null when it is nobody's, or when the route is open to everyone.
    principal: Option<PrincipalObject<'v>>,
    /// The limits the request was counted against.
    #[schema(value_type = Vec<LimitStatus>)]
    limits: LimitStates<'v>,
    /// When the credential ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// The charge of credits that the route costs, to be refunded if the request is not served after all.
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<&'v str>,
}

/// Whom a credential stands for.
#[derive(Serialize, ToSchema)]
#[schema(as = Principal)]
pub(crate) struct PrincipalObject<'v> {
    /// The workspace the credential belongs to.
    #[schema(value_type = String)]
    workspace: WorkspaceId,
    /// `key`, `token` or `session`.
    kind: &'static str,
    /// The credential's id.
    credential: &'v str,
    /// The end user, where there is one.
    subject: Option<&'v str>,
    /// The OAuth client, where there is one.
    client: Option<&'v str>,
    /// What it may do.
    #[schema(value_type = Vec<String>)]
    scopes: &'v ScopeSet,
    /// The world it belongs to.
    #[schema(value_type = EnvironmentWord)]
    environment: Environment,
}

impl<'v> From<&'v Principal> for PrincipalObject<'v> {
    fn from(principal: &'v Principal) -> Self {
        Self {
            workspace: principal.workspace,
            kind: principal.kind.as_str(),
            credential: &principal.credential,
            subject: principal.subject.as_deref(),
            client: principal.client.as_deref(),
            scopes: &principal.scopes,
            environment: principal.environment,
        }
    }
}

impl<'v> VerifyAnswer<'v> {
    /// The answer that says this verdict.
    pub(super) fn new(verdict: &'v Verdict, request_id: &'v str) -> Self {
        let principal = verdict.principal();
        let (valid, code, limits, charge) = match verdict {
            Verdict::Public => (true, "VALID", &[][..], None),
            Verdict::Decided(decision) => {
                let valid = matches!(decision.outcome, Outcome::Allow(_));
                let charge = decision.charge.as_ref().filter(|_| valid).map(ChargeId::as_str);
                (valid, decision.code(), &*decision.limits, charge)
            }
        };
        Self {
            valid,
            code,
            request_id,
            principal: principal.map(PrincipalObject::from),
            limits: LimitStates(limits),
            expires_at: principal.and_then(|principal| principal.expires_at),
            charge,
        }
    }

    /// The answer as JSON, in one buffer.
    pub(super) fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut body = Vec::with_capacity(USUAL_BYTES);
        serde_json::to_writer(&mut body, self)?;
        Ok(body)
    }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
