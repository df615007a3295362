"""The programs that answer clients: the legacy payment system, and the functions of AWS."""

from __future__ import annotations

import socket
from pathlib import Path

from app.config.colours import COLOURS, payment_api
from app.config.environment import Environment
from app.config.names import Names
from app.errors import LocalEnvironmentFailed
from app.local.layout import Layout
from app.local.postgres.authority import LocalAuthority
from app.local.processes import Program, start_module
from app.local.runtime.settings import EdgeSettings, HostSettings, StaticFunction
from app.local.target import LOAD_BALANCER_ADDRESS, LocalTarget

API_WORKERS = 3
_HANDLER = "app.lambdas.payment_api.handler.handler"
_PORT_TRIES = 50


class LocalSites:
    """Two hosts of functions, each with an HTTPS edge; both on the same port of their address."""

    def __init__(
        self,
        *,
        layout: Layout,
        environment: Environment,
        authority: LocalAuthority,
        target: LocalTarget,
    ) -> None:
        self._layout = layout
        self._environment = environment
        self._names = Names.of(environment)
        self._target = target
        self._legacy_address = str(environment.data_centre.legacy_address)
        self.port = common_port(self._legacy_address, LOAD_BALANCER_ADDRESS)
        self._certificate = layout.api_certificate
        self._key = layout.api_key
        authority.issue(environment.dns.name, certificate=self._certificate, key=self._key)

    def start_legacy(self) -> Program:
        """Start the legacy payment system: the same payment logic, the legacy database only."""
        function = StaticFunction(
            name="legacy-payment-api",
            handler=_HANDLER,
            environment={
                "PAYSHIFT_ENVIRONMENT": self._environment.name,
                "PAYSHIFT_SITE": "legacy",
                "PAYSHIFT_LEGACY_SECRET": self._names.secret("legacy", "app"),
                "PAYSHIFT_HOLD_SECONDS": f"{self._environment.service.hold_seconds:g}",
            },
        )
        edge = self._edge(self._legacy_address, function=function.name)
        return self._start("legacy", functions=(function,), follow_cloud=False, edge=edge)

    def start_functions(self) -> Program:
        """Start every function of the target, and the load balancer before the payment API."""
        edge = self._edge(LOAD_BALANCER_ADDRESS, load_balancer=self._names.load_balancer)
        return self._start("functions", functions=(), follow_cloud=True, edge=edge)

    def _edge(
        self, address: str, *, load_balancer: str | None = None, function: str | None = None
    ) -> EdgeSettings:
        return EdgeSettings(
            address=address,
            port=self.port,
            certificate=self._certificate,
            key=self._key,
            load_balancer=load_balancer,
            function=function,
        )

    def _start(
        self,
        name: str,
        *,
        functions: tuple[StaticFunction, ...],
        follow_cloud: bool,
        edge: EdgeSettings,
    ) -> Program:
        colours = frozenset(self._names.function(payment_api(one)) for one in COLOURS)
        apis = {one.name for one in functions} or colours
        settings = HostSettings(
            region=self._environment.region,
            account_id=self._environment.account_id,
            log_directory=self._layout.logs / name,
            cloud_endpoint=self._target.endpoint,
            follow_cloud=follow_cloud,
            functions=functions,
            workers=dict.fromkeys(apis, API_WORKERS) | {self._names.function("handover"): 2},
            on_demand=colours,
            environment={"PAYSHIFT_TRUST_BUNDLE": str(self._layout.trust)},
            edge=edge,
        )
        file: Path = self._layout.root / f"{name}.json"
        file.write_text(settings.model_dump_json())
        return start_module(
            name=name,
            module="app.local.runtime",
            arguments=["--settings", str(file)],
            environment={},
            log=self._layout.logs / f"{name}.log",
        )


def common_port(*addresses: str) -> int:
    """A port that is free on every address now; DNS tells clients an address, never a port."""
    for _ in range(_PORT_TRIES):
        with socket.socket() as first:
            try:
                first.bind((addresses[0], 0))
            except OSError as error:
                raise LocalEnvironmentFailed(
                    f"the loopback address {addresses[0]} cannot be used: {error}",
                    remedy=f"on macOS, add it first: sudo ifconfig lo0 alias {addresses[0]}",
                ) from error
            port = int(first.getsockname()[1])
            if all(_is_free(address, port) for address in addresses[1:]):
                return port
    raise LocalEnvironmentFailed(f"no port is free on all of {', '.join(addresses)}")


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind((address, port))
        except OSError:
            return False
    return True
