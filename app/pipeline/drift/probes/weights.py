"""Route 53 answers with the weights of the phase in force."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.config.names import SITES
from app.pipeline.drift.context import DriftContext
from app.pipeline.probing.base import Line, Probe, judged, unknown


class Weights:
    """The weighted records themselves, which several workspaces hold and a console can change."""

    title = "weights"
    remedy = "Look at the hosted zone in Route 53."

    def look(self, context: DriftContext) -> Iterator[Line]:
        """Compare weight and TTL of both records with the phase and the environment."""
        dns, percent = context.environment.dns, context.phase.traffic.aws_percent
        meant = {"legacy": 100 - percent, "aws": percent}
        records = self._records(context)
        if records is None:
            yield unknown(
                subject=self.title,
                message=f"there is no hosted zone {dns.zone}",
                remedy="apply the foundation: payshift deliver --foundation",
            )
            return
        for site in SITES:
            found = [one for one in records if one.get("SetIdentifier") == site]
            weights = [(one.get("Weight"), one.get("TTL")) for one in found]
            yield judged(
                passed=weights == [(meant[site], dns.ttl_seconds)],
                subject=f"weight of {site}",
                message=f"{dns.name} has {_said(weights)}; {context.phase.name} wants "
                f"{meant[site]} with {dns.ttl_seconds} s",
                remedy="see in CloudTrail who changed it, then put it back: name "
                f"{context.phase.name} as live and run payshift deliver --again",
            )
        strangers = sorted(
            str(one.get("SetIdentifier", one["Type"]))
            for one in records
            if one.get("SetIdentifier") not in SITES
        )
        yield judged(
            passed=not strangers,
            subject="other records",
            message=f"{dns.name} also has {', '.join(strangers)}" if strangers else "none",
            remedy=f"delete what payshift did not make from {dns.name}",
        )

    @staticmethod
    def _records(context: DriftContext) -> list[dict[str, Any]] | None:
        route53, dns = context.client("route53"), context.environment.dns
        zones = route53.list_hosted_zones_by_name(DNSName=dns.zone)["HostedZones"]
        ids = [one["Id"] for one in zones if one["Name"] == f"{dns.zone}."
               and not one.get("Config", {}).get("PrivateZone")]  # fmt: skip
        if not ids:
            return None
        pages = route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=ids[0])
        return [
            one
            for page in pages
            for one in page["ResourceRecordSets"]
            if one["Name"] == f"{dns.name}."
        ]


def _said(weights: list[tuple[int | None, int | None]]) -> str:
    return ", ".join(f"{weight} with {ttl} s" for weight, ttl in weights) or "no such record"


PROBE: Probe[DriftContext] = Weights()
