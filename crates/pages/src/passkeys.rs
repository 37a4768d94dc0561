//! Passkeys on pages, whoever owns them: listed, added, removed, and used to sign in. Without a script a page merely
//! lacks the buttons.

use claviger_domain::{Origin, PasskeyId, Pool, Timestamp};
use claviger_engine::{AccountError, Engine, IssuedSession, PasskeySummary, SignedIn};

use crate::complaints::Complaints;
use crate::explain::Explain;
use crate::fields::Fields;
use crate::moment::Moment;
use crate::naming::read_name;
use crate::words::say;

/// The field with the authenticator's answer, and the one with what it is an answer to.
const ANSWER: &str = "passkey_answer";
const STATE: &str = "passkey_state";

/// A passkey for its owner.
pub(crate) struct PasskeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) created: Moment,
    pub(crate) last_used: Option<Moment>,
}

impl PasskeyRow {
    pub(crate) fn new(passkey: PasskeySummary, now: Timestamp) -> Self {
        Self {
            id: passkey.id.to_string(),
            name: passkey.name,
            created: Moment::ago(passkey.created_at, now),
            last_used: passkey.last_used_at.map(|at| Moment::ago(at, now)),
        }
    }
}

/// What became of a form about passkeys.
pub(crate) enum Sent {
    Done,
    /// It has to be sent again; what is wrong stands beside the field.
    Wrong(Complaints),
}

impl Sent {
    fn wrong(message: impl std::fmt::Display) -> Self {
        Self::Wrong(Complaints::one("name", message))
    }
}

/// Takes the form that adds a passkey at this origin.
pub(crate) async fn add(
    engine: &Engine,
    who: &SignedIn,
    site: &str,
    fields: &Fields,
) -> Result<Sent, AccountError> {
    let name = match read_name(fields) {
        Ok(name) => name.unwrap_or_else(|| say("account-passkey").to_string()),
        Err(complaint) => return Ok(Sent::wrong(complaint)),
    };
    let Some(answer) = fields.given(ANSWER) else {
        return Ok(Sent::wrong(say("account-browser-not-made-passkey")));
    };
    match engine.register_passkey(who, (site, fields.get(STATE)), &name, answer).await {
        Ok(()) => Ok(Sent::Done),
        Err(AccountError::Wrong) => Ok(Sent::wrong(say("account-passkey-cannot-used-here"))),
        Err(AccountError::Stale) => Ok(Sent::wrong(say("account-took-too-long-please-try"))),
        Err(error) => Err(error),
    }
}

/// Takes the form that removes one.
pub(crate) async fn remove(engine: &Engine, who: &SignedIn, id: PasskeyId) -> Result<Sent, AccountError> {
    match engine.remove_passkey(who, id).await {
        // Twice is fine: it is gone.
        Ok(()) | Err(AccountError::Conflict) => Ok(Sent::Done),
        Err(error @ AccountError::OnlyWayIn) => Ok(Sent::wrong(error.explain())),
        Err(error) => Err(error),
    }
}

/// Takes the form of a sign-in, if it was sent with a passkey.
pub(crate) async fn sign_in(
    engine: &Engine,
    pool: Pool,
    (site, from): (&str, Origin),
    fields: &Fields,
) -> Option<Result<IssuedSession, AccountError>> {
    let answer = fields.given(ANSWER)?;
    Some(engine.sign_in_with_passkey(pool, (site, fields.get(STATE)), answer, from).await)
}

/// What is told of a passkey that signs nobody in; any other failure stays one.
pub(crate) fn refusal(error: AccountError) -> Result<Complaints, AccountError> {
    match error {
        AccountError::Wrong => Ok(Complaints::one("form", say("sign-in-passkey-does-not-belong-account"))),
        AccountError::Stale => Ok(Complaints::one("form", say("sign-in-took-too-long-please-try"))),
        error => Err(error),
    }
}
