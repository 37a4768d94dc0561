//! A request with a key as an API's contract has it sent, written in five languages.

use claviger_contract::{BasicPart, Contract, Methods, Role, Route, Spot};
use claviger_domain::{CredentialKind, Environment, Key, KeyKind, KindSet};
use http::header::AUTHORIZATION;
use http::{HeaderName, Method};

use crate::state::PagesState;

/// A piece of code.
pub(crate) struct Sample {
    pub(crate) language: &'static str,
    pub(crate) text: String,
}

/// Where and how callers of an API send a credential.
pub(crate) struct Calling {
    /// The host, without a port.
    pub(crate) host: String,
    /// Scheme, host and port, as callers reach it.
    pub(crate) origin: String,
    /// The part of a request that carries the credential.
    pub(crate) way: Way,
}

/// The part of a request that carries a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A header with the credential as it is.
    Header {
        /// The header.
        name: HeaderName,
        /// What stands in front of the credential there.
        before: String,
    },
    /// `Authorization: Basic …` (RFC 7617), of which it is one half.
    Basic(BasicPart),
    /// A parameter of the query.
    Query(String),
}

impl Way {
    /// How this spot is filled. None for a cookie, which a browser sends to its own site only.
    fn of(spot: &Spot) -> Option<Self> {
        match spot {
            Spot::Bearer => Some(Self::Header { name: AUTHORIZATION, before: "Bearer ".to_owned() }),
            Spot::Header { name, scheme, .. } => {
                let before = scheme.as_ref().map(|scheme| format!("{scheme} ")).unwrap_or_default();
                Some(Self::Header { name: name.clone(), before })
            }
            Spot::Basic(part) => Some(Self::Basic(*part)),
            Spot::Query(name) => Some(Self::Query(name.clone())),
            Spot::Cookie(_) => None,
        }
    }

    /// How far it is from a header with the credential as it is.
    const fn rank(&self) -> u8 {
        match self {
            Self::Header { .. } => 0,
            Self::Basic(_) => 1,
            Self::Query(_) => 2,
        }
    }
}

/// Why a credential cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoCalling {
    /// Only a cookie carries it.
    CookieOnly,
    /// No host leads to the environment.
    NoHost,
}

impl Calling {
    /// How a credential of one of these kinds is sent to an environment: in a header where one takes it.
    pub(crate) fn of(
        contract: &Contract,
        environment: Environment,
        kinds: KindSet,
    ) -> Result<Self, NoCalling> {
        let takes = |own: KindSet| kinds.iter().any(|kind| own.contains(kind));
        let places = contract.places().iter().filter(|place| takes(place.kinds));
        let ways = places.filter_map(|place| Way::of(&place.spot));
        let way = ways.min_by_key(Way::rank).ok_or(NoCalling::CookieOnly)?;
        Self::at(contract, environment, way).ok_or(NoCalling::NoHost)
    }

    fn at(contract: &Contract, environment: Environment, way: Way) -> Option<Self> {
        let is_host = |role: Role| {
            contract.hosts().iter().find(|host| {
                host.roles.contains(&role) && host.environment.is_none_or(|demanded| demanded == environment)
            })
        };
        let sandbox = (environment == Environment::Test).then(|| is_host(Role::Sandbox)).flatten();
        let host = sandbox.or_else(|| is_host(Role::Api))?.name.clone();
        // Hosts have no port of their own: they are where the issuer is.
        let (scheme, authority) = contract.issuer().split_once("://")?;
        let port = authority.rsplit_once(':').map(|(_, port)| format!(":{port}")).unwrap_or_default();
        Some(Self { origin: format!("{scheme}://{host}{port}"), host, way })
    }
}

/// How this key, whose text this is, is sent. None for a pair, which is exchanged for a token first, and where no header
/// takes keys.
pub(crate) fn samples_with(state: &PagesState, key: &Key, text: &str) -> Vec<Sample> {
    let directory = state.directory.load();
    let installed = directory.by_name_or_id(&key.api.to_string());
    let installed = installed.filter(|_| key.kind == KeyKind::Single);
    installed.map(|installed| samples(&installed.contract, key.environment, text)).unwrap_or_default()
}

/// How a key is sent to the first route that takes keys. None where no header takes them.
pub(crate) fn samples(contract: &Contract, environment: Environment, key: &str) -> Vec<Sample> {
    let kinds = KindSet::NONE.with(CredentialKind::Key);
    let Ok(Calling { origin, way: Way::Header { name, before }, .. }) =
        Calling::of(contract, environment, kinds)
    else {
        return Vec::new();
    };
    let fitting = |route: &&Route| {
        !route.is_public() && route.pattern().is_fixed() && route.kinds().contains(CredentialKind::Key)
    };
    let route = contract.routes().iter().find(fitting);
    let method = route.map_or(Method::GET, |route| first_method(route.methods()));
    let path = route.map_or("/", |route| route.pattern().as_str());
    written(&method, &format!("{origin}{path}"), (name.as_str(), &format!("{before}{key}")))
}

/// `GET` where it is one of them.
fn first_method(methods: &Methods) -> Method {
    match methods {
        Methods::Only(methods) if !methods.contains(&Method::GET) => {
            methods.first().cloned().unwrap_or(Method::GET)
        }
        _ => Method::GET,
    }
}

/// Keys and addresses have no character that any of these languages reads as more than itself.
fn written(method: &Method, address: &str, (header, value): (&str, &str)) -> Vec<Sample> {
    let curl = if *method == Method::GET { String::new() } else { format!("-X {method} ") };
    let header = in_title_case(header);
    vec![
        Sample { language: "curl", text: format!("curl {curl}{address} \\\n  -H \"{header}: {value}\"") },
        Sample {
            language: "Python",
            text: format!(
                "import requests\n\nresponse = requests.request(\n    \"{method}\",\n    \"{address}\",\n    \
                 headers={{\"{header}\": \"{value}\"}},\n    timeout=10,\n)\n\
                 response.raise_for_status()\nprint(response.json())"
            ),
        },
        Sample {
            language: "JavaScript",
            text: format!(
                "const response = await fetch(\"{address}\", {{\n  method: \"{method}\",\n  headers: {{ \"{header}\": \
                 \"{value}\" }},\n}});\nif (!response.ok) throw new Error(response.statusText);\n\
                 console.log(await response.json());"
            ),
        },
        Sample {
            language: "Go",
            text: format!(
                "request, err := http.NewRequest(\"{method}\", \"{address}\", nil)\nif err != nil {{\n\treturn err\n}}\n\
                 request.Header.Set(\"{header}\", \"{value}\")\n\
                 response, err := http.DefaultClient.Do(request)"
            ),
        },
        Sample {
            language: "Rust",
            text: format!(
                "let response = reqwest::Client::new()\n    \
                 .request(reqwest::Method::{method}, \"{address}\")\n    \
                 .header(\"{header}\", \"{value}\")\n    .send()\n    .await?\n    .error_for_status()?;"
            ),
        },
    ]
}

/// As people write the names of headers that begin so; others as they are.
pub(crate) fn in_title_case(header: &str) -> &str {
    if header == AUTHORIZATION.as_str() { "Authorization" } else { header }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_sends_the_key_in_the_header_of_the_contract() {
        let address = "https://api.example.com/v1/fees";
        let samples = written(&Method::POST, address, ("apikey", "rpk_test_1"));
        assert_eq!(samples.len(), 5);
        for sample in samples {
            for part in [address, "apikey", "rpk_test_1", "POST"] {
                assert!(sample.text.contains(part), "{}: {}", sample.language, sample.text);
            }
        }
    }
}
