"""One AWS capability a file. Components create resources; stacks compose components.

Importing this package prepares jsii, before any binding starts it.
"""

from __future__ import annotations

from app.components.bindings import load_bindings_on_demand
from app.components.node_runtime import choose_node

choose_node()
load_bindings_on_demand()
