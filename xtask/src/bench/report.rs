//! The table, and its place in the documentation.

use std::fmt::{Display, Write};
use std::fs;
use std::time::Duration;

use crate::failure::Failure;
use crate::workspace;

use super::load::Sample;
use super::oauth_table::{OAuthRow, OAuthTable};

const BEGIN: &str = "<!-- bench: begin -->";
const END: &str = "<!-- bench: end -->";
/// The longest that ninety-nine of a hundred answers of a page may take.
const BAR: Duration = Duration::from_millis(50);

/// Everything that was measured.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// What is to be known of the machine before one reads the tables.
    machine: String,
    rows: Vec<Row>,
    oauth: OAuthTable,
    costs: Vec<CostRow>,
    crowds: Vec<CrowdRow>,
    pages: Vec<PageRow>,
    memory: Vec<Memory>,
    pub(super) starts: Vec<Start>,
}

/// A door, measured.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) case: &'static str,
    /// The bare server it stands beside.
    pub(super) floor: &'static str,
    pub(super) beside: Sample,
    pub(super) keys: usize,
    pub(super) hot: usize,
    pub(super) sample: Sample,
}

/// What something costs that a server does beside its decisions.
#[derive(Debug)]
pub(super) struct CostRow {
    pub(super) case: &'static str,
    /// What it does.
    pub(super) with: &'static str,
    /// The same door of a server that does nothing beside.
    pub(super) without: Sample,
    pub(super) sample: Sample,
    /// The largest ratio that is allowed.
    pub(super) bar: Option<f64>,
}

/// A door while many sign in.
#[derive(Debug)]
pub(super) struct CrowdRow {
    pub(super) case: &'static str,
    pub(super) connections: u32,
    /// When nobody signs in.
    pub(super) quiet: Sample,
    /// When all can that may.
    pub(super) crowded: Sample,
    /// The largest ratio that is allowed.
    pub(super) bar: f64,
}

/// How long a page takes, from the request's first byte to the answer's last.
#[derive(Debug)]
pub(super) struct PageRow {
    case: &'static str,
    keys: usize,
    p50: Duration,
    p99: Duration,
}

impl PageRow {
    /// The row of a page that took these times, among so many keys.
    pub(super) fn of((case, keys): (&'static str, usize), mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        // The smallest time that so many of a hundred answers do not exceed.
        let within = |percent: usize| {
            let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(place).copied().unwrap_or_default()
        };
        Self { case, keys, p50: within(50), p99: within(99) }
    }
}

#[derive(Debug)]
struct Memory {
    keys: usize,
    idle_kib: u64,
    after_kib: u64,
}

/// From exec to the first answer.
#[derive(Debug)]
pub(super) struct Start {
    /// Keys in the database; none where there was no database.
    pub(super) keys: Option<usize>,
    pub(super) took: Duration,
}

impl Report {
    /// A report that begins with what is to be known of the machine.
    pub(super) fn of(machine: &impl Display) -> Self {
        Self { machine: machine.to_string(), ..Self::default() }
    }

    /// Adds a door.
    pub(super) fn row(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Adds a row of the OAuth table.
    pub(super) fn oauth(&mut self, row: OAuthRow) {
        self.oauth.add(row);
    }

    /// Adds a row of what counting and watching costs.
    pub(super) fn cost(&mut self, row: CostRow) {
        self.costs.push(row);
    }

    /// Adds a door while many sign in.
    pub(super) fn crowd(&mut self, row: CrowdRow) {
        self.crowds.push(row);
    }

    /// Adds a page.
    pub(super) fn page(&mut self, row: PageRow) {
        self.pages.push(row);
    }

    /// The pages that nearly always answer later than they may.
    pub(super) fn slow_pages(&self) -> Vec<&'static str> {
        self.pages.iter().filter(|row| row.p99 > BAR).map(|row| row.case).collect()
    }

    /// Adds resident memory before and after the load.
    pub(super) fn memory(&mut self, keys: usize, idle_kib: u64, after_kib: u64) {
        self.memory.push(Memory { keys, idle_kib, after_kib });
    }

    /// The tables.
    pub(super) fn markdown(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = self.write_markdown(&mut text);
        text
    }

    /// Tables without rows are left out: `--only` leaves some.
    fn write_markdown(&self, text: &mut String) -> std::fmt::Result {
        if !self.machine.is_empty() {
            writeln!(text, "{}\n", self.machine)?;
        }
        if !self.rows.is_empty() {
            self.write_verification(text)?;
        }
        if !self.costs.is_empty() {
            self.write_costs(text)?;
        }
        if !self.oauth.is_empty() {
            self.oauth.write(text)?;
        }
        if !self.crowds.is_empty() {
            self.write_crowds(text)?;
        }
        if !self.pages.is_empty() {
            self.write_pages(text)?;
        }
        if !self.memory.is_empty() {
            self.write_memory(text)?;
        }
        if self.starts.is_empty() { Ok(()) } else { self.write_starts(text) }
    }

    fn write_verification(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "| | keys stored | in use | µs a request | beside | its µs | ratio | requests/s | p50 µs | p99 µs |"
        )?;
        writeln!(text, "|---|--:|--:|--:|---|--:|--:|--:|--:|--:|")?;
        for Row { case, floor, beside, keys, hot, sample } in &self.rows {
            let Sample { cpu_micros, per_second, p50_micros, p99_micros } = sample;
            let (keys, hot, its, ratio) =
                (grouped(*keys), grouped(*hot), beside.cpu_micros, cpu_micros / beside.cpu_micros);
            writeln!(
                text,
                "| {case} | {keys} | {hot} | {cpu_micros:.1} | {floor} | {its:.1} | {ratio:.2} | {per_second:.0} | \
                 {p50_micros:.0} | {p99_micros:.0} |"
            )?;
        }
        Ok(())
    }

    fn write_memory(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "\n| keys stored | resident idle, MiB | resident after the load, MiB |\n|--:|--:|--:|"
        )?;
        for memory in &self.memory {
            let (idle, after) = (mebibytes(memory.idle_kib), mebibytes(memory.after_kib));
            writeln!(text, "| {} | {idle} | {after} |", grouped(memory.keys))?;
        }
        Ok(())
    }

    /// Each of so many connections asks again as soon as it has an answer, so the mean latency is their number by the answers
    /// of a second.
    fn write_crowds(&self, text: &mut String) -> std::fmt::Result {
        writeln!(
            text,
            "\n| | connections | mean µs | while many sign in | ratio | bar | p50 µs | then | p99 µs | then |"
        )?;
        writeln!(text, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
        for CrowdRow { case, connections, quiet, crowded, bar } in &self.crowds {
            let [mean, then] = [quiet, crowded].map(|of| f64::from(*connections) / of.per_second * 1e6);
            writeln!(
                text,
                "| {case} | {connections} | {mean:.0} | {then:.0} | {:.2} | {bar:.2} | {:.0} | {:.0} | {:.0} | {:.0} |",
                then / mean,
                quiet.p50_micros,
                crowded.p50_micros,
                quiet.p99_micros,
                crowded.p99_micros
            )?;
        }
        Ok(())
    }

    fn write_pages(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n| | keys stored | p50 ms | p99 ms | bar ms |\n|---|--:|--:|--:|--:|")?;
        for PageRow { case, keys, p50, p99 } in &self.pages {
            let [p50, p99, bar] = [*p50, *p99, BAR].map(|time| time.as_secs_f64() * 1e3);
            writeln!(text, "| {case} | {} | {p50:.1} | {p99:.1} | {bar:.0} |", grouped(*keys))?;
        }
        Ok(())
    }

    fn write_starts(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n| start | from exec to the first answer, ms |\n|---|--:|")?;
        for start in &self.starts {
            let name = start.keys.map_or_else(
                || "first start, no database".to_owned(),
                |keys| format!("database with {} keys", grouped(keys)),
            );
            writeln!(text, "| {name} | {:.0} |", start.took.as_secs_f64() * 1e3)?;
        }
        Ok(())
    }

    /// Processor time and throughput each beside those of a server that does nothing beside.
    fn write_costs(&self, text: &mut String) -> std::fmt::Result {
        writeln!(text, "\n| | with | µs a request | ratio | bar | requests/s | ratio | p50 µs | p99 µs |")?;
        writeln!(text, "|---|---|--:|--:|--:|--:|--:|--:|--:|")?;
        for CostRow { case, with, without, sample, bar } in &self.costs {
            let Sample { cpu_micros, per_second, p50_micros, p99_micros } = sample;
            let (cost, throughput) = (cpu_micros / without.cpu_micros, per_second / without.per_second);
            let bar = bar.map(|bar| format!("{bar:.2}")).unwrap_or_default();
            writeln!(
                text,
                "| {case} | {with} | {cpu_micros:.1} | {cost:.2} | {bar} | {per_second:.0} | {throughput:.2} | \
                 {p50_micros:.0} | {p99_micros:.0} |"
            )?;
        }
        Ok(())
    }

    /// Puts the tables between the marks of the documentation.
    pub(super) fn write(&self) -> Result<(), Failure> {
        let path = workspace::root().join("docs/src/performance.md");
        let page = fs::read_to_string(&path).map_err(Failure::file(&path))?;
        let page = replace_between_marks(&page, &self.markdown()).ok_or_else(|| Failure::Form {
            what: "docs/src/performance.md",
            detail: format!("`{BEGIN}` and `{END}` are not there"),
        })?;
        fs::write(&path, page).map_err(Failure::file(path))
    }
}

fn replace_between_marks(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", tables.trim_end()))
}

/// `1000000` as `1,000,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn mebibytes(kib: u64) -> String {
    let tenths = kib * 10 / 1024;
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(cpu_micros: f64) -> Sample {
        Sample { cpu_micros, per_second: 100_000.4, p50_micros: 150.0, p99_micros: 900.0 }
    }

    #[test]
    fn a_row_stands_beside_the_bare_server_it_took_turns_with() {
        let mut report = Report::default();
        let (case, floor, beside) = ("verify, hit", "echo", sample(10.0));
        report.row(Row { case, floor, beside, keys: 1_000_000, hot: 10_000, sample: sample(12.0) });
        let expected =
            "| verify, hit | 1,000,000 | 10,000 | 12.0 | echo | 10.0 | 1.20 | 100000 | 150 | 900 |";
        assert!(report.markdown().lines().any(|line| line == expected), "{}", report.markdown());
    }

    #[test]
    fn what_something_costs_stands_beside_a_server_that_does_nothing() {
        let mut report = Report::default();
        let (case, with, without) = ("verify, hit", "limits, usage and watch", sample(20.0));
        report.cost(CostRow { case, with, without, sample: sample(22.0), bar: Some(1.15) });
        let expected =
            "| verify, hit | limits, usage and watch | 22.0 | 1.10 | 1.15 | 100000 | 1.00 | 150 | 900 |";
        assert!(report.markdown().lines().any(|line| line == expected), "{}", report.markdown());
    }

    #[test]
    fn latency_while_many_sign_in_stands_beside_that_when_nobody_does() {
        let mut report = Report::default();
        let crowded = Sample { per_second: 80_000.0, p99_micros: 950.0, ..sample(10.0) };
        let quiet = sample(10.0);
        report.crowd(CrowdRow { case: "introspection, opaque", connections: 16, quiet, crowded, bar: 1.1 });
        let expected = "| introspection, opaque | 16 | 160 | 200 | 1.25 | 1.10 | 150 | 150 | 900 | 950 |";
        assert!(report.markdown().lines().any(|line| line == expected), "{}", report.markdown());
    }

    #[test]
    fn what_is_to_be_known_of_the_machine_comes_first() {
        let mut report = Report::of(&"It slept.");
        report.memory(10, 20_480, 25_700);
        assert!(report.markdown().starts_with("It slept.\n\n"), "{}", report.markdown());
    }

    #[test]
    fn a_page_that_is_slow_one_time_in_fifty_is_slow() {
        let times = |slow: usize| {
            let quick = std::iter::repeat_n(Duration::from_millis(2), 200 - slow);
            quick.chain(std::iter::repeat_n(Duration::from_millis(60), slow)).collect()
        };
        let mut report = Report::default();
        report.page(PageRow::of(("pages: quick", 1_000_000), times(2)));
        report.page(PageRow::of(("pages: slow", 1_000_000), times(4)));
        assert_eq!(report.slow_pages(), ["pages: slow"]);
        let text = report.markdown();
        for expected in
            ["| pages: quick | 1,000,000 | 2.0 | 2.0 | 50 |", "| pages: slow | 1,000,000 | 2.0 | 60.0 | 50 |"]
        {
            assert!(text.lines().any(|line| line == expected), "{text}");
        }
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        assert_eq!(
            replace_between_marks(&page, "new\n").unwrap(),
            format!("before\n{BEGIN}\n\nnew\n\n{END}\nafter\n")
        );
        assert!(replace_between_marks("no marks", "new").is_none());
    }

    #[test]
    fn memory_is_told_in_mebibytes() {
        let mut report = Report::default();
        report.memory(10, 20_480, 25_700);
        assert!(report.markdown().contains("| 10 | 20.0 | 25.0 |"), "{}", report.markdown());
    }
}
