"""What happens to the process that hands over, or beside it."""

from __future__ import annotations

import time
from typing import Any

from app.migration.connection import connect
from app.migration.sessions import APPLICATION_NAME
from app.migration.sites import Site
from tests.lambdas.callback import listening
from tests.migration.faults.fault import Fault, Scene
from tests.migration.faults.jobs import Job, Login
from tests.migration.faults.workers import Record

LAMBDA_SECONDS = 3.0


class Killed(Fault):
    """kill -9."""

    name = "process killed"

    def proceed(self, scene: Scene) -> Record:
        """Kill it where it stands."""
        scene.worker.kill()
        return {"outcome": "killed"}


class Aborted(Fault):
    """Ctrl-C."""

    name = "operator abort"

    def proceed(self, scene: Scene) -> Record:
        """Interrupt it where it stands; it may tidy up."""
        scene.worker.interrupt()
        return scene.worker.outcome()


class DeadlinePassed(Fault):
    """Every deadline that the handover set itself so far lies in the past."""

    name = "deadline exceeded"

    def job(self, scene: Scene) -> dict[str, Any]:  # noqa: ARG002 - the base's
        """Let the deadlines expire when it goes on."""
        return {"expires": True}


class CalledTwice(Fault):
    """The same run is asked for again by another process while it goes on."""

    name = "duplicate call"

    def strike(self, scene: Scene) -> None:
        """Start the second call and wait until it waits for its turn."""
        second = scene.kept["second"] = scene.world.workers.take()
        scene.stack.callback(second.end)
        second.start(job_of(scene, hold_at="nowhere"))
        _wait_for_sessions(scene, count=2)

    def proceed(self, scene: Scene) -> Record:
        """Let the first go on; both must tell the same story."""
        scene.worker.go()
        first, second = scene.worker.outcome(), scene.kept["second"].outcome()
        assert first["outcome"] == "completed", first
        assert second["outcome"] == "unchanged", second
        return first


class TimedOut(Fault):
    """Lambda ends the sandbox at its time-out; CloudFormation was answered just before."""

    name = "Lambda time-out"

    def job(self, scene: Scene) -> dict[str, Any]:
        """Run it as the function, with little time."""
        scene.kept["callback"] = scene.stack.enter_context(listening())
        return _as_function(scene, seconds=LAMBDA_SECONDS)

    def proceed(self, scene: Scene) -> Record:
        """Wait for the answer that is given in time, then end the sandbox."""
        callback, end = scene.kept["callback"], time.monotonic() + 30
        while not callback.answers:
            assert time.monotonic() < end, "CloudFormation was never answered"
            time.sleep(0.01)
        scene.worker.kill()
        assert callback.answers[0]["Status"] == "FAILED"
        return {"outcome": "timed out"}

    def heal(self, scene: Scene) -> None:
        """Let CloudFormation send the same event again, and read its answer."""
        callback = scene.kept["callback"]
        again = scene.world.workers.take()
        again.start(job_of(scene, hold_at="nowhere", **_as_function(scene, seconds=60)))
        again.outcome()
        assert callback.answers[-1]["Status"] == "SUCCESS", callback.answers
        assert callback.answers[-1]["Data"]["Writer"] == scene.target.value


def job_of(scene: Scene, *, hold_at: str, **changes: Any) -> Job:
    """Return the job of this scene's handover."""
    return Job(
        databases={
            site.value: Login.model_validate(settings.model_dump())
            for site, settings in scene.world.databases.items()
        },
        to=scene.target,
        run_id=scene.run_id,
        hold_at=hold_at,
        **changes,
    )


def _as_function(scene: Scene, *, seconds: float) -> dict[str, Any]:
    return {"callback_port": scene.kept["callback"].port, "lambda_seconds": seconds}


def _wait_for_sessions(scene: Scene, *, count: int) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
    end = time.monotonic() + 30
    with connect(scene.world.admin(Site.LEGACY), application_name="test") as connection:
        while connection.execute(query, (APPLICATION_NAME,)).fetchone() != (count,):
            assert time.monotonic() < end, "the second call never came"
            time.sleep(0.01)
