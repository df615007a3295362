"""What the whole suite relies on."""

from __future__ import annotations

import signal

import pytest

# A shell ignores SIGINT in its background jobs, and whatever is started from one inherits that.
# A handled signal is not inherited: the programs that the tests interrupt can be interrupted.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes, so that no process is left with it when the others are done.

    Stable, so a file's tests keep their order and stay together.
    """
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
