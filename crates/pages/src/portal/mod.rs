//! The portal: where the people of a partner look after the keys and members of their workspaces.

pub(crate) mod access;
pub(crate) mod invitation;
pub(crate) mod members;
pub(crate) mod overview;
pub(crate) mod password;
pub(crate) mod sign_in;
pub(crate) mod test_clock;
pub(crate) mod workspaces;
