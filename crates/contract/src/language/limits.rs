//! Limits and plans.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::sync::Arc;

use claviger_domain::{Limit, LimitName, Pace, Partition, Plan, PlanName, WhenUnavailable};
use indexmap::IndexMap;

use crate::document::{Item, Section, did_you_mean};

const PARTITIONS: &[(&str, Partition)] = &[
    ("credential", Partition::Credential),
    ("workspace", Partition::Workspace),
    ("client", Partition::Client),
    ("user", Partition::User),
    ("address", Partition::Address),
    ("everyone", Partition::Everyone),
];

/// How a quota comes back, in a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PaceWord {
    Even,
    Rolling,
    Day,
    Month,
}

const PACES: &[(&str, PaceWord)] = &[
    ("even", PaceWord::Even),
    ("rolling", PaceWord::Rolling),
    ("day", PaceWord::Day),
    ("month", PaceWord::Month),
];

const WHEN_UNAVAILABLE: &[(&str, WhenUnavailable)] = &[
    ("local", WhenUnavailable::Local),
    ("open", WhenUnavailable::Open),
    ("closed", WhenUnavailable::Closed),
];

/// The limits of a contract.
#[derive(Default)]
pub(super) struct Limits {
    pub(super) named: IndexMap<LimitName, Arc<Limit>>,
    /// Those that count every request.
    pub(super) always: Vec<Arc<Limit>>,
    /// Every name that stands in the file, also where the limit itself is wrong: that is reported once.
    names: RefCell<Vec<LimitName>>,
}

impl Limits {
    /// A limit by its name, or one written in place.
    pub(super) fn resolve(&self, item: Item<'_>) -> Option<Arc<Limit>> {
        if item.is_table() {
            let section = item.section()?;
            let name: Option<LimitName> = section.need("name").and_then(Item::parse);
            let limit = limit(name.clone(), &section);
            section.finish();
            self.names.borrow_mut().extend(name);
            return limit.map(Arc::new);
        }
        let name: LimitName = item.parse()?;
        let found = self.named.get(&name).cloned();
        let names = self.names.borrow();
        if found.is_none() && !names.contains(&name) {
            let help = did_you_mean(name.as_str(), names.iter().map(LimitName::as_str))
                .or_else(|| Some("define it under `[limits]`".to_owned()));
            item.error_with(format!("the limit `{name}` is not defined"), help);
        }
        found
    }

    /// The name of a limit that stands anywhere in the file.
    pub(super) fn known_name(&self, item: Item<'_>) -> Option<LimitName> {
        let name: LimitName = item.parse()?;
        let names = self.names.borrow();
        if names.contains(&name) {
            return Some(name);
        }
        let help = did_you_mean(name.as_str(), names.iter().map(LimitName::as_str));
        item.error_with(format!("no limit is named `{name}`"), help);
        None
    }
}

fn limit(name: Option<LimitName>, section: &Section<'_>) -> Option<Limit> {
    let requests = section.need("requests").and_then(Item::positive);
    let pace = pace(requests, section);
    let partition = section.item("share").and_then(|item| item.choice(PARTITIONS)).unwrap_or_default();
    let counts_refused = section.flag("counts_refused", false);
    let away = section.item("when_unavailable").and_then(|item| item.choice(WHEN_UNAVAILABLE));
    Some(Limit {
        name: name?,
        requests: requests?,
        pace: pace?,
        partition,
        counts_refused,
        when_unavailable: away.unwrap_or_default(),
    })
}

fn pace(requests: Option<NonZeroU32>, section: &Section<'_>) -> Option<Pace> {
    let word = match section.item("pace") {
        Some(item) => item.choice(PACES)?,
        None => PaceWord::Even,
    };
    let burst = section.item("burst");
    if let Some(burst) = burst
        && word != PaceWord::Even
    {
        burst.error("only a limit with an even pace has a `burst`");
    }
    let calendar = match word {
        PaceWord::Day => Pace::Day,
        PaceWord::Month => Pace::Month,
        PaceWord::Even | PaceWord::Rolling => {
            let per_seconds = section.need("per").and_then(seconds)?;
            return Some(match word {
                PaceWord::Rolling => Pace::Rolling { per_seconds },
                _ => {
                    let burst = burst.and_then(Item::positive).or(requests)?;
                    Pace::Even { per_seconds, burst }
                }
            });
        }
    };
    if let Some(per) = section.item("per") {
        per.error("a limit by the day or month has no `per`");
    }
    Some(calendar)
}

fn seconds(item: Item<'_>) -> Option<NonZeroU32> {
    match item.duration()? {
        Some(time) => u32::try_from(time.as_secs()).ok().and_then(NonZeroU32::new),
        None => {
            item.error("a limit needs a time after which it is full again");
            None
        }
    }
}

pub(super) fn limits(root: &Section<'_>) -> Limits {
    let mut limits = Limits::default();
    let Some(section) = root.section("limits") else { return limits };
    for (name, item) in section.rest() {
        let (Some(name), Some(entry)) = (name.parse::<LimitName>(), item.section()) else { continue };
        let always = entry.flag("always", false);
        limits.names.borrow_mut().push(name.clone());
        if let Some(limit) = limit(Some(name.clone()), &entry).map(Arc::new) {
            if always {
                limits.always.push(Arc::clone(&limit));
            }
            limits.named.insert(name, limit);
        }
        entry.finish();
    }
    limits
}

pub(super) fn plans(root: &Section<'_>, limits: &Limits) -> (IndexMap<PlanName, Plan>, Option<PlanName>) {
    let mut plans = IndexMap::new();
    let mut default: Option<PlanName> = None;
    let Some(section) = root.section("plans") else { return (plans, default) };
    for (name, item) in section.rest() {
        let (Some(plan), Some(entry)) = (name.parse::<PlanName>(), item.section()) else { continue };
        let title = entry.need("title").and_then(Item::text).unwrap_or_default().to_owned();
        let counted: Vec<_> =
            entry.items("limits").into_iter().filter_map(|item| limits.resolve(item)).collect();
        if entry.flag("default", false) {
            if let Some(other) = &default {
                name.error_with(format!("`{plan}` and `{other}` are both the default plan"), None);
            }
            default = Some(plan.clone());
        }
        for (i, limit) in counted.iter().enumerate() {
            if counted.iter().take(i).any(|earlier| earlier.name == limit.name) {
                entry.error(format!("the limit `{}` stands in this plan twice", limit.name));
            }
        }
        plans.insert(plan, Plan { title, limits: counted });
        entry.finish();
    }
    if default.is_none() && !plans.is_empty() {
        let help = Some("write `default = true` in the plan of workspaces that have none".to_owned());
        root.report().error_with(section.span(), "no plan is the default", help);
    }
    (plans, default)
}
