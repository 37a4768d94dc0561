//! `/v1/users`: the people who sign in and consent at an API, each API with a pool of its own.

pub(crate) mod fields;
pub(crate) mod lifecycle;
mod object;
pub(crate) mod read;
pub(crate) mod sessions;
pub(crate) mod write;

pub(crate) use object::UserObject;

use claviger_domain::Account;

use crate::permit::Permit;
use crate::reply::Answer;
use crate::state::Doors;

/// 200 with a user.
fn answer<S>(doors: &Doors, permit: &Permit<S>, user: &Account) -> Answer {
    permit.context().ok(&UserObject::of(doors, user))
}
