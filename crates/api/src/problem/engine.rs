//! The engine's errors as problems. Each variant has its row, so that a new one has to choose its name.

use claviger_domain::KeyTransitionError;
use claviger_engine::{
    AccessError, AuditError, ClientError, CreditError, Error, FamilyError, FindingError, KeyError,
    MemberError, OAuthError, OperatorTokenError, SandboxError, SigningKeyError, TestClockError, UsageError,
    UserError, WebhookError, WorkspaceError,
};
use claviger_oauth::{ErrorCode, Refusal};

use super::{Code, Place, Problem};

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let code = Code::of(error.kind());
        // What failed inside is for the log; the caller learns the title's worth.
        Self::new(code, code.title()).because(error)
    }
}

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        let code = match error {
            KeyError::Failed(inner) => return inner.into(),
            KeyError::UnknownApi => Code::UnknownApi,
            KeyError::UnknownWorkspace => Code::UnknownWorkspace,
            KeyError::UnknownKey | KeyError::UnknownBelonging => Code::NotFound,
            KeyError::NotAllowed(_) => Code::Forbidden,
            KeyError::UndefinedScope(_) => Code::UndefinedScope,
            KeyError::UndefinedCollection(_) => Code::UndefinedCollection,
            KeyError::BelongingForm => Code::InvalidBelonging,
            KeyError::NoFormat { .. } => Code::NoKeyFormat,
            KeyError::PairKeepsItsKey => Code::PairKeepsItsKey,
            KeyError::EndsTooEarly | KeyError::LivesTooLong { .. } => Code::InvalidLifetime,
            KeyError::OverlapTooLong { .. } => Code::OverlapTooLong,
            KeyError::TooMany { .. } => Code::TooMany,
            KeyError::Transition(KeyTransitionError::Revoked) => Code::KeyRevoked,
            KeyError::Transition(KeyTransitionError::Disabled) => Code::KeyDisabled,
            KeyError::ChangedMeanwhile => Code::ChangedMeanwhile,
            KeyError::IdempotencyMismatch => Code::IdempotencyMismatch,
        };
        blamed(code, error.to_string(), error.pointer())
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Failed(inner) => inner.into(),
            AuditError::UnknownKey | AuditError::NotRecorded | AuditError::UnknownEntry => {
                blamed(Code::NotFound, error.to_string(), None)
            }
            AuditError::NotAllowed(_) => blamed(Code::of(error.kind()), error.to_string(), None),
        }
    }
}

impl From<FindingError> for Problem {
    fn from(error: FindingError) -> Self {
        let (code, pointer) = match error {
            FindingError::Failed(inner) => return inner.into(),
            FindingError::UnknownFinding => (Code::NotFound, None),
            FindingError::NotAllowed(_) => (Code::Forbidden, None),
            FindingError::NoKey => (Code::Conflict, None),
            FindingError::Transition(KeyTransitionError::Revoked) => (Code::KeyRevoked, None),
            FindingError::Transition(KeyTransitionError::Disabled) => (Code::KeyDisabled, None),
            FindingError::NoteForm => (Code::InvalidBody, Some("/note")),
        };
        blamed(code, error.to_string(), pointer)
    }
}

impl From<UsageError> for Problem {
    fn from(error: UsageError) -> Self {
        let parameter = match error {
            UsageError::Failed(inner) => return inner.into(),
            UsageError::Backwards => "to",
            UsageError::TooFine(_) | UsageError::NetworksByMinute => "grain",
            UsageError::NetworksOfNone => "credential",
            UsageError::TooMany => "by",
        };
        Self::new(Code::InvalidParameter, error.to_string()).at(Place::Parameter(parameter.into()))
    }
}

impl From<WorkspaceError> for Problem {
    fn from(error: WorkspaceError) -> Self {
        let code = match error {
            WorkspaceError::Failed(inner) => return inner.into(),
            WorkspaceError::UnknownWorkspace => Code::NotFound,
            WorkspaceError::NotAllowed(_) => Code::Forbidden,
            WorkspaceError::UnknownPlan(_) => Code::UnknownPlan,
            WorkspaceError::IdempotencyMismatch => Code::IdempotencyMismatch,
        };
        blamed(code, error.to_string(), error.pointer())
    }
}

impl From<SandboxError> for Problem {
    fn from(error: SandboxError) -> Self {
        let code = match error {
            SandboxError::Failed(inner) => return inner.into(),
            SandboxError::UnknownApi => Code::NotFound,
            SandboxError::GoesOn => Code::ResetGoesOn,
            SandboxError::NotAllowed(_) => Code::Forbidden,
        };
        Self::new(code, error.to_string())
    }
}

impl From<TestClockError> for Problem {
    fn from(error: TestClockError) -> Self {
        let code = match error {
            TestClockError::Failed(inner) => return inner.into(),
            TestClockError::UnknownWorkspace => Code::NotFound,
            TestClockError::Lead(_) => Code::InvalidLifetime,
            TestClockError::NotAllowed(_) => Code::Forbidden,
        };
        blamed(code, error.to_string(), error.pointer())
    }
}

impl From<CreditError> for Problem {
    fn from(error: CreditError) -> Self {
        let code = match error {
            CreditError::Failed(inner) => return inner.into(),
            CreditError::UnknownWorkspace | CreditError::UnknownCharge => Code::NotFound,
            CreditError::NotAllowed(_) => Code::Forbidden,
            CreditError::Exhausted { .. } => Code::CreditsExhausted,
            CreditError::OtherAmount => Code::ChargeDiffers,
            CreditError::Settled(_) => Code::ChargeSettled,
            CreditError::EndsTooEarly => Code::InvalidLifetime,
            CreditError::IdempotencyMismatch => Code::IdempotencyMismatch,
            CreditError::Busy => Code::Unavailable,
        };
        blamed(code, error.to_string(), error.pointer())
    }
}

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        let code = match error {
            MemberError::Failed(inner) => return inner.into(),
            MemberError::LastOwner => Code::LastOwner,
            MemberError::AlreadyMember => Code::AlreadyMember,
            MemberError::AlreadyInvited => Code::AlreadyInvited,
            MemberError::UnknownWorkspace
            | MemberError::UnknownMember
            | MemberError::UnknownInvitation
            | MemberError::NotAllowed(_)
            | MemberError::TooMany { .. }
            | MemberError::Stale
            | MemberError::ForSomeoneElse
            | MemberError::HasAccount
            | MemberError::Busy
            | MemberError::SecondFactorDue(_) => Code::of(error.kind()),
        };
        blamed(code, error.to_string(), error.pointer())
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let code = match error {
            AccessError::Failed(inner) => return inner.into(),
            AccessError::UnknownApi => Code::UnknownApi,
            AccessError::UndefinedScope(_) => Code::UndefinedScope,
            AccessError::Ruled => Code::AccessDecided,
            AccessError::Checked => Code::StepChecked,
            AccessError::StepsOpen { .. } => Code::StepsOpen,
            AccessError::UnknownRequest
            | AccessError::NoEnvironment
            | AccessError::NotAllowed(_)
            | AccessError::Shown
            | AccessError::TooMany { .. }
            | AccessError::Busy
            | AccessError::NoFormat(_) => Code::of(error.kind()),
        };
        blamed(code, error.to_string(), error.pointer())
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        let code = match error {
            WebhookError::Failed(inner) => return inner.into(),
            WebhookError::UnknownWebhook | WebhookError::UnknownMessage => Code::NotFound,
            WebhookError::UnknownWorkspace => Code::UnknownWorkspace,
            WebhookError::NotAllowed(_) => Code::Forbidden,
            WebhookError::AddressInside => Code::InvalidWebhookUrl,
            WebhookError::TooMany { .. } => Code::TooMany,
            WebhookError::OverlapTooLong { .. } => Code::OverlapTooLong,
            WebhookError::Disabled => Code::WebhookDisabled,
            WebhookError::Waits => Code::MessageWaits,
            WebhookError::ChangedMeanwhile => Code::ChangedMeanwhile,
            WebhookError::IdempotencyMismatch => Code::IdempotencyMismatch,
        };
        blamed(code, error.to_string(), error.pointer())
    }
}

impl From<OperatorTokenError> for Problem {
    fn from(error: OperatorTokenError) -> Self {
        let (code, pointer) = match error {
            OperatorTokenError::Failed(inner) => return inner.into(),
            OperatorTokenError::Invalid => (Code::Unauthenticated, None),
            OperatorTokenError::UnknownToken => (Code::NotFound, None),
            OperatorTokenError::NotAllowed(_) => (Code::Forbidden, None),
            OperatorTokenError::EndsTooEarly => (Code::InvalidLifetime, Some("/expires_at")),
            OperatorTokenError::BeyondMaker(_) => (Code::BeyondMaker, Some("/scopes")),
        };
        blamed(code, error.to_string(), pointer)
    }
}

impl From<ClientError> for Problem {
    fn from(error: ClientError) -> Self {
        let (code, pointer) = match error {
            ClientError::Failed(inner) => return inner.into(),
            ClientError::Metadata(refusal) => return refused_metadata(&refusal),
            ClientError::UnknownClient => (Code::NotFound, None),
            ClientError::NotAllowed(_) => (Code::Forbidden, None),
            ClientError::UnknownApi => (Code::UnknownApi, Some("/api")),
            ClientError::UnknownWorkspace => (Code::UnknownWorkspace, Some("/workspace")),
            ClientError::NoSecret => (Code::ClientHasNoSecret, None),
            ClientError::OverlapTooLong { .. } => (Code::OverlapTooLong, Some("/overlap_seconds")),
            ClientError::KeyReused => (Code::IdempotencyMismatch, None),
        };
        blamed(code, error.to_string(), pointer)
    }
}

/// The description is for the developer who registers, and holds nothing that was sent but names.
fn refused_metadata(refusal: &Refusal) -> Problem {
    let detail = refusal.description.to_string();
    match refusal.code {
        ErrorCode::InvalidRedirectUri => blamed(Code::InvalidRedirectUri, detail, Some("/redirect_uris")),
        ErrorCode::InvalidScope => blamed(Code::UndefinedScope, detail, Some("/scope")),
        _ => blamed(Code::InvalidClientMetadata, detail, None),
    }
}

impl From<UserError> for Problem {
    fn from(error: UserError) -> Self {
        let (code, pointer) = match error {
            UserError::Failed(inner) => return inner.into(),
            UserError::UnknownUser | UserError::UnknownSession => (Code::NotFound, None),
            UserError::NotAllowed(_) => (Code::Forbidden, None),
            UserError::UnknownApi => (Code::UnknownApi, Some("/api")),
            UserError::UnknownWorkspace => (Code::UnknownWorkspace, Some("/workspace")),
            UserError::UndefinedScope(_) => (Code::UndefinedScope, Some("/scopes")),
            UserError::Taken => (Code::EmailTaken, Some("/email")),
            UserError::Busy => (Code::Unavailable, None),
        };
        blamed(code, error.to_string(), pointer)
    }
}

impl From<SigningKeyError> for Problem {
    fn from(error: SigningKeyError) -> Self {
        let (code, pointer) = match error {
            SigningKeyError::Failed(inner) => return inner.into(),
            SigningKeyError::NotAllowed(_) => (Code::Forbidden, None),
            SigningKeyError::UnknownApi => (Code::NotFound, None),
            SigningKeyError::Symmetric(_) => (Code::SymmetricAlgorithm, Some("/algorithm")),
        };
        blamed(code, error.to_string(), pointer)
    }
}

impl From<FamilyError> for Problem {
    fn from(error: FamilyError) -> Self {
        match error {
            FamilyError::Failed(inner) => inner.into(),
            FamilyError::NotAllowed(_) => blamed(Code::Forbidden, error.to_string(), None),
        }
    }
}

impl From<OAuthError> for Problem {
    fn from(error: OAuthError) -> Self {
        let code = Code::of(error.kind());
        match error {
            OAuthError::Failed(inner) => inner.into(),
            OAuthError::Refused(refusal) => Self::new(code, refusal.description),
            OAuthError::TooMany { .. } => Self::new(code, code.title()),
        }
    }
}

fn blamed(code: Code, detail: String, pointer: Option<&'static str>) -> Problem {
    let problem = Problem::new(code, detail);
    match pointer {
        Some(pointer) => problem.at(Place::Pointer(pointer.into())),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::{Environment, ErrorKind, KeyKind, OperatorScope};

    fn key_errors() -> Vec<KeyError> {
        vec![
            KeyError::UnknownApi,
            KeyError::UnknownWorkspace,
            KeyError::UnknownKey,
            KeyError::NotAllowed(claviger_domain::NotAllowed),
            KeyError::UndefinedScope("read".parse().unwrap()),
            KeyError::UndefinedCollection("destinations".parse().unwrap()),
            KeyError::UnknownBelonging,
            KeyError::BelongingForm,
            KeyError::NoFormat { kind: KeyKind::Pair, environment: Environment::Test },
            KeyError::PairKeepsItsKey,
            KeyError::EndsTooEarly,
            KeyError::LivesTooLong { max_seconds: 1 },
            KeyError::OverlapTooLong { max_seconds: 1 },
            KeyError::TooMany { what: "limits", max: 1 },
            KeyError::Transition(KeyTransitionError::Revoked),
            KeyError::Transition(KeyTransitionError::Disabled),
            KeyError::ChangedMeanwhile,
            KeyError::IdempotencyMismatch,
        ]
    }

    #[test]
    fn a_problem_is_of_the_same_kind_as_its_error() {
        for error in key_errors() {
            let (kind, said) = (error.kind(), format!("{error:?}"));
            assert_eq!(Problem::from(error).code().kind(), kind, "{said}");
        }
        for error in [
            MemberError::UnknownMember,
            MemberError::LastOwner,
            MemberError::AlreadyMember,
            MemberError::AlreadyInvited,
            MemberError::TooMany { retry_after: std::time::Duration::ZERO },
        ] {
            let (kind, said) = (error.kind(), format!("{error:?}"));
            assert_eq!(Problem::from(error).code().kind(), kind, "{said}");
        }
        for error in [
            AccessError::UnknownRequest,
            AccessError::Ruled,
            AccessError::Checked,
            AccessError::StepsOpen { count: 1 },
            AccessError::UnknownApi,
        ] {
            let (kind, said) = (error.kind(), format!("{error:?}"));
            assert_eq!(Problem::from(error).code().kind(), kind, "{said}");
        }
        for error in [
            WebhookError::UnknownWebhook,
            WebhookError::UnknownWorkspace,
            WebhookError::AddressInside,
            WebhookError::TooMany { max: 1 },
            WebhookError::OverlapTooLong { max_seconds: 1 },
            WebhookError::Disabled,
            WebhookError::Waits,
            WebhookError::ChangedMeanwhile,
            WebhookError::IdempotencyMismatch,
        ] {
            let (kind, said) = (error.kind(), format!("{error:?}"));
            assert_eq!(Problem::from(error).code().kind(), kind, "{said}");
        }
        for error in [WorkspaceError::UnknownWorkspace, WorkspaceError::IdempotencyMismatch] {
            let kind = error.kind();
            assert_eq!(Problem::from(error).code().kind(), kind);
        }
        let refused = OperatorTokenError::BeyondMaker(OperatorScope::KeysWrite);
        assert_eq!(refused.kind(), ErrorKind::Forbidden);
        assert_eq!(Problem::from(refused).code(), Code::BeyondMaker);
    }

    #[test]
    fn a_problem_blames_the_member_the_engine_names() {
        let problem = Problem::from(KeyError::UndefinedScope("wirte".parse().unwrap()));
        assert_eq!(
            problem.first_error(),
            serde_json::json!({"pointer": "/scopes", "detail": "the API has no scope `wirte`"})
        );
    }

    #[test]
    fn refused_metadata_blames_what_rfc_7591_blames() {
        for (code, problem, pointer) in [
            (ErrorCode::InvalidRedirectUri, Code::InvalidRedirectUri, Some("/redirect_uris")),
            (ErrorCode::InvalidScope, Code::UndefinedScope, Some("/scope")),
            (ErrorCode::InvalidClientMetadata, Code::InvalidClientMetadata, None),
        ] {
            let refused = Problem::from(ClientError::Metadata(Refusal::new(code, "no")));
            assert_eq!(refused.code(), problem);
            assert_eq!(refused.first_error().get("pointer").and_then(|value| value.as_str()), pointer);
        }
    }

    #[test]
    fn errors_of_clients_users_and_signing_keys_have_their_names() {
        let symmetric = SigningKeyError::Symmetric(claviger_domain::Algorithm::Hs256);
        for (problem, code, status) in [
            (Problem::from(ClientError::UnknownClient), "not_found", 404),
            (ClientError::UnknownApi.into(), "unknown_api", 400),
            (ClientError::NoSecret.into(), "client_has_no_secret", 400),
            (ClientError::KeyReused.into(), "idempotency_mismatch", 422),
            (UserError::Taken.into(), "email_taken", 409),
            (UserError::Busy.into(), "unavailable", 503),
            (UserError::UnknownUser.into(), "not_found", 404),
            (UserError::UnknownSession.into(), "not_found", 404),
            (SigningKeyError::UnknownApi.into(), "not_found", 404),
            (symmetric.into(), "symmetric_algorithm", 400),
            (OAuthError::from(Refusal::new(ErrorCode::ServerError, "no")).into(), "internal", 500),
        ] {
            assert_eq!((problem.code().as_str(), problem.code().status()), (code, status));
        }
    }

    #[test]
    fn a_used_idempotency_key_is_422() {
        assert_eq!(Problem::from(KeyError::IdempotencyMismatch).code().status(), 422);
    }
}
