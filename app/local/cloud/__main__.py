"""`python -m app.local.cloud --settings FILE`: the AWS API, CloudFormation's answers and DNS.

Prints one line of JSON when ready: `{"ready": true, "pid", "endpoint", "dns": {"address",
"port"}}`. SIGTERM and SIGINT end it; everything it holds is in memory and ends with it.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import threading
from pathlib import Path

from app.local.cloud.settings import CloudSettings


def run(settings: CloudSettings) -> None:
    """Serve until a signal asks for the end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # moto reads these when it is imported.
    os.environ["MOTO_ACCOUNT_ID"] = settings.account_id
    os.environ["MOTO_ACM_VALIDATION_WAIT"] = str(settings.certificate_seconds)
    from app.local.cloud.process import CloudProcess  # noqa: PLC0415 - after the lines above

    process = CloudProcess(settings=settings)
    process.start()
    print(json.dumps({"ready": True, "pid": os.getpid(), **process.describe()}), flush=True)
    stop.wait()
    process.stop()


def main() -> None:
    """Read the settings and run."""
    parser = argparse.ArgumentParser(prog="python -m app.local.cloud")
    parser.add_argument("--settings", type=Path, required=True, help="JSON of CloudSettings")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    run(CloudSettings.model_validate_json(arguments.settings.read_text()))


if __name__ == "__main__":
    main()
