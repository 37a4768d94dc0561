//! Countries of addresses: an effect, given to the engine from outside.

use std::fmt;
use std::net::IpAddr;

use claviger_domain::Country;

/// Tells countries by addresses, from what is at hand: it is asked for every network that a key comes from.
pub trait Countries: fmt::Debug + Send + Sync + 'static {
    /// The country that an address is in; none where nobody knows.
    fn country(&self, address: IpAddr) -> Option<Country>;
}
