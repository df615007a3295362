"""Two real PostgreSQL clusters, prepared as the sites of a migration, with legacy writing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import TRUST_FILE, PostgresCluster
from app.local.postgres.place import ServerPlace
from app.migration.connection import connect
from app.migration.replication.install import install_logical_replication
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Site

# Durable enough: a killed server loses nothing that the operating system has.
QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB"}

Clusters = dict[Site, PostgresCluster]


@contextmanager
def placed(directory: Path) -> Iterator[ServerPlace]:
    """Give servers a place below the directory, also to those that root starts."""
    place = ServerPlace.prepare(directory=directory / "clusters")
    try:
        yield place
    finally:
        place.remove()


@contextmanager
def two_sites(
    place: ServerPlace,
    *,
    authority: LocalAuthority | None = None,
    settings: Mapping[str, str] = QUICK,
    replicators: tuple[str, ...] = (),
    replicating: bool = True,
) -> Iterator[Clusters]:
    """Make and start both, and destroy them with the block; rows flow to aws if `replicating`."""
    authority = authority or LocalAuthority()
    clusters = {
        site: PostgresCluster(name=site.value, place=place, authority=authority, settings=settings)
        for site in Site
    }
    try:
        for site, cluster in clusters.items():
            cluster.create()
            with connect(cluster.settings_for(), application_name="test-setup") as connection:
                install_business_schema(connection)
                prepare(connection, site=site, writer=Site.LEGACY, replicators=replicators)
        if replicating:
            install_logical_replication(
                databases={site: cluster.settings_for() for site, cluster in clusters.items()},
                writer=Site.LEGACY,
                server_sslrootcert=TRUST_FILE,
                deadline_seconds=120,
            )
        yield clusters
    finally:
        for cluster in clusters.values():
            cluster.destroy()
