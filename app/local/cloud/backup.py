"""AWS Backup: what a plan copies, which moto has none of, and tags. Nothing is copied here."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from moto.backup import urls
from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.responses import BackupResponse

from app.local.cloud.replacing import add, replace

_PATH = r"{0}/backup/plans/(?P<plan_id>[^/]+)/selections/?(?P<selection_id>[^/]*)$"
_PLACE = re.compile(r"/plans/([^/]+)/selections/?([^/]*)/?$")


def adapt() -> None:
    """Adapt moto's AWS Backup."""
    held: dict[tuple[str, str], dict[str, Any]] = {}

    def create_backup_selection(self: BackupResponse) -> str:
        plan, _ = _asked(self)
        selection = str(uuid4())
        asked = json.loads(self.body)
        held[plan, selection] = {
            "BackupPlanId": plan,
            "SelectionId": selection,
            "CreationDate": datetime.now(UTC).timestamp(),
            "CreatorRequestId": asked.get("CreatorRequestId", ""),
            "BackupSelection": asked["BackupSelection"],
        }
        answered = ("BackupPlanId", "CreationDate", "SelectionId")
        return json.dumps({name: held[plan, selection][name] for name in answered})

    def get_backup_selection(self: BackupResponse) -> str:
        return json.dumps(held[_found(self, held)])

    def delete_backup_selection(self: BackupResponse) -> str:
        del held[_found(self, held)]
        return "{}"

    def list_tags(self: BackupResponse) -> str:
        # moto counts on a slash behind the ARN, which some clients leave out.
        arn = unquote(self.path.partition("/tags/")[2].rstrip("/"))
        return json.dumps({"Tags": self.backup_backend.list_tags(arn)})

    replace(BackupResponse, "list_tags", list_tags)
    # Before moto's own, which takes everything behind a plan's name for the name.
    urls.url_paths = {_PATH: BackupResponse.dispatch, **urls.url_paths}
    for function in (create_backup_selection, get_backup_selection, delete_backup_selection):
        add(BackupResponse, function.__name__, function)


def _asked(response: BackupResponse) -> tuple[str, str]:
    """Read which plan and which selection is meant; the plan must exist."""
    place = _PLACE.search(response.path)
    plan, selection = (place[1], place[2]) if place else ("", "")
    response.backup_backend.get_backup_plan(plan, version_id=None)
    return plan, selection


def _found(
    response: BackupResponse, held: dict[tuple[str, str], dict[str, Any]]
) -> tuple[str, str]:
    asked = _asked(response)
    if asked not in held:
        raise ResourceNotFoundException(msg=f"Cannot find Backup selection {asked[1]}")
    return asked
