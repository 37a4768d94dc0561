//! How much something is used, and who signs in: pictures, and the same as tables beneath.

mod chart;
mod networks;
mod picture;
mod sign_ins;

pub(crate) use chart::{Amount, Chart};
pub(crate) use networks::{NetworkRow, network_rows};
pub(crate) use picture::{Span, UsagePicture};
pub(crate) use sign_ins::SignInPicture;
