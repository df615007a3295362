"""A GitHub on this machine, and the variables of a job that works with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.github.server import serving
from tests.github.state import NAME, TOKEN, GitHub

LIVE = "# yaml-language-server: $schema=schema/live.json\nlive: phase-50\n"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    with serving() as found:
        monkeypatch.setenv("GITHUB_API_URL", found.url)
        monkeypatch.setenv("GITHUB_REPOSITORY", NAME)
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        found.commit({"phases/live.yaml": LIVE, "README.md": "hello"}, message="Start")
        yield found
