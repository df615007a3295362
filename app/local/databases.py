"""The two databases of the local environment: legacy with its history, and the empty target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from app.local.layout import Layout
from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import TRUST_FILE, PostgresCluster
from app.local.postgres.place import ServerPlace
from app.local.seed import seed_payments
from app.migration.connection import DatabaseSettings, connect
from app.migration.schema import install_business_schema, prepare
from app.migration.sites import Site
from app.migration.users.roles import LOGINS


class LocalDatabases:
    """Two PostgreSQL clusters over TLS; they end with this process.

    `server_trust` is the file that each server verifies the other against when it subscribes.
    """

    server_trust = TRUST_FILE

    def __init__(self, *, layout: Layout, authority: LocalAuthority) -> None:
        self._layout = layout
        self._place = ServerPlace.prepare(directory=layout.databases)
        layout.record_places(self._place.removable)
        self._created = False
        self.clusters: Mapping[Site, PostgresCluster] = {
            site: PostgresCluster(name=site.value, place=self._place, authority=authority)
            for site in Site
        }

    def create(self) -> None:
        """Make and start both servers, each with the business tables and the engine's schema."""
        with ThreadPoolExecutor(max_workers=len(self.clusters)) as pool:
            list(pool.map(lambda cluster: cluster.create(), self.clusters.values()))
        for site, settings in self.engine_logins().items():
            with connect(settings, application_name="payshift-local") as connection:
                install_business_schema(connection)
                prepare(connection, site=site, writer=Site.LEGACY)
        self._created = True

    def seed(self, *, rows: int, progress: Callable[[str], None]) -> None:
        """Give the legacy database its history."""
        with connect(
            self.engine_logins()[Site.LEGACY], application_name="payshift-seed"
        ) as connection:
            seed_payments(
                connection,
                rows=rows,
                progress=lambda done, total: progress(f"seeded {done:,} of {total:,} payments"),
            )

    def engine_logins(self) -> Mapping[Site, DatabaseSettings]:
        """How the migration engine connects to each site."""
        return {site: cluster.settings_for() for site, cluster in self.clusters.items()}

    def secret_roles(self) -> tuple[tuple[str, str], ...]:
        """The sites and roles that have a login."""
        return tuple((site.value, name) for site in self.clusters for name in LOGINS)

    def secret_values(self) -> Mapping[tuple[str, str], str]:
        """The JSON of each login's secret, by site and role."""
        return {
            (site.value, name): cluster.settings_for(role=role).to_secret()
            for site, cluster in self.clusters.items()
            for name, role in LOGINS.items()
        }

    def dead(self) -> str | None:
        """Which server does not run any more, if any; None before they were created."""
        if not self._created:
            return None
        for site, cluster in self.clusters.items():
            if cluster.postmaster.pid is None:
                return f"the {site.value} database ended; the end of {cluster.log} may say why"
        return None

    def processes(self) -> tuple[tuple[int, str], ...]:
        """Process id and name of each server."""
        return tuple(
            (cluster.postmaster.pid, f"PostgreSQL {site.value}")
            for site, cluster in self.clusters.items()
            if cluster.postmaster.pid is not None
        )

    def close(self) -> None:
        """Stop both servers at once and remove everything."""
        for cluster in self.clusters.values():
            cluster.destroy()
        self._place.remove()
