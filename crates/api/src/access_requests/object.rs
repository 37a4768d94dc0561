//! Requests for access as JSON.

use claviger_domain::{
    AccessRequest, AccessRequestId, ApiId, Environment, ReviewCheck, ReviewStep, Ruling, ScopeSet, Timestamp,
    WorkspaceId, open_steps,
};
use claviger_engine::Review;
use serde::Serialize;
use utoipa::ToSchema;

use crate::words::{EnvironmentWord, ReviewStepWord};

/// Whether a request was decided.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum AccessRequestStatus {
    /// Not yet.
    Waiting,
    /// It has a workspace.
    Approved,
    /// It was turned down.
    Declined,
}

/// A step of the review that was checked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReviewCheck)]
pub(crate) struct ReviewCheckObject<'r> {
    /// Which.
    #[schema(value_type = ReviewStepWord)]
    step: &'static str,
    /// What was found.
    note: Option<&'r str>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    checked_at: Timestamp,
    /// By whom.
    checked_by: &'r str,
}

impl<'r> From<&'r ReviewCheck> for ReviewCheckObject<'r> {
    fn from(check: &'r ReviewCheck) -> Self {
        Self {
            step: check.step.as_str(),
            note: check.note.as_ref().map(claviger_domain::Prose::as_str),
            checked_at: check.checked_at,
            checked_by: &check.checked_by,
        }
    }
}

/// What was decided about a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessDecision)]
pub(crate) struct DecisionObject<'r> {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// By whom.
    by: &'r str,
    /// The workspace that came of it, when it was approved.
    #[schema(value_type = Option<String>)]
    workspace: Option<WorkspaceId>,
    /// What the first keys may do, when it was approved.
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<&'r ScopeSet>,
    /// Why not, when it was declined.
    reason: Option<&'r str>,
}

/// Somebody outside who asks for credentials.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccessRequest)]
pub(crate) struct AccessRequestObject<'r> {
    /// Its id.
    #[schema(value_type = String, example = "acr_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: AccessRequestId,
    /// For which API.
    #[schema(value_type = String)]
    api: ApiId,
    /// How it stands.
    state: AccessRequestStatus,
    /// Who asks.
    #[schema(example = "Acme Ltd")]
    company: &'r str,
    /// The person to talk to.
    contact: &'r str,
    /// Their address.
    email: &'r str,
    /// What for.
    use_case: &'r str,
    /// Where they want to go.
    #[schema(value_type = Vec<EnvironmentWord>)]
    environments: &'r [Environment],
    /// What was checked, oldest first. Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<ReviewCheckObject>>)]
    checks: Option<Vec<ReviewCheckObject<'r>>>,
    /// The steps that nobody has checked. Left out in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<ReviewStepWord>>)]
    open_steps: Option<Vec<&'static str>>,
    /// What was decided; null while it waits.
    decision: Option<DecisionObject<'r>>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl<'r> From<&'r Review> for AccessRequestObject<'r> {
    fn from(Review { request, checks }: &'r Review) -> Self {
        Self {
            checks: Some(checks.iter().map(ReviewCheckObject::from).collect()),
            open_steps: Some(open_steps(checks).into_iter().map(ReviewStep::as_str).collect()),
            ..Self::from(request)
        }
    }
}

impl<'r> From<&'r AccessRequest> for AccessRequestObject<'r> {
    fn from(request: &'r AccessRequest) -> Self {
        let decision = request.ruled.as_ref().map(|ruled| {
            let (workspace, scopes, reason) = match &ruled.ruling {
                Ruling::Approved { workspace, scopes } => (Some(*workspace), Some(scopes), None),
                Ruling::Declined { reason } => (None, None, Some(reason.as_str())),
            };
            DecisionObject { at: ruled.at, by: &ruled.by, workspace, scopes, reason }
        });
        Self {
            id: request.id,
            api: request.api,
            state: match request.ruled.as_ref().map(|ruled| &ruled.ruling) {
                None => AccessRequestStatus::Waiting,
                Some(Ruling::Approved { .. }) => AccessRequestStatus::Approved,
                Some(Ruling::Declined { .. }) => AccessRequestStatus::Declined,
            },
            company: request.company.as_str(),
            contact: request.contact.as_str(),
            email: request.email.as_str(),
            use_case: request.use_case.as_str(),
            environments: &request.environments,
            checks: None,
            open_steps: None,
            decision,
            created_at: request.created_at,
        }
    }
}
