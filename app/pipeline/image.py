"""What a build of the functions' image must be told: its base, its trust, where it goes."""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.config.authorities import aws_authorities
from app.config.environment import Environment
from app.config.names import Names
from app.errors import InputError

_BASE = re.compile(r"public\.ecr\.aws/lambda/python:3\.\d{2}@sha256:[0-9a-f]{64}")
_REVISION = re.compile(r"[0-9a-f]{40}")


def build_facts(environment: Environment, *, base: str, revision: str) -> Mapping[str, str]:
    """Return the Dockerfile's arguments and the repository, by name.

    InputError for a base that is not Amazon's Python image by digest, or for a revision that is
    no whole commit: what was built from what must be known years later.
    """
    if not _BASE.fullmatch(base):
        message = f"{base!r} is not Amazon's Python image by its digest"
        remedy = "name public.ecr.aws/lambda/python:3.13@sha256:<64 digits>"
        raise InputError(message, remedy=remedy)
    if not _REVISION.fullmatch(revision):
        message = f"{revision!r} is not a whole commit"
        raise InputError(message, remedy="name the 40 digits that `git rev-parse HEAD` prints")
    names = Names.of(environment)
    return {
        "BASE_IMAGE": base,
        "AWS_AUTHORITIES": aws_authorities(environment.region),
        "DATA_CENTRE_AUTHORITY": environment.replication.data_centre_authority,
        "REVISION": revision,
        "REPOSITORY": names.image_repository,
        "REPOSITORY_URL": names.image_repository_url,
    }
