//! The OAuth rows: tokens bought, refreshed and told of, by one, few and many connections.

use crate::failure::Failure;
use crate::terminal;

use super::load::{Keys, Load, Shape};
use super::oauth_site::{HOST, OAuthSite};
use super::report::{OAuthRow, Report};
use super::{Options, Programs, SERVER_CORE, free_address, start_floor};

/// Rows are measured with so many connections each.
const CONNECTIONS: [u32; 3] = [1, 16, 64];

/// What is asked, and how much of the server's processor it may take.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    /// The bar, in microseconds, where there is one.
    bar: Option<u32>,
    asks: Asks,
}

/// What the load tool does.
#[derive(Clone, Copy, Debug)]
enum Asks {
    /// Client credentials at this path.
    ClientCredentials(&'static str),
    /// Introspection of the tokens of this file.
    Introspection(&'static str),
    /// Trades keys for tokens, with this body.
    Login(&'static str),
    /// The public keys.
    Jwks,
    /// Refreshes families in turn.
    Refresh,
    /// Whole code flows with PKCE.
    CodeFlow,
}

const CASES: [Case; 11] = [
    Case { name: "client credentials, HS256", bar: Some(13), asks: Asks::ClientCredentials("/token/hs256") },
    Case { name: "client credentials, EdDSA", bar: Some(19), asks: Asks::ClientCredentials("/token/eddsa") },
    Case { name: "client credentials, ES256", bar: Some(26), asks: Asks::ClientCredentials("/token/es256") },
    Case { name: "client credentials, RS256", bar: Some(240), asks: Asks::ClientCredentials("/token/rs256") },
    Case { name: "client credentials, opaque", bar: Some(25), asks: Asks::ClientCredentials("/token") },
    Case { name: "refresh rotation", bar: Some(40), asks: Asks::Refresh },
    Case { name: "introspection, opaque", bar: Some(14), asks: Asks::Introspection("opaque.txt") },
    Case { name: "introspection, JWT", bar: Some(14), asks: Asks::Introspection("jwt.txt") },
    Case { name: "JWKS", bar: None, asks: Asks::Jwks },
    Case { name: "login, token reused", bar: Some(13), asks: Asks::Login(r#"{"api_key":"{line}"}"#) },
    Case {
        name: "login, new session",
        bar: None,
        asks: Asks::Login(r#"{"api_key":"{line}","session_id":"s{count}"}"#),
    },
];

/// Measured last: it leaves most behind.
const CODE_FLOW: Case = Case { name: "code flow, consent remembered", bar: Some(250), asks: Asks::CodeFlow };

impl Asks {
    fn load(self, site: &OAuthSite, connections: u32, seconds: u32) -> Load {
        const FORM: &str = "application/x-www-form-urlencoded";
        let basic = site.basic();
        let requests = |method: &str, path: &str, [kind, authorization, body, file]: [&str; 4]| {
            ("requests", [HOST, method, path, kind, authorization, body, file].map(str::to_owned).to_vec())
        };
        let (script, arguments) = match self {
            Self::ClientCredentials(path) => {
                requests("POST", path, [FORM, &basic, "grant_type=client_credentials", "-"])
            }
            Self::Introspection(file) => {
                let file = site.file(file).display().to_string();
                requests("POST", "/oauth/introspect", [FORM, &basic, "token={line}", &file])
            }
            Self::Login(body) => {
                let file = site.file("keys.txt").display().to_string();
                requests("POST", "/login", ["application/json", "-", body, &file])
            }
            Self::Jwks => requests("GET", "/.well-known/jwks.json", ["-"; 4]),
            Self::Refresh => {
                let file = site.file("refresh.txt").display().to_string();
                ("refresh", vec![HOST.to_owned(), "/token".to_owned(), basic, file])
            }
            Self::CodeFlow => ("flow", vec![HOST.to_owned(), basic, site.client_id(), site.cookie()]),
        };
        Load { script, arguments, connections, seconds, is_refused: false }
    }
}

/// All rows, beside an echo of the same number of connections.
pub(super) fn measure(programs: &Programs, options: &Options, report: &mut Report) -> Result<(), Failure> {
    let cases: Vec<Case> =
        CASES.into_iter().chain([CODE_FLOW]).filter(|case| options.wants(case.name)).collect();
    if cases.is_empty() {
        return Ok(());
    }
    terminal::line("==> OAuth");
    let site = OAuthSite::prepare(programs)?;
    let seconds = options.seconds();
    for connections in CONNECTIONS {
        let address = free_address()?;
        let floor = start_floor(programs, "echo", address, SERVER_CORE, None)?;
        let keys =
            Keys { shape: Shape::Verify, file: site.file("keys.txt"), hot: 10, token: String::from("-") };
        let sample = keys.load(connections, seconds, false).run(&floor, address)?;
        report.oauth(OAuthRow { case: "*echo*", bar: None, connections, sample });
    }
    let address = free_address()?;
    let server = site.start(programs, address)?;
    for case in cases {
        // Of a token that is not good it would say so, quickly and with 200.
        if let Asks::Introspection(file) = case.asks {
            site.expect_active(address, file)?;
        }
        for connections in CONNECTIONS {
            let sample =
                case.asks.load(&site, connections, seconds).run(&server, address).map_err(|error| {
                    Failure::Server { what: format!("{}: {error}", case.name), log: site.log() }
                })?;
            report.oauth(OAuthRow { case: case.name, bar: case.bar, connections, sample });
        }
    }
    Ok(())
}
