"""Settings of the network and the data centre: what is refused, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.config.loading import ENVIRONMENTS, load_environment
from tests.unit.test_environments import spoiled


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  cidr: 10.0.0.0/16", "  cidr: 10.0.0.0/15",
         ("a VPC cannot have the 131072 addresses of 10.0.0.0/15 → "
         "write a network between /16 and /28, such as 10.0.0.0/16")),
        ("10.0.0.0/24, 10.0.1.0/24", "10.0.0.0/29, 10.0.1.0/24",
         "subnet 10.0.0.0/29 is too small → write a block of /28 or larger"),
        ("10.0.64.0/24, 10.0.65.0/24", "10.0.64.0/24, 10.0.64.128/25",
         "subnet 10.0.64.128/25 overlaps 10.0.64.0/24 → choose a block that no other subnet uses"),
        ("  cidr: 10.0.0.0/16", "  cidr: 10.0.0.1/16",
         'cidr is "10.0.0.1/16" → write a network such as 10.0.0.0/16'),
        ("cidr: 192.168.0.0/16", "cidr: 10.0.0.0/8",
         ("the data centre's 10.0.0.0/8 overlaps the VPC's 10.0.0.0/16 → "
         "give the VPC a range that the data centre does not use")),
        ("203.0.113.20", "192.168.0.1",
         ("the gateway 192.168.0.1 lies behind itself, in 192.168.0.0/16 → "
         "write the public address at which AWS reaches the VPN device")),
        ("database.datacentre.example.com", "203.0.113.10",
         ("the legacy database 203.0.113.10 is no address in 192.168.0.0/16, so nothing in the VPC "
         "reaches it → write its address in 192.168.0.0/16, or a name that resolves to one")),
        ("database.datacentre.example.com", "192.168.0.300",
         ("the legacy database 192.168.0.300 is no address in 192.168.0.0/16, so nothing in the "
         "VPC reaches it → write its address in 192.168.0.0/16, or a name that resolves to one")),
        ("database.datacentre.example.com", "database",
         'database_host is "database" → write text such as database.example.com, or an address'),
        ("  database_host: database.datacentre.example.com\n", "",
         ("data_centre has no database_host → add database_host: text such as "
         "database.example.com, or an address")),
        ("bgp_asn: 65000", "bgp_asn: 0",
         "bgp_asn is 0 → write a whole number from 1 to 2_147_483_647"),
        ('account_id: "123456789012"\n', "",
         ('production.yaml has no account_id → add account_id: text such as "123456789012", '
         "in quotes")),
        ("[us-east-2a, us-east-2b, us-east-2c]", "[us-east-2a, us-east-2b]",
         "zones has 2 values → write a list of 3 values"),
    ],
)  # fmt: skip
def test_a_mistake_says_what_to_write_instead(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert spoiled(tmp_path, old, new) == [expected]


def test_an_address_in_the_data_centre_is_as_good_as_a_name(tmp_path: Path) -> None:
    text = (ENVIRONMENTS / "production.yaml").read_text(encoding="utf-8")
    (tmp_path / "production.yaml").write_text(
        text.replace("database.datacentre.example.com", "192.168.4.10"), encoding="utf-8"
    )
    found = load_environment("production", tmp_path).data_centre.database_host
    assert found == "192.168.4.10"
