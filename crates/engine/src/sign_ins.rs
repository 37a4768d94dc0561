//! How often people sign in or are refused: counted where it happens, written with usage, asked for by operators.

use std::ops::Range;

use claviger_domain::{Actor, ErrorKind, Grain, NotAllowed, Pool, SignInOutcome, Timestamp};
use claviger_store::SignInSum;

use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::error::Error;
use crate::sign_in::{IssuedSession, SignInError};

/// By what sign-ins are added up. Minutes tell nobody more.
const GRAINS: [Grain; 2] = [Grain::Hour, Grain::Day];

/// Why sign-ins cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum SignInsError {
    /// Only the provider is told.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl SignInsError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for SignInsError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// What a step of a sign-in came to, as it is counted; none for one that goes on, or that failed through our own fault.
pub(crate) trait Counted {
    fn outcome(&self) -> Option<SignInOutcome>;
}

/// A session that awaits a second factor is no sign-in yet.
impl Counted for Result<IssuedSession, SignInError> {
    fn outcome(&self) -> Option<SignInOutcome> {
        match self {
            Ok(issued) => (!issued.session.awaits_second_factor).then_some(SignInOutcome::Succeeded),
            Err(SignInError::Wrong) => Some(SignInOutcome::Wrong),
            Err(SignInError::TooManyFailures { .. }) => Some(SignInOutcome::Slowed),
            Err(SignInError::Busy | SignInError::Failed(_)) => None,
        }
    }
}

impl Counted for Result<IssuedSession, AccountError> {
    fn outcome(&self) -> Option<SignInOutcome> {
        match self {
            Ok(issued) => (!issued.session.awaits_second_factor).then_some(SignInOutcome::Succeeded),
            Err(AccountError::Wrong | AccountError::NotVouched(_)) => Some(SignInOutcome::Wrong),
            Err(AccountError::TooMany { .. }) => Some(SignInOutcome::Slowed),
            Err(_) => None,
        }
    }
}

/// A second factor, after which the sign-in is whole.
impl Counted for Result<(), AccountError> {
    fn outcome(&self) -> Option<SignInOutcome> {
        match self {
            Ok(()) => Some(SignInOutcome::Succeeded),
            Err(AccountError::Wrong) => Some(SignInOutcome::WrongCode),
            Err(AccountError::TooMany { .. }) => Some(SignInOutcome::Slowed),
            Err(_) => None,
        }
    }
}

impl Engine {
    /// Counts what a step of a sign-in came to, and answers it.
    pub(crate) fn counted<R: Counted>(&self, pool: Pool, result: R) -> R {
        if let Some(outcome) = result.outcome() {
            self.note_sign_in(pool, outcome);
        }
        result
    }

    /// Counts an attempt to sign in.
    pub(crate) fn note_sign_in(&self, pool: Pool, outcome: SignInOutcome) {
        if self.options().counts_usage {
            self.sign_in_counts().add([((pool, outcome), 1)]);
        }
    }

    /// Writes what was counted since the last time. A count belongs to the hour in which it is written, at most a second
    /// after it was made; what cannot be written waits for the next time.
    pub(crate) async fn write_sign_ins(&self) {
        let counts = self.sign_in_counts().take();
        if counts.is_empty() {
            return;
        }
        let now = self.now();
        let mut sums: Vec<_> = counts
            .iter()
            .flat_map(|((pool, outcome), times)| {
                GRAINS.map(|grain| {
                    let sum =
                        SignInSum { at: grain.floor(now), pool: *pool, outcome: *outcome, times: *times };
                    (grain, sum)
                })
            })
            .collect();
        // In one order on every node, so that no two wait for each other.
        sums.sort_by_key(|(grain, sum)| (*grain, sum.pool.to_string(), sum.outcome));
        let written = self.store().write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                for (grain, sum) in &sums {
                    tx.add_sign_ins(*grain, sum).await?;
                }
                Ok(())
            })
        });
        if let Err(error) = written.await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "sign-ins could not be counted and will be tried again");
            self.sign_in_counts().add(counts);
        }
    }

    /// What became of attempts to sign in, by the hour or the day, in order of time; nothing is kept by the minute. A
    /// second or so behind.
    ///
    /// # Errors
    /// When the actor is not the provider's, or the database fails.
    pub async fn sign_ins(
        &self,
        actor: &Actor,
        grain: Grain,
        span: Range<Timestamp>,
    ) -> Result<Vec<SignInSum>, SignInsError> {
        actor.require_provider()?;
        Ok(self.store().read().await?.list_sign_ins(grain, (span.start, span.end)).await?)
    }
}
