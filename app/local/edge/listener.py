"""Follows the load balancer's listener: its forward action decides who answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from xml.etree import ElementTree

import aiohttp

from app.local.aws_api import AwsApi
from app.local.edge.targets import Route, Target, TargetGroup

_SERVICE = "elasticloadbalancing"
_VERSION = "2015-12-01"
_EVERY_SECONDS = 1.0


class FollowedListener:
    """Reads the listener every second. The last known route stays while the cloud is away."""

    def __init__(
        self, *, api: AwsApi, load_balancer: str, on_change: Callable[[Route], None]
    ) -> None:
        self._api = api
        self._load_balancer = load_balancer
        self._on_change = on_change

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(_EVERY_SECONDS)

    async def refresh(self) -> None:
        """Read once; a load balancer that is gone has no route."""
        try:
            self._on_change(await self._read())
        except aiohttp.ClientResponseError:
            self._on_change(Route())
        except (aiohttp.ClientError, TimeoutError, ElementTree.ParseError):
            return

    async def _read(self) -> Route:
        found = await self._call("DescribeLoadBalancers", **{"Names.member.1": self._load_balancer})
        arn = found.findtext(".//LoadBalancerArn") or ""
        listeners = (await self._call("DescribeListeners", LoadBalancerArn=arn)).findall(
            ".//Listeners/member"
        )
        listeners.sort(key=lambda listener: listener.findtext("Protocol") != "HTTPS")
        if not listeners:
            return Route()
        forward = listeners[0].find("DefaultActions/member[Type='forward']")
        weights = _weights(forward) if forward is not None else {}
        return Route(groups=tuple([await self._group(arn, w) for arn, w in weights.items()]))

    async def _group(self, arn: str, weight: int) -> TargetGroup:
        health = await self._call("DescribeTargetHealth", TargetGroupArn=arn)
        target = health.findtext(".//Target/Id")
        return TargetGroup(
            arn=arn, weight=weight, target=Target.from_arn(target) if target else None
        )

    async def _call(self, action: str, **parameters: str) -> ElementTree.Element:
        return await self._api.query(
            service=_SERVICE, version=_VERSION, action=action, parameters=parameters
        )


def _weights(forward: ElementTree.Element) -> dict[str, int]:
    groups = forward.findall("ForwardConfig/TargetGroups/member")
    if groups:
        return {
            group.findtext("TargetGroupArn", ""): int(group.findtext("Weight") or 1)
            for group in groups
        }
    single = forward.findtext("TargetGroupArn")
    return {single: 1} if single else {}
