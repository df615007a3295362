"""Both sites define the replicated tables alike: columns, types, constraints and indexes."""

from __future__ import annotations

from app.migration.probes.base import ProbeContext, ProbeResult, judged
from app.migration.verify.schemas import SHAPE, compare_schemas

_SHOWN = 5


class SchemaDifferences:
    """Counts definitions that one site lacks or has otherwise."""

    key = "schema_differences"
    unit = "differences"
    limit = 0.0
    remedy = "Make the same definitions at both sites, those of the other site first."

    def run(self, context: ProbeContext) -> ProbeResult:
        """Name the first few."""
        report = compare_schemas(context.sessions, kinds=SHAPE, replicated=True)
        found = [str(difference) for difference in report.differences]
        findings = found[:_SHOWN]
        if len(found) > _SHOWN:
            findings.append(f"and {len(found) - _SHOWN} more differences")
        return judged(self, figure=len(found), findings=tuple(findings))
