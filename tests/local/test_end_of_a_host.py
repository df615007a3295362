"""How a runtime host ends: politely, and with functions that cannot start."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from app.local.runtime.settings import EdgeSettings, HostSettings, StaticFunction
from tests.local.processes import running

pytestmark = pytest.mark.slow


def legacy(tmp_path: Path, certificate: dict[str, Path], *, handler: str) -> HostSettings:
    return HostSettings(
        log_directory=tmp_path / "logs",
        follow_cloud=False,
        functions=(StaticFunction(name="legacy", handler=handler),),
        edge=EdgeSettings(
            address="127.0.0.11",
            port=0,
            certificate=certificate["certificate"],
            key=certificate["key"],
            function="legacy",
        ),
    )


def test_requests_in_flight_are_finished_when_a_host_is_asked_to_end(
    tmp_path: Path, certificate: dict[str, Path]
) -> None:
    settings = legacy(tmp_path, certificate, handler="tests.local.handlers.echo.handler")
    with (
        running("app.local.runtime", settings=settings, directory=tmp_path) as host,
        ThreadPoolExecutor() as pool,
    ):
        edge = host.said["edge"]
        url = f"https://{edge['address']}:{edge['port']}/sleep?seconds=1"
        with requests.Session() as session:
            session.trust_env = False
            answer = pool.submit(session.get, url, verify=str(certificate["ca"]), timeout=10)
            time.sleep(0.5)
            host.process.terminate()
            assert answer.result().status_code == 200


def test_a_function_that_cannot_be_loaded_answers_with_the_reason(
    tmp_path: Path, certificate: dict[str, Path]
) -> None:
    settings = legacy(tmp_path, certificate, handler="tests.local.handlers.nothing.handler")
    with running("app.local.runtime", settings=settings, directory=tmp_path) as host:
        url = f"{host.said['url']}/functions/legacy/invocations"
        answer = requests.post(url, json={}, timeout=60)

    assert host.said["not_ready"] == ["legacy"]
    assert answer.headers["X-Amz-Function-Error"] == "Unhandled"
    assert answer.json()["errorType"] == "Runtime.ImportModuleError"
