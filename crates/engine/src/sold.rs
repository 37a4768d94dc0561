//! What was sold and is given again, in memory, so that a login which buys nothing new asks no database.
//!
//! No token's text is kept: it is made again from its row. Only a node that is alone remembers, because the answer has
//! to be exact: a session that was ended on another node a moment ago must get a new token here, and the feed of changes
//! is a moment behind.

use std::sync::Arc;

use claviger_domain::{Parent, ScopeSet, SessionName, TokenFamily};
use claviger_store::StoredToken;
use quick_cache::sync::Cache;
use smallvec::SmallVec;
use uuid::Uuid;

use crate::lookup_cache::growing;
use crate::parents::{Moment, Parents};

/// Sales kept in memory; each takes a few hundred bytes, one of a JWT about a kilobyte.
const MOST: usize = 20_000;

/// What a token is given again for: the client, user or text of the key, the session and the scopes.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Ware {
    pub(crate) parent: Parent,
    pub(crate) session: Option<SessionName>,
    pub(crate) scopes: ScopeSet,
}

/// A family that has an access token and no other, as it was read.
pub(crate) struct Sale {
    pub(crate) family: TokenFamily,
    pub(crate) access: StoredToken,
    /// The ids of all it stands on, itself included: those that end it when they change.
    pub(crate) stands_on: SmallVec<[Uuid; 4]>,
    /// When it was read.
    pub(crate) read_at: ReadAt,
}

/// The moments at which a sale was read: among the changes of parents, and among the ends of tokens.
#[derive(Clone, Copy)]
pub(crate) struct ReadAt {
    parents: Moment,
    ends: Moment,
}

/// Sales by what they are given again for.
pub(crate) struct Sold {
    sales: Cache<Ware, Arc<Sale>>,
    /// When tokens ended, by keyed hash: the end of a named session tells those only.
    ends: Parents,
}

impl Sold {
    pub(crate) fn new() -> Self {
        Self { sales: growing(MOST), ends: Parents::new() }
    }

    /// The present moment, to be taken before a sale is read.
    pub(crate) fn moment(&self, parents: &Parents) -> ReadAt {
        ReadAt { parents: parents.moment(), ends: self.ends.moment() }
    }

    /// What was sold for this, unless anything that it stands on has changed since.
    pub(crate) fn find(&self, ware: &Ware, parents: &Parents) -> Option<Arc<Sale>> {
        let sale = self.sales.get(ware)?;
        let ReadAt { parents: seen, ends } = sale.read_at;
        if parents.is_current(&sale.stands_on, seen)
            && self.ends.is_current(&[name_of(&sale.access.lookup)], ends)
        {
            return Some(sale);
        }
        self.sales.remove(ware);
        None
    }

    pub(crate) fn keep(&self, ware: Ware, sale: Sale) {
        self.sales.insert(ware, Arc::new(sale));
    }

    /// Notes that a token ended, or is no longer what it was.
    pub(crate) fn note_end(&self, token: &[u8; 32]) {
        self.ends.note(name_of(token));
    }

    pub(crate) fn forget(&self, ware: &Ware) {
        self.sales.remove(ware);
    }

    pub(crate) fn forget_all(&self) {
        self.sales.clear();
    }
}

/// Any part of a hash is as good a name as the whole, for a table of a few thousand places.
fn name_of(token: &[u8; 32]) -> Uuid {
    let [.., half] = token.as_chunks::<16>().0 else { return Uuid::nil() };
    Uuid::from_bytes(*half)
}
