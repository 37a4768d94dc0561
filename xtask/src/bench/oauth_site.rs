//! A deployment with OAuth: made anew for each run, since its tokens end.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;

use data_encoding::BASE64;

use crate::failure::Failure;
use crate::workspace;

use super::pinned::{Pinned, exchange};
use super::site::{MASTER_KEY, make_private, write};
use super::{Programs, SERVER_CORE};

const CONTRACT: &str = include_str!("oauth.toml");
/// The contract's host.
pub(super) const HOST: &str = "oauth.localhost";
const ISSUER: &str = "http://oauth.localhost";
/// Keys, tokens of each shape, and families: many more than there are ever connections.
const COUNT: usize = 1_000;

/// A directory with everything `claviger serve` needs, and what its client and user hold.
#[derive(Debug)]
pub(super) struct OAuthSite {
    directory: PathBuf,
    client_id: String,
    client_secret: String,
    cookie: String,
}

impl OAuthSite {
    /// Makes the directory and fills its database.
    pub(super) fn prepare(programs: &Programs) -> Result<Self, Failure> {
        let directory = workspace::root().join("target/bench/oauth");
        if directory.exists() {
            fs::remove_dir_all(&directory).map_err(Failure::file(&directory))?;
        }
        let contracts = directory.join("contracts");
        fs::create_dir_all(&contracts).map_err(Failure::file(&contracts))?;
        write(&directory.join("oauth.toml"), CONTRACT)?;
        write(&contracts.join("oauth.toml"), CONTRACT)?;
        write(&directory.join("master.key"), MASTER_KEY)?;
        make_private(&directory.join("master.key"))?;
        let mut seed = workspace::command(&programs.seed_oauth);
        workspace::run(seed.arg(&directory).arg(ISSUER).arg(COUNT.to_string()))?;
        let path = directory.join("client.txt");
        let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
        let mut lines = text.lines().map(str::to_owned);
        match (lines.next(), lines.next(), lines.next()) {
            (Some(client_id), Some(client_secret), Some(cookie)) => {
                Ok(Self { directory, client_id, client_secret, cookie })
            }
            _ => Err(Failure::Form { what: "client.txt", detail: "three lines are due".to_owned() }),
        }
    }

    /// A file in it.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// The client's id.
    pub(super) fn client_id(&self) -> String {
        self.client_id.clone()
    }

    /// How the client proves itself. Neither part has anything that a form would have to escape (RFC 6749 section 2.3.1).
    pub(super) fn basic(&self) -> String {
        format!("Basic {}", BASE64.encode(format!("{}:{}", self.client_id, self.client_secret).as_bytes()))
    }

    /// What the browser of a signed-in user sends.
    pub(super) fn cookie(&self) -> String {
        format!("claviger-user={}", self.cookie)
    }

    /// What the server logged so far.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.file("server.log")).unwrap_or_default()
    }

    /// Refuses to go on unless the first token of a file is good.
    pub(super) fn expect_active(&self, address: SocketAddr, file: &str) -> Result<(), Failure> {
        let path = self.file(file);
        let tokens = fs::read_to_string(&path).map_err(Failure::file(path))?;
        let body = format!("token={}", tokens.lines().next().unwrap_or_default());
        let request = format!(
            "POST /oauth/introspect HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nAuthorization: {}\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.basic(),
            body.len()
        );
        let (status, answer) = exchange(address, &request).map_err(Failure::file(address.to_string()))?;
        if status == 200 && answer.contains("\"active\":true") {
            return Ok(());
        }
        Err(Failure::Server { what: format!("the tokens of {file} are not good"), log: answer })
    }

    /// Starts the server and waits for its first answer.
    pub(super) fn start(&self, programs: &Programs, address: SocketAddr) -> Result<Pinned, Failure> {
        let settings = self.file("claviger.toml");
        write(&settings, &settings_text(address))?;
        let arguments = ["serve".to_owned(), "--config".to_owned(), settings.display().to_string()];
        let server =
            Pinned::start(SERVER_CORE, &programs.claviger, &arguments, Some(&self.file("server.log")))?;
        match server.await_answer(address, "/livez") {
            Err(Failure::Server { what, .. }) => Err(Failure::Server { what, log: self.log() }),
            outcome => outcome.map(|()| server),
        }
    }
}

fn settings_text(address: SocketAddr) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "[server]\nlisten = \"{address}\"\ncontrol_origins = [\"http://{address}\"]\n\
         [database]\nurl = \"sqlite:claviger.db\"\n\
         [master_key]\nfile = \"master.key\"\n\
         [contracts]\ndirectory = \"contracts\"\nwatch = false\n\
         [apis.oauth]\nissuer = \"{ISSUER}\"\n\
         [apis.oauth.upstreams]\nlive = \"http://{address}\"\n\
         [accounts]\nfailed_sign_ins_per_minute = 1000000\n\
         [log]\nfilter = \"warn\"\n"
    );
    text
}
