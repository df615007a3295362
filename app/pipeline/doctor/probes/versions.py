"""The region offers the versions and sizes that the environment names."""

from __future__ import annotations

from collections.abc import Iterator

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged

_ENGINE = "aurora-postgresql"
ZONES = 2


class Versions:
    """AWS retires minor versions; one that is no longer offered fails an apply half way."""

    title = "versions"
    remedy = "Ask for rds:DescribeOrderableDBInstanceOptions and its namesake of DMS."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Ask RDS and DMS what can be ordered."""
        yield self._database(context)
        yield self._replication(context)

    @staticmethod
    def _database(context: DoctorContext) -> Line:
        wanted = context.environment.database
        pages = (
            context.client("rds")
            .get_paginator("describe_orderable_db_instance_options")
            .paginate(Engine=_ENGINE, DBInstanceClass=wanted.instance_class)
        )
        offers = [one for page in pages for one in page["OrderableDBInstanceOptions"]]
        zones = {
            zone["Name"]
            for one in offers
            if one["EngineVersion"] == wanted.engine_version
            for zone in one["AvailabilityZones"]
        } & set(context.environment.zones)
        others = sorted({one["EngineVersion"] for one in offers
                         if one["EngineVersion"].startswith("14.")})  # fmt: skip
        return judged(
            passed=len(zones) >= ZONES,
            subject=f"{_ENGINE} {wanted.engine_version} on {wanted.instance_class}",
            message=f"offered in {', '.join(sorted(zones)) or 'none'} of the environment's zones",
            remedy=f"write database.engine_version: one of {', '.join(others) or 'another class'}",
        )

    @staticmethod
    def _replication(context: DoctorContext) -> Line:
        wanted = context.environment.replication
        pages = (
            context.client("dms")
            .get_paginator("describe_orderable_replication_instances")
            .paginate()
        )
        versions = {
            one["EngineVersion"]
            for page in pages
            for one in page["OrderableReplicationInstances"]
            if one["ReplicationInstanceClass"] == wanted.instance_class
        }
        return judged(
            passed=wanted.engine_version in versions,
            subject=f"DMS {wanted.engine_version} on {wanted.instance_class}",
            message=f"offered are {', '.join(sorted(versions)) or 'none'}",
            remedy="write replication.engine_version: one of those that are offered",
        )


PROBE: Probe[DoctorContext] = Versions()
