"""The steps of a handover at which a fault can strike, and what holds there."""

from __future__ import annotations

STEPS = ("started", "preflight", "fenced", "drained", "unfenced", "published", "turned")
BEFORE = ("started", "preflight")  # the old writer writes
PAUSED = ("fenced", "drained")  # nobody writes
AFTER = ("unfenced", "published", "turned")  # the new writer writes
