"""Which rights a call to AWS needs, and whether a role's policy gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import pytest
from botocore.client import BaseClient

ACCOUNT, REGION = "123456789012", "us-east-2"
Statements = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Need:
    """An action on a resource.

    `key` is the alias of the KMS key that it works with, `prefix` where in a bucket it looks.
    """

    action: str
    resource: str
    key: str | None = None
    prefix: str | None = None


@dataclass(slots=True)
class Recorder:
    """Notes what botocore is asked to do, by the function that asks."""

    needs: dict[str, set[Need]] = field(default_factory=dict)
    _function: str | None = None

    @contextmanager
    def of(self, function: str) -> Iterator[None]:
        """Note the calls of this block, from whatever thread."""
        self._function = function
        try:
            yield
        finally:
            self._function = None

    def attach(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand between every client and AWS."""
        call: Callable[..., Any] = BaseClient._make_api_call  # type: ignore[attr-defined]  # no stub

        def make_api_call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            if self._function is not None:
                service = client.meta.service_model.service_name
                self.needs.setdefault(self._function, set()).update(
                    needs_of(service, operation, parameters)
                )
            return call(client, operation, parameters)

        monkeypatch.setattr(BaseClient, "_make_api_call", make_api_call)


def needs_of(service: str, operation: str, given: Mapping[str, Any]) -> Iterator[Need]:
    """Tell what a call needs, by AWS's service authorization reference; a KeyError if unknown."""
    yield from _NEEDS[service, operation](given)


def _secret(operation: str, *kms: str) -> Callable[[Mapping[str, Any]], Iterator[Need]]:
    def needs(given: Mapping[str, Any]) -> Iterator[Need]:
        name = str(given["SecretId"])
        arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-a1b2c3"
        yield Need(f"secretsmanager:{operation}", arn)
        for action in kms:
            yield _key(action, "secrets")

    return needs


def _key(action: str, purpose: str) -> Need:
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0c1d"
    return Need(f"kms:{action}", arn, f"alias/payshift-local-{purpose}")


def _put_object(given: Mapping[str, Any]) -> Iterator[Need]:
    yield Need("s3:PutObject", f"arn:aws:s3:::{given['Bucket']}/{given['Key']}")
    yield _key("GenerateDataKey", "evidence")


def _get_object(given: Mapping[str, Any]) -> Iterator[Need]:
    yield Need("s3:GetObject", f"arn:aws:s3:::{given['Bucket']}/{given['Key']}")
    yield _key("Decrypt", "evidence")


def _list_objects(given: Mapping[str, Any]) -> Iterator[Need]:
    yield Need("s3:ListBucket", f"arn:aws:s3:::{given['Bucket']}", prefix=given["Prefix"])


def _parameter(given: Mapping[str, Any]) -> Iterator[Need]:
    yield Need("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{given['Name']}")


def _budget(given: Mapping[str, Any]) -> Iterator[Need]:
    arn = f"arn:aws:budgets::{given['AccountId']}:budget/{given['BudgetName']}"
    yield Need("budgets:ViewBudget", arn)


def _invoke(given: Mapping[str, Any]) -> Iterator[Need]:
    yield Need("lambda:InvokeFunction", str(given["FunctionName"]))


def _task(operation: str) -> Callable[[Mapping[str, Any]], Iterator[Need]]:
    return lambda given: iter((Need(f"dms:{operation}", str(given["ReplicationTaskArn"])),))


def _anything(action: str) -> Callable[[Mapping[str, Any]], Iterator[Need]]:
    """Need an action that knows no resource."""
    return lambda _: iter((Need(action, "*"),))


_NEEDS = {
    ("secretsmanager", "DescribeSecret"): _secret("DescribeSecret"),
    ("secretsmanager", "GetSecretValue"): _secret("GetSecretValue", "Decrypt"),
    ("secretsmanager", "PutSecretValue"): _secret("PutSecretValue", "GenerateDataKey", "Decrypt"),
    ("secretsmanager", "UpdateSecretVersionStage"): _secret("UpdateSecretVersionStage"),
    ("secretsmanager", "GetRandomPassword"): _anything("secretsmanager:GetRandomPassword"),
    ("ssm", "GetParameter"): _parameter,
    ("s3", "GetObject"): _get_object,
    ("s3", "ListObjectsV2"): _list_objects,
    ("s3", "PutObject"): _put_object,
    ("cloudwatch", "GetMetricData"): _anything("cloudwatch:GetMetricData"),
    ("budgets", "DescribeBudget"): _budget,
    ("lambda", "Invoke"): _invoke,
    ("dms", "DescribeReplicationTasks"): _anything("dms:DescribeReplicationTasks"),
    ("dms", "StartReplicationTask"): _task("StartReplicationTask"),
    ("dms", "StopReplicationTask"): _task("StopReplicationTask"),
}


def right_for(need: Need, statements: Statements) -> str | None:
    """Return the Sid of the statement that allows it; None when none does."""
    for sid, statement in statements.items():
        if need.action in statement["Action"] and _fits(need, statement):
            return sid
    return None


def _fits(need: Need, statement: Mapping[str, Any]) -> bool:
    if statement["Effect"] != "Allow":
        return False
    if not any(fnmatchcase(need.resource, pattern) for pattern in statement["Resource"]):
        return False
    return statement.get("Condition") == _condition(need)


def _condition(need: Need) -> Mapping[str, Any] | None:
    if need.key is not None:
        return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": need.key}}
    return None if need.prefix is None else {"StringEquals": {"s3:prefix": need.prefix}}
