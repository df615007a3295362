"""HAProxy before the legacy application, with the agent that tells it who writes."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from app.local.legacy_edge.haproxy import Haproxy
from app.migration.connection import DatabaseSettings
from app.pipeline.edge.agent import WriterAgent
from app.pipeline.edge.render import render
from app.pipeline.edge.settings import edge_settings, split

# Of the agent. Not imported from the clusters: they bring the authority, which commands do without.
ADDRESS = "127.0.0.1"


class LegacyEdge:
    """Serves clients at `listen`; a context manager, after which nothing is left running.

    `login` is how the agent asks the legacy database. `certificate` and `key` are what clients
    see; files are written to `directory`, which exists.
    """

    def __init__(
        self,
        *,
        name: str,
        legacy: str,
        aws: str,
        certificate: Path,
        key: Path,
        trust: Path,
        login: DatabaseSettings,
        directory: Path,
    ) -> None:
        self._agent = WriterAgent(login=login, host=ADDRESS, port=0)
        self._serving = threading.Thread(target=self._agent.serve, daemon=True)
        both = directory / "edge.pem"
        both.touch(mode=0o600)
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
        # On the legacy address, as in production, but beside the application's own port.
        host, _ = split(legacy)
        self.settings = edge_settings(
            name=name,
            listen=f"{host}:{_free_port(host)}",
            legacy=legacy,
            aws=aws,
            agent=f"{ADDRESS}:{self._agent.port}",
            certificate=both.absolute(),
            trust=trust.absolute(),
        )
        self._configuration = directory / "haproxy.cfg"
        self._haproxy = Haproxy(
            configuration=self._configuration,
            listen=self.settings.listen,
            log=directory / "haproxy.log",
        )

    @property
    def place(self) -> tuple[str, int]:
        """Where clients come to."""
        return split(self.settings.listen)

    def __enter__(self) -> LegacyEdge:
        self._configuration.write_text(render(self.settings), encoding="utf-8")
        self._serving.start()
        try:
            self._haproxy.start()
        except BaseException:
            self._close_agent()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._haproxy.stop()
        self._close_agent()

    def _close_agent(self) -> None:
        self._agent.close()
        self._serving.join()


def _free_port(host: str) -> int:
    with socket.create_server((host, 0)) as probe:
        return int(probe.getsockname()[1])
