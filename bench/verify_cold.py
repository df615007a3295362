"""Two databases compared whose pages are in no memory, under random keys, against counting them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from statistics import median

from app.local.postgres.cluster import PostgresCluster
from app.migration.verify.session import Side
from bench.figures import Figure
from bench.verify_count import WHAT, count, counting
from bench.verify_tables import RUNS, clusters, comparison, fill, seconds, sources_of, table_of

_KEY = "uuid"


def measure() -> tuple[Figure, ...]:
    """Count and compare `VERIFY_ROWS` (1,000,000) rows in turn, `VERIFY_RUNS` (3) times, all cold.

    Random keys lie anywhere: who reads them in their order reads a page for each row.
    """
    table = table_of(_KEY)
    counted, compared = [], []
    with clusters() as made:
        fill(sources_of(made), _KEY)
        for _ in range(RUNS):
            _forget(made)
            with counting(sources_of(made)) as sessions:
                counted.append(seconds(partial(count, sessions, table)))
            _forget(made)
            compared.append(seconds(partial(comparison, sources_of(made), table)))
    return (
        Figure(
            name=f"verify_{_KEY}_cold",
            unit="s",
            samples=tuple(compared),
            ratio=median(compared) / median(counted),
            against=f"{WHAT}, cold",
        ),
        Figure(name=f"verify_{_KEY}_cold_count", unit="s", samples=tuple(counted)),
    )


def _forget(made: Mapping[Side, PostgresCluster]) -> None:
    """Start servers that remember nothing, on a system that keeps nothing of their files."""
    for cluster in made.values():
        cluster.stop()
        for file in filter(os.path.isfile, cluster.data.rglob("*")):
            descriptor = os.open(file, os.O_RDONLY)
            try:
                # What is not on the disk yet cannot be forgotten.
                os.fdatasync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
        cluster.start()
