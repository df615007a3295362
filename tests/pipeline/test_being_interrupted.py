"""A job that is cancelled is asked to stop twice; Terraform hears it once, or it stores nothing."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.pipeline.cli import _interrupt
from app.pipeline.terraform import Plan, Terraform
from app.pipeline.terraform_messages import PlanSummary

# Stands for Terraform: notes each interrupt, and needs a while to store its state after the first.
PROGRAM = """#!/bin/sh
trap 'echo interrupt >> heard' INT
echo ready > ready
while [ ! -e heard ]; do sleep 0.05; done
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 0.1; done
echo stored > stored
"""


@pytest.fixture
def ends_by_interrupt() -> Iterator[None]:
    """Let SIGTERM end a command as it does in the product."""
    before = signal.signal(signal.SIGTERM, _interrupt)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("ends_by_interrupt")
def test_a_second_signal_is_not_passed_on_to_terraform(tmp_path: Path) -> None:
    program = tmp_path / "terraform"
    program.write_text(PROGRAM, encoding="utf-8")
    program.chmod(0o755)
    terraform = Terraform(str(program), "1.11.4", dict(os.environ), mirrored=True)

    def cancel() -> None:
        for seen, sent in (("ready", signal.SIGINT), ("heard", signal.SIGTERM)):
            while not (tmp_path / seen).exists():
                time.sleep(0.02)
            os.kill(os.getpid(), sent)

    canceller = threading.Thread(target=cancel, daemon=True)
    canceller.start()
    with pytest.raises(KeyboardInterrupt):
        terraform.apply(Plan(tmp_path, tmp_path / "plan", PlanSummary()))
    canceller.join()
    assert (tmp_path / "heard").read_text(encoding="utf-8") == "interrupt\n"
    assert (tmp_path / "stored").exists()
