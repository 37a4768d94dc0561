//! Test clocks: putting a workspace's ahead, and seeing what it made before in the test environment by it.
//!
//! What is kept in memory has its dates as the clock makes them, from the moment it is loaded: a judgement looks at no
//! clock but the real one, and waits for nobody. Putting the clock elsewhere forgets what was loaded before, on every node.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    Action, Actor, ChangeKind, Credential, Environment, ErrorKind, Event, Lead, LeadError, NotAllowed,
    Principal, Right, Snapshot, TestClock, Timestamp, TokenFamily, WorkspaceId,
};
use claviger_store::StoredToken;

use crate::engine::Engine;
use crate::error::Error;

/// Why something with a test clock did not work.
#[derive(Debug, thiserror::Error)]
pub enum TestClockError {
    /// There is no such workspace, or not for this actor.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// It would be ahead by too little or too much.
    #[error(transparent)]
    Lead(#[from] LeadError),
    /// The actor's role does not allow it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl TestClockError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownWorkspace => ErrorKind::NotFound,
            Self::Lead(_) => ErrorKind::InvalidRequest,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Failed(error) => error.kind(),
        }
    }

    /// The member of the request that is to blame, as a JSON pointer (RFC 6901).
    pub const fn pointer(&self) -> Option<&'static str> {
        match self {
            Self::Lead(_) => Some("/ahead_seconds"),
            _ => None,
        }
    }
}

impl From<claviger_store::Error> for TestClockError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// The test clock of a workspace, where it is ahead.
    ///
    /// # Errors
    /// When there is no such workspace, not for this actor, or the database fails.
    pub async fn find_test_clock(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
    ) -> Result<Option<TestClock>, TestClockError> {
        actor.require(Right::Read)?;
        if !actor.reaches(workspace) {
            return Err(TestClockError::UnknownWorkspace);
        }
        let mut read = self.store().read().await?;
        read.find_workspace(workspace).await?.ok_or(TestClockError::UnknownWorkspace)?;
        Ok(read.find_test_clock(workspace).await?)
    }

    /// Puts a workspace's test clock ahead by so much, or with nothing returns it to the real time. What the workspace has in
    /// the test environment until now is seen as so much older; nothing live is. Answers the clock as it is now.
    ///
    /// # Errors
    /// When there is no such workspace, not for this actor, their role does not allow it, it is too much or less than a
    /// second, or the database fails.
    pub async fn set_test_clock(
        &self,
        actor: &Actor,
        workspace: WorkspaceId,
        ahead: Duration,
    ) -> Result<Option<TestClock>, TestClockError> {
        actor.require(Right::WriteKeys)?;
        if !actor.reaches(workspace) {
            return Err(TestClockError::UnknownWorkspace);
        }
        let ahead: Option<Lead> = if ahead.is_zero() { None } else { Some(ahead.try_into()?) };
        let now = self.now();
        let clock = ahead.map(|ahead| TestClock { workspace, ahead, set_at: now, set_by: actor.to_string() });
        let (row, audit) = (clock.clone(), self.auditor(actor, now));
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    tx.find_workspace(workspace).await?.ok_or(TestClockError::UnknownWorkspace)?;
                    let action = match &row {
                        Some(clock) => {
                            tx.put_test_clock(clock).await?;
                            Action::TestClockSet
                        }
                        None if tx.delete_test_clock(workspace).await? => Action::TestClockReturned,
                        None => return Ok(()),
                    };
                    let seconds = row.as_ref().map_or(0, |clock| clock.ahead.get().as_secs());
                    let state = Snapshot::default().with("ahead_seconds", seconds);
                    let event = Event::about(action, workspace).of(Some(workspace)).with(state);
                    audit.record(tx, event).await?;
                    tx.append_change(&ChangeKind::TestClock(workspace), now).await?;
                    Ok::<_, TestClockError>(())
                })
            })
            .await?;
        self.apply(&ChangeKind::TestClock(workspace));
        Ok(clock)
    }

    /// The clock that what is of this environment and workspace is seen by; none for the real time, as for all that is live.
    pub(crate) async fn clock_over(
        &self,
        environment: Environment,
        workspace: Option<WorkspaceId>,
    ) -> Result<Option<TestClock>, Error> {
        match (environment, workspace) {
            (Environment::Test, Some(workspace)) => {
                Ok(self.store().read().await?.find_test_clock(workspace).await?)
            }
            (Environment::Live, _) | (_, None) => Ok(None),
        }
    }

    /// The instant at which a token of this environment and workspace is judged that is presented to be refreshed.
    pub(crate) async fn judged_at(
        &self,
        (environment, workspace): (Environment, WorkspaceId),
        (token, family): (&StoredToken, &TokenFamily),
        now: Timestamp,
    ) -> Result<Timestamp, Error> {
        let clock = self.clock_over(environment, Some(workspace)).await?;
        let made_at = token.issued_at.max(family.created_at);
        Ok(clock.map_or(now, |clock| clock.judged_at(environment, made_at, now)))
    }
}

/// Gives a credential the dates that a clock makes of its own.
pub(crate) fn see_by(clock: Option<&TestClock>, credential: &mut Credential, made_at: Timestamp) {
    let Some(clock) = clock else { return };
    let environment = credential.principal.environment;
    let seen = |instant: Timestamp| clock.comes_at(environment, made_at, instant);
    credential.not_before = credential.not_before.map(seen);
    credential.ends_at = credential.ends_at.map(seen);
    let expires_at = credential.principal.expires_at.map(seen);
    credential.principal = Arc::new(Principal { expires_at, ..Principal::clone(&credential.principal) });
}
