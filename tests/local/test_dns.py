"""The DNS server, with the records of the local Route 53."""

from __future__ import annotations

from collections import Counter

import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest
import requests

from app.local.dns.choice import choose
from app.local.dns.records import Record
from tests.local.world import ZONE, World, weighted

pytestmark = pytest.mark.slow


def ask(world: World, name: str, kind: str = "A", *, tcp: bool = False) -> dns.message.Message:
    place = world.cloud.said["dns"]
    query = dns.message.make_query(name, kind)
    send = dns.query.tcp if tcp else dns.query.udp
    return send(query, place["address"], port=place["port"], timeout=30)


def weigh(world: World, *, legacy: int, aws: int) -> None:
    balancer = world.client("elbv2").describe_load_balancers()["LoadBalancers"][0]["DNSName"]
    address = {
        "Action": "UPSERT",
        "ResourceRecordSet": {
            "Name": f"legacy.{ZONE}",
            "Type": "A",
            "TTL": 30,
            "ResourceRecords": [{"Value": "127.0.0.11"}],
        },
    }
    changes = [
        weighted(identifier="legacy", weight=legacy, value=f"legacy.{ZONE}"),
        weighted(identifier="aws", weight=aws, value=balancer),
        address,
    ]
    change = world.client("route53").change_resource_record_sets(
        HostedZoneId=world.zone_id, ChangeBatch={"Changes": changes}
    )
    assert change["ChangeInfo"]["Status"] == "INSYNC"


def addresses(message: dns.message.Message) -> list[str]:
    return [
        item.address for rrset in message.answer for item in rrset if item.rdtype == dns.rdatatype.A
    ]


@pytest.mark.parametrize(
    ("legacy", "aws", "address"), [(100, 0, "127.0.0.11"), (0, 100, "127.0.0.12")]
)
def test_a_change_of_weights_is_served_with_the_next_query(
    world: World, legacy: int, aws: int, address: str
) -> None:
    weigh(world, legacy=legacy, aws=aws)

    answers = [ask(world, f"api.{ZONE}") for _ in range(20)]

    assert {tuple(addresses(answer)) for answer in answers} == {(address,)}
    assert {answer.answer[0].ttl for answer in answers} == {2}


def test_weights_share_out_the_answers(world: World) -> None:
    weigh(world, legacy=90, aws=10)

    seen = Counter(addresses(ask(world, f"api.{ZONE}"))[0] for _ in range(600))

    assert 20 <= seen["127.0.0.12"] <= 120  # 60 expected, more than five deviations either way


def test_all_weights_zero_make_all_records_equally_likely() -> None:
    records = [Record("api", "CNAME", 2, (value,), value, 0) for value in ("a", "b")]

    assert [choose(records, chance=chance).values[0] for chance in (0.1, 0.6)] == ["a", "b"]


def test_names_are_answered_over_tcp_and_in_any_case(world: World) -> None:
    weigh(world, legacy=100, aws=0)

    answer = ask(world, f"API.{ZONE.upper()}", tcp=True)

    assert addresses(answer) == ["127.0.0.11"]
    assert answer.flags & dns.flags.AA


def test_an_unknown_name_does_not_exist_and_an_unknown_type_is_empty(world: World) -> None:
    weigh(world, legacy=100, aws=0)

    missing = ask(world, f"nothing.{ZONE}")
    empty = ask(world, f"legacy.{ZONE}", "TXT")
    foreign = ask(world, "example.org")

    assert missing.rcode() == dns.rcode.NXDOMAIN
    assert missing.authority[0].rdtype == dns.rdatatype.SOA
    assert (empty.rcode(), empty.answer) == (dns.rcode.NOERROR, [])
    assert foreign.rcode() == dns.rcode.REFUSED


def test_answers_are_counted_by_record(world: World) -> None:
    weigh(world, legacy=0, aws=100)

    def count() -> int:
        figures = requests.get(f"{world.endpoint}/_payshift/dns", timeout=30).json()
        return sum(a["count"] for a in figures["answers"] if a["set_identifier"] == "aws")

    before = count()
    ask(world, f"api.{ZONE}")
    assert count() == before + 1
