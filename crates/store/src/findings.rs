//! Findings of unusual activity: one of a rule and a subject.

use claviger_domain::{
    Acknowledgement, ApiId, Finding, FindingId, Occurrence, Page, PageRequest, Raised, Response, Rule,
    Subject, Timestamp, WorkspaceId,
};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_optional, survey};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

/// Which findings are wanted; what is `None` is not asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingFilter {
    /// About this API.
    pub api: Option<ApiId>,
    /// About a credential of this workspace.
    pub workspace: Option<WorkspaceId>,
    /// About this.
    pub subject: Option<Subject>,
    /// Of this rule.
    pub rule: Option<Rule>,
    /// Whether nobody has acknowledged them.
    pub is_open: Option<bool>,
}

macro_rules! columns {
    () => {
        "f.id, f.rule, f.subject, f.api, f.workspace, f.evidence, f.count, f.first_seen_at, f.last_seen_at, \
         f.response, f.answered_at, f.acknowledged_at, f.acknowledged_by, f.note"
    };
}

/// One text per leading column: a condition that may be absent can use no index.
macro_rules! list {
    ($workspace:literal, $subject:literal, $open:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM finding f WHERE f.id < $1 AND (f.api = $2 OR $2 IS NULL) AND ",
            $workspace,
            " AND ",
            $subject,
            " AND (f.rule = $5 OR CAST($5 AS TEXT) IS NULL) AND ",
            $open,
            " ORDER BY f.id DESC LIMIT $7"
        )
    };
}

statements! {
    INSERT = "INSERT INTO finding (id, rule, subject, api, workspace, evidence, count, first_seen_at, last_seen_at) \
        VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7) ON CONFLICT (rule, subject) DO NOTHING";
    COUNT = "UPDATE finding SET count = count + 1, evidence = $3, last_seen_at = $4 \
        WHERE rule = $1 AND subject = $2 AND (acknowledged_at IS NULL OR last_seen_at > $5)";
    REOPEN = "UPDATE finding SET count = count + 1, evidence = $3, last_seen_at = $4, response = NULL, \
        answered_at = NULL, acknowledged_at = NULL, acknowledged_by = NULL, note = NULL \
        WHERE rule = $1 AND subject = $2";
    FIND = concat!("SELECT ", columns!(), " FROM finding f WHERE f.id = $1 \
        AND (f.workspace = $2 OR $2 IS NULL)");
    LIST = list!("(f.workspace = $3 OR $3 IS NULL)", "(f.subject = $4 OR CAST($4 AS TEXT) IS NULL)",
        "(CAST($6 AS BIGINT) IS NULL OR $6 = CASE WHEN f.acknowledged_at IS NULL THEN 1 ELSE 0 END)");
    LIST_OF_WORKSPACE = list!("f.workspace = $3", "(f.subject = $4 OR CAST($4 AS TEXT) IS NULL)",
        "(CAST($6 AS BIGINT) IS NULL OR $6 = CASE WHEN f.acknowledged_at IS NULL THEN 1 ELSE 0 END)");
    LIST_OF_SUBJECT = list!("(f.workspace = $3 OR $3 IS NULL)", "f.subject = $4",
        "(CAST($6 AS BIGINT) IS NULL OR $6 = CASE WHEN f.acknowledged_at IS NULL THEN 1 ELSE 0 END)");
    LIST_OPEN = list!("(f.workspace = $3 OR $3 IS NULL)", "(f.subject = $4 OR CAST($4 AS TEXT) IS NULL)",
        "f.acknowledged_at IS NULL AND $6 = 1");
    LIST_UNANSWERED = concat!("SELECT ", columns!(), " FROM finding f WHERE f.answered_at IS NULL \
        ORDER BY f.id LIMIT $1");
    ANSWER = "UPDATE finding SET response = $2, answered_at = $3 WHERE id = $1 AND answered_at IS NULL";
    ACKNOWLEDGE = "UPDATE finding SET acknowledged_at = $2, acknowledged_by = $3, note = $4 \
        WHERE id = $1 AND acknowledged_at IS NULL";
    DELETE = "DELETE FROM finding WHERE id IN \
        (SELECT id FROM finding WHERE last_seen_at < $1 ORDER BY last_seen_at LIMIT $2)";
}

const TABLE: &str = "finding";

row! {
    struct FindingRow {
        id: Uuid,
        rule: String,
        subject: String,
        api: Option<Uuid>,
        workspace: Option<Uuid>,
        evidence: String,
        count: i64,
        first_seen_at: i64,
        last_seen_at: i64,
        response: Option<String>,
        answered_at: Option<i64>,
        acknowledged_at: Option<i64>,
        acknowledged_by: Option<String>,
        note: Option<String>,
    }
}

impl TryFrom<FindingRow> for Finding {
    type Error = Error;

    fn try_from(row: FindingRow) -> Result<Self, Error> {
        let Ok(subject) = row.subject.parse();
        let answer = match (row.response, row.answered_at) {
            (Some(response), Some(at)) => {
                let response: Response = response.parse().map_err(|_| Error::corrupt(TABLE, "response"))?;
                Some((response, Timestamp::from_micros(at)))
            }
            _ => None,
        };
        let acknowledged = row.acknowledged_at.map(|at| Acknowledgement {
            at: Timestamp::from_micros(at),
            by: row.acknowledged_by.unwrap_or_default(),
            note: row.note.unwrap_or_default(),
        });
        Ok(Self {
            id: FindingId::from_uuid(row.id),
            rule: row.rule.parse().map_err(|_| Error::corrupt(TABLE, "rule"))?,
            subject,
            api: row.api.map(ApiId::from_uuid),
            workspace: row.workspace.map(WorkspaceId::from_uuid),
            evidence: serde_json::from_str(&row.evidence).map_err(|_| Error::corrupt(TABLE, "evidence"))?,
            count: u64::try_from(row.count).unwrap_or(0),
            first_seen_at: Timestamp::from_micros(row.first_seen_at),
            last_seen_at: Timestamp::from_micros(row.last_seen_at),
            answer,
            acknowledged,
        })
    }
}

impl Conn {
    /// The finding with this id, if it is about the workspace; `None` means any, which only operators may ask for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_finding(
        &mut self,
        id: FindingId,
        within: Option<WorkspaceId>,
    ) -> Result<Option<Finding>, Error> {
        let row = fetch_optional!(self, FindingRow, FIND, id.uuid(), within.map(WorkspaceId::uuid))?;
        row.map(Finding::try_from).transpose()
    }

    /// Findings that pass the filter; those that were first found latest come first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_findings(
        &mut self,
        filter: &FindingFilter,
        page: PageRequest,
    ) -> Result<Page<Finding>, Error> {
        let statement = match filter {
            FindingFilter { subject: Some(_), .. } => LIST_OF_SUBJECT,
            FindingFilter { workspace: Some(_), .. } => LIST_OF_WORKSPACE,
            FindingFilter { is_open: Some(true), .. } => LIST_OPEN,
            _ => LIST,
        };
        let rows = survey!(
            self,
            FindingRow,
            statement,
            page.before.unwrap_or(Uuid::max()),
            filter.api.map(ApiId::uuid),
            filter.workspace.map(WorkspaceId::uuid),
            filter.subject.as_ref().map(ToString::to_string),
            filter.rule.map(Rule::as_str),
            filter.is_open.map(i64::from),
            i64::from(page.limit) + 1,
        )?;
        let rows = rows.into_iter().map(Finding::try_from).collect::<Result<_, _>>()?;
        Ok(Page::from_overfull(rows, page.limit, |finding: &Finding| finding.id.uuid()))
    }

    /// The oldest findings about which nothing was done yet, `most` at most.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_unanswered_findings(&mut self, most: u32) -> Result<Vec<Finding>, Error> {
        let rows = fetch_all!(self, FindingRow, LIST_UNANSWERED, i64::from(most))?;
        rows.into_iter().map(Finding::try_from).collect()
    }
}

impl Tx {
    /// Notes what a rule found: as a new finding with this id, or counted with what it found before about the same.
    /// One that was acknowledged is open again when it was quiet for [`Finding::QUIET`] before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn raise_finding(&mut self, id: FindingId, found: &Occurrence) -> Result<Raised, Error> {
        let evidence = serde_json::to_string(&found.evidence).map_err(Error::internal)?;
        let (rule, subject, at) = (found.rule.as_str(), found.subject.to_string(), found.at.micros());
        let (api, workspace) = (found.api.map(ApiId::uuid), found.workspace.map(WorkspaceId::uuid));
        let inserted = execute!(self, INSERT, id.uuid(), rule, &subject, api, workspace, &evidence, at)?;
        if inserted == 1 {
            return Ok(Raised::New);
        }
        let quiet = found.at.minus(Finding::QUIET).micros();
        if execute!(self, COUNT, rule, &subject, &evidence, at, quiet)? == 1 {
            return Ok(Raised::Again);
        }
        execute!(self, REOPEN, rule, &subject, &evidence, at)?;
        Ok(Raised::Reopened)
    }

    /// Notes what was done about a finding. Answers whether nothing had been noted before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn answer_finding(
        &mut self,
        id: FindingId,
        response: Response,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, ANSWER, id.uuid(), response.as_str(), at.micros())? == 1)
    }

    /// Acknowledges an open finding. Answers whether it was open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn acknowledge_finding(
        &mut self,
        id: FindingId,
        acknowledgement: &Acknowledgement,
    ) -> Result<bool, Error> {
        let Acknowledgement { at, by, note } = acknowledgement;
        Ok(execute!(self, ACKNOWLEDGE, id.uuid(), at.micros(), by.as_str(), note.as_str())? == 1)
    }

    /// Deletes findings that were last found before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_findings(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
