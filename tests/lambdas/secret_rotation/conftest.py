"""Two clusters that replicate to each other and log every statement, and the function."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import pytest

from app.local.cloud import secretsmanager
from app.local.postgres import roles
from app.migration.handover import Handover
from app.migration.replication.logical import LogicalReplication
from app.migration.sites import Site
from tests.clusters import QUICK, placed, two_sites
from tests.lambdas.conftest import Pair
from tests.lambdas.secret_rotation.payers import Payers
from tests.lambdas.secret_rotation.world import InProcess, World
from tests.migration.support import next_run_id

HANDLER = "app.lambdas.secret_rotation.handler"
# The most talkative that a server can be: what is not in this log is in none.
SETTINGS = {
    **QUICK,
    "log_statement": "all",
    "log_min_duration_statement": "0",
    "log_connections": "on",
}


@pytest.fixture(scope="session")
def replicating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both clusters with replication, legacy writing."""
    with (
        placed(tmp_path_factory.mktemp("rotation")) as place,
        two_sites(place, settings=SETTINGS) as clusters,
    ):
        yield Pair(clusters)


@pytest.fixture(scope="session")
def functions() -> InProcess:
    """What moto's Secrets Manager starts; moto is adapted once in a process."""
    found = InProcess()
    secretsmanager.adapt(found)
    return found


@pytest.fixture
def world(
    replicating: Pair, functions: InProcess, aws: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """Every login as it was at first, legacy writing, and the function imported anew."""
    assert aws
    bundle = replicating.settings(Site.AWS, roles.ENGINE).sslrootcert
    monkeypatch.setenv("PAYSHIFT_ENVIRONMENT", "local")
    monkeypatch.setenv("PAYSHIFT_TRUST_BUNDLE", str(bundle))
    sys.modules.pop(HANDLER, None)
    found = World(replicating, functions, importlib.import_module(HANDLER), bundle)
    found.reset()
    yield found
    sys.modules.pop(HANDLER, None)
    Handover(databases=found.engines(), replication=LogicalReplication()).run(
        to=Site.LEGACY, run_id=next_run_id(), deadline_seconds=30
    )


@pytest.fixture
def payers(world: World) -> Payers:
    """Clients of the payment API inside AWS."""
    return Payers(
        {
            "PAYSHIFT_ENVIRONMENT": "local",
            "PAYSHIFT_SITE": "aws",
            "PAYSHIFT_LEGACY_SECRET": world.secret(Site.LEGACY, "app"),
            "PAYSHIFT_AWS_SECRET": world.secret(Site.AWS, "app"),
            "PAYSHIFT_FEATURES_PARAMETER": "/payshift/local/features",
            "PAYSHIFT_TRUST_BUNDLE": str(world.trust_bundle),
            "PAYSHIFT_HOLD_SECONDS": "5",
        }
    )
