//! What a workspace has of credits, what it spent lately, and when more come.

use std::collections::BTreeMap;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use claviger_domain::{CreditDay, Timestamp};
use http::StatusCode;

use crate::chrome::{Chrome, Tab, page};
use crate::credit_rows::{GrantRow, Refill};
use crate::error::{Answer, PageError};
use crate::permit::{KeysRead, Permit};
use crate::state::PagesState;
use crate::usage::{Amount, Chart};

/// Days that are shown.
const DAYS: i64 = 30;
const SECONDS_A_DAY: i64 = 86_400;

struct DayRow {
    day: String,
    spent: u64,
}

/// What was spent on each of the last days.
struct Spent {
    chart: Chart,
    total: u64,
    /// The days on which something was spent, newest first.
    rows: Vec<DayRow>,
    from: String,
}

#[derive(Template)]
#[template(path = "portal/credits.html")]
struct CreditsPage<'p> {
    chrome: Chrome<'p>,
    available: u64,
    reserved: u64,
    refill: Option<Refill>,
    grants: Vec<GrantRow>,
    spent: Spent,
}

/// `GET /portal/{workspace}/credits`
pub(crate) async fn show_credits(State(state): State<PagesState>, permit: Permit<KeysRead>) -> Answer {
    let reader = permit.reader();
    let workspace = reader.visit().ok_or(PageError::NoPage)?.workspace().id;
    let (actor, now) = (reader.actor(), state.engine.clock().now());
    let credits = state.engine.show_credits_for(&actor, workspace).await?;
    let first = days(now).next().unwrap_or(now);
    let charged = state.engine.list_credit_days(&actor, workspace, first).await?;
    let shown = CreditsPage {
        chrome: Chrome::in_portal(reader, Tab::Overview),
        available: credits.available,
        reserved: charged.iter().filter(|day| day.is_reserved).map(|day| day.credits).sum(),
        refill: credits.refill.map(Refill::of),
        grants: credits.grants.iter().map(|grant| GrantRow::new(grant, now)).collect(),
        spent: spent(&charged, now),
    };
    page(StatusCode::OK, &shown)
}

/// The midnights of the days that are shown, the oldest first; the last is the one that `now` lies in.
fn days(now: Timestamp) -> impl Iterator<Item = Timestamp> {
    let seconds = now.micros().div_euclid(1_000_000);
    let today = Timestamp::from_seconds(seconds - seconds.rem_euclid(SECONDS_A_DAY));
    let day = Duration::from_secs(SECONDS_A_DAY.unsigned_abs());
    (0..DAYS).rev().map(move |back| today.minus(day * u32::try_from(back).unwrap_or_default()))
}

fn spent(charged: &[CreditDay], now: Timestamp) -> Spent {
    let mut by_day: BTreeMap<Timestamp, u64> = days(now).map(|day| (day, 0)).collect();
    for day in charged.iter().filter(|day| !day.is_reserved) {
        *by_day.entry(day.begin).or_default() += day.credits;
    }
    let amounts: Vec<_> = by_day.values().map(|spent| Amount { allowed: *spent, refused: 0 }).collect();
    let date = |at: &Timestamp| at.to_string().chars().take(10).collect::<String>();
    let rows = by_day.iter().rev().filter(|(_, spent)| **spent > 0);
    Spent {
        chart: Chart::of(&amounts),
        total: by_day.values().sum(),
        rows: rows.map(|(day, spent)| DayRow { day: date(day), spent: *spent }).collect(),
        from: by_day.keys().next().map(date).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_days_have_thirty_places_and_what_is_reserved_is_not_spent() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let day = |back: usize, is_reserved, credits| CreditDay {
            begin: days(now).nth(29 - back).unwrap(),
            is_reserved,
            credits,
        };
        let spent = spent(&[day(29, false, 5), day(0, false, 7), day(0, true, 100)], now);
        assert_eq!((spent.total, spent.chart.most, spent.chart.width), (12, 7, 300));
        let rows: Vec<_> = spent.rows.iter().map(|row| (row.day.as_str(), row.spent)).collect();
        assert_eq!(rows, [("2027-01-15", 7), ("2026-12-17", 5)], "newest first");
    }
}
