//! The OAuth rows: tokens bought, refreshed and told of, by one, few and many connections.

use crate::failure::Failure;
use crate::terminal;

use super::load::Load;
use super::oauth_site::{HOST, OAuthSite};
use super::oauth_table::{Floor, OAuthRow};
use super::report::Report;
use super::turns::{Side, Turn};
use super::{Floors, Options, Programs, free_address};

/// Rows are measured with so many connections each.
const CONNECTIONS: [u32; 3] = [1, 16, 64];

/// What is asked, and how much of the server's processor it may take.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    /// The bar, in microseconds, where there is one.
    bar: Option<u32>,
    /// The bare server it stands beside.
    floor: Floor,
    asks: Asks,
}

/// Reads a form, answers a constant; the others do so and sign. The figures are those of the machine for which the bars were
/// set.
const FORM: Floor = Floor { name: "form", there: 8.0 };
const HS256: Floor = Floor { name: "sign-hs256", there: 8.1 };
const EDDSA: Floor = Floor { name: "sign-eddsa", there: 14.4 };
const ES256: Floor = Floor { name: "sign-es256", there: 20.4 };
const RS256: Floor = Floor { name: "sign-rs256", there: 229.0 };

/// What the load tool does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asks {
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
    /// Sign-ins of somebody who does not exist: the password is hashed all the same.
    SignIn,
}

const CASES: [Case; 11] = [
    Case::of("client credentials, HS256", 13, HS256, Asks::ClientCredentials("/token/hs256")),
    Case::of("client credentials, EdDSA", 19, EDDSA, Asks::ClientCredentials("/token/eddsa")),
    Case::of("client credentials, ES256", 26, ES256, Asks::ClientCredentials("/token/es256")),
    Case::of("client credentials, RS256", 240, RS256, Asks::ClientCredentials("/token/rs256")),
    Case::of("client credentials, opaque", 25, FORM, Asks::ClientCredentials("/token")),
    Case::of("refresh rotation", 40, FORM, Asks::Refresh),
    Case::of("introspection, opaque", 14, FORM, Asks::Introspection("opaque.txt")),
    Case::of("introspection, JWT", 14, FORM, Asks::Introspection("jwt.txt")),
    Case { name: "JWKS", bar: None, floor: FORM, asks: Asks::Jwks },
    Case::of("login, token reused", 13, FORM, Asks::Login(r#"{"api_key":"{line}"}"#)),
    Case {
        name: "login, new session",
        bar: None,
        floor: FORM,
        asks: Asks::Login(r#"{"api_key":"{line}","session_id":"s{count}"}"#),
    },
];

/// Measured last: it leaves most behind.
const CODE_FLOW: Case = Case::of("code flow, consent remembered", 250, FORM, Asks::CodeFlow);

impl Case {
    const fn of(name: &'static str, bar: u32, floor: Floor, asks: Asks) -> Self {
        Self { name, bar: Some(bar), floor, asks }
    }
}

impl Asks {
    pub(super) fn load(self, site: &OAuthSite, connections: u32) -> Load {
        const URL_ENCODED: &str = "application/x-www-form-urlencoded";
        let basic = site.basic();
        let requests = |method: &str, path: &str, [kind, authorization, body, file]: [&str; 4]| {
            ("requests", [HOST, method, path, kind, authorization, body, file].map(str::to_owned).to_vec())
        };
        let (script, arguments) = match self {
            Self::ClientCredentials(path) => {
                requests("POST", path, [URL_ENCODED, &basic, "grant_type=client_credentials", "-"])
            }
            Self::Introspection(file) => {
                let file = site.file(file).display().to_string();
                requests("POST", "/oauth/introspect", [URL_ENCODED, &basic, "token={line}", &file])
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
            Self::SignIn => {
                let body = r#"{"username":"nobody@example.com","password":"correct horse battery staple"}"#;
                requests("POST", "/session", ["application/json", "-", body, "-"])
            }
            Self::CodeFlow => ("flow", vec![HOST.to_owned(), basic, site.client_id(), site.cookie()]),
        };
        Load { script, arguments, connections, is_refused: matches!(self, Self::SignIn) }
    }
}

/// All rows, each beside a bare server under the same number of connections.
pub(super) fn measure(programs: &Programs, options: &Options, report: &mut Report) -> Result<(), Failure> {
    let cases: Vec<Case> =
        CASES.into_iter().chain([CODE_FLOW]).filter(|case| options.wants(case.name)).collect();
    if cases.is_empty() {
        return Ok(());
    }
    terminal::line("==> OAuth");
    let site = OAuthSite::prepare(programs)?;
    let mut floors = Floors::default();
    let address = free_address()?;
    let server = site.start(programs, address)?;
    for case in cases {
        // Of a token that is not good it would say so, quickly and with 200.
        if let Asks::Introspection(file) = case.asks {
            site.expect_active(address, file)?;
        }
        for connections in
            CONNECTIONS.into_iter().filter(|count| options.connections.is_none_or(|of| of == *count))
        {
            let form = Asks::ClientCredentials("/token").load(&site, connections);
            let beside = floors.side(programs, case.floor.name, None, form)?;
            let side = Side { server: &server, address, load: case.asks.load(&site, connections) };
            let Turn { bare: beside, other: sample } =
                options.turns().measure(&beside, &side).map_err(|error| Failure::Server {
                    what: format!("{}: {error}", case.name),
                    log: site.log(),
                })?;
            let Case { name, bar, floor, .. } = case;
            report.oauth(OAuthRow { case: name, floor, beside, bar, connections, sample });
        }
    }
    Ok(())
}
