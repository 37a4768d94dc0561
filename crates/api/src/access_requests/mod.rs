//! `/v1/access-requests`: who asks for access from outside, the review of it, and the decision.

pub(crate) mod decide;
mod object;
pub(crate) mod read;

use object::AccessRequestObject;
