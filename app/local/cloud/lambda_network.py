"""Lambda: a function is made in a VPC only if its role may keep the network's interfaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.iam.models import Role, iam_backends

from app.local.cloud.replacing import replace

_CREATE = "ec2:CreateNetworkInterface"
_DESCRIBE = "ec2:DescribeNetworkInterfaces"
# Asked for before there is an interface: no kind of resource matches, `*` and `*/*` do.
_DELETE = "ec2:DeleteNetworkInterface"


def adapt() -> None:
    """Adapt moto's Lambda."""
    create = replace(LambdaBackend, "create_function", None)

    def create_function(self: LambdaBackend, spec: dict[str, Any]) -> LambdaFunction:
        if spec.get("VpcConfig", {}).get("SubnetIds"):
            _refuse_without_rights(self, spec)
        function: LambdaFunction = create(self, spec)
        return function

    replace(LambdaBackend, "create_function", create_function)


def _refuse_without_rights(backend: LambdaBackend, spec: Mapping[str, Any]) -> None:
    role = iam_backends[backend.account_id]["global"].get_role_by_arn(spec["Role"])
    place = f"arn:aws:ec2:{backend.region_name}:{backend.account_id}"
    wanted = {_CREATE: f"{place}:network-interface/*", _DESCRIBE: "*", _DELETE: f"{place}:*/*"}
    for action, resource in wanted.items():
        said = {IAMPolicy(one).is_action_permitted(action, resource) for one in _policies(role)}
        if PermissionResult.PERMITTED not in said or PermissionResult.DENIED in said:
            raise InvalidParameterValueException(
                "The provided execution role does not have permissions to call "
                f"{action.removeprefix('ec2:')} on EC2"
            )


def _policies(role: Role) -> Iterator[object]:
    yield from role.policies.values()
    yield from role.managed_policies.values()
