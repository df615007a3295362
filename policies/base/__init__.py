"""What all policies share: how they register, and how they read a resource.

checkov hands over a resource as Terraform's HCL looks: every value in a list of one, blocks as
lists of dictionaries. `Resource` undoes that, for synthesized JSON and for plans alike.
"""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from checkov.common.models.enums import CheckCategories, CheckResult
from checkov.terraform.checks.resource.base_resource_check import BaseResourceCheck

UNKNOWN_UNTIL_APPLY = "true_after_unknown"
"""What checkov writes for a value that a plan does not know yet."""

_PLANNED = "__address__"
_WORKSPACE = re.compile(r"/(?:stacks|plans)/([a-z0-9-]+)[./]")
_REFERENCE = re.compile(r"\$\{(aws_\w+\.\w+)\.\w+\}")

Json = dict[str, Any]


class Resource:
    """One resource as a policy reads it."""

    def __init__(self, configuration: Json, *, kind: str, file: str) -> None:
        self.kind = kind
        self.file = file
        self._configuration = configuration

    @property
    def planned(self) -> bool:
        """Whether it comes from a plan, which knows values but neither references nor guards."""
        return _PLANNED in self._configuration

    @property
    def changes(self) -> Sequence[str]:
        """What a plan will do to it, such as `delete` and `create`."""
        return self._configuration.get("__change_actions__") or ()

    @property
    def workspace(self) -> str:
        """The workspace that it belongs to, by the place of its file; empty when it has none."""
        found = _WORKSPACE.search(self.file)
        return found[1] if found else ""

    def value(self, *path: str) -> Any:  # noqa: ANN401  # whatever Terraform can hold
        """Return the value at a path of keys, through blocks of one; None when there is none."""
        value: Any = self._configuration
        for key in path:
            value = _only(value)
            if not isinstance(value, dict) or key not in value:
                return None
            value = value[key]
        return _only(value)

    def blocks(self, *path: str) -> list[Json]:
        """Return the blocks at a path of keys, such as the rules of a web ACL."""
        *above, last = path
        around = self.value(*above) if above else self._configuration
        found = around.get(last) if isinstance(around, dict) else None
        return [block for block in _flat(found) if isinstance(block, dict)]

    def document(self) -> Json:
        """Return the whole file that it stands in, as it was written.

        The scan runs in the directory that checkov names files from.
        """
        text = (Path.cwd() / self.file.lstrip("/")).read_text(encoding="utf-8")
        found: Json = json.loads(text)
        return found


class Policy(BaseResourceCheck):
    """A check that registers itself; a subclass says for what, and when it is met.

    `number` makes its id. Its name is the first line of its docstring.
    """

    number: ClassVar[int]
    resources: ClassVar[Iterable[str]]
    keys: ClassVar[Sequence[str]]

    def __init__(self) -> None:
        name = (self.__doc__ or "").partition("\n")[0].rstrip(".")
        super().__init__(
            name=name,
            id=f"CKV_PAYSHIFT_{self.number}",
            categories=[CheckCategories.GENERAL_SECURITY],
            supported_resources=list(self.resources),
        )

    def scan_resource_conf(self, conf: Json) -> CheckResult:
        """Ask the policy; None means that it has nothing to say about this resource."""
        self.evaluated_keys = list(self.keys)
        resource = Resource(
            conf, kind=self.entity_type, file=self.entity_path.split(":", maxsplit=1)[0]
        )
        met = self.is_met(resource)
        if met is None:
            return CheckResult.UNKNOWN
        return CheckResult.PASSED if met else CheckResult.FAILED

    @abstractmethod
    def is_met(self, resource: Resource) -> bool | None:
        """Tell whether the resource is as the policy wants it; None when it does not apply."""


def reference(value: object) -> str | None:
    """Return `type.name` of the resource that `${type.name.attribute}` refers to."""
    found = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else None


def statements(policy: object) -> Iterator[Json]:
    """Yield the statements of an IAM policy document: JSON text, or what checkov made of it."""
    document = json.loads(policy) if isinstance(policy, str) else policy
    found = document.get("Statement", []) if isinstance(document, dict) else []
    yield from found if isinstance(found, list) else [found]


def words(value: object) -> list[str]:
    """Return IAM's "one or many" as a list."""
    return [value] if isinstance(value, str) else [str(one) for one in value or ()]  # type: ignore[attr-defined]  # IAM knows text or a list


def _only(value: Any) -> Any:  # noqa: ANN401  # whatever Terraform can hold
    return _only(value[0]) if isinstance(value, list) and len(value) == 1 else value


def _flat(value: Any) -> Iterator[Any]:  # noqa: ANN401  # whatever Terraform can hold
    if isinstance(value, list):
        for one in value:
            yield from _flat(one)
    elif value is not None:
        yield value
