//! Servers that are measured in turns, second by second: when the machine grows slower for a while, it does so for all.

use std::net::SocketAddr;

use crate::failure::Failure;

use super::load::{Load, Sample};
use super::pinned::Pinned;

/// How often each server is measured, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turns {
    pub(super) count: u32,
    pub(super) seconds: u32,
}

/// A server, and what it is asked.
#[derive(Debug)]
pub(super) struct Side<'s> {
    pub(super) server: &'s Pinned,
    pub(super) address: SocketAddr,
    pub(super) load: Load,
}

impl Turns {
    /// How long one server is measured in all.
    pub(super) const fn in_all(self) -> u32 {
        self.count * self.seconds
    }

    /// Measures a bare server and another in turn, and answers both of the turn whose ratio lies in the middle: what else
    /// happens on a machine, and on those that share its processors, mostly lasts longer than a turn.
    pub(super) fn measure(self, bare: &Side<'_>, other: &Side<'_>) -> Result<Turn, Failure> {
        for side in [bare, other] {
            side.load.warm_up(side.address)?;
        }
        let run = |side: &Side<'_>| side.load.run(side.server, side.address, self.seconds);
        let turn = |_| Ok(Turn { bare: run(bare)?, other: run(other)? });
        (0..self.count).map(turn).collect::<Result<_, _>>().and_then(middle)
    }
}

/// What two servers took, one right after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Turn {
    pub(super) bare: Sample,
    pub(super) other: Sample,
}

impl Turn {
    fn ratio(&self) -> f64 {
        self.other.cpu_micros / self.bare.cpu_micros
    }
}

fn middle(mut turns: Vec<Turn>) -> Result<Turn, Failure> {
    turns.sort_by(|one, other| one.ratio().total_cmp(&other.ratio()));
    let none = || Failure::Form { what: "the turns of a row", detail: "there are none".to_owned() };
    turns.get(turns.len() / 2).copied().ok_or_else(none)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_turn_counts_whose_ratio_lies_in_the_middle() {
        let sample = |cpu_micros| Sample { cpu_micros, per_second: 1.0, p50_micros: 1.0, p99_micros: 1.0 };
        let turn = |bare, other| Turn { bare: sample(bare), other: sample(other) };
        // The machine grew slower for the last, and for the one server only in the first.
        let turns = vec![turn(10.0, 40.0), turn(10.0, 19.0), turn(20.0, 40.0)];
        assert_eq!(middle(turns).unwrap(), turn(20.0, 40.0));
        assert!(middle(Vec::new()).is_err());
    }
}
