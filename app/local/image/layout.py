"""Assembles the files of the functions' image: its Dockerfile, carried out below a directory."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from app.errors import ToolMissing
from app.local.image.context import copy_context
from app.local.image.dockerfile import Stage, read_dockerfile

DOCKERFILE = Path("app/lambdas/Dockerfile")
TASK_ROOT = "var/task"
# Installs what the base image's pip would, from the same pins and hashes.
_PIP = """#!/bin/sh
exec {uv} pip "$@" --quiet --python {python}
"""


def assemble(directory: Path, *, source: Path, arguments: Mapping[str, str]) -> Path:
    """Carry out the Dockerfile of a repository below `directory`; return the functions' files.

    `COPY` takes what the build context has and nothing else; `RUN` runs the very command, with
    `pip` played by uv and paths moved below the stage's own root. What needs the base image's
    operating system fails.
    """
    roots: dict[str, Path] = {}
    stages = read_dockerfile(source / DOCKERFILE, arguments=arguments)
    tools = _tools(directory / "tools", source=source)
    for stage in stages:
        roots[stage.name] = directory / stage.name
        _carry_out(stage, roots=roots, source=source, tools=tools)
    return roots[stages[-1].name] / TASK_ROOT


def _carry_out(stage: Stage, *, roots: Mapping[str, Path], source: Path, tools: Path) -> None:
    root = roots[stage.name]
    root.mkdir(parents=True)
    for name, rest in stage.instructions:
        if name == "COPY":
            _copy(rest.split(), root=root, roots=roots, source=source)
        elif name == "RUN":
            _run(rest, root=root, tools=tools)


def _copy(words: list[str], *, root: Path, roots: Mapping[str, Path], source: Path) -> None:
    *given, place = words
    target = root / place.lstrip("/")
    if given[0].startswith("--from="):
        stage = roots[given[0].removeprefix("--from=")]
        for path in given[1:]:
            shutil.copytree(stage / path.lstrip("/"), target, dirs_exist_ok=True)
        return
    for path in given:
        if place.endswith("/"):
            copy_context(source, target, only=path.rstrip("/"))
        else:
            copy_context(source, target.parent, only=path)
            (target.parent / Path(path).name).rename(target)


def _run(command: str, *, root: Path, tools: Path) -> None:
    here = re.sub(r"(?<=[ =])/(?=build/|var/task)", f"{shlex.quote(str(root))}/", command)
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(["sh", "-ec", here], cwd=root, env=environment, check=True)


def _tools(place: Path, *, source: Path) -> Path:
    uv = shutil.which("uv") or shutil.which(str(source.resolve() / "build/tools/uv/bin/uv"))
    if uv is None:
        message = "uv is not installed"
        raise ToolMissing(message, remedy="run: make setup")
    place.mkdir(parents=True)
    pip = place / "pip"
    pip.write_text(_PIP.format(uv=uv, python=sys.executable), encoding="utf-8")
    pip.chmod(0o755)
    (place / "python").symlink_to(sys.executable)
    return place
