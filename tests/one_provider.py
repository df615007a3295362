"""One process of the AWS provider for many runs of Terraform: starting it is what they cost.

Each run starts the provider two or three times, and hashes its 700 MB before. Attached to one
that runs already, a plan takes half the processor time (1.4 instead of 2.8 s with 5.100.0).
For workspaces alone that configure the provider alike: a run configures it anew for all others.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from app.pipeline.terraform import JSON_FILE, Terraform
from app.pipeline.terraform_provider import PROVIDER, VERSION

VARIABLE = "TF_REATTACH_PROVIDERS"
_ADDRESS = re.compile(rf"{VARIABLE}='(.*)'")
_PROGRAM = {"terraform": {"required_providers": {"aws": {"source": "aws", "version": VERSION}}}}


@contextmanager
def one_provider(variables: Mapping[str, str], *, directory: Path) -> Iterator[str]:
    """Start the provider with these variables; gives what TF_REATTACH_PROVIDERS must say."""
    # A second configuration refuses to take roots of its own; loopback speaks plain HTTP.
    environment = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
    process = subprocess.Popen(
        [_installed(directory), "-debug"],
        env=environment | dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if found := _ADDRESS.search(line):
                break
        else:
            raise AssertionError("the provider did not start: " + "".join(said))
        yield found[1]
    finally:
        process.terminate()
        process.wait(timeout=30)


def _installed(directory: Path) -> Path:
    """Install the provider as the product does; returns its program."""
    (directory / JSON_FILE).write_text(json.dumps(_PROGRAM), encoding="utf-8")
    Terraform.find(build=directory / "build").init(directory)
    providers = directory / ".terraform" / "providers" / PROVIDER / VERSION
    (found,) = providers.glob("*/terraform-provider-aws*")
    return found.resolve()
