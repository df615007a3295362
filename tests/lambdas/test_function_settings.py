from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import InputError
from app.lambdas.payment_api.settings import PaymentApiSettings
from app.lambdas.settings import read_settings


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    bundle = tmp_path / "bundle.pem"
    bundle.touch()
    return {
        "PAYSHIFT_ENVIRONMENT": "local",
        "PAYSHIFT_SITE": "aws",
        "PAYSHIFT_LEGACY_SECRET": "payshift/local/legacy/app",
        "PAYSHIFT_AWS_SECRET": "payshift/local/aws/app",
        "PAYSHIFT_FEATURES_PARAMETER": "/payshift/local/features",
        "PAYSHIFT_TRUST_BUNDLE": str(bundle),
        "PATH": "/bin",
    }


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(InputError) as refused:
        read_settings(PaymentApiSettings, environ)
    return refused.value.message


def test_a_complete_environment_is_read_with_its_defaults(environ: dict[str, str]) -> None:
    settings = read_settings(PaymentApiSettings, environ)
    assert settings.site == "aws"
    assert settings.hold_seconds == 5.0


def test_an_empty_variable_counts_as_not_set(environ: dict[str, str]) -> None:
    settings = read_settings(PaymentApiSettings, environ | {"PAYSHIFT_HOLD_SECONDS": ""})
    assert settings.hold_seconds == 5.0


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"PAYSHIFT_SITE": "azure"}, "PAYSHIFT_SITE: Input should be 'legacy' or 'aws'"),
        ({"PAYSHIFT_ENVIRONMENT": ""}, "PAYSHIFT_ENVIRONMENT: Field required"),
        ({"PAYSHIFT_AWS_SECRET": ""}, "PAYSHIFT_SITE=aws needs PAYSHIFT_AWS_SECRET"),
        ({"PAYSHIFT_FEATURES_PARAMETER": ""}, "needs PAYSHIFT_FEATURES_PARAMETER"),
        ({"PAYSHIFT_SITE": "legacy"}, "unset PAYSHIFT_AWS_SECRET"),
        ({"PAYSHIFT_HOLD_SECONDS": "60"}, "PAYSHIFT_HOLD_SECONDS: Input should be less than"),
        ({"PAYSHIFT_HOLD_SECONDS": "nan"}, "PAYSHIFT_HOLD_SECONDS"),
        ({"PAYSHIFT_TRUST_BUNDLE": "/no/such.pem"}, "PAYSHIFT_TRUST_BUNDLE: Path does not point"),
    ],
)
def test_each_mistake_is_named_with_its_variable(
    environ: dict[str, str], changes: dict[str, str], expected: str
) -> None:
    assert expected in refusal(environ | changes)


def test_all_mistakes_are_named_at_once(environ: dict[str, str]) -> None:
    message = refusal(environ | {"PAYSHIFT_SITE": "azure", "PAYSHIFT_HOLD_SECONDS": "x"})
    assert "PAYSHIFT_SITE" in message
    assert "PAYSHIFT_HOLD_SECONDS" in message


def test_the_handler_does_not_start_in_a_bad_environment() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PAYSHIFT_")}
    ended = subprocess.run(
        [sys.executable, "-c", "import app.lambdas.payment_api.handler"],
        env=clean,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "PAYSHIFT_LEGACY_SECRET: Field required" in ended.stderr.splitlines()[-2]
