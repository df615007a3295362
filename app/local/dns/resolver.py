"""Answers one DNS question from hosted zones, following aliases and CNAMEs inside them."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.local.dns.choice import choose
from app.local.dns.counters import AnswerCounters
from app.local.dns.records import Record, Zones, normal

_LONGEST_CHAIN = 8
_ALIAS_TTL = 60
_LOAD_BALANCERS = ".elb.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Line:
    """One resource record of an answer."""

    name: str
    kind: str
    ttl: int
    value: str


@dataclass(slots=True)
class Reply:
    """An answer. `zone` is None when the server is not responsible for the name."""

    zone: str | None
    lines: list[Line] = field(default_factory=list)
    name_exists: bool = False
    authority: list[Line] = field(default_factory=list)


class Resolver:
    """Resolves names; load balancers' names lead to `load_balancer_address`."""

    def __init__(
        self, *, zones: Zones, counters: AnswerCounters, load_balancer_address: str | None
    ) -> None:
        self._zones = zones
        self._counters = counters
        self._load_balancer_address = load_balancer_address

    def resolve(self, *, name: str, kind: str) -> Reply:
        """Answer a question such as `api.payments.test`, `A`."""
        reply = Reply(zone=self._zones.zone_of(normal(name)))
        if reply.zone is None and self._load_balancer(normal(name)) is None:
            return reply
        self._follow(normal(name), kind, reply)
        reply.name_exists = reply.name_exists or bool(reply.lines)
        if not reply.lines and reply.zone is not None:
            reply.authority = self._start_of_authority(reply.zone)
        self._counters.count_reply(found=bool(reply.lines))
        return reply

    def _follow(self, name: str, kind: str, reply: Reply) -> None:
        for _ in range(_LONGEST_CHAIN):
            address = self._load_balancer(name)
            if address is not None:
                if kind == "A":
                    reply.lines.append(Line(name, "A", _ALIAS_TTL, address))
                return
            record = self._pick(name, kind, reply)
            if record is None:
                return
            self._counters.count_record(record)
            if record.alias is not None:
                self._answer_alias(name, record.alias, kind, reply)
                return
            reply.lines += [Line(name, record.kind, record.ttl, value) for value in record.values]
            if record.kind != "CNAME" or kind == "CNAME":
                return
            name = normal(record.values[0])

    def _answer_alias(self, name: str, target: str, kind: str, reply: Reply) -> None:
        """Answer with the addresses of an alias's target under the alias's own name."""
        inner = Reply(zone=reply.zone)
        self._follow(target, kind, inner)
        reply.name_exists = True
        reply.lines += [
            Line(name, line.kind, line.ttl, line.value)
            for line in inner.lines
            if line.kind != "CNAME"
        ]

    def _pick(self, name: str, kind: str, reply: Reply) -> Record | None:
        zone = self._zones.zone_of(name)
        if zone is None:
            return None
        named = [record for record in self._zones.records(zone=zone) if record.name == name]
        reply.name_exists = reply.name_exists or bool(named)
        fitting = [record for record in named if record.kind == kind]
        fitting = fitting or [record for record in named if record.kind == "CNAME"]
        return choose(fitting) if fitting else None

    def _load_balancer(self, name: str) -> str | None:
        return self._load_balancer_address if name.endswith(_LOAD_BALANCERS) else None

    def _start_of_authority(self, zone: str) -> list[Line]:
        return [
            Line(zone, "SOA", record.ttl, record.values[0])
            for record in self._zones.records(zone=zone)
            if record.kind == "SOA" and record.name == zone
        ]
