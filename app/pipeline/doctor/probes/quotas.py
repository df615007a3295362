"""The account's quotas hold the target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.config.carrier import interface_services
from app.config.environment import Environment
from app.pipeline.aws import code
from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged, unknown

# Lambda keeps so many for functions without a reservation, and refuses reservations beyond.
UNRESERVED = 100


@dataclass(frozen=True, slots=True)
class Need:
    """How much of a quota the target takes. Codes: `aws service-quotas list-service-quotas`."""

    subject: str
    service: str
    quota: str
    wanted: int


def needs(environment: Environment) -> tuple[Need, ...]:
    """Return what the target takes of each quota."""
    carrier = environment.replication.carrier
    copies = environment.service.reserved_concurrency.total + UNRESERVED
    return (
        Need("VPCs of the region", "vpc", "L-F678F1CE", 1),
        Need("elastic IP addresses", "ec2", "L-0263D0A3", len(environment.zones)),
        Need("NAT gateways of a zone", "vpc", "L-FE5A380F", 1),
        Need("interface endpoints of a VPC", "vpc", "L-29B6F2EB", len(interface_services(carrier))),
        Need("copies of functions at once", "lambda", "L-B99A9384", copies),
        Need("database clusters", "rds", "L-952B80B8", 1),
        Need("database instances", "rds", "L-7B6409FD", 2),
        Need("application load balancers", "elasticloadbalancing", "L-53DA6B97", 1),
    )


class Quotas:
    """A new account runs ten copies of functions at once: too few, and raising it takes days."""

    title = "quotas"
    remedy = "Ask for servicequotas:GetServiceQuota."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Compare each quota with what the target takes of it."""
        client = context.client("service-quotas")
        for need in needs(context.environment):
            value = _value(client, need)
            if value is None:
                message = f"Service Quotas does not know {need.service} {need.quota}"
                remedy = "look at the service's own page of quotas"
                yield unknown(subject=need.subject, message=message, remedy=remedy)
                continue
            yield judged(
                passed=value >= need.wanted,
                subject=need.subject,
                message=f"{value:g} are allowed in all, the target takes {need.wanted}",
                remedy=f"aws service-quotas request-service-quota-increase --service-code "
                f"{need.service} --quota-code {need.quota} --desired-value {need.wanted}",
            )


def _value(client: Any, need: Need) -> float | None:  # noqa: ANN401  # boto3's own
    """Return the quota of this account, else what AWS gives everybody; None when unknown."""
    arguments = {"ServiceCode": need.service, "QuotaCode": need.quota}
    for ask in (client.get_service_quota, client.get_aws_default_service_quota):
        try:
            return float(ask(**arguments)["Quota"]["Value"])
        except client.exceptions.ClientError as error:
            # Without a value of its own, an account has the default.
            if code(error) != "NoSuchResourceException":
                raise
    return None


PROBE: Probe[DoctorContext] = Quotas()
