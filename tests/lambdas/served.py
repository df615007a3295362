"""The payment API as clients meet it: HTTPS, a load balancer's edge, `awslambdaric`, workers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from app.local.runtime.settings import EdgeSettings, HostSettings, StaticFunction
from tests.local.processes import running

NAME = "payment-api"


@dataclass(frozen=True, slots=True)
class Served:
    """Where the API is, the certificate to trust, and the log of its workers."""

    url: str
    trust: Path
    log: Path


@contextmanager
def served(
    environment: Mapping[str, str], *, directory: Path, workers: int = 2
) -> Iterator[Served]:
    """Serve the real handler with these variables while the test runs."""
    trust, certificate, key = (directory / f"edge-{one}.pem" for one in ("ca", "chain", "key"))
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    authority.cert_pem.write_to_path(str(trust))
    issued.private_key_pem.write_to_path(str(key))
    for blob in issued.cert_chain_pems:
        blob.write_to_path(str(certificate), append=True)
    settings = HostSettings(
        log_directory=directory,
        follow_cloud=False,
        functions=(
            StaticFunction(
                name=NAME,
                handler="app.lambdas.payment_api.handler.handler",
                environment=dict(environment),
            ),
        ),
        default_workers=workers,
        edge=EdgeSettings(
            address="127.0.0.1", port=0, certificate=certificate, key=key, function=NAME
        ),
    )
    with running("app.local.runtime", settings=settings, directory=directory) as host:
        assert host.said["not_ready"] == []
        port = host.said["edge"]["port"]
        yield Served(f"https://127.0.0.1:{port}", trust, directory / f"{NAME}.log")
