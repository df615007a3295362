"""One small world for all tests of the local environment's parts: real processes, real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from app.local.cloud.settings import CloudSettings
from app.local.runtime.settings import EdgeSettings, HostSettings
from tests.local.processes import running
from tests.local.world import ZONE, World, client, make_function, make_load_balancer

EDGE_ADDRESS = "127.0.0.12"
ON_DEMAND = frozenset({"called", "sent-to"})


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Files: `ca`, `certificate`, `key` for the edge's address."""
    directory = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    issued = authority.issue_cert(EDGE_ADDRESS, "127.0.0.11", f"api.{ZONE}")
    files = {name: directory / name for name in ("ca", "certificate", "key")}
    authority.cert_pem.write_to_path(str(files["ca"]))
    issued.private_key_pem.write_to_path(str(files["key"]))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(files["certificate"]), append=True)
    return files


@pytest.fixture(scope="session")
def world(
    tmp_path_factory: pytest.TempPathFactory, certificate: dict[str, Path]
) -> Iterator[World]:
    """A cloud with an echo function behind a load balancer, and a custom resource's function."""
    directory = tmp_path_factory.mktemp("world")
    settings = CloudSettings(load_balancer_address=EDGE_ADDRESS, function_retry_seconds=(0.1, 0.1))
    with running("app.local.cloud", settings=settings, directory=directory) as cloud:
        endpoint = cloud.said["endpoint"]
        make_function(endpoint, name="echo", handler="tests.local.handlers.echo.handler")
        for name in ON_DEMAND:
            make_function(endpoint, name=name, handler="tests.local.handlers.echo.handler")
        make_function(
            endpoint,
            name="custom",
            handler="tests.local.handlers.custom_resource.handler",
            CALLS_FILE=str(directory / "calls"),
        )
        listener, groups = make_load_balancer(endpoint, function="echo")
        zone = client(endpoint, "route53").create_hosted_zone(Name=ZONE, CallerReference="test")
        zone_id = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
        host_settings = HostSettings(
            log_directory=directory / "logs",
            cloud_endpoint=endpoint,
            workers={"echo": 2, **dict.fromkeys(ON_DEMAND, 2)},
            on_demand=ON_DEMAND,
            environment={"PAYSHIFT_OVERRIDE": "from the host"},
            edge=EdgeSettings(
                address=EDGE_ADDRESS,
                port=0,
                certificate=certificate["certificate"],
                key=certificate["key"],
                load_balancer="payshift-test",
            ),
        )
        with running("app.local.runtime", settings=host_settings, directory=directory) as host:
            yield World(cloud, host, directory, certificate["ca"], zone_id, groups, listener)
