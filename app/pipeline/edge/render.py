"""From the settings of the legacy edge to a configuration of HAProxy 2.4 or newer."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.pipeline.edge.settings import EdgeSettings


def render(edge: EdgeSettings) -> str:
    """Return the text of haproxy.cfg. It names files with keys and holds none."""
    tls = f"ssl verify required ca-file {edge.trust} verifyhost {edge.name} sni str({edge.name})"
    template = _environment().get_template("haproxy.cfg.j2")
    return template.render(edge=edge, tls=tls)


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - not HTML; every value is checked by EdgeSettings
    )
