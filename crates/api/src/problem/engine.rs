//! The engine's errors as problems. Each variant has its row, so that a new one has to choose its name.

use claviger_domain::KeyTransitionError;
use claviger_engine::{Error, KeyError, OperatorTokenError, WorkspaceError};

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

impl From<WorkspaceError> for Problem {
    fn from(error: WorkspaceError) -> Self {
        let code = match error {
            WorkspaceError::Failed(inner) => return inner.into(),
            WorkspaceError::UnknownWorkspace => Code::NotFound,
            WorkspaceError::UnknownPlan(_) => Code::UnknownPlan,
            WorkspaceError::IdempotencyMismatch => Code::IdempotencyMismatch,
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
            OperatorTokenError::EndsTooEarly => (Code::InvalidLifetime, Some("/expires_at")),
            OperatorTokenError::BeyondMaker(_) => (Code::BeyondMaker, Some("/scopes")),
        };
        blamed(code, error.to_string(), pointer)
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
    fn a_used_idempotency_key_is_422() {
        assert_eq!(Problem::from(KeyError::IdempotencyMismatch).code().status(), 422);
    }
}
