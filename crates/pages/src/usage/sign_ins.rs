//! Who signs in and who is refused, as the overview shows it.

use std::collections::BTreeMap;
use std::time::Duration;

use claviger_domain::{Actor, Pool, SignInOutcome, Timestamp};
use claviger_engine::{SignInSum, SignInsError};

use super::chart::{Amount, Chart};
use super::picture::Span;
use crate::moment::Moment;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// What became of the attempts of some people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attempts {
    pub(crate) succeeded: u64,
    pub(crate) wrong: u64,
    pub(crate) wrong_code: u64,
    pub(crate) slowed: u64,
}

impl Attempts {
    fn add(&mut self, outcome: SignInOutcome, times: u64) {
        let part = match outcome {
            SignInOutcome::Succeeded => &mut self.succeeded,
            SignInOutcome::Wrong => &mut self.wrong,
            SignInOutcome::WrongCode => &mut self.wrong_code,
            SignInOutcome::Slowed => &mut self.slowed,
        };
        *part = part.saturating_add(times);
    }

    /// Those that were refused, for whatever reason.
    pub(crate) fn refused(&self) -> u64 {
        self.wrong.saturating_add(self.wrong_code).saturating_add(self.slowed)
    }

    fn amount(&self) -> Amount {
        Amount { allowed: self.succeeded, refused: self.refused() }
    }
}

/// All that the overview shows of sign-ins.
pub(crate) struct SignInPicture {
    pub(crate) span: Span,
    pub(crate) chart: Chart,
    pub(crate) total: Attempts,
    pub(crate) from: Moment,
    /// By whose people tried: operators, members, the users of each API.
    pub(crate) people: Vec<(Phrase, Attempts)>,
    /// Times in which somebody tried, newest first.
    pub(crate) rows: Vec<(Moment, Attempts)>,
}

impl SignInPicture {
    /// The sign-ins that the actor may see.
    pub(crate) async fn of(state: &PagesState, actor: &Actor, span: Span) -> Result<Self, SignInsError> {
        let now = state.engine.clock().now();
        let from = span.instants(now).next().unwrap_or(now);
        let until = now.plus(Duration::from_micros(1));
        let sums = state.engine.sign_ins(actor, span.grain(), from..until).await?;
        Ok(Self::from_sums(span, now, &sums, |pool| whose(state, pool)))
    }

    fn from_sums(span: Span, now: Timestamp, sums: &[SignInSum], whose: impl Fn(Pool) -> Phrase) -> Self {
        let mut by_time: BTreeMap<_, _> = span.instants(now).map(|at| (at, Attempts::default())).collect();
        let (mut total, mut by_pool) = (Attempts::default(), BTreeMap::new());
        for SignInSum { at, pool, outcome, times } in sums {
            total.add(*outcome, *times);
            by_time.entry(*at).or_default().add(*outcome, *times);
            let (_, attempts) =
                by_pool.entry(rank(*pool)).or_insert_with(|| (whose(*pool), Attempts::default()));
            attempts.add(*outcome, *times);
        }
        let amounts: Vec<_> = by_time.values().map(Attempts::amount).collect();
        let tried = by_time.iter().rev().filter(|(_, attempts)| attempts.amount().total() > 0);
        Self {
            span,
            chart: Chart::of(&amounts),
            total,
            from: Moment::exact(by_time.keys().next().copied().unwrap_or(now)),
            people: by_pool.into_values().collect(),
            rows: tried.map(|(at, attempts)| (Moment::exact(*at), *attempts)).collect(),
        }
    }
}

/// Operators first, then members, then the users of each API.
fn rank(pool: Pool) -> (u8, String) {
    match pool {
        Pool::Instance => (0, String::new()),
        Pool::Members => (1, String::new()),
        Pool::Api(api) => (2, api.to_string()),
    }
}

/// Whose people they are. An API whose contract is not loaded any more is called by its id.
fn whose(state: &PagesState, pool: Pool) -> Phrase {
    match pool {
        Pool::Instance => say("sign-ins-operators"),
        Pool::Members => say("sign-ins-members"),
        Pool::Api(api) => {
            let title = match state.engine.find_api(&api.to_string()) {
                Some(entry) => state.title_of(&entry.api.name),
                None => api.to_string(),
            };
            say("sign-ins-users-of").with("title", title)
        }
    }
}

#[cfg(test)]
mod tests {
    use claviger_domain::Grain;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn sum(hours_ago: u32, pool: Pool, outcome: SignInOutcome, times: u64) -> SignInSum {
        let at = Grain::Hour.floor(NOW).minus(Duration::from_secs(3_600) * hours_ago);
        SignInSum { at, pool, outcome, times }
    }

    fn name(pool: Pool) -> Phrase {
        say("sign-ins-users-of").with("title", pool)
    }

    #[test]
    fn attempts_are_told_apart_by_whose_they_were_and_by_the_hour() {
        let users = Pool::Api("api_00000000000000000000000000".parse().unwrap());
        let sums = [
            sum(5, users, SignInOutcome::Succeeded, 7),
            sum(5, users, SignInOutcome::Wrong, 2),
            sum(0, Pool::Instance, SignInOutcome::WrongCode, 1),
            sum(0, Pool::Members, SignInOutcome::Slowed, 4),
        ];
        let picture = SignInPicture::from_sums(Span::Day, NOW, &sums, name);
        assert_eq!(picture.total, Attempts { succeeded: 7, wrong: 2, wrong_code: 1, slowed: 4 });
        assert_eq!((picture.total.refused(), picture.chart.most, picture.chart.width), (7, 9, 240));
        let people: Vec<_> = picture.people.iter().map(|(whose, of)| (whose.clone(), of.refused())).collect();
        assert_eq!(people, [(name(Pool::Instance), 1), (name(Pool::Members), 4), (name(users), 2)]);
        let rows: Vec<_> = picture.rows.iter().map(|(_, of)| (of.succeeded, of.refused())).collect();
        assert_eq!(rows, [(0, 5), (7, 2)], "newest first, and no row for a quiet hour");
    }

    #[test]
    fn nobody_is_a_picture_too() {
        let picture = SignInPicture::from_sums(Span::Month, NOW, &[], name);
        assert!(picture.rows.is_empty() && picture.people.is_empty() && picture.chart.bars.is_empty());
    }
}
