"""Loads the AWS bindings one resource at a time."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec

PACKAGE = "cdktf_cdktf_provider_aws"


def load_bindings_on_demand() -> None:
    """Let `import cdktf_cdktf_provider_aws.<resource>` load that resource only.

    The package's own `__init__` imports all 2,145 resources, which takes 27 s of the 29 s that a
    synthesis would need (2 cores). Nothing that we use is defined in it, so the package is
    registered without running it. Someone who has imported it already keeps what they have.
    """
    if PACKAGE in sys.modules:
        return
    spec = find_spec(PACKAGE)
    if spec is not None:
        sys.modules[PACKAGE] = module_from_spec(spec)
