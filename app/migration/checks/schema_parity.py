"""The check that both databases have the same tables, with the same rules."""

from __future__ import annotations

from app.migration.checks.base import Check, CheckContext, CheckResult
from app.migration.checks.both_sites import both_sites, judge_faults
from app.migration.verify.schemas import RULES, compare_schemas


class SchemaParity:
    """Tables, columns, types, constraints, indexes, triggers, views and sequences at both sites.

    A replication that copies rows copies none of these; without them the new writer would be
    slow, or take what it must refuse. Grants and extensions are told by `payshift verify`.
    """

    key = "schema_parity"
    unit = "differences"
    remedy = "Make what differs the same at both sites; do not move the writer before."

    def run(self, *, context: CheckContext, limit: float) -> CheckResult:
        """Count the differing definitions; the limit (`true` in a gate) means that none may."""
        with both_sites(context) as sessions:
            report = compare_schemas(sessions, kinds=RULES, replicated=True)
        faults = [str(difference) for difference in report.differences]
        if report.empty:
            faults.append("there is no business schema at either site")
        return judge_faults(
            self,
            faults=faults,
            limit=limit,
            agreed=f"{report.compared} definitions agree at both sites",
            forbidden=True,
        )


CHECK: Check = SchemaParity()
