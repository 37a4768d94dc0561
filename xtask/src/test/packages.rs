//! The servers and the browser that tests drive, from Debian's packages.

use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::{terminal, workspace};

/// Something the tests need.
struct Need {
    /// Any of these programs will do.
    programs: &'static [&'static str],
    /// The packages that have it, best first: their names differ between Debian's releases.
    packages: &'static [&'static str],
}

const NEEDS: [Need; 10] = [
    Need { programs: &["pg_ctlcluster"], packages: &["postgresql"] },
    Need { programs: &["valkey-server", "redis-server"], packages: &["redis-server", "valkey-server"] },
    Need { programs: &["nginx"], packages: &["nginx-light", "nginx"] },
    Need { programs: &["chromium", "chromium-browser", "google-chrome"], packages: &["chromium"] },
    Need { programs: &["chromedriver"], packages: &["chromium-driver"] },
    // What the demo prints is pasted into a shell as it stands.
    Need { programs: &["curl"], packages: &["curl"] },
    // Client libraries that know nothing of us, in their own languages.
    Need { programs: &["node"], packages: &["nodejs"] },
    Need { programs: &["npm"], packages: &["npm"] },
    Need { programs: &["python3"], packages: &["python3-venv", "python3"] },
    // Makes the certificate of the tests of TLS.
    Need { programs: &["openssl"], packages: &["openssl"] },
];

impl Need {
    fn is_met(&self) -> bool {
        let is_postgres = self.packages.contains(&"postgresql");
        (is_postgres && super::postgres::find_programs().is_some())
            || (!is_postgres
                && self.programs.iter().any(|program| workspace::find_program(program).is_some()))
    }
}

/// Installs what is missing, as root or through sudo; does nothing when nothing is.
pub(crate) fn install_missing() -> Result<(), Failure> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !need.is_met()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let first_names: Vec<&str> = missing.iter().filter_map(|need| need.packages.first().copied()).collect();
    let refusal = || Failure::Packages {
        missing: first_names.join(", "),
        command: format!("sudo apt-get install {}", first_names.join(" ")),
    };
    if workspace::find_program("apt-get").is_none() {
        return Err(refusal());
    }
    let Some(prefix) = privileges() else { return Err(refusal()) };
    terminal::line(format_args!("    installing {}", first_names.join(", ")));
    let apt = |arguments: &[&str]| {
        let words = prefix.iter().chain(&["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]);
        let mut words = words.chain(arguments);
        let mut command = workspace::command(words.next().unwrap_or(&"env"));
        workspace::run(command.args(words).stdin(Stdio::null()).stdout(Stdio::null()))
    };
    apt(&["update"])?;
    let packages: Vec<&str> = missing.iter().filter_map(|need| available(need.packages)).collect();
    apt(&[&["install", "--no-install-recommends"], packages.as_slice()].concat())?;
    if missing.iter().all(|need| need.is_met()) { Ok(()) } else { Err(refusal()) }
}

/// What goes before a command that needs root; none when there is no way to become it without a question.
fn privileges() -> Option<&'static [&'static str]> {
    if rustix::process::geteuid().is_root() {
        return Some(&[]);
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).stderr(Stdio::null()).status();
    sudo.is_ok_and(|status| status.success()).then_some(&["sudo", "-n"])
}

/// The first of these packages that this release of Debian has.
fn available(packages: &'static [&'static str]) -> Option<&'static str> {
    let is_known = |package: &str| {
        let mut show = Command::new("apt-cache");
        show.args(["show", package]).stdout(Stdio::null()).stderr(Stdio::null());
        show.status().is_ok_and(|status| status.success())
    };
    packages.iter().copied().find(|package| is_known(package)).or_else(|| packages.first().copied())
}
