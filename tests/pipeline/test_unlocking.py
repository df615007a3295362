"""A lock that a killed run left behind is ended by somebody who knows that the run has ended."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from app.errors import Refused
from app.pipeline import aws
from app.pipeline.cli import app
from app.pipeline.review.prepare import preview
from app.pipeline.state.locks import Locks
from app.pipeline.state.unlock import YOUNG, end, require_old
from app.pipeline.target import Target
from tests.pipeline.conftest import Place
from tests.pipeline.journey import Journey


def lock(place: Place, *, id_: str = "1f", name: str = "phase-10") -> Locks:
    """Leave a lock as Terraform writes it."""
    locks = Locks(aws.s3(place.target.environment), place.target.names)
    held = {"ID": id_, "Who": "runner@gone", "Created": "2026-11-23T22:30:00Z"}
    locks.s3.put_object(
        Bucket=locks.names.state_bucket,
        Key=locks.names.lock_key(name),
        Body=json.dumps(held).encode(),
    )
    return locks


@pytest.fixture
def named(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Let the commands take this environment, whichever they are given."""
    monkeypatch.setattr(Target, "named", lambda _name: place.target)
    return place


def unlock(*options: str) -> Any:
    return CliRunner().invoke(app, ["--environment", "local", "state", "unlock", *options])


def test_a_young_lock_is_shown_and_kept_unless_it_is_forced(named: Place) -> None:
    locks = lock(named)
    ended = unlock("phase-10", "--yes")
    assert isinstance(ended.exception, Refused)
    assert "phase-10 is being changed by runner@gone since 2026-11-23T22:30:00Z" in ended.stderr
    assert ended.exception.message.endswith("0 minutes ago: that run may be alive")
    assert locks.held("phase-10") is not None
    ended = unlock("phase-10", "--yes", "--force", "--json")
    assert ended.exit_code == 0
    assert json.loads(ended.stdout)["ended"] == {
        "id": "1f", "who": "runner@gone", "created": "2026-11-23T22:30:00Z",
    }  # fmt: skip
    assert locks.held("phase-10") is None
    assert unlock("phase-10").stdout == "nobody holds the lock of phase-10\n"


def test_nobody_is_unlocked_without_a_word(named: Place) -> None:
    locks = lock(named)
    ended = unlock("phase-10", "--force")
    assert "nobody can be asked here" in str(ended.exception)
    assert locks.held("phase-10") is not None


def test_an_old_lock_needs_no_force(place: Place) -> None:
    held = lock(place).held("phase-10")
    assert held is not None
    assert timedelta(0) <= datetime.now(UTC) - held.written < timedelta(minutes=1)
    require_old(held, force=False, now=held.written + YOUNG)
    with pytest.raises(Refused, match="9 minutes ago"):
        require_old(held, force=False, now=held.written + YOUNG - timedelta(seconds=40))


def test_the_lock_of_whoever_came_after_is_never_ended(place: Place) -> None:
    locks = lock(place)
    shown = locks.held("phase-10")
    assert shown is not None
    lock(place, id_="2e")
    with pytest.raises(Refused, match="the lock 1f of phase-10 has ended meanwhile"):
        end(locks, shown)
    found = locks.held("phase-10")
    assert found is not None
    assert found.id == "2e"


def test_s3_itself_is_asked_to_end_no_other_lock(place: Place) -> None:
    locks = lock(place)
    shown = locks.held("phase-10")
    assert shown is not None
    asked: list[dict[str, Any]] = []

    class Refusing:
        """S3 in which another run has taken the lock just now."""

        get_object = staticmethod(locks.s3.get_object)

        def delete_object(self, **given: Any) -> None:
            asked.append(given)
            answer: Any = {"Error": {"Code": "PreconditionFailed", "Message": "no"}}
            raise ClientError(answer, "DeleteObject")

    refusing: Any = Refusing()
    with pytest.raises(Refused, match="has ended meanwhile"):
        end(replace(locks, s3=refusing), shown)
    assert [one["IfMatch"] for one in asked] == [shown.etag]


@pytest.mark.slow
@pytest.mark.usefixtures("attached")
def test_a_pull_request_is_planned_while_its_phase_is_being_applied(
    place: Place, journey: Journey
) -> None:
    journey(place, 0)
    locks = lock(place)
    before = locks.held("phase-10")
    found = preview(place.tools(lock_timeout_seconds=0), place.set_live(10), world=place.world())
    assert [one.workspace for one in found.plans] == ["phase-10"]
    # fact: what was held is held, and nothing else is
    assert list(locks.of_phases()) == [before]
