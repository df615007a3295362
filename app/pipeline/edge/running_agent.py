"""The agent as a program: its login from a file, its address from the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from app.errors import InputError, WorldError
from app.migration.connection import DatabaseSettings
from app.pipeline.edge.agent import WriterAgent
from app.pipeline.edge.settings import split


def run_agent(*, login: Path, trust: Path, listen: str) -> None:
    """Serve until interrupted. InputError for what cannot be right, WorldError for a taken port."""
    try:
        host, port = split(listen)
        settings = DatabaseSettings.from_secret(login.read_text(encoding="utf-8"), trust)
    except (ValueError, OSError) as error:
        raise InputError(
            f"the agent cannot start: {error}",
            remedy="give --login a readable file and --listen host:port",
        ) from error
    try:
        agent = WriterAgent(login=settings, host=host, port=port)
    except OSError as error:
        raise WorldError(
            f"{listen} cannot be listened at: {error}", remedy="give another --listen"
        ) from error
    print(f"answering at {host}:{agent.port}", file=sys.stderr, flush=True)
    agent.serve()
