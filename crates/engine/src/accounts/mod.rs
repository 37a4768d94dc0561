//! What people do with their own accounts: sign up, prove their address, change and reset passwords, second factors.

mod address;
mod ceremony;
mod letters;
mod passkey_use;
mod passkeys;
mod passwords;
mod profile;
mod sign_up;
mod totp;
mod upstream;
mod ways_in;

pub use ceremony::PasskeyCeremony;
pub use passkeys::PasskeySummary;
pub(crate) use passwords::{note_new_password, reset_letter};
pub use profile::AccountOverview;
pub use sign_up::SignUp;
pub use totp::{RecoveryCodes, TotpEnrolment};
pub use upstream::{LinkedProvider, UpstreamArrival, UpstreamErrand, UpstreamStart};
