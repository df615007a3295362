"""`payshift rehearse` on a running local environment: load, story, proof, summary, report."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from app.local.facts import LocalFacts
from app.local.rehearsal.session import Session
from app.local.rehearsal.stale import stale_clients
from app.local.rehearsal.story import Move
from app.local.rehearsal.summary import Summary


def rehearse(
    *,
    environment_file: Path,
    output: Path,
    rate: float = 100,
    clients: int = 64,
    stale_share: float = 0,
    settle_seconds: float = 3,
    moves: tuple[Move, ...] | None = None,
    console: Console | None = None,
    setup_seconds: float = 0,
) -> Summary:
    """Run the whole story on the environment and return what was found.

    Writes `summary.json` and `report.html` below `output`, also when the story breaks off: the
    verdict is then failed and names the error. What an earlier rehearsal left there is replaced.
    A `stale_share` of the clients keeps the data centre's address. `setup_seconds` is what starting
    the environment took, for the record. Nothing that was started here is left running, whatever
    happens.
    """
    facts = LocalFacts.read(environment_file)
    with stale_clients(share=stale_share, facts=facts, environment_file=environment_file) as stale:
        session = Session(
            facts=facts,
            environment_file=environment_file,
            output=output,
            rate=rate,
            clients=clients,
            stale=stale,
            console=console or Console(stderr=True),
        )
        session.durations["setup"] = round(setup_seconds, 2)
        error = session.tell(settle_seconds=settle_seconds, moves=moves)
        return session.conclude(error)
