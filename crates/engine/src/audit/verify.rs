//! Checking the record: walks the chain from the first row and names the first that cannot be trusted.

use claviger_domain::{AuditEntry, AuditSeq, ChainFault, ChainHash, ChainPin, FaultKind};
use claviger_store::{AuditFilter, Conn};

use crate::engine::Engine;
use crate::error::Error;

/// Rows read at once.
const STEP: u32 = 1_000;

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditVerdict {
    /// Rows that are good, from the first on.
    pub checked: i64,
    /// The last of them: note it elsewhere, and a later check can tell whether it is still there.
    pub end: Option<ChainPin>,
    /// What is wrong after it; none when the record is whole.
    pub fault: Option<ChainFault>,
}

/// How far the check has come.
struct Walk {
    seq: AuditSeq,
    hash: ChainHash,
    pin: Option<ChainPin>,
}

impl Walk {
    fn verdict(&self, fault: Option<ChainFault>) -> AuditVerdict {
        let end = (self.seq != AuditSeq::default()).then_some(ChainPin { seq: self.seq, hash: self.hash });
        AuditVerdict { checked: self.seq.as_i64(), end, fault }
    }

    /// Whether the row is another one than was noted elsewhere.
    fn is_not_as_pinned(&self, row: &AuditEntry) -> bool {
        self.pin.is_some_and(|pin| pin.seq == row.seq && pin.hash != row.hash)
    }
}

impl Engine {
    /// Checks the whole record, and that a row which was noted elsewhere is in it. Rows that are added meanwhile are
    /// checked too.
    ///
    /// # Errors
    /// When the database fails. That the record is not whole is an answer.
    pub async fn verify_audit(&self, pin: Option<ChainPin>) -> Result<AuditVerdict, Error> {
        let mut walk = Walk { seq: AuditSeq::default(), hash: ChainHash::GENESIS, pin };
        loop {
            let mut conn = self.store().read().await?;
            let rows = conn.list_audit_after(&AuditFilter::default(), walk.seq, STEP).await?;
            if rows.is_empty() {
                match self.check_end(&mut conn, &walk).await? {
                    End::Whole => return Ok(walk.verdict(None)),
                    End::Fault(kind, seq) => return Ok(walk.verdict(Some(ChainFault { kind, seq }))),
                    End::More => continue,
                }
            }
            for row in rows {
                if let Some(kind) = self.check_row(&mut conn, &walk, &row).await? {
                    return Ok(walk.verdict(Some(ChainFault { kind, seq: walk.seq.next() })));
                }
                (walk.seq, walk.hash) = (row.seq, row.hash);
            }
        }
    }

    /// What is wrong with the row that comes next, or before it.
    async fn check_row(
        &self,
        conn: &mut Conn,
        walk: &Walk,
        row: &AuditEntry,
    ) -> Result<Option<FaultKind>, Error> {
        let (is_own, follows) = (self.chain().hash(row) == row.hash, row.previous == walk.hash);
        let is_in_place = row.seq == walk.seq.next();
        Ok(match (is_own, follows, is_in_place) {
            (true, true, true) if walk.is_not_as_pinned(row) => Some(FaultKind::NotAsPinned),
            (true, true, true) => None,
            // It is what comes next, under another number.
            (true, true, false) => Some(FaultKind::Altered),
            // A genuine row in the wrong place: where is the one that stood before it?
            (true, false, _) => Some(match conn.find_audit_by_hash(row.previous).await? {
                Some(_) => FaultKind::Reordered,
                None => FaultKind::Missing,
            }),
            (false, _, false) => Some(FaultKind::Missing),
            // Is it another row's place that it took, or its own that it was changed in?
            (false, _, true) => Some(match has_follower_after(conn, walk.hash, row.seq).await? {
                true => FaultKind::Inserted,
                false => FaultKind::Altered,
            }),
        })
    }

    /// Whether the record ends where it was noted to end.
    async fn check_end(&self, conn: &mut Conn, walk: &Walk) -> Result<End, Error> {
        // Read after the rows: what was added meanwhile is in both or in neither.
        let head = conn.find_audit_head().await?;
        if head.seq > walk.seq {
            let more = conn.list_audit_after(&AuditFilter::default(), walk.seq, 1).await?;
            let is_cut = more.is_empty();
            return Ok(if is_cut { End::Fault(FaultKind::Truncated, walk.seq.next()) } else { End::More });
        }
        if head.seq < walk.seq || head.hash != walk.hash || !self.chain().is_genuine(&head) {
            return Ok(End::Fault(FaultKind::HeadAltered, walk.seq));
        }
        Ok(match walk.pin {
            Some(pin) if pin.seq > walk.seq => End::Fault(FaultKind::NotAsPinned, pin.seq),
            _ => End::Whole,
        })
    }
}

/// Whether a row after this one says that it follows the row with this hash.
async fn has_follower_after(
    conn: &mut Conn,
    hash: ChainHash,
    mut seq: AuditSeq,
) -> Result<bool, claviger_store::Error> {
    loop {
        let rows = conn.list_audit_after(&AuditFilter::default(), seq, STEP).await?;
        let Some(last) = rows.last() else { return Ok(false) };
        if rows.iter().any(|row| row.previous == hash) {
            return Ok(true);
        }
        seq = last.seq;
    }
}

/// What is at the end of the record.
enum End {
    Whole,
    Fault(FaultKind, AuditSeq),
    /// Rows that were added meanwhile.
    More,
}
