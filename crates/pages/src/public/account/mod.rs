//! What someone sees and changes of their own account.

pub(super) mod applications;
pub(super) mod authenticator;
pub(super) mod email;
pub(super) mod passkeys;
pub(super) mod password;
pub(super) mod profile;
pub(super) mod security;
pub(super) mod services;
pub(super) mod sessions;
pub(super) mod shell;
