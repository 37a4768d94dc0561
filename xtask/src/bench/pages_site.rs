//! A deployment of some age, with people who look at its pages.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use crate::failure::Failure;
use crate::{terminal, workspace};

use super::browser::Browser;
use super::pinned::Pinned;
use super::site::{MASTER_KEY, make_private, write};
use super::{Programs, SERVER_CORE};

const CONTRACT: &str = include_str!("oauth.toml");

/// A directory with everything `claviger serve` needs, and what the seed wrote down of it.
#[derive(Debug)]
pub(super) struct PagesSite {
    directory: PathBuf,
    known: BTreeMap<String, String>,
}

/// Those who are signed in.
#[derive(Debug)]
pub(super) struct People {
    pub(super) operator: Browser,
    /// An owner of the workspace with the most keys.
    pub(super) member: Browser,
}

impl PagesSite {
    /// Makes the directory and fills its database, unless an earlier run did.
    pub(super) fn prepare(programs: &Programs, keys: usize, reseed: bool) -> Result<Self, Failure> {
        let directory = workspace::root().join("target/bench").join(format!("pages-{keys}"));
        if reseed && directory.exists() {
            fs::remove_dir_all(&directory).map_err(Failure::file(&directory))?;
        }
        let path = directory.join("pages.txt");
        // Written last by the seed program, so it is there only when all is.
        if !path.exists() {
            for name in ["claviger.db", "claviger.db-wal", "claviger.db-shm"] {
                let _ = fs::remove_file(directory.join(name));
            }
            let contracts = directory.join("contracts");
            fs::create_dir_all(&contracts).map_err(Failure::file(&contracts))?;
            write(&directory.join("oauth.toml"), CONTRACT)?;
            write(&contracts.join("oauth.toml"), CONTRACT)?;
            write(&directory.join("master.key"), MASTER_KEY)?;
            make_private(&directory.join("master.key"))?;
            let start = Instant::now();
            let mut seed = workspace::command(&programs.seed_pages);
            workspace::run(seed.arg(&directory).arg(keys.to_string()))?;
            terminal::line(format_args!("    seeded in {:.1} s", start.elapsed().as_secs_f64()));
        }
        let text = fs::read_to_string(&path).map_err(Failure::file(path))?;
        let known = text.lines().filter_map(|line| line.split_once('='));
        let known = known.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(Self { directory, known })
    }

    /// A text with what the seed wrote down in the place of `{name}`.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.known {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        text
    }

    /// Starts the server and waits for its first answer.
    pub(super) fn start(&self, programs: &Programs, address: SocketAddr) -> Result<Pinned, Failure> {
        let settings = self.directory.join("claviger.toml");
        write(&settings, &settings_text(address))?;
        let arguments = ["serve".to_owned(), "--config".to_owned(), settings.display().to_string()];
        let log = self.directory.join("server.log");
        let server = Pinned::start(SERVER_CORE, &programs.claviger, &arguments, Some(&log))?;
        match server.await_answer(address, "/livez") {
            Err(Failure::Server { what, .. }) => {
                Err(Failure::Server { what, log: fs::read_to_string(log).unwrap_or_default() })
            }
            outcome => outcome.map(|()| server),
        }
    }

    /// Signs both in, as their browsers would.
    pub(super) fn sign_in(&self, address: SocketAddr) -> Result<People, Failure> {
        let operator = self.signed_in(address, "/console/sign-in", "{operator}")?;
        let member = self.signed_in(address, "/portal/sign-in", "{member}")?;
        Ok(People { operator, member })
    }

    fn signed_in(&self, address: SocketAddr, path: &str, email: &str) -> Result<Browser, Failure> {
        let mut browser = Browser::new(address);
        let form = browser.get(path)?;
        let token = form.hidden("form_token").unwrap_or_default();
        let [email, password] = [email, "{password}"].map(|text| self.fill(text).replace('@', "%40"));
        let sent = format!("form_token={token}&email={email}&password={}", password.replace(' ', "+"));
        let reply = browser.post(path, &sent)?;
        if reply.status == 303 {
            return Ok(browser);
        }
        Err(Failure::Server { what: format!("{path}: nobody is signed in"), log: reply.body })
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
         [apis.oauth]\nissuer = \"http://oauth.localhost\"\n\
         [apis.oauth.upstreams]\nlive = \"http://{address}\"\n\
         [log]\nfilter = \"warn\"\n"
    );
    text
}
