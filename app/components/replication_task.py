"""One DMS task. Terraform makes it; the engine starts, stops and turns it."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.dms_replication_task import DmsReplicationTask
from constructs import Construct

from app.components.replication_settings import task_settings
from app.components.replication_streams import Stream, table_mappings
from app.config.names import Names
from app.config.replication import Replication


def replication_task(
    scope: Construct,
    id_: str,
    *,
    names: Names,
    settings: Replication,
    stream: Stream,
    instance_arn: str,
    source_arn: str,
    target_arn: str,
) -> None:
    """Create a stream's task, at rest and guarded: with it, its place in the log would be lost.

    Changing its mappings or settings stops a running task; the engine then has to resume it.
    """
    DmsReplicationTask(
        scope,
        id_,
        replication_task_id=names.replication_task(stream.name),
        # The last part of the task's ARN, which is what its metrics are filed under.
        resource_identifier=names.replication_task_resource(stream.name),
        migration_type=stream.migration_type,
        replication_instance_arn=instance_arn,
        source_endpoint_arn=source_arn,
        target_endpoint_arn=target_arn,
        table_mappings=table_mappings(stream, settings=settings),
        replication_task_settings=task_settings(stream, settings=settings),
        start_replication_task=False,
        lifecycle=TerraformResourceLifecycle(
            prevent_destroy=True,
            # Where changes start is decided by whoever starts the task.
            ignore_changes=["cdc_start_position", "cdc_start_time", "start_replication_task"],
        ),
    )
