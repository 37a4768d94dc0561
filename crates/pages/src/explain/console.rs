//! Refusals of what is done in console and portal.

use claviger_domain::{KeyTransitionError, ScopeParseError, UnknownEventType};
use claviger_engine::{
    AccessError, AuditError, ClientError, CreditError, FamilyError, FindingError, KeyError, LeakError,
    MOST_PICTURE_BYTES, OAuthError, PictureError, SandboxError, SignInsError, SigningKeyError,
    TestClockError, TrialError, UsageError, UserError, WebhookError, WorkspaceError,
};

use super::{Explain, fault, sentence};
use crate::contract_files::ContractFilesError;
use crate::trials::TrialFailure;
use crate::words::{Phrase, say};

/// What stays as the error says it, for those who make applications.
fn as_it_is(error: &impl std::fmt::Display) -> Phrase {
    say("explain-as-it-is").with("text", sentence(error))
}

impl Explain for KeyError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownApi => say("explain-no-api"),
            Self::UnknownWorkspace => say("explain-unknown-workspace"),
            Self::UnknownKey => say("explain-unknown-key"),
            Self::NotAllowed(_) => say("explain-role"),
            Self::UndefinedScope(scope) => say("explain-undefined-scope").with("scope", scope),
            Self::NoFormat { environment, .. } => say("explain-no-format").with("environment", environment),
            Self::PairKeepsItsKey => say("explain-pair-keeps-key"),
            Self::EndsTooEarly => say("explain-ends-too-early"),
            Self::LivesTooLong { max_seconds } => say("explain-lives-too-long").count("seconds", max_seconds),
            Self::OverlapTooLong { max_seconds } => {
                say("explain-overlap-too-long").count("seconds", max_seconds)
            }
            Self::Transition(error) => error.explain(),
            Self::ChangedMeanwhile => say("explain-key-changed"),
            Self::IdempotencyMismatch => say("explain-idempotency"),
            Self::Failed(_) => fault(),
            // About what no form has a field for.
            error => as_it_is(error),
        }
    }
}

impl Explain for ContractFilesError {
    fn explain(&self) -> Phrase {
        match self {
            Self::Unknown => say("explain-no-contract"),
            Self::Refused(why) => say("explain-nothing-changed").with("why", why),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for KeyTransitionError {
    fn explain(&self) -> Phrase {
        match self {
            Self::Revoked => say("explain-key-revoked"),
            Self::Disabled => say("explain-key-disabled"),
        }
    }
}

impl Explain for AccessError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownRequest => say("explain-unknown-access-request"),
            Self::UnknownApi => say("explain-unknown-api"),
            Self::NoEnvironment => say("explain-no-environment"),
            Self::NotAllowed(_) => say("explain-role"),
            Self::Ruled => say("explain-ruled"),
            Self::Checked => say("explain-checked"),
            Self::StepsOpen { count } => say("explain-steps-open").count("count", count),
            Self::UndefinedScope(scope) => say("explain-contract-scope").with("scope", scope),
            Self::Shown => say("explain-shown"),
            Self::TooMany { retry_after } => {
                say("explain-too-many-requests").count("seconds", retry_after.as_secs() + 1)
            }
            Self::Busy => say("explain-requests-wait"),
            error @ Self::NoFormat(_) => as_it_is(error),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for ClientError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownClient => say("explain-unknown-client"),
            Self::UnknownApi => say("explain-no-clients"),
            Self::UnknownWorkspace => say("explain-unknown-workspace"),
            Self::NotAllowed(_) => say("explain-role"),
            error @ Self::Metadata(_) => as_it_is(error),
            Self::NoSecret => say("explain-no-secret"),
            Self::OverlapTooLong { max } => {
                say("explain-secrets-overlap").count("days", max.as_secs() / 86_400)
            }
            Self::KeyReused => say("explain-idempotency"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for UserError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownUser => say("explain-unknown-user"),
            Self::UnknownSession => say("explain-user-session"),
            Self::UnknownApi => say("explain-no-users"),
            Self::UnknownWorkspace => say("explain-unknown-workspace"),
            Self::UndefinedScope(scope) => say("explain-undefined-scope").with("scope", scope),
            Self::Taken => say("explain-user-taken"),
            Self::Busy => say("explain-busy"),
            Self::NotAllowed(_) => say("explain-role"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for WebhookError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownWebhook => say("explain-unknown-webhook"),
            Self::UnknownMessage => say("explain-unknown-message"),
            Self::UnknownWorkspace => say("explain-unknown-workspace"),
            Self::NotAllowed(_) => say("explain-role"),
            Self::AddressInside => say("explain-address-inside"),
            Self::TooMany { max } => say("explain-webhooks").count("max", max),
            Self::OverlapTooLong { max_seconds } => {
                say("explain-webhook-overlap").count("seconds", max_seconds)
            }
            Self::Disabled => say("explain-webhook-disabled"),
            Self::Waits => say("explain-waits"),
            Self::ChangedMeanwhile => say("explain-webhook-changed"),
            Self::IdempotencyMismatch => say("explain-idempotency"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for WorkspaceError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownWorkspace => say("explain-unknown-workspace"),
            Self::UnknownPlan(plan) => say("explain-unknown-plan").with("plan", plan),
            Self::IdempotencyMismatch => say("explain-idempotency"),
            Self::NotAllowed(_) => say("explain-role"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for CreditError {
    fn explain(&self) -> Phrase {
        match self {
            Self::EndsTooEarly => say("explain-credits-end"),
            // The rest is about charges, which no page makes.
            error => as_it_is(error),
        }
    }
}

impl Explain for FindingError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownFinding => say("explain-unknown-finding"),
            Self::NotAllowed(_) => say("explain-role"),
            Self::NoKey => say("explain-finding-key"),
            Self::Transition(error) => error.explain(),
            Self::NoteForm => say("explain-note"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for AuditError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownKey => say("explain-unknown-key"),
            Self::NotRecorded => say("explain-not-recorded"),
            Self::UnknownEntry => say("explain-unknown-entry"),
            Self::NotAllowed(_) => say("explain-role"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for SigningKeyError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownApi => say("explain-unknown-api"),
            error @ Self::Symmetric(_) => as_it_is(error),
            Self::NotAllowed(_) => say("explain-role"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for FamilyError {
    fn explain(&self) -> Phrase {
        match self {
            Self::NotAllowed(_) => say("explain-role"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for LeakError {
    fn explain(&self) -> Phrase {
        match self {
            Self::TooMany { retry_after } => {
                say("explain-too-many-reports").count("seconds", retry_after.as_secs() + 1)
            }
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for SandboxError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownApi => say("explain-unknown-api"),
            Self::GoesOn => say("explain-reset-goes-on"),
            Self::NotAllowed(_) => say("explain-role"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for TestClockError {
    fn explain(&self) -> Phrase {
        match self {
            Self::UnknownWorkspace => say("explain-unknown-workspace"),
            error @ Self::Lead(_) => as_it_is(error),
            Self::NotAllowed(_) => say("explain-role"),
            Self::Failed(_) => fault(),
        }
    }
}

impl Explain for TrialError {
    fn explain(&self) -> Phrase {
        match self {
            Self::NotAllowed(_) => say("explain-role"),
            Self::TooMany { retry_after } => {
                say("explain-too-many-trials").count("seconds", retry_after.as_secs() + 1)
            }
        }
    }
}

impl Explain for TrialFailure {
    fn explain(&self) -> Phrase {
        match self {
            Self::TimedOut => say("explain-trial-timed-out"),
            Self::Broken => say("explain-trial-broken"),
        }
    }
}

impl Explain for PictureError {
    fn explain(&self) -> Phrase {
        match self {
            Self::Nothing => say("explain-picture-nothing"),
            Self::TooLarge => say("explain-picture-large").count("most", MOST_PICTURE_BYTES / 1024),
            Self::Kind => say("explain-picture-kind"),
            Self::Client(error) => error.explain(),
        }
    }
}

impl Explain for SignInsError {
    fn explain(&self) -> Phrase {
        match self {
            Self::NotAllowed(_) => say("explain-role"),
            Self::Failed(_) => as_it_is(self),
        }
    }
}

impl Explain for UsageError {
    fn explain(&self) -> Phrase {
        as_it_is(self)
    }
}

impl Explain for OAuthError {
    fn explain(&self) -> Phrase {
        as_it_is(self)
    }
}

/// What a form with no mistake in it does not send.
impl Explain for ScopeParseError {
    fn explain(&self) -> Phrase {
        as_it_is(self)
    }
}

/// What a form with no mistake in it does not send.
impl Explain for UnknownEventType {
    fn explain(&self) -> Phrase {
        as_it_is(self)
    }
}
