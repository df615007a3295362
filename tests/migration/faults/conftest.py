"""One world for every test of this directory: two durable servers, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.migration.faults.world import World, open_world


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world(tmp_path_factory.mktemp("faults") / "clusters") as made:
        yield made
