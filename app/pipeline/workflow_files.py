"""GitHub's environment files: what a step hands to later steps, and the summary of a job."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

OUTPUT, SUMMARY = "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"


def set_output(name: str, value: str) -> None:
    """Hand a value to later steps; outside a workflow nothing is done.

    The delimiter is random, so no value can end itself and begin another output.
    """
    delimiter = f"end-{secrets.token_hex(16)}"
    _append(OUTPUT, f"{name}<<{delimiter}\n{value}\n{delimiter}\n")


def add_summary(markdown: str) -> None:
    """Add to the summary of the job; outside a workflow nothing is done."""
    _append(SUMMARY, markdown.rstrip() + "\n\n")


def _append(variable: str, text: str) -> None:
    if file := os.environ.get(variable):
        with Path(file).open("a", encoding="utf-8") as stream:
            stream.write(text)
