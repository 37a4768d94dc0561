//! Credits of workspaces.

use std::num::NonZeroU32;

use claviger_domain::{
    AnchorDay, ChargeId, ChargeState, CreditCharge, CreditDay, CreditGrant, CreditGrantId, CreditRefill,
    Timestamp, WorkspaceId,
};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! grant_columns {
    () => {
        "id, workspace, amount, remaining, note, expires_at, created_at, created_by"
    };
}

macro_rules! charge_columns {
    () => {
        "workspace, id, amount, parts, state, ends_at, created_at"
    };
}

statements! {
    INSERT_GRANT = concat!("INSERT INTO credit_grant (", grant_columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    FIND_GRANT = concat!("SELECT ", grant_columns!(), " FROM credit_grant WHERE workspace = $1 AND id = $2");
    LIST_GRANTS = concat!("SELECT ", grant_columns!(), " FROM credit_grant \
        WHERE workspace = $1 ORDER BY id DESC LIMIT $2");
    // What ends first is spent first, what never ends last.
    LIST_SPENDABLE = concat!("SELECT ", grant_columns!(), " FROM credit_grant \
        WHERE workspace = $1 AND remaining > 0 AND (expires_at IS NULL OR expires_at > $2) \
        ORDER BY COALESCE(expires_at, 9223372036854775807), id LIMIT $3");
    SUM_SPENDABLE = "SELECT CAST(COALESCE(SUM(remaining), 0) AS BIGINT) FROM credit_grant \
        WHERE workspace = $1 AND (expires_at IS NULL OR expires_at > $2)";
    SPEND_GRANT = "UPDATE credit_grant SET remaining = remaining - $2 WHERE id = $1 AND remaining >= $2";
    GIVE_BACK_GRANT = "UPDATE credit_grant SET remaining = remaining + $2 \
        WHERE id = $1 AND remaining + $2 <= amount";
    DELETE_GRANTS = "DELETE FROM credit_grant WHERE id IN \
        (SELECT id FROM credit_grant WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
    PUT_REFILL = "INSERT INTO credit_refill (workspace, amount, anchor_day, next_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (workspace) DO UPDATE \
        SET amount = excluded.amount, anchor_day = excluded.anchor_day, next_at = excluded.next_at";
    FIND_REFILL = "SELECT amount, anchor_day, next_at FROM credit_refill WHERE workspace = $1";
    ADVANCE_REFILL = "UPDATE credit_refill SET next_at = $3 WHERE workspace = $1 AND next_at = $2";
    DELETE_REFILL = "DELETE FROM credit_refill WHERE workspace = $1";
    INSERT_CHARGE = concat!("INSERT INTO credit_charge (", charge_columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (workspace, id) DO NOTHING");
    FIND_CHARGE = concat!("SELECT ", charge_columns!(), " FROM credit_charge WHERE workspace = $1 AND id = $2");
    SETTLE_CHARGE = "UPDATE credit_charge SET state = $4 WHERE workspace = $1 AND id = $2 AND state = $3";
    LIST_ENDED = concat!("SELECT ", charge_columns!(), " FROM credit_charge \
        WHERE state = 'reserved' AND ends_at <= $1 ORDER BY ends_at LIMIT $2");
    // A day in microseconds, begun at 1970: every day of UTC is as long.
    SUM_DAYS = "SELECT created_at / 86400000000, state, CAST(SUM(amount) AS BIGINT) FROM credit_charge \
        WHERE workspace = $1 AND created_at >= $2 AND state <> 'refunded' \
        GROUP BY created_at / 86400000000, state ORDER BY 1, 2";
    DELETE_CHARGES = "DELETE FROM credit_charge WHERE (workspace, id) IN \
        (SELECT workspace, id FROM credit_charge WHERE created_at < $1 AND state <> 'reserved' \
         ORDER BY created_at LIMIT $2)";
}

row! {
    struct GrantRow {
        id: Uuid,
        workspace: Uuid,
        amount: i64,
        remaining: i64,
        note: Option<String>,
        expires_at: Option<i64>,
        created_at: i64,
        created_by: String,
    }
}

impl TryFrom<GrantRow> for CreditGrant {
    type Error = Error;

    fn try_from(row: GrantRow) -> Result<Self, Error> {
        let bad = |column| move || Error::corrupt("credit_grant", column);
        Ok(Self {
            id: CreditGrantId::from_uuid(row.id),
            workspace: WorkspaceId::from_uuid(row.workspace),
            amount: positive(row.amount).ok_or_else(bad("amount"))?,
            remaining: u32::try_from(row.remaining).map_err(|_| bad("remaining")())?,
            note: row.note.map(|note| note.parse()).transpose().map_err(|_| bad("note")())?,
            expires_at: row.expires_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            created_by: row.created_by,
        })
    }
}

row! {
    struct ChargeRow {
        workspace: Uuid,
        id: String,
        amount: i64,
        parts: String,
        state: String,
        ends_at: i64,
        created_at: i64,
    }
}

impl TryFrom<ChargeRow> for CreditCharge {
    type Error = Error;

    fn try_from(row: ChargeRow) -> Result<Self, Error> {
        let bad = |column| move || Error::corrupt("credit_charge", column);
        Ok(Self {
            workspace: WorkspaceId::from_uuid(row.workspace),
            id: row.id.parse().map_err(|_| bad("id")())?,
            amount: positive(row.amount).ok_or_else(bad("amount"))?,
            parts: serde_json::from_str(&row.parts).map_err(|_| bad("parts")())?,
            state: row.state.parse().map_err(|_| bad("state")())?,
            ends_at: Timestamp::from_micros(row.ends_at),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

fn positive(number: i64) -> Option<NonZeroU32> {
    u32::try_from(number).ok().and_then(NonZeroU32::new)
}

impl Conn {
    /// A grant of a workspace by its id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_credit_grant(
        &mut self,
        workspace: WorkspaceId,
        id: CreditGrantId,
    ) -> Result<Option<CreditGrant>, Error> {
        fetch_optional!(self, GrantRow, FIND_GRANT, workspace.uuid(), id.uuid())?
            .map(CreditGrant::try_from)
            .transpose()
    }

    /// The grants of a workspace, newest first, at most `limit`; also those that are spent or ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_credit_grants(
        &mut self,
        workspace: WorkspaceId,
        limit: u16,
    ) -> Result<Vec<CreditGrant>, Error> {
        let rows = fetch_all!(self, GrantRow, LIST_GRANTS, workspace.uuid(), i64::from(limit))?;
        rows.into_iter().map(CreditGrant::try_from).collect()
    }

    /// The grants of a workspace of which something can be spent at `now`, in the order in which they are, at most
    /// `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_spendable_credit_grants(
        &mut self,
        workspace: WorkspaceId,
        now: Timestamp,
        limit: u16,
    ) -> Result<Vec<CreditGrant>, Error> {
        let (id, limit) = (workspace.uuid(), i64::from(limit));
        let rows = fetch_all!(self, GrantRow, LIST_SPENDABLE, id, now.micros(), limit)?;
        rows.into_iter().map(CreditGrant::try_from).collect()
    }

    /// What a workspace can spend at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sum_credits(&mut self, workspace: WorkspaceId, now: Timestamp) -> Result<u64, Error> {
        let (sum,) = fetch_one!(self, (i64,), SUM_SPENDABLE, workspace.uuid(), now.micros())?;
        Ok(u64::try_from(sum).unwrap_or_default())
    }

    /// What a workspace is given each month.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_credit_refill(
        &mut self,
        workspace: WorkspaceId,
    ) -> Result<Option<CreditRefill>, Error> {
        let row = fetch_optional!(self, (i64, i64, i64), FIND_REFILL, workspace.uuid())?;
        let Some((amount, day, next_at)) = row else { return Ok(None) };
        let bad = |column| Error::corrupt("credit_refill", column);
        let day = u8::try_from(day).ok().and_then(|day| AnchorDay::try_from(day).ok());
        Ok(Some(CreditRefill {
            amount: positive(amount).ok_or_else(|| bad("amount"))?,
            anchor_day: day.ok_or_else(|| bad("anchor_day"))?,
            next_at: Timestamp::from_micros(next_at),
        }))
    }

    /// A charge of a workspace by its id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_credit_charge(
        &mut self,
        workspace: WorkspaceId,
        id: &ChargeId,
    ) -> Result<Option<CreditCharge>, Error> {
        fetch_optional!(self, ChargeRow, FIND_CHARGE, workspace.uuid(), id.as_str())?
            .map(CreditCharge::try_from)
            .transpose()
    }

    /// What a workspace was charged since an instant and was not given back, for each day of UTC, the oldest first: what
    /// is spent apart from what is reserved.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sum_credit_charges(
        &mut self,
        workspace: WorkspaceId,
        since: Timestamp,
    ) -> Result<Vec<CreditDay>, Error> {
        let rows = fetch_all!(self, (i64, String, i64), SUM_DAYS, workspace.uuid(), since.micros())?;
        rows.into_iter().map(credit_day).collect()
    }

    /// Reservations that ended by `now`, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_ended_credit_charges(
        &mut self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<CreditCharge>, Error> {
        let rows = fetch_all!(self, ChargeRow, LIST_ENDED, now.micros(), i64::from(limit))?;
        rows.into_iter().map(CreditCharge::try_from).collect()
    }
}

fn credit_day((day, state, credits): (i64, String, i64)) -> Result<CreditDay, Error> {
    const SECONDS: i64 = 86_400;
    let corrupt = |column| Error::corrupt("credit_charge", column);
    Ok(CreditDay {
        begin: Timestamp::from_seconds(day.saturating_mul(SECONDS)),
        is_reserved: state.parse::<ChargeState>().map_err(|_| corrupt("state"))? == ChargeState::Reserved,
        credits: u64::try_from(credits).map_err(|_| corrupt("amount"))?,
    })
}

impl Tx {
    /// Inserts a grant.
    ///
    /// # Errors
    /// When there is no such workspace, or the database fails.
    pub async fn insert_credit_grant(&mut self, grant: &CreditGrant) -> Result<(), Error> {
        execute!(
            self,
            INSERT_GRANT,
            grant.id.uuid(),
            grant.workspace.uuid(),
            i64::from(grant.amount.get()),
            i64::from(grant.remaining),
            grant.note.as_ref().map(claviger_domain::Label::as_str),
            grant.expires_at.map(Timestamp::micros),
            grant.created_at.micros(),
            grant.created_by.as_str(),
        )?;
        Ok(())
    }

    /// Takes so many credits from a grant. Answers whether it had them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn spend_credit_grant(&mut self, id: CreditGrantId, amount: u32) -> Result<bool, Error> {
        Ok(execute!(self, SPEND_GRANT, id.uuid(), i64::from(amount))? == 1)
    }

    /// Gives so many credits back to a grant. Answers whether it is there and gave as many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_back_credit_grant(&mut self, id: CreditGrantId, amount: u32) -> Result<bool, Error> {
        Ok(execute!(self, GIVE_BACK_GRANT, id.uuid(), i64::from(amount))? == 1)
    }

    /// Deletes grants that ended before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_credit_grants(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_GRANTS, cutoff.micros(), i64::from(limit))
    }

    /// Sets what a workspace is given each month.
    ///
    /// # Errors
    /// When there is no such workspace, or the database fails.
    pub async fn put_credit_refill(
        &mut self,
        workspace: WorkspaceId,
        refill: &CreditRefill,
    ) -> Result<(), Error> {
        execute!(
            self,
            PUT_REFILL,
            workspace.uuid(),
            i64::from(refill.amount.get()),
            i64::from(u8::from(refill.anchor_day)),
            refill.next_at.micros(),
        )?;
        Ok(())
    }

    /// Moves a refill from the instant at which it was due to its next. Answers whether nobody else did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn advance_credit_refill(
        &mut self,
        workspace: WorkspaceId,
        due: Timestamp,
        next: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, ADVANCE_REFILL, workspace.uuid(), due.micros(), next.micros())? == 1)
    }

    /// Gives a workspace nothing more each month. Answers whether it was given something.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_credit_refill(&mut self, workspace: WorkspaceId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE_REFILL, workspace.uuid())? == 1)
    }

    /// Inserts a charge. Answers whether its workspace had none of this id.
    ///
    /// # Errors
    /// When there is no such workspace, or the database fails.
    pub async fn insert_credit_charge(&mut self, charge: &CreditCharge) -> Result<bool, Error> {
        let parts = serde_json::to_string(&charge.parts).map_err(Error::internal)?;
        let rows = execute!(
            self,
            INSERT_CHARGE,
            charge.workspace.uuid(),
            charge.id.as_str(),
            i64::from(charge.amount.get()),
            parts.as_str(),
            charge.state.as_str(),
            charge.ends_at.micros(),
            charge.created_at.micros(),
        )?;
        Ok(rows == 1)
    }

    /// Moves a charge from one state to another. Answers whether it was in the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_credit_charge(
        &mut self,
        workspace: WorkspaceId,
        id: &ChargeId,
        (from, to): (ChargeState, ChargeState),
    ) -> Result<bool, Error> {
        Ok(execute!(self, SETTLE_CHARGE, workspace.uuid(), id.as_str(), from.as_str(), to.as_str())? == 1)
    }

    /// Deletes charges that were made before `cutoff` and are no reservations, at most `limit` at a time. Answers how
    /// many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_credit_charges(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_CHARGES, cutoff.micros(), i64::from(limit))
    }
}
