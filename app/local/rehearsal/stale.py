"""The edge for a rehearsal's stale clients: before the legacy application, beside its own port."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config.loading import load_environment
from app.local.facts import LocalFacts
from app.local.layout import Layout
from app.local.legacy_edge.edge import LegacyEdge
from app.local.rehearsal.databases import databases_of
from app.local.rehearsal.load.config import Stale
from app.local.target import LOAD_BALANCER_ADDRESS
from app.migration.sites import Site


@contextmanager
def stale_clients(
    *, share: float, facts: LocalFacts, environment_file: Path
) -> Iterator[Stale | None]:
    """Run the edge for the block, and tell where stale clients come to; None for a share of 0."""
    if share == 0:
        yield None
        return
    layout = Layout(environment_file.parent)
    legacy = load_environment("local").data_centre.legacy_address
    with (
        tempfile.TemporaryDirectory(prefix="payshift-edge-") as directory,
        LegacyEdge(
            name=facts.api_name,
            legacy=f"{legacy}:{facts.api_port}",
            aws=f"{LOAD_BALANCER_ADDRESS}:{facts.api_port}",
            certificate=layout.api_certificate,
            key=layout.api_key,
            trust=facts.ca_file,
            login=databases_of(facts)[Site.LEGACY],
            directory=Path(directory),
        ) as edge,
    ):
        host, port = edge.place
        yield Stale(share=share, host=host, port=port)
