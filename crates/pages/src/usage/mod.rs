//! How much something is used: a picture, and the same as a table beneath.

mod chart;
mod networks;
mod picture;

pub(crate) use chart::{Amount, Chart};
pub(crate) use networks::{NetworkRow, network_rows};
pub(crate) use picture::{Span, UsagePicture};
