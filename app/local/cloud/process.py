"""Composes the cloud process: moto, its adapters, the doors and DNS."""

from __future__ import annotations

from app.local.cloud import (
    appautoscaling,
    backup,
    budgets,
    lambda_,
    lambda_concurrency,
    lambda_network,
    logs,
    policies,
    rds,
    s3,
    secretsmanager,
    stepfunctions,
    vpn,
)
from app.local.cloud.cloudformation import adapter as cloudformation
from app.local.cloud.cloudformation.callbacks import Callbacks
from app.local.cloud.cloudformation.service import CustomResourceService
from app.local.cloud.cloudwatch import adapter as cloudwatch
from app.local.cloud.cloudwatch.store import MetricStore
from app.local.cloud.dms import adapter as dms
from app.local.cloud.doors import RESPONSES, Doors
from app.local.cloud.functions import Functions
from app.local.cloud.route53 import adapter as route53
from app.local.cloud.server import CloudServer
from app.local.cloud.settings import CloudSettings
from app.local.dns.counters import AnswerCounters
from app.local.dns.resolver import Resolver
from app.local.dns.route53 import Route53Zones
from app.local.dns.server import DnsService


class CloudProcess:
    """Everything that the process serves. There can be one in a process: moto is global."""

    def __init__(self, *, settings: CloudSettings) -> None:
        functions = Functions(url=settings.runtime_url)
        callbacks = Callbacks()
        metrics = MetricStore()
        answers = AnswerCounters()
        custom_resources = CustomResourceService(
            functions=functions,
            callbacks=callbacks,
            retry_seconds=settings.function_retry_seconds,
            deliveries=settings.custom_resource_deliveries,
        )
        lambda_.adapt(functions)
        lambda_concurrency.adapt()
        lambda_network.adapt()
        cloudformation.adapt(custom_resources)
        cloudwatch.adapt(metrics)
        policies.adapt()
        appautoscaling.adapt()
        backup.adapt()
        budgets.adapt()
        dms.adapt()
        logs.adapt()
        rds.adapt()
        route53.adapt()
        s3.adapt()
        secretsmanager.adapt(functions)
        stepfunctions.adapt(endpoint=lambda: self._server.url)
        vpn.adapt()
        doors = Doors(callbacks=callbacks, metrics=metrics, functions=functions, answers=answers)
        self._server = CloudServer(address=settings.address, port=settings.port, doors=doors)
        custom_resources.response_base = self._server.url + RESPONSES
        resolver = Resolver(
            zones=Route53Zones(account_id=settings.account_id),
            counters=answers,
            load_balancer_address=settings.load_balancer_address,
        )
        self._dns = DnsService(
            resolver=resolver, address=settings.dns_address, port=settings.dns_port
        )

    def start(self) -> None:
        """Begin to serve."""
        self._dns.start()
        self._server.start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.stop()
        self._dns.stop()

    def describe(self) -> dict[str, object]:
        """Return the addresses."""
        return {
            "endpoint": self._server.url,
            "dns": {"address": self._dns.address, "port": self._dns.port},
        }
