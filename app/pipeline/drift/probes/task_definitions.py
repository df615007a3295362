"""The DMS tasks carry what they were made to carry: mappings, settings, endpoints."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from app.pipeline.dms_tasks import describe_tasks
from app.pipeline.drift.context import DriftContext
from app.pipeline.drift.current_state import current_state
from app.pipeline.json_difference import json_differences, listed
from app.pipeline.probing.base import Line, Probe, judged

WORKSPACE = "replication"
_RESOURCE = "aws_dms_replication_task."
_PLAIN = {
    "migration_type": "MigrationType",
    "source_endpoint_arn": "SourceEndpointArn",
    "target_endpoint_arn": "TargetEndpointArn",
}
_DOCUMENTS = {
    "table_mappings": "TableMappings",
    "replication_task_settings": "ReplicationTaskSettings",
}


class TaskDefinitions:
    """Against the state of their workspace, which is quicker than its plan: a step up asks it."""

    title = "definitions of the replication tasks"
    remedy = "Look at the tasks in DMS, and at the state of the workspace replication."

    def look(self, context: DriftContext) -> Iterator[Line]:
        """Compare each task that exists with what the last apply left; `tasks` tells of others."""
        state = current_state(context.client("s3"), context.names, WORKSPACE)
        meant = {
            str(attributes["replication_task_id"]): attributes
            for address, attributes in (state.resources() if state else {}).items()
            if address.startswith(_RESOURCE)
        }
        if not meant:
            message = "were never applied: nothing of them can drift"
            yield judged(passed=True, subject=self.title, message=message, remedy="")
            return
        found = describe_tasks(context.client("dms"), with_settings=True)
        for name in sorted(meant.keys() & found.keys()):
            what = listed(_differences(found[name], meant[name]))
            yield judged(
                passed=not what,
                subject=f"definition of {name}",
                message=what or f"as {WORKSPACE} was applied",
                remedy="see in CloudTrail who changed it, then run payshift deliver --foundation "
                f"--only {WORKSPACE}, and resume the task: every change stops it",
            )


def _differences(found: Mapping[str, Any], meant: Mapping[str, Any]) -> Iterator[str]:
    for attribute, field in _PLAIN.items():
        yield from json_differences(found.get(field), meant.get(attribute), at=attribute)
    for attribute, field in _DOCUMENTS.items():
        yield from json_differences(
            json.loads(found.get(field) or "{}"),
            json.loads(meant.get(attribute) or "{}"),
            at=attribute,
        )


PROBE: Probe[DriftContext] = TaskDefinitions()
