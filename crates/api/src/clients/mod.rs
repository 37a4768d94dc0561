//! `/v1/clients`: make, read, change and end OAuth clients, in the field names of RFC 7591.

pub(crate) mod create;
pub(crate) mod fields;
pub(crate) mod lifecycle;
mod object;
pub(crate) mod read;
pub(crate) mod update;

pub(crate) use object::ClientObject;

use claviger_domain::Client;

use crate::permit::Permit;
use crate::reply::Answer;
use crate::state::Doors;

/// 200 with a client.
fn answer<S>(doors: &Doors, permit: &Permit<S>, client: &Client) -> Answer {
    permit.context().ok(&ClientObject::of(doors, client))
}
