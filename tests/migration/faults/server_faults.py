"""Servers that crash, and networks between them and the handover, or between themselves."""

from __future__ import annotations

from typing import Any

from tests.migration.faults.fault import SHORT, Fault, Scene
from tests.migration.faults.proxy import Proxy


class SourceKilled(Fault):
    """kill -9 of the old writer's postmaster; it is started again after the handover ended."""

    name = "source killed"
    reaches_clients = True

    def strike(self, scene: Scene) -> None:
        """Kill it."""
        scene.world.pair.clusters[scene.source].kill()

    def heal(self, scene: Scene) -> None:
        """Start it; it recovers from its log."""
        scene.world.start_servers()


class TargetKilled(SourceKilled):
    """The same for the new writer's."""

    name = "target killed"

    def strike(self, scene: Scene) -> None:
        """Kill it."""
        scene.world.pair.clusters[scene.target].kill()


class _Cut(Fault):
    """Connections on some ways are reset once; new ones work."""

    def strike(self, scene: Scene) -> None:
        """Reset them."""
        for way in self.ways(scene):
            way.reset()

    def ways(self, scene: Scene) -> tuple[Proxy, ...]:
        """Return what is cut."""
        raise NotImplementedError


class _Silenced(_Cut):
    """Nothing arrives any more on some ways, and nobody is told."""

    def job(self, scene: Scene) -> dict[str, Any]:  # noqa: ARG002 - the base's
        """Give it little time: only that ends the waiting outside the pause."""
        overtime = {"app.migration.sessions.OVERTIME_SECONDS": 1.0}
        return {"limits": dict(SHORT), "early_limits": overtime, "deadline_seconds": 6.0}

    def strike(self, scene: Scene) -> None:
        """Silence them."""
        for way in self.ways(scene):
            way.silence()

    def heal(self, scene: Scene) -> None:
        """Let new connections through."""
        for way in self.ways(scene):
            way.heal()


class _ToSource:
    def ways(self, scene: Scene) -> tuple[Proxy, ...]:
        """The handover's way to the old writer."""
        return (scene.world.engine_ways[scene.source],)


class _ToTarget:
    def ways(self, scene: Scene) -> tuple[Proxy, ...]:
        """The handover's way to the new writer."""
        return (scene.world.engine_ways[scene.target],)


class _Between:
    def ways(self, scene: Scene) -> tuple[Proxy, ...]:
        """Replication's ways, in both directions."""
        return tuple(scene.world.peer_ways.values())


class SourceReset(_ToSource, _Cut):
    """Reset towards the old writer."""

    name = "source reset"


class TargetReset(_ToTarget, _Cut):
    """Reset towards the new writer."""

    name = "target reset"


class ReplicationReset(_Between, _Cut):
    """Reset between the databases."""

    name = "replication reset"


class SourceSilent(_ToSource, _Silenced):
    """Silence towards the old writer."""

    name = "source silent"


class TargetSilent(_ToTarget, _Silenced):
    """Silence towards the new writer."""

    name = "target silent"


class ReplicationSilent(_Between, _Silenced):
    """Silence between the databases."""

    name = "replication silent"
