"""Reads moto's Route 53 in the same process: a change is served with the next query."""

from __future__ import annotations

from collections.abc import Mapping

from moto.route53.models import FakeZone, RecordSet, route53_backends

from app.local.dns.records import Record, normal

_DEFAULT_TTL = 60


class Route53Zones:
    """The public and private hosted zones of one account."""

    def __init__(self, *, account_id: str) -> None:
        self._backend = route53_backends[account_id]["aws"]

    def zone_of(self, name: str) -> str | None:
        """Return the longest zone that holds a name, or None."""
        zones = [normal(zone.name) for zone in tuple(self._backend.zones.values())]
        held = [zone for zone in zones if name == zone or name.endswith("." + zone)]
        return max(held, key=len, default=None)

    def records(self, *, zone: str) -> list[Record]:
        """Return the zone's record sets as they are now."""
        zones = [z for z in tuple(self._backend.zones.values()) if normal(z.name) == zone]
        return [_record(entry) for found in zones for entry in _entries(found)]


def _entries(zone: FakeZone) -> list[RecordSet]:
    return list(zone.rrsets)


def _value(value: str | Mapping[str, str]) -> str:
    """Read a value: a zone's own SOA keeps its value as the API gave it; all others are plain."""
    return value if isinstance(value, str) else value["Value"]


def _record(entry: RecordSet) -> Record:
    alias = (entry.alias_target or {}).get("DNSName")
    return Record(
        name=normal(entry.name.replace("\\052", "*")),
        kind=str(entry.type),
        ttl=int(entry.ttl if entry.ttl is not None else _DEFAULT_TTL),
        values=tuple(_value(value) for value in entry.records or ()),
        set_identifier=entry.set_identifier or None,
        weight=int(entry.weight) if entry.weight is not None else None,
        alias=normal(alias) if alias else None,
    )
