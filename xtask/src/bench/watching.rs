//! What it costs to count and to watch: the doors of verification with limits, usage and the watch for unusual activity
//! switched on one by one and all together, beside a server that does none of it.

use crate::failure::Failure;
use crate::terminal;

use super::load::{Keys, Sample};
use super::report::{CostRow, Report};
use super::site::{Beside, Site};
use super::{CASES, CONNECTIONS, Case, LOAD_CORE, Options, Programs, free_address, start_floor};

/// Stored keys, of which a tenth is in use: counts and sightings are kept for each.
const KEYS: usize = 100_000;
const HOT: usize = 10_000;
/// The most that everything together may cost, as a share of what a request costs without.
pub(super) const BAR: f64 = 1.15;
/// Each server is measured so often, in turns, so that a machine that grows slower in between favours none.
const ROUNDS: usize = 3;

const NOTHING: Beside = Beside { limits: false, usage: false, watch: false };

/// What is switched on, from nothing to everything.
const STEPS: [(&str, Beside); 5] = [
    ("nothing", NOTHING),
    ("limits", Beside { limits: true, ..NOTHING }),
    ("usage", Beside { usage: true, ..NOTHING }),
    ("watch", Beside { watch: true, ..NOTHING }),
    ("limits, usage and watch", Beside::ALL),
];

/// The doors that are asked.
const DOORS: [&str; 2] = ["verify, hit", "gateway, hit"];

/// Measures the rows of this table that are wanted.
pub(super) fn measure(programs: &Programs, options: &Options, report: &mut Report) -> Result<(), Failure> {
    let doors: Vec<Case> = CASES
        .into_iter()
        .filter(|case| {
            DOORS.contains(&case.name) && options.wants(&format!("{}, limits, usage and watch", case.name))
        })
        .collect();
    if doors.is_empty() {
        return Ok(());
    }
    let keys = options.keys.last().copied().unwrap_or(KEYS);
    terminal::line(format_args!("==> what counting and watching costs, {keys} keys stored"));
    let site = Site::prepare(programs, keys, options.reseed)?;
    let upstream = free_address()?;
    let _upstream = start_floor(programs, "hello", upstream, LOAD_CORE, None)?;
    for case in doors {
        let mut rounds = [const { Vec::new() }; STEPS.len()];
        for _ in 0..ROUNDS {
            for ((_, beside), samples) in STEPS.into_iter().zip(&mut rounds) {
                let address = free_address()?;
                let server = site.start_with(programs, (address, upstream), beside)?;
                site.expect(address, case)?;
                let hot = HOT.min(keys);
                let keys = Keys { shape: case.shape, file: site.file(case.file), hot, token: site.token()? };
                let load = keys.load(CONNECTIONS, false);
                load.warm_up(address)?;
                samples.push(load.run(&server, address, options.turns().in_all())?);
            }
        }
        let [nothing, ..] = rounds.each_ref().map(|samples| median(samples));
        for ((with, _), samples) in STEPS.into_iter().zip(&rounds) {
            let (Some(sample), Some(without)) = (median(samples), nothing) else { continue };
            let bar = (with == "limits, usage and watch").then_some(BAR);
            report.cost(CostRow { case: case.name, with, without, sample, bar });
        }
    }
    Ok(())
}

/// The sample whose processor time lies in the middle.
fn median(samples: &[Sample]) -> Option<Sample> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(|one, other| one.cpu_micros.total_cmp(&other.cpu_micros));
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_three_samples_the_middle_one_counts() {
        let sample = |cpu_micros| Sample { cpu_micros, per_second: 1.0, p50_micros: 1.0, p99_micros: 1.0 };
        let found = median(&[sample(30.0), sample(10.0), sample(20.0)]).unwrap();
        assert_eq!(found, sample(20.0));
        assert_eq!(median(&[]), None);
    }
}
