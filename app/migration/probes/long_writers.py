"""Nobody keeps a writing transaction open at the writer: the fence waits for those in flight."""

from __future__ import annotations

import time

from app.migration.probes.base import ProbeContext, ProbeResult, judged

POLL_SECONDS = 0.05
_OLDEST = """
SELECT a.pid, a.application_name, extract(epoch FROM clock_timestamp() - a.xact_start)::float8
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted
  AND ((l.classid::bigint << 32) | l.objid::bigint) = payshift.fence_key()
ORDER BY a.xact_start LIMIT 1
"""


class LongWriters:
    """Measures the age of the oldest transaction that has written."""

    key = "oldest_writing_transaction"
    unit = "s"
    limit = 1.0
    remedy = "Let the session finish or end it: SELECT pg_terminate_backend(its process id)."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Wait for a moment without one, as long as the patience allows."""
        limit = context.patience.transaction
        patience = context.deadline.within(seconds=context.patience.waiting)
        while True:
            row = context.old.execute(_OLDEST).fetchone()
            if row is None:
                return judged(self, figure=0.0, limit=limit)
            pid, name, age = row
            if age is not None and age <= limit:
                return judged(self, figure=round(age, 3), limit=limit)
            if patience.passed:
                # Without an age: it ended while the view was read, or it does not track activities.
                length = "an unknown time" if age is None else f"{age:.0f} s"
                found = f"session {pid} ({name}) at {context.writer} has been writing for {length}"
                figure = None if age is None else round(age, 3)
                return judged(self, figure=figure, findings=(found,), limit=limit)
            time.sleep(POLL_SECONDS)
