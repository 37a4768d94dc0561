//! The table of OAuth: each row beside a bare server of the same run and as many connections, and beside its bar.

use std::fmt::Write;

use super::load::Sample;

/// The connections of the published bars, and of the floors on the machine for which they were set.
const CONNECTIONS: u32 = 16;

/// A row of the table: a bare server or an endpoint, under so many connections.
#[derive(Debug)]
pub(super) struct OAuthRow {
    pub(super) case: &'static str,
    /// The bare server it stands beside; none for bare servers.
    pub(super) floor: Option<Floor>,
    /// The most microseconds it is meant to take.
    pub(super) bar: Option<u32>,
    pub(super) connections: u32,
    pub(super) sample: Sample,
}

/// A bare server, and what it takes elsewhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    /// How `floor` is called for it, and its row.
    pub(super) name: &'static str,
    /// What it took, in microseconds, on the machine for which the bars were set.
    pub(super) there: Option<f64>,
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

    /// What a bare server took here.
    fn floor_micros(&self, name: &str, connections: u32) -> Option<f64> {
        let is_it =
            |row: &&OAuthRow| row.floor.is_none() && row.case == name && row.connections == connections;
        self.rows.iter().find(is_it).map(|row| row.sample.cpu_micros).filter(|micros| *micros > 0.0)
    }

    /// Writes the table; a string takes all of it.
    pub(super) fn write(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "\n| | connections | µs a request | beside | ratio | bar | bar, scaled | requests/s | p50 µs | p99 µs |"
        )?;
        writeln!(text, "|---|--:|--:|---|--:|--:|--:|--:|--:|--:|")?;
        for OAuthRow { case, floor, bar, connections, sample } in &self.rows {
            let Sample { cpu_micros, per_second, p50_micros, p99_micros } = sample;
            let ratio = floor
                .and_then(|floor| self.floor_micros(floor.name, *connections))
                .map(|micros| format!("{:.2}", cpu_micros / micros))
                .unwrap_or_default();
            let scaled = bar
                .zip(*floor)
                .and_then(|(bar, floor)| {
                    Some(f64::from(bar) * self.floor_micros(floor.name, CONNECTIONS)? / floor.there?)
                })
                .map(|micros| format!("{micros:.1}"))
                .unwrap_or_default();
            let name = if floor.is_none() { format!("*{case}*") } else { (*case).to_owned() };
            let beside = floor.map(|floor| floor.name).unwrap_or_default();
            let bar = bar.map(|bar| bar.to_string()).unwrap_or_default();
            writeln!(
                text,
                "| {name} | {connections} | {cpu_micros:.1} | {beside} | {ratio} | {bar} | {scaled} | {per_second:.0} | \
                 {p50_micros:.0} | {p99_micros:.0} |"
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGN: Floor = Floor { name: "sign-eddsa", there: Some(14.4) };

    fn row(case: &'static str, floor: Option<Floor>, (connections, cpu_micros): (u32, f64)) -> OAuthRow {
        let sample = Sample { cpu_micros, per_second: 100_000.4, p50_micros: 150.0, p99_micros: 900.0 };
        OAuthRow { case, floor, bar: floor.map(|_| 19), connections, sample }
    }

    fn written(rows: Vec<OAuthRow>) -> String {
        let mut text = String::new();
        OAuthTable { rows }.write(&mut text).unwrap();
        text
    }

    #[test]
    fn a_row_stands_beside_the_floor_of_as_many_connections() {
        let text = written(vec![
            row("sign-eddsa", None, (1, 40.0)),
            row("sign-eddsa", None, (16, 18.0)),
            row("EdDSA", Some(SIGN), (1, 60.0)),
            row("EdDSA", Some(SIGN), (16, 27.0)),
        ]);
        for expected in [
            "| *sign-eddsa* | 16 | 18.0 |  |  |  |  | 100000 | 150 | 900 |",
            "| EdDSA | 1 | 60.0 | sign-eddsa | 1.50 | 19 | 23.8 | 100000 | 150 | 900 |",
            "| EdDSA | 16 | 27.0 | sign-eddsa | 1.50 | 19 | 23.8 | 100000 | 150 | 900 |",
        ] {
            assert!(text.lines().any(|line| line == expected), "{text}");
        }
    }

    #[test]
    fn a_bar_is_not_scaled_by_a_floor_that_was_never_measured_there() {
        let echo = Floor { name: "echo", there: None };
        let text = written(vec![row("echo", None, (16, 10.0)), row("refresh", Some(echo), (16, 38.0))]);
        let expected = "| refresh | 16 | 38.0 | echo | 3.80 | 19 |  | 100000 | 150 | 900 |";
        assert!(text.lines().any(|line| line == expected), "{text}");
    }
}
