//! The half of a contract that only doors see: places, paths, envelopes, headers.

pub(crate) mod answer;
pub(crate) mod cause;
pub(crate) mod challenge;
pub(crate) mod identity;
pub(crate) mod path;
pub(crate) mod place;
pub(crate) mod query;
pub(crate) mod quota;
pub(crate) mod refusal;
pub(crate) mod router;
pub(crate) mod rules;
pub(crate) mod session_cookie;
pub(crate) mod site;
pub(crate) mod template;
