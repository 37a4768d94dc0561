//! What people do with their own accounts: sign up, prove their address, change and reset passwords, second factors.

mod error;
mod passkeys;
mod passwords;
mod profile;
mod sign_up;
mod totp;
mod upstream;

pub use error::AccountError;
pub use passkeys::{PasskeyCeremony, PasskeySummary};
pub use profile::AccountOverview;
pub use sign_up::SignUp;
pub use totp::{RecoveryCodes, TotpEnrolment};
pub use upstream::{UpstreamProvider, UpstreamStart};
