"""A process that starts a cluster, says where it is, and waits to be killed or told to end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from app.local.postgres.authority import LocalAuthority
from app.local.postgres.cluster import PostgresCluster
from app.local.postgres.place import ServerPlace


def _main() -> None:
    place = ServerPlace.prepare(directory=Path(sys.argv[1]))
    cluster = PostgresCluster(
        name="only", place=place, authority=LocalAuthority(), detached=sys.argv[2] == "detached"
    )
    cluster.create()
    facts = {"pid": cluster.postmaster.pid, "data": str(cluster.data)}
    print(json.dumps({**facts, "removable": [str(path) for path in place.removable]}), flush=True)
    sys.stdin.readline()


if __name__ == "__main__":
    _main()
