"""Where a target on this machine is reached: variables written by whoever started it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from app.errors import InputError, WorldError

LOCAL = "local"
VARIABLE = "PAYSHIFT_LOCAL_ENVIRONMENT"


def use_environment(name: str, *, build: Path) -> None:
    """Take over the endpoint and credentials of the environment `local`; others have their own.

    They stand under `process_environment` in `build/local/environment.json`, or in the file that
    PAYSHIFT_LOCAL_ENVIRONMENT names. InputError when there is no such file.
    """
    if name != LOCAL:
        return
    file = Path(os.environ.get(VARIABLE) or build / "local" / "environment.json")
    try:
        variables = json.loads(file.read_text(encoding="utf-8"))["process_environment"]
        os.environ.update({str(key): str(value) for key, value in variables.items()})
    except FileNotFoundError as error:
        message = f"the local environment is not running: there is no {file}"
        remedy = "run: payshift local up, and wait until it says ready"
        raise InputError(message, remedy=remedy) from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"{file} does not say how to reach the local environment"
        remedy = "run: payshift local down, then payshift local up"
        raise WorldError(message, remedy=remedy) from error
