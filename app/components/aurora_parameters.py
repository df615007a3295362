"""What Aurora PostgreSQL is told beyond its defaults, and why."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.db_parameter_group import (
    DbParameterGroup,
    DbParameterGroupParameter,
)
from cdktf_cdktf_provider_aws.rds_cluster_parameter_group import (
    RdsClusterParameterGroup,
    RdsClusterParameterGroupParameter,
)
from constructs import Construct

FAMILY = "aurora-postgresql14"
# Those that need a restart are static: they are in force from the first start of the cluster.
_STATIC = {
    # The way back from AWS to the data centre: DMS's reverse task, or PostgreSQL's own.
    "rds.logical_replication": "1",
    # One slot for the reverse task, one for each of its parallel loads, and room for a second
    # try while the first one's slots are still there.
    "max_replication_slots": "20",
    "max_wal_senders": "20",
    "max_logical_replication_workers": "8",
    "max_worker_processes": "32",
    # Dropped slots and dead peers are noticed within DMS's own limits (10 s to 5 min).
    "shared_preload_libraries": "pg_stat_statements",
}
_DYNAMIC = {
    "rds.force_ssl": "1",
    "ssl_min_protocol_version": "TLSv1.2",
    "password_encryption": "scram-sha-256",
    "wal_sender_timeout": "60000",
    # Who came and went, what changed the schema, what took longer than a second. Not every
    # statement: payments would fill the log, and their content must not be in it.
    "log_connections": "1",
    "log_disconnections": "1",
    "log_statement": "ddl",
    "log_min_duration_statement": "1000",
    "log_lock_waits": "1",
}
# Never wait for ever in a forgotten transaction: it would hold up a handover. Logins of the
# replication are exempt by a setting of their own: app/migration/idle_transactions.py.
_INSTANCE = {"idle_in_transaction_session_timeout": "300000", "track_io_timing": "1"}


def cluster_parameters(scope: Construct, id_: str, *, name: str) -> str:
    """Create the parameters that all instances share; return the group's name."""
    static = [
        RdsClusterParameterGroupParameter(name=key, value=value, apply_method="pending-reboot")
        for key, value in sorted(_STATIC.items())
    ]
    dynamic = [
        RdsClusterParameterGroupParameter(name=key, value=value, apply_method="immediate")
        for key, value in sorted(_DYNAMIC.items())
    ]
    group = RdsClusterParameterGroup(
        scope,
        id_,
        name=name,
        family=FAMILY,
        description="TLS only, logical replication, and a log for auditors",
        parameter=[*static, *dynamic],
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )
    return group.name


def instance_parameters(scope: Construct, id_: str, *, name: str) -> str:
    """Create the parameters of each instance; return the group's name."""
    group = DbParameterGroup(
        scope,
        id_,
        name=name,
        family=FAMILY,
        description="No forgotten transactions, and how long reading and writing takes",
        parameter=[
            DbParameterGroupParameter(name=key, value=value, apply_method="immediate")
            for key, value in sorted(_INSTANCE.items())
        ],
        lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
    )
    return group.name
