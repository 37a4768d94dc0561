//! What the server in front tells of each call.

use std::net::IpAddr;
use std::sync::Arc;

use http::Extensions;

/// One call, as the server in front saw it arrive. It must be in the request's extensions.
#[derive(Clone, Debug)]
pub struct CallContext {
    /// The id under which the call is logged, and which its answer shows.
    pub request_id: Arc<str>,
    /// The caller's address, as far as trusted proxies vouch for it.
    pub address: IpAddr,
}

impl CallContext {
    /// The context of a call. A call that came past the server in front has an empty id and no address.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions
            .get()
            .cloned()
            .unwrap_or_else(|| Self { request_id: Arc::default(), address: IpAddr::from([0, 0, 0, 0]) })
    }
}
