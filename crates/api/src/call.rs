//! What the server in front tells of each call.

use std::net::IpAddr;
use std::sync::Arc;

use claviger_domain::Call;
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

    /// The call as it is written beside what it does.
    pub(crate) fn call(&self) -> Call {
        let request = (!self.request_id.is_empty()).then(|| Arc::clone(&self.request_id));
        Call { request, address: (!self.address.is_unspecified()).then_some(self.address) }
    }
}
