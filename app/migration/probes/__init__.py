"""The probes of the preflight, one a file, in the order in which they are asked."""

from __future__ import annotations

from app.migration.probes.base import Patience, Probe, ProbeContext, ProbeResult
from app.migration.probes.clock_difference import ClockDifference
from app.migration.probes.free_connections import FreeConnections
from app.migration.probes.lag import Lag
from app.migration.probes.large_objects import LargeObjects
from app.migration.probes.long_writers import LongWriters
from app.migration.probes.prepared_transactions import PreparedTransactions
from app.migration.probes.replica_identity import ReplicaIdentity
from app.migration.probes.replication_definition import ReplicationDefinition
from app.migration.probes.retained_log import RetainedLog
from app.migration.probes.schema_differences import SchemaDifferences
from app.migration.probes.sequences_ahead import SequencesAhead
from app.migration.probes.unfenced_tables import UnfencedTables
from app.migration.probes.unlogged_tables import UnloggedTables
from app.migration.probes.way_back import WayBack

__all__ = ["MOVING", "RESTING", "Patience", "Probe", "ProbeContext", "ProbeResult"]

# What the catalogues say; asked first, and all of it, so that everything is mended at once.
RESTING: tuple[Probe, ...] = (
    UnfencedTables(),
    ReplicationDefinition(),
    RetainedLog(),
    ReplicaIdentity(),
    UnloggedTables(),
    LargeObjects(),
    SchemaDifferences(),
    PreparedTransactions(),
    FreeConnections(),
    ClockDifference(),
)
# What sends rows or waits for a calm moment; asked when the above is right, the lag last, because
# it is the figure that the pause depends on.
MOVING: tuple[Probe, ...] = (SequencesAhead(), WayBack(), LongWriters(), Lag())
