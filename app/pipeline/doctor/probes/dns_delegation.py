"""The world asks Route 53 for the zone: its parent names the zone's own name servers."""

from __future__ import annotations

from collections.abc import Iterator

import dns.exception
import dns.resolver

from app.pipeline.doctor.context import DoctorContext
from app.pipeline.probing.base import Line, Probe, judged, unknown
from app.pipeline.traffic import public_zone

SECONDS = 5.0


class DnsDelegation:
    """A real question; without delegation no certificate is issued and no client arrives."""

    title = "DNS delegation"
    remedy = "See that this machine resolves names, then run it again."

    def look(self, context: DoctorContext) -> Iterator[Line]:
        """Compare the name servers that DNS tells with those of the hosted zone."""
        zone = context.environment.dns.zone
        try:
            told = _name_servers(zone, context.name_server)
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            told = frozenset()
        except dns.exception.DNSException as error:
            yield unknown(subject=zone, message=f"no answer: {error}", remedy=self.remedy)
            return
        wanted = _wanted(context, zone)
        if wanted is None:
            yield unknown(
                subject=zone,
                message="there is no hosted zone to delegate to yet; DNS tells "
                + (", ".join(sorted(told)) or "nothing"),
                remedy="run payshift bootstrap, write the name servers that it prints as NS "
                "records of the zone at its parent, look again",
            )
            return
        yield judged(
            passed=bool(told) and told <= wanted,
            subject=zone,
            message=f"DNS tells {', '.join(sorted(told)) or 'no name server'}; "
            f"the hosted zone has {', '.join(sorted(wanted))}",
            remedy="write these name servers as NS records of the zone at its parent",
        )


def _name_servers(zone: str, server: tuple[str, int] | None) -> frozenset[str]:
    resolver = dns.resolver.Resolver(configure=server is None)
    if server is not None:
        resolver.nameservers, resolver.port = [server[0]], server[1]
    resolver.lifetime = SECONDS
    answer = resolver.resolve(f"{zone}.", "NS")
    return frozenset(str(one.target).rstrip(".").lower() for one in answer)


def _wanted(context: DoctorContext, zone: str) -> frozenset[str] | None:
    route53 = context.client("route53")
    zone_id = public_zone(route53, zone=zone)
    if zone_id is None:
        return None
    found = route53.get_hosted_zone(Id=zone_id)["DelegationSet"]["NameServers"]
    return frozenset(name.rstrip(".").lower() for name in found)


PROBE: Probe[DoctorContext] = DnsDelegation()
