//! Ids in addresses, by their name there, so that the same page can stand below another address.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;

use crate::error::PageError;

/// The `{id}` of an address.
pub(crate) struct Path<T>(pub(crate) T);

impl<S: Send + Sync> FromRequestParts<S> for Path<String> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, PageError> {
        find(parts, state, "id").await?.map(Self).ok_or(PageError::NoPage)
    }
}

/// What an address has for a name; none when its route has no such name.
pub(crate) async fn find<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    name: &str,
) -> Result<Option<String>, PageError> {
    let params = RawPathParams::from_request_parts(parts, state).await.map_err(|_| PageError::NoPage)?;
    Ok(params.iter().find(|(found, _)| *found == name).map(|(_, value)| value.to_owned()))
}
