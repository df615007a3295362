"""A plugin of pytest: runs the tests of production's properties on broken copies of production.

`pytest -p tests.synth.on_broken` with `PAYSHIFT_BROKEN` naming a directory: of each directory in it
every test that reads production is run. Which of them were red is written to `red.json` there, as
test names by directory.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path

import pytest

from tests.synth.on_broken_place import ORDER, RED
from tests.synth.workspaces import Synthesized

BROKEN = Path(os.environ["PAYSHIFT_BROKEN"])
_red: dict[str, set[str]] = defaultdict(set)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Hand every broken copy to every test that reads production."""
    if "production" in metafunc.fixturenames:
        places = sorted(one for one in BROKEN.iterdir() if one.is_dir())
        order = tuple(json.loads((BROKEN / ORDER).read_text(encoding="utf-8")))
        copies = [Synthesized(place, order) for place in places]
        ids = [place.name for place in places]
        metafunc.parametrize("production", copies, ids=ids, indirect=True, scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what does not read production alone."""
    items[:] = [item for item in items if _copy(item) and "local" not in _fixtures(item)]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember which test was red on which copy."""
    if report.failed:
        test, _, parameters = report.nodeid.rpartition("::")[2].partition("[")
        (place,) = (one for one in parameters.rstrip("]").split("-") if one.isdigit())
        _red[place].add(test)


def pytest_sessionfinish() -> None:
    """Write down what was red."""
    text = json.dumps({place: sorted(tests) for place, tests in _red.items()})
    (BROKEN / RED).write_text(text, encoding="utf-8")


def _copy(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and "production" in call.params


def _fixtures(item: pytest.Item) -> list[str]:
    found: list[str] = getattr(item, "fixturenames", [])
    return found
