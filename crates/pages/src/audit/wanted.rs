//! Which rows of the record an address asks for.

use std::time::Duration;

use claviger_domain::{Action, AuditSeq, Timestamp};
use claviger_engine::AuditFilter;

use crate::error::PageError;
use crate::fields::Fields;
use crate::reader::Reader;
use crate::state::PagesState;

/// What the address says of a filter.
pub(super) const FILTERS: [&str; 6] = ["who", "action", "object", "workspace", "from", "until"];

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads the filter of an address.
pub(super) async fn read_filter(
    state: &PagesState,
    reader: &Reader,
    query: &Fields,
) -> Result<AuditFilter, PageError> {
    let unknown = PageError::Parameter;
    let actor = match query.given("who") {
        // Somebody whom nobody knows did nothing.
        Some(who) => {
            Some(state.engine.audit_name(&reader.actor(), who).await?.unwrap_or_else(|| who.to_owned()))
        }
        None => None,
    };
    Ok(AuditFilter {
        actor,
        action: query
            .given("action")
            .map(|text| text.parse::<Action>().map_err(|_| unknown("action")))
            .transpose()?,
        object: query.given("object").map(|text| text.parse().map_err(|_| unknown("object"))).transpose()?,
        workspace: query
            .given("workspace")
            .map(|text| text.parse().map_err(|_| unknown("workspace")))
            .transpose()?,
        from: query.given("from").map(|text| read_day(text).ok_or(unknown("first day"))).transpose()?,
        // The last day is meant whole.
        until: query
            .given("until")
            .map(|text| read_day(text).map(|day| day.plus(DAY)).ok_or(unknown("last day")))
            .transpose()?,
    })
}

/// Where a page of the list starts.
pub(super) fn read_place(query: &Fields) -> Result<Option<AuditSeq>, PageError> {
    query.given("before").map(str::parse).transpose().map_err(|_| PageError::Parameter("page"))
}

/// The beginning of a day of UTC.
fn read_day(text: &str) -> Option<Timestamp> {
    Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_utc() {
        assert_eq!(read_day("2026-01-01"), Some(Timestamp::from_seconds(1_767_225_600)));
        for wrong in ["", "2026-02-30", "yesterday", "2026-01-01T00:00:00Z"] {
            assert_eq!(read_day(wrong), None, "{wrong}");
        }
    }
}
