"""What happens while clients pay: rotations, new certificates, and one move of the writer."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from functools import partial
from itertools import cycle

from app.errors import LocalEnvironmentFailed
from app.local.postgres import roles
from app.local.processes import tail
from app.local.rehearsal.waiting import wait_until
from app.migration.connection import connect
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Site
from bench.local_cloud import secret
from bench.rotation_world import ROTATION, RotationWorld

ROTATIONS = 20
CERTIFICATES = 5
_ROLES = ("app", "migration")
_FUNCTION = f"arn:aws:lambda:us-east-2:123456789012:function:{ROTATION}"
_CHANGE_SECONDS = 20.0
# Connections live for hours, so a new login or certificate would meet nobody for as long. After
# each change every sandbox must connect again, with the login that it remembers.
_END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name LIKE 'payshift-payment-api-%'
"""
# PostgreSQL's request to go on in TLS.
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")

Step = Callable[[], None]


class Changes:
    """The changes in their order. A change that does not come about ends the benchmark."""

    def __init__(self, world: RotationWorld) -> None:
        self._world = world
        self._secrets = world.cloud.secrets
        for site in Site:
            for role in _ROLES:
                self._secrets.rotate_secret(
                    SecretId=secret(site, role),
                    RotationLambdaARN=_FUNCTION,
                    RotationRules={"AutomaticallyAfterDays": 30},
                    RotateImmediately=False,
                )

    def make(self, *, seconds: float, check: Step) -> None:
        """Make all of them, evenly over the time; `check` before each sees that clients pay."""
        steps, begun = self._steps(), time.monotonic()
        for number, step in enumerate(steps):
            due = begun + (number + 0.5) * seconds / len(steps)
            time.sleep(max(0.0, due - time.monotonic()))
            check()
            step()
        time.sleep(max(0.0, begun + seconds - time.monotonic()))

    def refused_logins(self) -> int:
        """Count the logins that the servers have refused so far."""
        logs = [cluster.log.read_text() for cluster in self._world.databases.clusters.values()]
        return sum(log.count("password authentication failed") for log in logs)

    def _steps(self) -> list[Step]:
        logins = cycle((site, role) for role in _ROLES for site in Site)
        sites = cycle(Site)
        every = ROTATIONS // CERTIFICATES
        steps: list[Step] = []
        for number in range(1, ROTATIONS + 1):
            steps.append(partial(self._rotate, *next(logins)))
            if number % every == 0:
                steps.append(partial(self._renew_certificate, next(sites)))
        # So that payments depend on the logins and certificates of both sites.
        steps.insert(len(steps) // 2, self._move_writer)
        return steps

    def _rotate(self, site: Site, role: str) -> None:
        name = secret(site, role)
        version = self._secrets.rotate_secret(SecretId=name)["VersionId"]
        wait_until(
            lambda: self._stages(name).get(version) == ["AWSCURRENT"],
            seconds=_CHANGE_SECONDS,
            otherwise=LocalEnvironmentFailed(
                f"the rotation of {name} did not end:\n{tail(self._world.logs / f'{ROTATION}.log')}"
            ),
        )
        self._end_sessions(site)

    def _stages(self, name: str) -> dict[str, list[str]]:
        return self._secrets.describe_secret(SecretId=name)["VersionIdsToStages"]

    def _renew_certificate(self, site: Site) -> None:
        before = self._certificate(site)
        self._world.databases.clusters[site].renew_certificate()
        wait_until(
            lambda: self._certificate(site) != before,
            seconds=_CHANGE_SECONDS,
            otherwise=LocalEnvironmentFailed(f"{site} still shows its old certificate"),
        )
        self._end_sessions(site)

    def _certificate(self, site: Site) -> bytes | None:
        """Return what the server shows to a new client, verified in full."""
        settings = self._world.databases.clusters[site].settings_for()
        context = ssl.create_default_context(cafile=str(self._world.trust))
        address = (settings.hostaddr or settings.host, settings.port)
        with socket.create_connection(address, timeout=10) as plain:
            plain.sendall(_SSL_REQUEST)
            plain.recv(1)
            with context.wrap_socket(plain, server_hostname=settings.host) as secured:
                return secured.getpeercert(binary_form=True)

    def _end_sessions(self, site: Site) -> None:
        admin = self._world.databases.clusters[site].settings_for(role=roles.ADMIN)
        with connect(admin, application_name="bench") as connection:
            connection.execute(_END_SESSIONS)

    def _move_writer(self) -> None:
        Handover(databases=self._world.engines(), replication=LogicalReplication()).run(
            to=Site.AWS, run_id="bench-000", deadline_seconds=_CHANGE_SECONDS
        )
