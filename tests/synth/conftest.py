"""Synthesizes once per session: starting jsii is what costs."""

from __future__ import annotations

import pytest

from app.config.loading import load_environment
from app.main import synthesize
from tests.synth.workspaces import PHASES, Synthesized, Workspace


def _synthesized(name: str, factory: pytest.TempPathFactory) -> Synthesized:
    output = factory.mktemp(f"synth-{name}")
    order = synthesize(environment=load_environment(name), phases=PHASES, output=output)
    return Synthesized(output, order)


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return _synthesized("local", tmp_path_factory)


@pytest.fixture(scope="session")
def production(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Synthesized:
    """What production is synthesized to; or a broken one, from tests/synth/on_broken.py."""
    given: Synthesized | None = getattr(request, "param", None)
    return given or _synthesized("production", tmp_path_factory)


@pytest.fixture(scope="session")
def bootstrap(production: Synthesized) -> Workspace:
    return production["bootstrap"]


@pytest.fixture(scope="session")
def service(production: Synthesized) -> Workspace:
    return production["service"]
