//! Selling a new family of tokens, in one transaction that holds its credential.

use claviger_domain::{FamilyId, ScopeSet, SessionName, Terms, Timestamp};
use claviger_secrets::{Lookup, SealContext};
use claviger_store::{NewFamily, StoredSession, Tx};

use super::ExchangeError;
use super::hold::Hold;
use super::prove::Proven;
use crate::bought::Bought;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::families::FamilyOrder;
use crate::sold::Ware;
use crate::token_details::{TokenDetails, is_living};

/// Sessions of a credential, unless its contract says otherwise.
const SESSIONS: u32 = 1_000;

/// What is to be sold.
pub(super) struct Order<'o> {
    pub(super) caller: &'o Caller<'o>,
    pub(super) terms: &'o Terms,
    pub(super) proven: &'o Proven,
    pub(super) session: Option<&'o SessionName>,
    pub(super) scopes: &'o ScopeSet,
}

impl Order<'_> {
    /// What it is that is wanted, so that the same gets the same.
    pub(super) fn ware(&self) -> Ware {
        Ware { parent: self.proven.parent, session: self.session.cloned(), scopes: self.scopes.clone() }
    }
}

/// The place of a token that is given again.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) reuse: Lookup,
    /// The keyed hash of the one that has it and is to lose it, although it lives.
    pub(super) stale: Option<[u8; 32]>,
}

/// What a purchase checks again inside its transaction.
#[derive(Clone)]
struct Guard {
    hold: Hold,
    stale: Option<[u8; 32]>,
    max_sessions: u32,
    now: Timestamp,
}

impl Engine {
    /// Sells a new family. With a place, it takes the place of one that is no longer good, and is a conflict while
    /// another is.
    pub(super) async fn buy(&self, order: &Order<'_>, place: Option<Place>) -> Result<Bought, ExchangeError> {
        let Order { caller, terms, proven, session, scopes } = *order;
        let details = TokenDetails::default();
        let (mut new, texts) = self
            .make_family(&FamilyOrder {
                caller,
                terms,
                parent: proven.parent,
                environment: proven.environment,
                source: None,
                scopes,
                details: &details,
                parent_ends_at: proven.ends_at,
                refreshes: true,
            })
            .await?;
        new.reuse = place.map(|place| place.reuse.bytes());
        new.session = session.map(|name| self.stored_session(proven, name, new.family.id)).transpose()?;
        let guard = Guard {
            hold: proven.hold.clone(),
            stale: place.and_then(|place| place.stale),
            max_sessions: terms.max_sessions.unwrap_or(SESSIONS),
            now: texts.issued_at,
        };
        self.store().write(move |tx| Box::pin(async move { guard.insert(tx, &new).await })).await?;
        let given_at = texts.issued_at;
        Ok(texts.bought(scopes.clone(), given_at))
    }

    fn stored_session(
        &self,
        proven: &Proven,
        name: &SessionName,
        family: FamilyId,
    ) -> Result<StoredSession, ExchangeError> {
        let row = family.to_string();
        let context = SealContext { place: "token_family.session_name", row: &row };
        Ok(StoredSession {
            lookup: self.session_lookup(proven.parent.id(), name).bytes(),
            name: self.sealer().seal(context, name.expose().as_bytes(), self.entropy())?,
        })
    }
}

impl Guard {
    async fn insert(self, tx: &mut Tx, new: &NewFamily) -> Result<(), ExchangeError> {
        self.hold.take(tx, self.now).await?;
        if let Some(reuse) = &new.reuse {
            let holder = tx.find_reusable(reuse).await?.map(|(_, access)| access);
            if let Some(access) = holder {
                if is_living(access.expires_at, self.now) && Some(access.lookup) != self.stale {
                    // Sold while we were waiting: our caller looks again.
                    return Err(taken());
                }
                tx.release_reuse(reuse).await?;
            }
        }
        if let Some(session) = &new.session {
            let others = tx.count_other_sessions(new.family.parent.id(), &session.lookup, self.now).await?;
            if others >= u64::from(self.max_sessions) {
                return Err(ExchangeError::TooManySessions { max: self.max_sessions });
            }
        }
        tx.insert_family(new).await?;
        Ok(())
    }
}

/// The conflict that the database would report.
fn taken() -> ExchangeError {
    claviger_store::Error::Conflict { constraint: "token_family_reuse_key".to_owned() }.into()
}
