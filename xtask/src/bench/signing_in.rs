//! How long verification takes while people sign in: hashing a password takes some 14 ms of a core, and more people wait for
//! it than are served at once.

use crate::failure::Failure;
use crate::terminal;

use super::load::Sample;
use super::oauth::Asks;
use super::oauth_site::OAuthSite;
use super::report::{CrowdRow, Report};
use super::{CONNECTIONS, Options, Programs, free_address};

/// What is asked meanwhile.
const NAME: &str = "introspection, opaque, while passwords are hashed";
const TOKENS: &str = "opaque.txt";
/// With one, requests come to an idle core; with the other, it has no idle moment.
const BESIDE: [u32; 2] = [1, CONNECTIONS];
/// Who signs in at once: the password of one is hashed, the others wait.
const CROWD: u32 = 16;
/// The most that latency may be of what it is when nobody signs in.
const BAR: f64 = 1.1;

/// Measures the rows of this table that are wanted.
pub(super) fn measure(programs: &Programs, options: &Options, report: &mut Report) -> Result<(), Failure> {
    if !options.wants(NAME) {
        return Ok(());
    }
    terminal::line("==> verification while passwords are hashed");
    let site = OAuthSite::prepare(programs)?;
    let address = free_address()?;
    let server = site.start(programs, address)?;
    site.expect_active(address, TOKENS)?;
    for connections in BESIDE {
        let load = Asks::Introspection(TOKENS).load(&site, connections);
        let turns = options.turns();
        load.warm_up(address)?;
        let mut pairs = Vec::new();
        for _ in 0..turns.count {
            let quiet = load.run(&server, address, turns.seconds)?;
            let _crowd = Asks::SignIn.load(&site, CROWD).start(address)?;
            // The crowd comes while this goes on.
            load.warm_up(address)?;
            server.expect_thread("hasher")?;
            let crowded = load.run(&server, address, turns.seconds)?;
            server.expect_thread("hasher")?;
            pairs.push((quiet, crowded));
        }
        if let Some((quiet, crowded)) = middle(pairs) {
            report.crowd(CrowdRow { case: "introspection, opaque", connections, quiet, crowded, bar: BAR });
        }
    }
    Ok(())
}

/// The pair whose ratio lies in the middle.
fn middle(mut pairs: Vec<(Sample, Sample)>) -> Option<(Sample, Sample)> {
    let ratio = |(quiet, crowded): &(Sample, Sample)| quiet.per_second / crowded.per_second;
    pairs.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
    pairs.get(pairs.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pair_counts_whose_ratio_lies_in_the_middle() {
        let sample = |per_second| Sample { cpu_micros: 1.0, per_second, p50_micros: 1.0, p99_micros: 1.0 };
        let pair = |quiet, crowded| (sample(quiet), sample(crowded));
        assert_eq!(middle(vec![pair(4.0, 1.0), pair(1.0, 1.0), pair(2.0, 1.0)]), Some(pair(2.0, 1.0)));
        assert_eq!(middle(Vec::new()), None);
    }
}
