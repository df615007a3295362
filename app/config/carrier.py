"""Who carries rows between the sites, and the times that a carrier asks of an environment.

The engine keeps to the same figures: its driver for DMS reads them from here. Where they come from
is written in docs/handover-pause.md.
"""

from __future__ import annotations

from typing import Literal

Carrier = Literal["logical", "dms"]

# Of a pause through DMS: how long the marker may take before the old writer writes again.
DMS_DRAIN_SECONDS = 15
# From the change of the writer until rows flow away from it: one task stops, another one starts.
DMS_TURN_SECONDS = 300
# A preflight may wait so long for a calm moment and for probes, which DMS commits once a second.
DMS_PREFLIGHT_SECONDS = 100
# Stopping writers in flight, and the round trips, beside the drain.
_BESIDE_DRAIN_SECONDS = 3
# What a marker through DMS may take: an alarm below it would ring at every handover.
DMS_PAUSE_MILLISECONDS = 5_000

DMS_HOLD_SECONDS = DMS_DRAIN_SECONDS + _BESIDE_DRAIN_SECONDS
DMS_HANDOVER_SECONDS = DMS_PREFLIGHT_SECONDS + DMS_HOLD_SECONDS + DMS_TURN_SECONDS


def interface_services(carrier: Carrier) -> tuple[str, ...]:
    """Return the AWS services that the network reaches by interface endpoints of its own."""
    return ("secretsmanager", "ssm", *(("dms",) if carrier == "dms" else ()))
