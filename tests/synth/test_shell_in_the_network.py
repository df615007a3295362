"""What stands in an app subnet with the functions' group reaches both databases and AWS's APIs."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest

from app.config.loading import load_environment
from tests.synth.workspaces import Json, Synthesized

ENVIRONMENT = load_environment("production")
APP, DATA = ENVIRONMENT.network.subnets.app, ENVIRONMENT.network.subnets.data
DATA_CENTRE = ENVIRONMENT.data_centre.cidr
ANYWHERE = IPv4Network("0.0.0.0/0")
POSTGRESQL, HTTPS = 5432, 443
# What AWS's documentation says that a client's system may answer from; Linux takes a part of it.
EPHEMERAL = range(32_768, 61_000)


class Borders:
    """The rules of the synthesized workspaces, asked as a packet would."""

    def __init__(self, production: Synthesized) -> None:
        self._network = production["network"]
        self._service = production["service"]
        self._data = production["data"]

    def passes(self, tier: str, block: IPv4Network, port: int, *, out: bool) -> bool:
        """Tell whether a tier's ACL lets packets to or from the block through, to the port."""
        rules = [
            rule
            for rule in self._network.resources("aws_network_acl_rule").values()
            if rule["network_acl_id"] == f"${{aws_network_acl.acl_{tier}_list.id}}"
            and rule["egress"] is out
        ]
        return any(
            block.subnet_of(IPv4Network(rule["cidr_block"]))
            and rule["from_port"] <= port <= rule["to_port"]
            for rule in rules
        )

    def functions_may(self, block: IPv4Network, port: int) -> bool:
        """Tell whether the functions' group lets out to the block."""
        group = "${aws_security_group.functions_group.id}"
        rules = self._service.resources("aws_vpc_security_group_egress_rule").values()
        return any(
            self._covers(rule, block, port) for rule in rules if rule["security_group_id"] == group
        )

    def aurora_lets_in(self, block: IPv4Network) -> bool:
        """Tell whether the database's group lets the block in."""
        rules = self._data.resources("aws_vpc_security_group_ingress_rule").values()
        return any(self._covers(rule, block, POSTGRESQL) for rule in rules)

    def goes_by(self, tier: str, letter: str, to: str) -> bool:
        """Tell whether a subnet has a route to a destination."""
        table = f"${{aws_route_table.{tier}_routes_{letter}.id}}"
        routes = self._network.resources("aws_route").values()
        return any(
            (one["route_table_id"], one["destination_cidr_block"]) == (table, to) for one in routes
        )

    @staticmethod
    def _covers(rule: Json, block: IPv4Network, port: int) -> bool:
        inside = block.subnet_of(IPv4Network(rule["cidr_ipv4"]))
        return inside and rule["from_port"] <= port <= rule["to_port"]


@pytest.fixture
def borders(production: Synthesized) -> Borders:
    return Borders(production)


def test_it_reaches_aurora_in_every_subnet_and_is_answered(borders: Borders) -> None:
    for there in DATA:
        assert borders.functions_may(there, POSTGRESQL)
        assert borders.passes("app", there, POSTGRESQL, out=True)
        for port in EPHEMERAL:
            assert borders.passes("app", there, port, out=False)
    for here in APP:
        assert borders.aurora_lets_in(here)
        assert borders.passes("data", here, POSTGRESQL, out=False)
        for port in EPHEMERAL:
            assert borders.passes("data", here, port, out=True)


def test_it_reaches_the_data_centres_database_and_is_answered(borders: Borders) -> None:
    assert borders.functions_may(DATA_CENTRE, POSTGRESQL)
    assert borders.passes("app", DATA_CENTRE, POSTGRESQL, out=True)
    for port in EPHEMERAL:
        assert borders.passes("app", DATA_CENTRE, port, out=False)
    for letter in "abc":
        assert borders.goes_by("app", letter, str(DATA_CENTRE))


def test_it_reaches_aws_and_the_package_index_through_nat(borders: Borders) -> None:
    assert borders.functions_may(ANYWHERE, HTTPS)
    assert borders.passes("app", ANYWHERE, HTTPS, out=True)
    for letter in "abc":
        assert borders.goes_by("app", letter, "0.0.0.0/0")
    for port in EPHEMERAL:
        assert borders.passes("app", ANYWHERE, port, out=False)


def test_it_reaches_nothing_else_of_the_data_centre(borders: Borders) -> None:
    for port in (22, 80, 3389, 5433):
        assert not borders.passes("app", DATA_CENTRE, port, out=True)
