"""One workspace a file. Stacks only compose components.

Imports `app.components` first, which prepares jsii before a binding starts it.
"""

from __future__ import annotations

import app.components as _components  # noqa: F401 - imported for what it does, not for a name
