"""No transaction waits for its second phase at the writer: it would hold the fence up for ever."""

from __future__ import annotations

from app.migration.probes.base import ProbeContext, ProbeResult, judged

_PREPARED = "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()"


class PreparedTransactions:
    """Counts them."""

    key = "prepared_transactions"
    unit = "transactions"
    limit = 0.0
    remedy = "COMMIT PREPARED or ROLLBACK PREPARED what pg_prepared_xacts lists."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Count them."""
        row = context.old.execute(_PREPARED).fetchone()
        count = 0 if row is None else int(row[0])
        found = (f"{count} prepared transactions at {context.writer}",) if count else ()
        return judged(self, figure=count, findings=found)
