//! What people do with their own accounts: sign up, prove their address, change and reset passwords, second factors.

mod address;
mod ceremony;
mod error;
mod letters;
mod passkeys;
mod passwords;
mod profile;
mod sign_up;
mod totp;
mod upstream;
mod ways_in;

pub use error::AccountError;
pub(crate) use letters::Letter;
pub use passkeys::{PasskeyCeremony, PasskeySummary};
pub(crate) use passwords::note_new_password;
pub use profile::AccountOverview;
pub use sign_up::SignUp;
pub use totp::{RecoveryCodes, TotpEnrolment};
pub(crate) use upstream::Providers;
pub use upstream::{
    LinkedProvider, UpstreamArrival, UpstreamErrand, UpstreamProvider, UpstreamRegistration, UpstreamStart,
};
