-- What a workspace spent by the day is read from the index alone.

CREATE INDEX credit_charge_by_workspace ON credit_charge (workspace, created_at, state, amount);
