"""What is written into a cluster's configuration files, and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# Two clusters, their clients and Terraform share one small machine: 128 MB of shared buffers each.
# WAL is kept and checkpoints are rare, because both would disturb what is being measured.
DEFAULTS: Mapping[str, str] = MappingProxyType(
    {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "ssl": "on",
        "ssl_cert_file": "server.crt",
        "ssl_key_file": "server.key",
        "ssl_min_protocol_version": "TLSv1.2",
        "password_encryption": "scram-sha-256",
        "max_connections": "120",
        "shared_buffers": "128MB",
        "maintenance_work_mem": "128MB",
        "work_mem": "16MB",
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "30min",
        "wal_compression": "on",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %q%u@%d/%a ",
        # Both directions of the data and both probes, with room for table copies.
        "wal_level": "logical",
        "max_replication_slots": "24",
        "max_wal_senders": "24",
        "max_worker_processes": "32",
        "max_logical_replication_workers": "16",
        "max_sync_workers_per_subscription": "4",
        # A worker that must start again does so at once instead of after 5 s.
        "wal_retrieve_retry_interval": "200ms",
        "wal_sender_timeout": "30s",
        "wal_receiver_timeout": "30s",
    }
)

# Only TLS, only passwords: what is not listed here is refused.
HOST_BASED_AUTHENTICATION = "hostssl all all 127.0.0.1/32 scram-sha-256\n"


def render(*, port: int, changes: Mapping[str, str]) -> str:
    """Return the text of postgresql.conf."""
    settings = {**DEFAULTS, **changes, "port": str(port)}
    quoted = ((name, value.replace("'", "''")) for name, value in settings.items())
    return "".join(f"{name} = '{value}'\n" for name, value in quoted)
