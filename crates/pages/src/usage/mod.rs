//! How much something is used: a picture, and the same as a table beneath.

mod chart;
mod picture;

pub(crate) use chart::{Amount, Chart};
pub(crate) use picture::{Span, UsagePicture};
