//! Requests for access in the console: the queue, the review of one, and the decision about it.

mod decide;
mod list;
mod review;
mod words;

pub(crate) use decide::{approve, check, decline};
pub(crate) use list::list_access_requests;
pub(crate) use review::show_access_request;
