//! Load by wrk, and what it did to the server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::workspace;

use super::LOAD_CORE;
use super::pinned::Pinned;

/// How long a server is asked before anything is counted.
const WARM_UP_SECONDS: u32 = 1;

/// What a request looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `POST /v1/verify` with the credential in the body.
    Verify,
    /// `GET` with the credential as bearer token.
    Gateway,
}

/// A load to put on a server.
#[derive(Debug)]
pub(super) struct Load {
    /// A script of `xtask/src/bench/lua`, which says what its arguments are.
    pub(super) script: &'static str,
    pub(super) arguments: Vec<String>,
    pub(super) connections: u32,
    /// Whether answers of 400 and above are what it is after.
    pub(super) is_refused: bool,
}

/// Keys to show at a door of verification.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) shape: Shape,
    /// A file of credentials, one a line.
    pub(super) file: PathBuf,
    /// How many of them to rotate over.
    pub(super) hot: usize,
    /// The operator token, for `Verify`.
    pub(super) token: String,
}

impl Keys {
    /// The load of so many connections that show them.
    pub(super) fn load(self, connections: u32, is_refused: bool) -> Load {
        let shape = match self.shape {
            Shape::Verify => "verify",
            Shape::Gateway => "gateway",
        };
        let arguments =
            vec![shape.to_owned(), self.file.display().to_string(), self.hot.to_string(), self.token];
        Load { script: "keys", arguments, connections, is_refused }
    }
}

/// What one load cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// Processor time of the server per request, or per whole flow, in microseconds.
    pub(super) cpu_micros: f64,
    pub(super) per_second: f64,
    pub(super) p50_micros: f64,
    pub(super) p99_micros: f64,
}

impl Load {
    /// Lets caches fill before anything is counted.
    pub(super) fn warm_up(&self, address: SocketAddr) -> Result<(), Failure> {
        self.wrk(address, WARM_UP_SECONDS).map(drop)
    }

    /// Measures for so many seconds.
    pub(super) fn run(&self, server: &Pinned, address: SocketAddr, seconds: u32) -> Result<Sample, Failure> {
        let before = server.cpu_micros()?;
        let output = self.wrk(address, seconds)?;
        let spent = server.cpu_micros()?.saturating_sub(before);
        self.read_sample(&output, spent)
    }

    /// Puts the load on for as long as the process lives, an hour at most.
    pub(super) fn start(&self, address: SocketAddr) -> Result<Pinned, Failure> {
        Pinned::start(LOAD_CORE, Path::new("wrk"), &self.options(address, 3600), None)
    }

    fn wrk(&self, address: SocketAddr, seconds: u32) -> Result<String, Failure> {
        let mut wrk = workspace::command("taskset");
        wrk.args(["-c", &LOAD_CORE.to_string(), "wrk"]).args(self.options(address, seconds));
        workspace::output(&mut wrk)
    }

    fn options(&self, address: SocketAddr, seconds: u32) -> Vec<String> {
        let (connections, duration) = (format!("-c{}", self.connections), format!("-d{seconds}s"));
        // The scripts name each other from the root, where this is run.
        let script = format!("xtask/src/bench/lua/{}.lua", self.script);
        let url = format!("http://{address}/");
        let options =
            ["-t1".to_owned(), connections, duration, "-s".to_owned(), script, url, "--".to_owned()];
        options.into_iter().chain(self.arguments.iter().cloned()).collect()
    }

    /// Reads the line that the script writes at the end.
    fn read_sample(&self, output: &str, cpu_micros: u64) -> Result<Sample, Failure> {
        let bad =
            |detail: &str| Failure::Form { what: "wrk's output", detail: format!("{detail}\n{output}") };
        let line =
            output.lines().find_map(|line| line.strip_prefix("bench ")).ok_or_else(|| bad("no figures"))?;
        let figures: BTreeMap<&str, f64> = line
            .split_whitespace()
            .filter_map(|pair| {
                pair.split_once('=').and_then(|(name, value)| Some((name, value.parse().ok()?)))
            })
            .collect();
        let figure = |name: &str| figures.get(name).copied().ok_or_else(|| bad(name));
        let units = figure("units")?;
        if units < 1.0 || figure("broken")? > 0.0 {
            return Err(bad("requests were lost"));
        }
        if figure("refused")? > 0.0 && !self.is_refused {
            return Err(bad("requests were refused"));
        }
        // At most a few hundred billion microseconds: exact in a double.
        let cpu = std::time::Duration::from_micros(cpu_micros).as_secs_f64() * 1e6;
        Ok(Sample {
            cpu_micros: cpu / units,
            per_second: units / (figure("micros")? / 1e6),
            p50_micros: figure("p50")?,
            p99_micros: figure("p99")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(is_refused: bool) -> Load {
        Load { script: "keys", arguments: Vec::new(), connections: 1, is_refused }
    }

    #[test]
    fn figures_are_read_from_the_scripts_line() {
        let output = "Running 2s test\nbench units=1000 micros=2000000 p50=150 p99=900 refused=0 broken=0\n";
        let expected = Sample { cpu_micros: 10.0, per_second: 500.0, p50_micros: 150.0, p99_micros: 900.0 };
        assert_eq!(load(false).read_sample(output, 10_000).unwrap(), expected);
    }

    #[test]
    fn lost_requests_spoil_the_figures() {
        let lost = "bench units=1000 micros=1 p50=1 p99=1 refused=0 broken=2";
        assert!(load(false).read_sample(lost, 1).is_err());
        assert!(load(false).read_sample("wrk: unable to connect", 1).is_err());
    }

    #[test]
    fn refusals_spoil_the_figures_unless_they_are_what_is_measured() {
        let refused = "bench units=1000 micros=1 p50=1 p99=1 refused=1000 broken=0";
        assert!(load(false).read_sample(refused, 1).is_err());
        assert!(load(true).read_sample(refused, 1).is_ok());
    }
}
