"""The files of the functions' image, assembled once from its Dockerfile."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.local.image.layout import assemble

ROOT = Path(__file__).parents[3]
ARGUMENTS = {
    "BASE_IMAGE": f"public.ecr.aws/lambda/python:3.13@sha256:{'0' * 64}",
    "AWS_AUTHORITIES": "aws-us-east-2.pem",
    "DATA_CENTRE_AUTHORITY": "data-centre-example.pem",
    "REVISION": "0" * 40,
}


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory that the image has as /var/task."""
    return assemble(tmp_path_factory.mktemp("image") / "stages", source=ROOT, arguments=ARGUMENTS)
