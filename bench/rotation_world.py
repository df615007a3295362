"""What rotations happen to: two databases that replicate, their secrets, and the functions."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import LocalEnvironmentFailed
from app.local.databases import LocalDatabases
from app.local.layout import Layout
from app.local.postgres.authority import LocalAuthority
from app.local.processes import Program, start_module
from app.local.rehearsal.waiting import wait_until
from app.local.runtime.settings import EdgeSettings, HostSettings, StaticFunction
from app.migration.connection import DatabaseSettings
from app.migration.replication.install import install_logical_replication
from app.migration.sites import Databases, Site
from bench.local_cloud import (
    ENVIRONMENT,
    LocalCloud,
    local_cloud,
    payment_api_variables,
    secret,
)

SANDBOXES = 4
API_NAME = "api.payments.example"
ROTATION = "secret-rotation"
_API = "payment-api"
_ADDRESS = "127.0.0.1"
_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationWorld:
    """Everything that a change or a payment needs."""

    databases: LocalDatabases
    cloud: LocalCloud
    trust: Path
    functions: Program
    logs: Path

    @property
    def edge_port(self) -> int:
        """Where clients pay over HTTPS."""
        return int(self.functions.ready["edge"]["port"])

    def engines(self) -> Databases:
        """How the engine connects, as its secrets say now."""
        return {site: self._login(site, "migration") for site in Site}

    def _login(self, site: Site, role: str) -> DatabaseSettings:
        answer = self.cloud.secrets.get_secret_value(SecretId=secret(site, role))
        return DatabaseSettings.from_secret(answer["SecretString"], self.trust)


@contextmanager
def rotation_world(directory: Path) -> Iterator[RotationWorld]:
    """Run it while the block does: servers, AWS API, functions behind an HTTPS front."""
    with ExitStack() as stack:
        layout = Layout(directory / "local")
        layout.root.mkdir(mode=0o711)
        authority = LocalAuthority()
        trust = authority.write_bundle(path=layout.trust)
        authority.issue(API_NAME, certificate=layout.api_certificate, key=layout.api_key)
        databases = LocalDatabases(layout=layout, authority=authority)
        stack.callback(databases.close)
        databases.create()
        install_logical_replication(
            databases=databases.engine_logins(),
            writer=Site.LEGACY,
            server_sslrootcert=databases.server_trust,
            deadline_seconds=60,
        )
        cloud = stack.enter_context(local_cloud(directory, databases))
        functions = _start_functions(layout, cloud=cloud, trust=trust)
        stack.callback(functions.stop)
        _wait_for_every_sandbox(functions)
        yield RotationWorld(
            databases=databases, cloud=cloud, trust=trust, functions=functions, logs=layout.logs
        )


def _start_functions(layout: Layout, *, cloud: LocalCloud, trust: Path) -> Program:
    api = StaticFunction(
        name=_API,
        handler="app.lambdas.payment_api.handler.handler",
        environment=payment_api_variables(trust=trust),
    )
    rotation = StaticFunction(
        name=ROTATION,
        handler="app.lambdas.secret_rotation.handler.handler",
        environment={"PAYSHIFT_ENVIRONMENT": ENVIRONMENT, "PAYSHIFT_TRUST_BUNDLE": str(trust)},
        timeout_seconds=60,
    )
    settings = HostSettings(
        log_directory=layout.logs,
        cloud_endpoint=cloud.endpoint,
        functions=(api, rotation),
        workers={_API: SANDBOXES},
        edge=EdgeSettings(
            address=_ADDRESS,
            port=0,
            certificate=layout.api_certificate,
            key=layout.api_key,
            function=_API,
        ),
    )
    file = layout.root / "functions.json"
    file.write_text(settings.model_dump_json())
    return start_module(
        name="functions",
        module="app.local.runtime",
        arguments=["--settings", str(file)],
        environment={},
        log=layout.logs / "functions.log",
    )


def _wait_for_every_sandbox(functions: Program) -> None:
    """Wait until nobody starts any more: that is measured by another benchmark."""
    wait_until(
        lambda: _idle(functions, _API) == SANDBOXES and _idle(functions, ROTATION) == 1,
        seconds=_READY_SECONDS,
        otherwise=LocalEnvironmentFailed("not every sandbox became ready"),
    )


def _idle(functions: Program, name: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(str(functions.ready["url"])).netloc, timeout=5)
    with closing(connection):
        connection.request("GET", "/status")
        pools = json.load(connection.getresponse())["functions"]
    return sum(int(pool["idle"]) for pool in pools if pool["name"] == name)
