//! The hosts of a contract, and what a deployment may put in their place.

use std::collections::BTreeMap;

use claviger_domain::Environment;
use http::Uri;

use crate::request_head::bare_host;

/// What decides which environment a request is for, beside the credential's own record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EnvironmentBy {
    /// What a key starts with.
    #[default]
    Prefix,
    /// The host it is sent to.
    Host,
    /// Nothing: each credential belongs to one.
    Credential,
}

/// What is served at a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The API.
    Api,
    /// The token endpoints and pages.
    Auth,
    /// The API with sandbox data; the host demands the test environment.
    Sandbox,
}

/// A host of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its name without a port, in lower case.
    pub name: String,
    /// What is served there.
    pub roles: Vec<Role>,
    /// The environment it demands, if it demands one.
    pub environment: Option<Environment>,
}

impl Host {
    pub(crate) fn plays(&self, role: Role) -> bool {
        self.roles.iter().any(|own| *own == role || (role == Role::Api && *own == Role::Sandbox))
    }
}

/// What an installation changes in a contract without editing its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployment {
    /// The hosts in place of all of the file's; empty to keep those.
    pub hosts: Vec<Host>,
    /// The issuer in place of `https://` and the first host with token endpoints: an origin, without a slash at its
    /// end.
    pub issuer: Option<String>,
    /// Where the API itself is, in place of what the file says.
    pub upstreams: BTreeMap<Environment, Uri>,
}

/// Hosts that together make no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeploymentError {
    /// The text is no host name.
    #[error("`{host}` is no host name; write it without scheme, port and path")]
    BadHost {
        /// The text.
        host: String,
    },
    /// Two hosts have one name.
    #[error("the host `{host}` stands there twice")]
    Twice {
        /// The name.
        host: String,
    },
    /// A host has no role.
    #[error("the host `{host}` has no role")]
    NoRole {
        /// The name.
        host: String,
    },
    /// There is no host for the API.
    #[error("no host has the role `api`")]
    NoApi,
    /// There are token endpoints, but no host for them.
    #[error("no host has the role `auth`, but the contract has token endpoints")]
    NoAuth,
    /// The host decides the environment, but this one does not say which.
    #[error("the host `{host}` needs an `environment`, since hosts decide it")]
    NoEnvironment {
        /// The name.
        host: String,
    },
}

impl DeploymentError {
    /// A failed deployment is always the fault of who wrote it.
    pub const fn kind(&self) -> claviger_domain::ErrorKind {
        claviger_domain::ErrorKind::InvalidRequest
    }

    /// The host it is about, if it is about one.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::BadHost { host }
            | Self::Twice { host }
            | Self::NoRole { host }
            | Self::NoEnvironment { host } => Some(host),
            Self::NoApi | Self::NoAuth => None,
        }
    }
}

pub(crate) fn check_hosts(
    hosts: &[Host],
    by: EnvironmentBy,
    has_endpoints: bool,
) -> Result<(), DeploymentError> {
    for (i, host) in hosts.iter().enumerate() {
        let name = host.name.clone();
        if !is_host_name(&name) {
            return Err(DeploymentError::BadHost { host: name });
        }
        if hosts.iter().take(i).any(|earlier| earlier.name == name) {
            return Err(DeploymentError::Twice { host: name });
        }
        if host.roles.is_empty() {
            return Err(DeploymentError::NoRole { host: name });
        }
        if by == EnvironmentBy::Host && host.plays(Role::Api) && host.environment.is_none() {
            return Err(DeploymentError::NoEnvironment { host: name });
        }
    }
    if !hosts.iter().any(|host| host.plays(Role::Api)) {
        return Err(DeploymentError::NoApi);
    }
    if has_endpoints && !hosts.iter().any(|host| host.plays(Role::Auth)) {
        return Err(DeploymentError::NoAuth);
    }
    Ok(())
}

/// Lower-case letters, digits and hyphens in labels (RFC 1123 section 2.1), or an address.
pub(crate) fn is_host_name(name: &str) -> bool {
    let label = |l: &str| {
        let plain = l.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        !l.is_empty() && l.len() <= 63 && plain && !l.starts_with('-') && !l.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(label)
}

/// The environment whose clients and users sign in at this host: either's, each in their own, unless the contract has
/// another host for those of the other environment. What a host says of its environment is a wall around the API there.
pub(crate) fn auth_environment(hosts: &[Host], called: &Host) -> Option<Environment> {
    let own = called.environment?;
    let is_for_others = |host: &Host| host.plays(Role::Auth) && host.environment != Some(own);
    (!called.plays(Role::Auth) || hosts.iter().any(is_for_others)).then_some(own)
}

/// The host at which a credential of this environment is right, with the port of the host that was called.
pub(crate) fn right_host(hosts: &[Host], environment: Option<Environment>, called: &str) -> Option<String> {
    let mut api = hosts.iter().filter(|host| host.plays(Role::Api));
    let fitting =
        |host: &&Host| environment.is_none() || host.environment.is_none() || host.environment == environment;
    let host = api.find(fitting)?;
    let called_bare = bare_host(called);
    let port = called.get(called_bare.len()..).unwrap_or_default().trim_start_matches('.');
    Some(format!("{}{port}", host.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str, roles: &[Role], environment: Option<Environment>) -> Host {
        Host { name: name.to_owned(), roles: roles.to_vec(), environment }
    }

    #[test]
    fn the_right_host_has_the_port_of_the_wrong_one() {
        let hosts = [
            host("api.test", &[Role::Api], Some(Environment::Live)),
            host("sandbox.test", &[Role::Sandbox], Some(Environment::Test)),
        ];
        let right = |environment, called| right_host(&hosts, environment, called).unwrap();
        assert_eq!(right(Some(Environment::Test), "api.test:8080"), "sandbox.test:8080");
        assert_eq!(right(Some(Environment::Live), "sandbox.test"), "api.test");
        assert_eq!(right(None, "sandbox.test.:1"), "api.test:1");
    }

    #[test]
    fn the_only_auth_host_serves_both_environments_and_two_share_them_out() {
        let (live, test) = (Some(Environment::Live), Some(Environment::Test));
        let main = host("api.test", &[Role::Api, Role::Auth], live);
        let sandbox = host("sandbox.test", &[Role::Sandbox], test);
        assert_eq!(auth_environment(&[main.clone(), sandbox.clone()], &main), None);
        assert_eq!(auth_environment(&[main.clone(), sandbox.clone()], &sandbox), test, "it has no endpoints");
        let two = [main, host("auth.sandbox.test", &[Role::Auth], test)];
        assert_eq!(auth_environment(&two, &two[0]), live);
        assert_eq!(auth_environment(&two, &two[1]), test);
        let any = host("auth.test", &[Role::Auth], None);
        assert_eq!(auth_environment(std::slice::from_ref(&any), &any), None);
    }

    #[test]
    fn hosts_that_make_no_sense_together_are_refused() {
        let api = host("a.test", &[Role::Api], None);
        let check = |hosts: &[Host], by, endpoints| check_hosts(hosts, by, endpoints).unwrap_err();
        let name = || "a.test".to_owned();
        let prefix = EnvironmentBy::Prefix;
        assert_eq!(
            check(&[api.clone(), api.clone()], prefix, false),
            DeploymentError::Twice { host: name() }
        );
        assert_eq!(
            check(&[host("a.test", &[], None)], prefix, false),
            DeploymentError::NoRole { host: name() }
        );
        assert_eq!(check(&[host("a.test", &[Role::Auth], None)], prefix, false), DeploymentError::NoApi);
        assert_eq!(check(std::slice::from_ref(&api), prefix, true), DeploymentError::NoAuth);
        assert_eq!(
            check(&[api], EnvironmentBy::Host, false),
            DeploymentError::NoEnvironment { host: name() }
        );
        for bad in ["", "A.test", "a..b", "-a", "a:80", "a/b", "ä.test"] {
            let hosts = [host(bad, &[Role::Api], None)];
            assert_eq!(check(&hosts, prefix, false), DeploymentError::BadHost { host: bad.to_owned() });
        }
    }
}
