"""`python -m app.local.bootstrapped DIRECTORY`: the zone and the image repository of the target.

An administrator makes them by `payshift bootstrap`, before the foundation. Here nobody signs in, so
of that workspace only they are applied, with a state of its own below DIRECTORY; and the images of
the release, which nobody builds here, are put into the repository by their digests.

Prints a line for each step; NAMES_MADE once what the foundation looks for is there.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from app.config.loading import PhaseSet
from app.local.foundation import NAMES_MADE, NEEDS_NAMES
from app.pipeline import aws
from app.pipeline.apply import Tools
from app.pipeline.assembly import assemble
from app.pipeline.check import check
from app.pipeline.commands.options import DEFAULT_PHASES
from app.pipeline.report import say
from app.pipeline.target import Target
from app.pipeline.terraform import JSON_FILE
from app.pipeline.workspaces import Workspaces, initialise

WORKSPACE = "bootstrap"
# How the names of these resources begin.
_PARTS = ("images_", "zone_")
_ZONE = re.compile(r"aws_route53_zone\.\w+: Creation complete")
_REPOSITORY = re.compile(r"aws_ecr_repository\.\w+: Creation complete")
_MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"


class _Following:
    """Passes on what Terraform says; says NAMES_MADE once zone and images are there."""

    def __init__(self, target: Target, phases: PhaseSet) -> None:
        self._target, self._phases = target, phases
        self._awaited = {_ZONE, _REPOSITORY}

    def __call__(self, line: str) -> None:
        say(f"{WORKSPACE}: {line}")
        for words in tuple(self._awaited):
            if words.search(line):
                self._awaited.remove(words)
                if words is _REPOSITORY:
                    push_images(self._target, self._phases)
                if not self._awaited:
                    say(NAMES_MADE)


def push_images(target: Target, phases: PhaseSet) -> None:
    """Put a manifest into the repository for each image of the release, as a push would."""
    ecr = aws.client(target.environment, "ecr")
    for digest in phases.release.images.digests:
        manifest = {"schemaVersion": 2, "mediaType": _MEDIA_TYPE, "config": {"digest": digest}}
        ecr.put_image(
            repositoryName=target.names.image_repository,
            imageManifest=json.dumps(manifest),
            imageManifestMediaType=_MEDIA_TYPE,
            imageTag=digest.partition(":")[2],
            imageDigest=digest,
        )


def keep_parts(file: Path) -> None:
    """Leave of the synthesized workspace what this makes, with a state beside it."""
    document = json.loads(file.read_text(encoding="utf-8"))
    document["terraform"]["backend"] = {"local": {"path": f"{WORKSPACE}.tfstate"}}
    document["resource"] = {
        kind: kept
        for kind, named in document["resource"].items()
        if (kept := {name: one for name, one in named.items() if name.startswith(_PARTS)})
    }
    file.write_text(json.dumps(document), encoding="utf-8")


def make_names(tools: Tools, target: Target, phases: PhaseSet, *, work: Path) -> None:
    """Apply zone and image repository, and put the images into it; works below `work`."""
    directory = Workspaces(tools.workspaces.source, work).prepare(WORKSPACE)
    keep_parts(directory / JSON_FILE)
    tools.terraform.init(directory)
    following = _Following(target, phases)
    tools.terraform.apply(tools.terraform.plan(directory), progress=following)


def main() -> None:
    """Apply them with the bundle that is there."""
    phases, target = check(DEFAULT_PHASES), Target.named("local")
    tools = assemble(target, phases, reading_only=True).tools
    # What waits for the names is ready then.
    initialise(tools.terraform, tools.workspaces, NEEDS_NAMES)
    make_names(tools, target, phases, work=Path(sys.argv[1]))


if __name__ == "__main__":
    main()
