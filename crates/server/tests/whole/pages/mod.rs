//! The pages of the demo in a real Chromium: read without seeing them, used by keyboard, looked at.

mod accessibility;
mod flows;
mod formed;
mod lighthouse;
mod passkeys;
mod portal_flows;
mod screenshots;
mod sights;
