//! `/v1/keys`: make, read, change and end keys. Another workspace's key, like one that never was, is 404.

pub(crate) mod create;
pub(crate) mod lifecycle;
mod network;
mod object;
pub(crate) mod overlap;
pub(crate) mod read;
pub(crate) mod update;

pub(crate) use object::KeyObject;

use claviger_domain::Key;

use crate::permit::Permit;
use crate::reply::Answer;
use crate::state::Doors;

/// 200 with a key.
fn answer<S>(doors: &Doors, permit: &Permit<S>, key: &Key) -> Answer {
    permit.context().ok(&KeyObject::of(doors, key))
}
