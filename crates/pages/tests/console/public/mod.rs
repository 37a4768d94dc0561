//! The pages of an API's own host.

mod authorization;
mod entrance;
mod guard;
mod own_account;
pub(crate) mod site;
