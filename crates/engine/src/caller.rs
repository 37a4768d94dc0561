//! Who asks, and in which API's name they are answered.

use std::net::IpAddr;

use claviger_domain::{ApiId, Environment, Policy};

/// Who asks a token endpoint, and under which contract.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'c> {
    /// The API.
    pub api: ApiId,
    /// Its policy, as its contract says now.
    pub policy: &'c Policy,
    /// The only environment whose credentials may come to this host, if it is for one only.
    pub environment: Option<Environment>,
    /// The API's issuer: `https://auth.example.com`.
    pub issuer: &'c str,
    /// Where the caller is.
    pub address: IpAddr,
    /// Its user agent, for "last used".
    pub user_agent: Option<&'c str>,
}
