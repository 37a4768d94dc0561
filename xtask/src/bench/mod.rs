//! `cargo xtask bench`: the release build beside bare servers, in processor time per request.

mod awake;
mod browser;
mod load;
mod oauth;
mod oauth_site;
mod oauth_table;
mod pages;
mod pages_site;
mod pinned;
mod report;
mod signing_in;
mod site;
mod turns;
mod watching;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;

use clap::Args;

use crate::failure::Failure;
use crate::{terminal, workspace};

use self::awake::Awake;
use self::load::{Keys, Load, Shape};
use self::pinned::Pinned;
use self::report::{Report, Row};
use self::site::Site;
use self::turns::{Side, Turn, Turns};

/// The core of whatever is measured.
const SERVER_CORE: u8 = 0;
/// The core of whatever makes or takes the load.
const LOAD_CORE: u8 = 1;
/// Connections for the doors of verification, as in the published bars.
const CONNECTIONS: u32 = 16;

/// What to measure.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Only rows with this text in their name, such as `verify` or `code flow`; may be given several times. Prints the table
    /// and writes nothing.
    #[arg(long)]
    only: Vec<String>,
    /// Measure the debug build, to see that every row answers as it should; prints the table and writes nothing.
    #[arg(long)]
    debug: bool,
    /// Three turns a row instead of eight, and at most 100,000 keys, to see whether a change matters at all.
    #[arg(long)]
    quick: bool,
    /// Stored keys, instead of 10, 100000 and 1000000; may be given several times.
    #[arg(long = "keys")]
    keys: Vec<usize>,
    /// OAuth rows with so many connections only, instead of 1, 16 and 64; prints the table and writes nothing.
    #[arg(long)]
    connections: Option<u32>,
    /// Make the databases anew instead of using those of the last run.
    #[arg(long)]
    reseed: bool,
    /// Print the table only; leave docs/src/performance.md as it is.
    #[arg(long)]
    no_write: bool,
}

impl Options {
    const fn turns(&self) -> Turns {
        Turns { count: if self.quick { 3 } else { 8 }, seconds: 1 }
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|text| name.contains(text))
    }

    /// Whether the table is whole and of the build that is released.
    const fn writes(&self) -> bool {
        !self.no_write && !self.debug && self.only.is_empty() && self.connections.is_none()
    }

    fn scales(&self) -> Vec<usize> {
        match (self.keys.as_slice(), self.quick) {
            ([], true) => vec![10, 100_000],
            ([], false) => vec![10, 100_000, 1_000_000],
            (keys, _) => keys.to_vec(),
        }
    }
}

/// The programs that take part.
#[derive(Debug)]
struct Programs {
    claviger: PathBuf,
    floor: PathBuf,
    seed: PathBuf,
    seed_oauth: PathBuf,
    seed_pages: PathBuf,
}

/// Builds, measures, prints, writes.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    require("wrk", "wrk")?;
    require("taskset", "util-linux")?;
    let programs = build(options.debug)?;
    // Held to the end.
    let awake = Awake::hold();
    let mut report = Report::of(&awake);
    if CASES.iter().any(|case| options.wants(case.name)) {
        for keys in options.scales() {
            terminal::line(format_args!("==> {keys} keys stored"));
            let site = Site::prepare(&programs, keys, options.reseed)?;
            measure(&programs, &site, options, &mut report)?;
        }
    }
    watching::measure(&programs, options, &mut report)?;
    oauth::measure(&programs, options, &mut report)?;
    signing_in::measure(&programs, options, &mut report)?;
    pages::measure(&programs, options, &mut report)?;
    terminal::line(report.markdown());
    if options.writes() {
        report.write()?;
    }
    // A debug build says nothing of how fast pages are.
    match report.slow_pages() {
        slow if slow.is_empty() || options.debug => Ok(()),
        slow => Err(Failure::Slow(slow.join(", "))),
    }
}

fn require(program: &str, package: &str) -> Result<(), Failure> {
    match workspace::find_program(program) {
        Some(_) => Ok(()),
        None => Err(Failure::Packages {
            missing: program.to_owned(),
            command: format!("sudo apt-get install {package}"),
        }),
    }
}

fn build(is_debug: bool) -> Result<Programs, Failure> {
    let packages = ["-p", "claviger-server", "-p", "claviger-testkit"];
    let (profile, folder) = if is_debug { ("dev", "debug") } else { ("release", "release") };
    let mut cargo = workspace::cargo();
    cargo.args(["build", "--profile", profile, "--locked", "--bins", "--examples"]);
    workspace::run(cargo.args(packages))?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace::root().join("target"), PathBuf::from);
    let built = target.join(folder);
    let examples = built.join("examples");
    Ok(Programs {
        claviger: built.join("claviger"),
        floor: examples.join("floor"),
        seed: examples.join("seed"),
        seed_oauth: examples.join("seed_oauth"),
        seed_pages: examples.join("seed_pages"),
    })
}

/// All rows of one database, each in turns with a bare server.
fn measure(programs: &Programs, site: &Site, options: &Options, report: &mut Report) -> Result<(), Failure> {
    let upstream_address = free_address()?;
    let _upstream = start_floor(programs, "hello", upstream_address, LOAD_CORE, None)?;
    let mut floors = Floors::default();
    let address = free_address()?;
    report.starts.extend(site.measure_starts(programs, address, upstream_address)?);
    let server = site.start(programs, address, upstream_address)?;
    let idle = server.resident_kib()?;
    let hots: &[usize] = if site.keys >= 10_000 { &[10, 10_000] } else { &[10] };
    for hot in hots.iter().copied() {
        for case in CASES.into_iter().filter(|case| options.wants(case.name)) {
            site.expect(address, case)?;
            let load = |is_refused| {
                let keys = Keys { shape: case.shape, file: site.file(case.file), hot, token: site.token()? };
                Ok::<_, Failure>(keys.load(CONNECTIONS, is_refused))
            };
            let to = (case.floor == "proxy").then_some(upstream_address);
            let beside = floors.side(programs, case.floor, to, load(false)?)?;
            let side = Side { server: &server, address, load: load(case.status >= 400)? };
            let Turn { bare: beside, other: sample } = options.turns().measure(&beside, &side)?;
            report.row(Row { case: case.name, floor: case.floor, beside, keys: site.keys, hot, sample });
        }
    }
    report.memory(site.keys, idle, server.resident_kib()?);
    Ok(())
}

/// What a door is asked, and what it must answer.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    floor: &'static str,
    shape: Shape,
    file: &'static str,
    status: u16,
    body_has: &'static str,
}

const CASES: [Case; 5] = [
    Case {
        name: "verify, hit",
        floor: "echo",
        shape: Shape::Verify,
        file: "stored.txt",
        status: 200,
        body_has: "\"VALID\"",
    },
    Case {
        name: "verify, unknown",
        floor: "echo",
        shape: Shape::Verify,
        file: "unknown.txt",
        status: 200,
        body_has: "\"UNKNOWN\"",
    },
    Case {
        name: "verify, junk",
        floor: "echo",
        shape: Shape::Verify,
        file: "junk.txt",
        status: 200,
        body_has: "\"MALFORMED\"",
    },
    Case {
        name: "gateway, hit",
        floor: "proxy",
        shape: Shape::Gateway,
        file: "stored.txt",
        status: 200,
        body_has: "hello",
    },
    Case {
        name: "gateway, refused",
        floor: "hello",
        shape: Shape::Gateway,
        file: "unknown.txt",
        status: 401,
        body_has: "",
    },
];

/// Bare servers, started when they are first asked for.
#[derive(Debug, Default)]
struct Floors(BTreeMap<&'static str, (SocketAddr, Pinned)>);

impl Floors {
    /// The bare server of this name under this load.
    fn side(
        &mut self,
        programs: &Programs,
        name: &'static str,
        upstream: Option<SocketAddr>,
        load: Load,
    ) -> Result<Side<'_>, Failure> {
        let (address, server) = match self.0.entry(name) {
            Entry::Occupied(started) => started.into_mut(),
            Entry::Vacant(place) => {
                let address = free_address()?;
                place.insert((address, start_floor(programs, name, address, SERVER_CORE, upstream)?))
            }
        };
        Ok(Side { server, address: *address, load })
    }
}

fn start_floor(
    programs: &Programs,
    mode: &str,
    address: SocketAddr,
    core: u8,
    upstream: Option<SocketAddr>,
) -> Result<Pinned, Failure> {
    let mut arguments = vec![mode.to_owned(), address.port().to_string()];
    arguments.extend(upstream.map(|upstream| upstream.to_string()));
    let server = Pinned::start(core, &programs.floor, &arguments, None)?;
    server.await_connection(address)?;
    Ok(server)
}

fn free_address() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    listener.and_then(|listener| listener.local_addr()).map_err(Failure::file("127.0.0.1"))
}
