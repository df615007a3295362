"""What VPC, VPN and load balancing cost, computed by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.pipeline.cost.prices import Unpriced
from tests.pipeline.cost.billing import Resources, bill


def test_a_nat_gateway_costs_its_hours_and_its_share_of_the_data(tmp_path: Path) -> None:
    gateways = {zone: {"subnet_id": "s"} for zone in ("a", "b", "c")}
    found = bill(tmp_path, {"aws_nat_gateway": gateways})
    assert len(found) == 6
    assert found["aws_nat_gateway.a: NAT gateway"] == 32.85  # 730 * 0.045
    assert found["aws_nat_gateway.c: NAT data"] == 1.35  # 90 GB ÷ 3 * 0.045
    assert round(sum(found.values()), 2) == 102.60


def test_an_address_costs_also_when_it_is_attached(tmp_path: Path) -> None:
    found = bill(tmp_path, {"aws_eip": {"a": {"domain": "vpc"}}})
    assert found == {"aws_eip.a: public IPv4 address": 3.65}  # 730 * 0.005


def test_an_interface_endpoint_costs_for_each_zone_and_a_gateway_endpoint_nothing(
    tmp_path: Path,
) -> None:
    endpoints: dict[str, dict[str, object]] = {
        "objects": {"vpc_endpoint_type": "Gateway", "route_table_ids": ["r"]},
        "by_default": {"route_table_ids": ["r"]},
        "secrets": {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b", "c"]},
        "parameters": {"vpc_endpoint_type": "Interface", "subnet_ids": ["a"]},
    }
    assert bill(tmp_path, {"aws_vpc_endpoint": endpoints}) == {
        "aws_vpc_endpoint.secrets: interface endpoint": 21.90,  # 3 * 730 * 0.01
        "aws_vpc_endpoint.secrets: endpoint data": 0.30,  # 60 GB ÷ 2 * 0.01
        "aws_vpc_endpoint.parameters: interface endpoint": 7.30,
        "aws_vpc_endpoint.parameters: endpoint data": 0.30,
    }


def test_subnets_that_only_the_world_knows_count_as_one_a_zone(tmp_path: Path) -> None:
    endpoint = {"vpc_endpoint_type": "Interface", "subnet_ids": "${data.aws_subnets.app.ids}"}
    found = bill(tmp_path, {"aws_vpc_endpoint": {"secrets": endpoint}})
    assert found["aws_vpc_endpoint.secrets: interface endpoint"] == 21.90


def test_another_kind_of_endpoint_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Unpriced, match="it is a GatewayLoadBalancer endpoint"):
        bill(tmp_path, {"aws_vpc_endpoint": {"x": {"vpc_endpoint_type": "GatewayLoadBalancer"}}})


@pytest.mark.parametrize(
    ("destination", "usd"),
    [({}, 10.0), ({"log_destination_type": "s3"}, 5.0)],  # 20 GB * 0.50 or 0.25
)
def test_a_flow_log_costs_by_where_it_goes(
    tmp_path: Path, destination: dict[str, str], usd: float
) -> None:
    found = bill(tmp_path, {"aws_flow_log": {"all": {"traffic_type": "ALL", **destination}}})
    assert found == {"aws_flow_log.all: flow log": usd}


def test_a_vpn_costs_hours_two_addresses_and_what_leaves_through_it(tmp_path: Path) -> None:
    connection = {"type": "ipsec.1", "preshared_key_storage": "SecretsManager"}
    assert bill(tmp_path, {"aws_vpn_connection": {"dc": connection}}) == {
        "aws_vpn_connection.dc: VPN connection": 36.50,  # 730 * 0.05
        "aws_vpn_connection.dc: public IPv4 address": 7.30,  # 2 * 730 * 0.005
        "aws_vpn_connection.dc: data to the data centre": 9.0,  # (40 + 60) GB * 0.09
        "aws_vpn_connection.dc: pre-shared keys": 0.40,
    }


def test_a_load_balancer_costs_hours_capacity_addresses_and_answers(tmp_path: Path) -> None:
    balancer = {"load_balancer_type": "application", "internal": False, "subnets": "${known.later}"}
    assert bill(tmp_path, {"aws_lb": {"entrance": balancer}}) == {
        "aws_lb.entrance: load balancer": 16.425,  # 730 * 0.0225
        # 1,460,000 requests * 8 KB ÷ 730 h = 0.016 GB an hour; ÷ 0.4 = 0.04 units; * 730 * 0.008
        "aws_lb.entrance: capacity units": 0.2336,
        "aws_lb.entrance: public IPv4 address": 10.95,  # 3 * 730 * 0.005
        "aws_lb.entrance: data to clients": 0.657,  # 1,460,000 * 5 KB = 7.3 GB * 0.09
    }


def test_an_internal_load_balancer_has_no_address(tmp_path: Path) -> None:
    found = bill(tmp_path, {"aws_lb": {"inner": {"internal": True, "subnets": ["a", "b"]}}})
    assert set(found) == {"aws_lb.inner: load balancer", "aws_lb.inner: capacity units"}


def test_another_kind_of_load_balancer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Unpriced, match=r"network: aws_lb\.tcp is no application load balancer"):
        bill(tmp_path, {"aws_lb": {"tcp": {"load_balancer_type": "network"}}})


def test_a_firewall_costs_itself_its_rules_and_its_requests(tmp_path: Path) -> None:
    resources: Resources = {
        "aws_wafv2_web_acl": {"acl": {"rule": [{"name": "sql"}, {"name": "rate"}]}},
        "aws_wafv2_web_acl_logging_configuration": {"log": {"log_destination_configs": ["x"]}},
    }
    assert bill(tmp_path, resources) == {
        "aws_wafv2_web_acl.acl: access control list": 5.0,
        "aws_wafv2_web_acl.acl: rules": 2.0,
        "aws_wafv2_web_acl.acl: requests": 0.876,  # 1.46 million * 0.60
        # 1,460,000 * 5 KB = 7.3 GB * 0.50
        "aws_wafv2_web_acl_logging_configuration.log: firewall log": 3.65,
    }


def test_a_zone_costs_itself_and_its_queries(tmp_path: Path) -> None:
    resources: Resources = {
        "aws_route53_zone": {"public": {"name": "example.com"}},
        "aws_route53_record": {"a": {"type": "A"}},
    }
    assert bill(tmp_path, resources) == {
        "aws_route53_zone.public: hosted zone": 0.50,
        "aws_route53_zone.public: queries": 1.20,  # 3 million * 0.40
    }


def test_a_signed_and_logged_zone_costs_the_delivery_of_its_log(tmp_path: Path) -> None:
    resources: Resources = {
        "aws_route53_key_signing_key": {"one": {}},
        "aws_route53_hosted_zone_dnssec": {"one": {}},
        "aws_route53_query_log": {"one": {}},
    }
    assert bill(tmp_path, resources) == {
        "aws_route53_query_log.one: query log": 0.30,  # 3 million * 0.2 KB = 0.6 GB * 0.50
    }


@pytest.mark.parametrize(
    ("check", "usd"),
    [
        ({"type": "HTTP", "request_interval": 30}, 0.75),
        ({"type": "HTTPS", "request_interval": 30}, 2.75),
        ({"type": "HTTPS_STR_MATCH", "request_interval": 10, "measure_latency": True}, 8.75),
        ({"type": "CALCULATED"}, 0.50),
    ],
)
def test_a_health_check_costs_by_its_features(
    tmp_path: Path, check: dict[str, object], usd: float
) -> None:
    found = bill(tmp_path, {"aws_route53_health_check": {"api": check}})
    assert round(sum(found.values()), 4) == usd
