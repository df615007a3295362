"""What the replication takes of the source."""

from __future__ import annotations

# The forward stream and the two probes hold a slot each at this site or the other, the first load
# takes more while it copies: four are busy at once, and one is left for a restart.
SLOTS = 5
SCHEMA = "payments"
