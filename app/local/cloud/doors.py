"""The doors of the cloud process that AWS does not have, all below `/_payshift/`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from app.local.cloud.cloudformation.callbacks import Callbacks
from app.local.cloud.cloudwatch.emf import take_lines
from app.local.cloud.cloudwatch.store import MetricStore
from app.local.cloud.functions import Functions
from app.local.dns.counters import AnswerCounters

PREFIX = "/_payshift/"
RESPONSES = PREFIX + "cloudformation/responses"


@dataclass(frozen=True, slots=True)
class Doors:
    """Answers requests below the prefix.

    - `PUT cloudformation/responses/<token>`: a function's answer to CloudFormation
    - `POST metrics`: lines in embedded metric format
    - `PUT runtime`: `{"url": …}`, the runtime host registers
    - `GET dns`: which records were answered how often
    - `GET status`: what the process holds
    """

    callbacks: Callbacks
    metrics: MetricStore
    functions: Functions
    answers: AnswerCounters

    def answer(self, *, method: str, path: str, body: bytes) -> tuple[HTTPStatus, object]:
        """Answer one request with a status and a JSON value."""
        if path.startswith(RESPONSES + "/") and method == "PUT":
            known = self.callbacks.deliver(token=path.removeprefix(RESPONSES + "/"), body=body)
            return (HTTPStatus.OK if known else HTTPStatus.FORBIDDEN), {}
        match method, path.removeprefix(PREFIX):
            case "POST", "metrics":
                return HTTPStatus.OK, {"stored": take_lines(self.metrics, body.split(b"\n"))}
            case "PUT", "runtime":
                self.functions.url = str(json.loads(body)["url"])
                return HTTPStatus.OK, {}
            case "GET", "dns":
                return HTTPStatus.OK, self.answers.describe()
            case "GET", "status":
                return HTTPStatus.OK, self._status()
        return HTTPStatus.NOT_FOUND, {"message": "no such door"}

    def _status(self) -> dict[str, object]:
        return {
            "metrics": {"series": len(self.metrics.series()), "data": self.metrics.count()},
            "runtime": self.functions.url,
            "dns": self.answers.describe(),
        }


Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_doors(application: Wsgi, doors: Doors) -> Wsgi:
    """Put the doors before a WSGI application."""

    def dispatch(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith(PREFIX):
            return application(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        status, value = doors.answer(method=environ["REQUEST_METHOD"], path=path, body=body)
        payload = json.dumps(value).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(payload)))]
        start_response(f"{status.value} {status.phrase}", headers)
        return [payload]

    return dispatch
