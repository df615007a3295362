"""What the Dockerfile itself promises, and what reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.errors import InputError
from app.local.image.context import copy_context
from app.local.image.dockerfile import read_dockerfile
from app.local.image.layout import DOCKERFILE
from tests.lambdas.image.conftest import ARGUMENTS, ROOT


def test_both_stages_start_from_the_base_image_that_the_build_names() -> None:
    stages = read_dockerfile(ROOT / DOCKERFILE, arguments=ARGUMENTS)
    assert [(stage.name, stage.base) for stage in stages] == [
        ("files", ARGUMENTS["BASE_IMAGE"]),
        ("functions", ARGUMENTS["BASE_IMAGE"]),
    ]


@pytest.mark.parametrize("argument", sorted(ARGUMENTS))
def test_a_build_without_one_of_the_arguments_fails(argument: str) -> None:
    with pytest.raises(InputError, match=argument):
        read_dockerfile(ROOT / DOCKERFILE, arguments=ARGUMENTS | {argument: ""})


def test_the_image_is_not_run_as_root() -> None:
    *_, functions = read_dockerfile(ROOT / DOCKERFILE, arguments=ARGUMENTS)
    (user,) = functions.all("USER")
    assert 0 not in [int(part) for part in user.split(":")]


def test_packages_are_installed_by_their_hashes_and_never_built() -> None:
    files, functions = read_dockerfile(ROOT / DOCKERFILE, arguments=ARGUMENTS)
    (install,) = (line for line in files.all("RUN") if "install" in line)
    assert {"--require-hashes", "--only-binary"} < set(install.split())
    assert functions.all("RUN") == []
    assert functions.all("COPY") == ["--from=files /var/task/ /var/task/"]


@pytest.mark.parametrize(
    "only", ["app/local", "app/config/environments", "phases", "tests", "README.md", ".git"]
)
def test_a_build_sees_nothing_that_the_image_does_not_need(only: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        copy_context(ROOT, tmp_path, only=only)
    assert list(tmp_path.iterdir()) == []
