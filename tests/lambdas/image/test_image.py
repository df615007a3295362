"""The functions' image, as far as a machine without Docker can know it: its files, started."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from packaging.requirements import Requirement

from app.config.authorities import certificates, read_authorities
from app.lambdas.settings import DEFAULT_TRUST_BUNDLE
from app.local.runtime.settings import HostSettings, StaticFunction
from tests.lambdas.callback import cloudformation_event, listening
from tests.lambdas.image.conftest import ROOT
from tests.lambdas.invocation import alb_event
from tests.local.processes import running

pytestmark = pytest.mark.slow

FUNCTIONS = {
    name.replace("_", "-"): f"app.lambdas.{name}.handler.handler"
    for name in ("payment_api", "validator", "handover", "secret_rotation", "comparison")
}
# What the image must not carry: tools, stand-ins, tests, and what only a command line needs.
ABSENT = ("cdktf", "constructs", "moto", "pytest", "tests", "typer", "rich", "yaml", "jinja2",
          "app.pipeline", "app.local", "app.components", "app.stacks", "app.main")  # fmt: skip


@pytest.fixture
def url(
    image: Path, function_environment: dict[str, str], aws: str, tmp_path: Path
) -> Iterator[str]:
    """Run every function of the image, with nothing but its files; give the host's address."""
    engine = {
        "PAYSHIFT_LEGACY_SECRET": "payshift/local/legacy/migration",
        "PAYSHIFT_AWS_SECRET": "payshift/local/aws/migration",
        "PAYSHIFT_EVIDENCE_BUCKET": "payshift-local-evidence",
    }
    common = {**function_environment, "AWS_ENDPOINT_URL": aws}
    settings = HostSettings(
        log_directory=tmp_path,
        follow_cloud=False,
        image=image,
        functions=tuple(
            StaticFunction(
                name=name,
                handler=handler,
                environment=common if name == "payment-api" else common | engine,
            )
            for name, handler in FUNCTIONS.items()
        ),
    )
    with running("app.local.runtime", settings=settings, directory=tmp_path) as host:
        assert host.said["not_ready"] == []
        yield host.said["url"]


def invoke(url: str, function: str, event: dict[str, Any]) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.post(f"{url}/functions/{function}/invocations", json=event, timeout=60)


def test_every_function_starts_from_the_images_files_alone_and_answers(url: str) -> None:
    body = {"amount_minor": 1999, "currency": "USD", "merchant_id": "m-1"}
    paid = invoke(url, "payment-api", alb_event("POST", "/v1/payments", body, key="image-1"))
    assert paid.json()["statusCode"] == 201
    described = invoke(url, "payment-api", alb_event("GET", "/openapi.json")).json()
    kept = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert json.loads(described["body"]) == json.loads(kept)

    assert invoke(url, "handover", {"action": "status"}).json()["writer"] == "legacy"

    with listening() as callback:
        invoke(url, "validator", cloudformation_event(callback, "Delete", {"RunId": "r"}))
        assert [answer["Status"] for answer in callback.answers] == ["SUCCESS"]

    for name, event in (("secret-rotation", {"Step": "createSecret"}), ("comparison", {})):
        refused = invoke(url, name, event)
        assert refused.headers["X-Amz-Function-Error"] == "Unhandled"
        assert refused.json()["errorType"] == "InputError"


def test_the_image_holds_the_locked_packages_and_no_other(image: Path) -> None:
    text = (ROOT / "requirements" / "functions.txt").read_text(encoding="utf-8")
    lines = re.findall(r"^([a-z0-9._-]+==.+) \\$", text, flags=re.MULTILINE)
    pins = [Requirement(line) for line in lines]
    pinned = {
        (pin.name, str(pin.specifier).removeprefix("=="))
        for pin in pins
        if pin.marker is None or pin.marker.evaluate()
    }
    here = {
        (name.replace("_", "-").lower(), version)
        for name, version in (
            path.name.removesuffix(".dist-info").split("-") for path in image.glob("*.dist-info")
        )
    }
    assert here == pinned


def test_the_functions_use_the_versions_that_the_tests_ran_with() -> None:
    pins = {
        group: set(
            re.findall(
                r"^([a-z0-9._-]+==\S+)",
                (ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8"),
                flags=re.MULTILINE,
            )
        )
        for group in ("functions", "dev")
    }
    assert pins["functions"] <= pins["dev"]


def test_nothing_else_can_be_imported_in_it(image: Path) -> None:
    program = (
        "import importlib.util, json, sys; found = []\n"
        "for name in sys.argv[1:]:\n"
        "    try: found += [name] * (importlib.util.find_spec(name) is not None)\n"
        "    except ModuleNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    found = subprocess.run(
        [sys.executable, "-s", "-S", "-P", "-c", program, "app.lambdas", *ABSENT],
        cwd=image, env={"PYTHONPATH": str(image)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(found.stdout) == ["app.lambdas"]


def test_the_image_trusts_the_databases_of_both_sites_and_is_not_about_to_trust_nobody(
    image: Path,
) -> None:
    bundle = image / DEFAULT_TRUST_BUNDLE.relative_to("/var/task")
    held = certificates(bundle.read_text(encoding="ascii"))
    wanted = [certificates(read_authorities(name)) for name in
              ("aws-us-east-2.pem", "data-centre-example.pem")]  # fmt: skip
    assert set(held) == {one for several in wanted for one in several}
    for text in held:
        certificate = x509.load_pem_x509_certificate(text.encode())
        assert certificate.not_valid_before_utc < datetime.now(UTC)
        assert certificate.not_valid_after_utc > datetime.now(UTC) + timedelta(days=366)


def test_every_module_of_the_image_is_compiled_and_readable_by_anyone(image: Path) -> None:
    sources = list((image / "app").rglob("*.py"))
    assert len(sources) > 50
    for source in sources:
        assert list((source.parent / "__pycache__").glob(f"{source.stem}.*.pyc"))
    unreadable = [path for path in image.rglob("*") if path.stat().st_mode & 0o444 != 0o444]
    assert unreadable == []
