//! Load by wrk, and what it did to the server.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::workspace;

use super::LOAD_CORE;
use super::pinned::Pinned;

/// Connections, as in the published bars.
const CONNECTIONS: u32 = 16;
/// Before anything is counted: caches fill, connections open.
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
    pub(super) shape: Shape,
    /// A file of credentials, one a line.
    pub(super) keys: PathBuf,
    /// How many of them to rotate over.
    pub(super) hot: usize,
    /// The operator token, for `Verify`.
    pub(super) token: String,
    pub(super) seconds: u32,
}

/// What one load cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// Processor time of the server per request, in microseconds.
    pub(super) cpu_micros: f64,
    pub(super) per_second: f64,
    pub(super) p50_micros: f64,
    pub(super) p99_micros: f64,
}

impl Load {
    /// Warms the server up, then measures.
    pub(super) fn run(&self, server: &Pinned, address: SocketAddr) -> Result<Sample, Failure> {
        self.wrk(address, WARM_UP_SECONDS)?;
        let before = server.cpu_micros()?;
        let output = self.wrk(address, self.seconds)?;
        let spent = server.cpu_micros()?.saturating_sub(before);
        read_sample(&output, spent)
    }

    fn wrk(&self, address: SocketAddr, seconds: u32) -> Result<String, Failure> {
        let script = workspace::root().join("xtask/src/bench/load.lua");
        let shape = match self.shape {
            Shape::Verify => "verify",
            Shape::Gateway => "gateway",
        };
        let mut wrk = workspace::command("taskset");
        wrk.args(["-c", &LOAD_CORE.to_string(), "wrk", "-t1"]);
        wrk.arg(format!("-c{CONNECTIONS}")).arg(format!("-d{seconds}s")).arg("-s").arg(script);
        wrk.arg(format!("http://{address}/")).args(["--", shape]).arg(&self.keys);
        wrk.arg(self.hot.to_string()).arg(&self.token);
        workspace::output(&mut wrk)
    }
}

/// Reads the line that `load.lua` writes at the end.
fn read_sample(output: &str, cpu_micros: u64) -> Result<Sample, Failure> {
    let bad = |detail: &str| Failure::Form { what: "wrk's output", detail: format!("{detail}\n{output}") };
    let line =
        output.lines().find_map(|line| line.strip_prefix("bench ")).ok_or_else(|| bad("no figures"))?;
    let figures: BTreeMap<&str, f64> = line
        .split_whitespace()
        .filter_map(|pair| pair.split_once('=').and_then(|(name, value)| Some((name, value.parse().ok()?))))
        .collect();
    let figure = |name: &str| figures.get(name).copied().ok_or_else(|| bad(name));
    let requests = figure("requests")?;
    if requests < 1.0 || figure("broken")? > 0.0 {
        return Err(bad("requests were lost"));
    }
    // At most a few hundred billion microseconds: exact in a double.
    let cpu = std::time::Duration::from_micros(cpu_micros).as_secs_f64() * 1e6;
    Ok(Sample {
        cpu_micros: cpu / requests,
        per_second: requests / (figure("micros")? / 1e6),
        p50_micros: figure("p50")?,
        p99_micros: figure("p99")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_from_the_scripts_line() {
        let output = "Running 2s test\nbench requests=1000 micros=2000000 p50=150 p99=900 broken=0\n";
        let expected = Sample { cpu_micros: 10.0, per_second: 500.0, p50_micros: 150.0, p99_micros: 900.0 };
        assert_eq!(read_sample(output, 10_000).unwrap(), expected);
    }

    #[test]
    fn lost_requests_spoil_the_figures() {
        assert!(read_sample("bench requests=1000 micros=1 p50=1 p99=1 broken=2", 1).is_err());
        assert!(read_sample("wrk: unable to connect", 1).is_err());
    }
}
