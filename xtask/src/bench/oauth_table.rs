//! The table of OAuth: each row beside a bare server of the same run and as many connections, and beside its bar.

use std::fmt::Write;

use super::load::Sample;

/// The connections of the published bars, and of the floors on the machine for which they were set.
const CONNECTIONS: u32 = 16;

/// A row of the table: an endpoint under so many connections, and the bare server it took turns with.
#[derive(Debug)]
pub(super) struct OAuthRow {
    pub(super) case: &'static str,
    pub(super) floor: Floor,
    pub(super) beside: Sample,
    /// The most microseconds it is meant to take.
    pub(super) bar: Option<u32>,
    pub(super) connections: u32,
    pub(super) sample: Sample,
}

/// A bare server, and what it takes elsewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    /// How `floor` is called for it.
    pub(super) name: &'static str,
    /// What it took, in microseconds, on the machine for which the bars were set.
    pub(super) there: f64,
}

/// All rows.
#[derive(Debug, Default)]
pub(super) struct OAuthTable {
    rows: Vec<OAuthRow>,
}

impl OAuthTable {
    /// Adds a row.
    pub(super) fn add(&mut self, row: OAuthRow) {
        self.rows.push(row);
    }

    /// Whether nothing was measured.
    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// What the bar is here: as much larger as the bare server that took turns with the endpoint takes longer here.
    fn bar_here(&self, row: &OAuthRow) -> Option<f64> {
        let published = self.rows.iter().find(|of| of.case == row.case && of.connections == CONNECTIONS)?;
        Some(f64::from(row.bar?) * published.beside.cpu_micros / row.floor.there)
    }

    /// Writes the table; a string takes all of it.
    pub(super) fn write(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "\n| | connections | µs a request | beside | its µs | ratio | bar | bar, scaled | requests/s | p50 µs | p99 µs |"
        )?;
        writeln!(text, "|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|")?;
        for row in &self.rows {
            let OAuthRow { case, floor, beside, bar, connections, sample } = row;
            let Sample { cpu_micros, per_second, p50_micros, p99_micros } = sample;
            let (name, its, ratio) = (floor.name, beside.cpu_micros, cpu_micros / beside.cpu_micros);
            let scaled = self.bar_here(row).map(|micros| format!("{micros:.1}")).unwrap_or_default();
            let bar = bar.map(|bar| bar.to_string()).unwrap_or_default();
            writeln!(
                text,
                "| {case} | {connections} | {cpu_micros:.1} | {name} | {its:.1} | {ratio:.2} | {bar} | {scaled} | \
                 {per_second:.0} | {p50_micros:.0} | {p99_micros:.0} |"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGN: Floor = Floor { name: "sign-eddsa", there: 14.4 };

    fn row((connections, its, cpu_micros): (u32, f64, f64), bar: Option<u32>) -> OAuthRow {
        let sample =
            |cpu_micros| Sample { cpu_micros, per_second: 100_000.4, p50_micros: 150.0, p99_micros: 900.0 };
        let (beside, sample) = (sample(its), sample(cpu_micros));
        OAuthRow { case: "EdDSA", floor: SIGN, beside, bar, connections, sample }
    }

    fn written(rows: Vec<OAuthRow>) -> String {
        let mut text = String::new();
        OAuthTable { rows }.write(&mut text).unwrap();
        text
    }

    #[test]
    fn a_bar_is_scaled_by_the_bare_server_under_the_connections_it_was_set_for() {
        let text = written(vec![row((1, 40.0, 60.0), Some(19)), row((16, 18.0, 27.0), Some(19))]);
        for expected in [
            "| EdDSA | 1 | 60.0 | sign-eddsa | 40.0 | 1.50 | 19 | 23.8 | 100000 | 150 | 900 |",
            "| EdDSA | 16 | 27.0 | sign-eddsa | 18.0 | 1.50 | 19 | 23.8 | 100000 | 150 | 900 |",
        ] {
            assert!(text.lines().any(|line| line == expected), "{text}");
        }
    }

    #[test]
    fn what_has_no_bar_has_no_scaled_one() {
        let text = written(vec![row((16, 10.0, 12.0), None)]);
        let expected = "| EdDSA | 16 | 12.0 | sign-eddsa | 10.0 | 1.20 |  |  | 100000 | 150 | 900 |";
        assert!(text.lines().any(|line| line == expected), "{text}");
    }
}
