//! A request with a key in five languages, as the API's contract has it sent.

use claviger_contract::{Contract, Methods, Role, Route, Spot};
use claviger_domain::{CredentialKind, Environment, Key, KeyKind};
use http::Method;

use crate::state::PagesState;

/// A piece of code.
pub(super) struct Sample {
    pub(super) language: &'static str,
    pub(super) text: String,
}

/// What is sent.
struct Request {
    method: String,
    address: String,
    header: String,
    /// What stands in front of the key.
    before: &'static str,
}

/// How this key is sent. None for a pair, which is exchanged for a token first, and where no header takes keys.
pub(super) fn samples(state: &PagesState, key: &Key) -> Vec<Sample> {
    let directory = state.directory.load();
    let installed = directory.by_name_or_id(&key.api.to_string());
    let request = installed
        .filter(|_| key.kind == KeyKind::Single)
        .and_then(|installed| request(&installed.contract, key.environment));
    request.map(|request| written(&request)).unwrap_or_default()
}

fn request(contract: &Contract, environment: Environment) -> Option<Request> {
    let mut places = contract.places().iter().filter(|place| place.kinds.contains(CredentialKind::Key));
    let (header, before) = places.find_map(|place| match &place.spot {
        Spot::Bearer => Some(("Authorization".to_owned(), "Bearer ")),
        Spot::Header { name, scheme: None, .. } => Some((name.to_string(), "")),
        _ => None,
    })?;
    let is_host = |role: Role| {
        contract.hosts().iter().find(|host| {
            host.roles.contains(&role) && host.environment.is_none_or(|demanded| demanded == environment)
        })
    };
    let sandbox = (environment == Environment::Test).then(|| is_host(Role::Sandbox)).flatten();
    let host = sandbox.or_else(|| is_host(Role::Api))?;
    // Hosts have no port of their own: they are where the issuer is.
    let (scheme, authority) = contract.issuer().split_once("://")?;
    let port = authority.rsplit_once(':').map(|(_, port)| format!(":{port}")).unwrap_or_default();
    let fitting = |route: &&Route| {
        !route.is_public() && route.pattern().is_fixed() && route.kinds().contains(CredentialKind::Key)
    };
    let route = contract.routes().iter().find(fitting);
    let method = match route.map(Route::methods) {
        Some(Methods::Only(methods)) if !methods.contains(&Method::GET) => {
            methods.first().map_or_else(|| Method::GET.to_string(), ToString::to_string)
        }
        _ => Method::GET.to_string(),
    };
    let path = route.map_or("/", |route| route.pattern().as_str());
    Some(Request { method, address: format!("{scheme}://{}{port}{path}", host.name), header, before })
}

fn written(request: &Request) -> Vec<Sample> {
    let Request { method, address, header, before } = request;
    let curl = if method == "GET" { String::new() } else { format!("-X {method} ") };
    vec![
        Sample {
            language: "curl",
            text: format!("curl {curl}{address} \\\n  -H \"{header}: {before}$API_KEY\""),
        },
        Sample {
            language: "Python",
            text: format!(
                "import os\nimport requests\n\nresponse = requests.request(\n    \"{method}\",\n    \"{address}\",\n    \
                 headers={{\"{header}\": \"{before}\" + os.environ[\"API_KEY\"]}},\n    timeout=10,\n)\n\
                 response.raise_for_status()\nprint(response.json())"
            ),
        },
        Sample {
            language: "JavaScript",
            text: format!(
                "const response = await fetch(\"{address}\", {{\n  method: \"{method}\",\n  headers: {{ \"{header}\": \
                 `{before}${{process.env.API_KEY}}` }},\n}});\nif (!response.ok) throw new Error(response.statusText);\n\
                 console.log(await response.json());"
            ),
        },
        Sample {
            language: "Go",
            text: format!(
                "request, err := http.NewRequest(\"{method}\", \"{address}\", nil)\nif err != nil {{\n\treturn err\n}}\n\
                 request.Header.Set(\"{header}\", \"{before}\"+os.Getenv(\"API_KEY\"))\n\
                 response, err := http.DefaultClient.Do(request)"
            ),
        },
        Sample {
            language: "Rust",
            text: format!(
                "let key = std::env::var(\"API_KEY\")?;\nlet response = reqwest::Client::new()\n    \
                 .request(reqwest::Method::{method}, \"{address}\")\n    \
                 .header(\"{header}\", format!(\"{before}{{key}}\"))\n    .send()\n    .await?\n    .error_for_status()?;"
            ),
        },
    ]
}
