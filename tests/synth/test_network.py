"""The workspace `network`: its tiers, their borders, the ways out, and what watches over them."""

from __future__ import annotations

import json

import pytest

from app.config.loading import load_environment
from app.pipeline.doctor.probes.quotas import needs
from tests.synth.workspaces import Json, Synthesized, Workspace

ANYWHERE = "0.0.0.0/0"
DATA_CENTRE = "192.168.0.0/16"


@pytest.fixture
def network(production: Synthesized) -> Workspace:
    return production["network"]


def routes(network: Workspace, tier: str) -> dict[str, tuple[str, str]]:
    """Return destination and gateway of a tier's routes, by name."""
    gateways = ("gateway_id", "nat_gateway_id")
    return {
        name: (route["destination_cidr_block"], *(route[one] for one in gateways if one in route))
        for name, route in network.resources("aws_route").items()
        if route["route_table_id"].startswith(f"${{aws_route_table.{tier}_")
    }


def rules(network: Workspace, tier: str, *, egress: bool) -> set[tuple[str, int, int]]:
    """Return block, first and last port of what a tier's ACL lets through."""
    found = [
        rule
        for rule in network.resources("aws_network_acl_rule").values()
        if rule["network_acl_id"] == f"${{aws_network_acl.acl_{tier}_list.id}}"
        and rule["egress"] is egress
    ]
    assert all((one["protocol"], one["rule_action"]) == ("tcp", "allow") for one in found)
    assert len({one["rule_number"] for one in found}) == len(found)
    return {(one["cidr_block"], one["from_port"], one["to_port"]) for one in found}


def test_the_network_has_three_subnets_of_each_tier_in_three_zones(production: Synthesized) -> None:
    subnets = production["network"].resources("aws_subnet")
    placed = {name: (one["cidr_block"], one["availability_zone"]) for name, one in subnets.items()}
    assert placed == {
        f"{tier}_{letter}": (f"10.0.{third}/{bits}", f"us-east-2{letter}")
        for tier, bits, thirds in (
            ("web", 24, ("0.0", "1.0", "2.0")),
            ("app", 20, ("16.0", "32.0", "48.0")),
            ("data", 24, ("64.0", "65.0", "66.0")),
        )
        for letter, third in zip("abc", thirds, strict=True)
    }
    assert {one["tags"]["tier"] for one in subnets.values()} == {"web", "app", "data"}
    assert not any(one["map_public_ip_on_launch"] for one in subnets.values())


def test_names_are_resolved_inside_the_vpc(production: Synthesized) -> None:
    vpc = production["network"].resource("aws_vpc.network_vpc")
    assert vpc["enable_dns_support"] is True
    assert vpc["enable_dns_hostnames"] is True


def test_each_subnet_has_a_route_table_of_its_own(network: Workspace) -> None:
    associations = network.resources("aws_route_table_association")
    assert len(associations) == 9
    for name, association in associations.items():
        tier, _, letter = name.split("_")
        assert association["subnet_id"] == f"${{aws_subnet.{tier}_{letter}.id}}"
        assert association["route_table_id"] == f"${{aws_route_table.{tier}_routes_{letter}.id}}"


def test_web_subnets_reach_the_internet_directly(network: Workspace) -> None:
    gateway = "${aws_internet_gateway.network_internet.id}"
    assert routes(network, "web") == {
        f"web_internet_{letter}": (ANYWHERE, gateway) for letter in "abc"
    }


def test_app_subnets_go_out_by_the_nat_gateway_of_their_own_zone(network: Workspace) -> None:
    vpn = "${aws_vpn_gateway.vpn_gateway.id}"
    assert routes(network, "app") == {
        f"app_nat_{letter}": (ANYWHERE, f"${{aws_nat_gateway.nat_{letter}.id}}") for letter in "abc"
    } | {f"app_data_centre_{letter}": (DATA_CENTRE, vpn) for letter in "abc"}
    for letter in "abc":
        gateway = network.resource(f"aws_nat_gateway.nat_{letter}")
        assert gateway["subnet_id"] == f"${{aws_subnet.web_{letter}.id}}"
        assert gateway["allocation_id"] == f"${{aws_eip.nat_address_{letter}.id}}"


def test_data_subnets_reach_the_data_centre_and_nothing_else(network: Workspace) -> None:
    vpn = "${aws_vpn_gateway.vpn_gateway.id}"
    assert routes(network, "data") == {
        f"data_data_centre_{letter}": (DATA_CENTRE, vpn) for letter in "abc"
    }


def test_what_aws_makes_by_default_is_taken_over_without_a_rule(network: Workspace) -> None:
    default = {
        "aws_default_security_group.network_default_group": {"ingress", "egress"},
        "aws_default_route_table.network_default_routes": {"route"},
        "aws_default_network_acl.network_default_acl": {"ingress", "egress", "subnet_ids"},
    }
    for address, openings in default.items():
        assert not openings & network.resource(address).keys()


def test_each_tier_has_an_acl_for_its_three_subnets(network: Workspace) -> None:
    for tier in ("web", "app", "data"):
        acl = network.resource(f"aws_network_acl.acl_{tier}_list")
        assert acl["subnet_ids"] == [f"${{aws_subnet.{tier}_{letter}.id}}" for letter in "abc"]


def test_clients_pass_into_web_by_http_and_https_only(network: Workspace) -> None:
    answers = {(ANYWHERE, 1024, 3388), (ANYWHERE, 3390, 65535)}
    clients = {(ANYWHERE, 443, 443), (ANYWHERE, 80, 80)}
    assert rules(network, "web", egress=False) == clients | answers


def test_only_answers_and_calls_of_endpoints_pass_into_app(network: Workspace) -> None:
    inside = [*_blocks(network, "app"), *_blocks(network, "data")]
    answers = {(ANYWHERE, 1024, 3388), (ANYWHERE, 3390, 65535)}
    assert rules(network, "app", egress=False) == answers | {(one, 443, 443) for one in inside}


def test_nothing_passes_between_data_and_the_internet(network: Workspace) -> None:
    inside = {*_blocks(network, "app"), *_blocks(network, "data")}
    into, out = (rules(network, "data", egress=egress) for egress in (False, True))
    assert {block for block, *_ in into} == inside | {DATA_CENTRE}
    assert {block for block, *_ in out} == inside | {DATA_CENTRE}
    assert (DATA_CENTRE, 5432, 5432) in out


def test_flow_logs_keep_all_traffic_for_a_year_under_a_customer_key(network: Workspace) -> None:
    log = network.resource("aws_flow_log.flow_log")
    assert (log["traffic_type"], log["vpc_id"]) == ("ALL", "${aws_vpc.network_vpc.id}")
    assert log["log_destination"] == "${aws_cloudwatch_log_group.flow_group.arn}"
    assert log["iam_role_arn"] == "${aws_iam_role.flow_role.arn}"
    groups = network.resources("aws_cloudwatch_log_group")
    assert {group["name"] for group in groups.values()} == {
        f"/aws/vendedlogs/payshift-production/{what}" for what in ("flow", "vpn")
    }
    for group in groups.values():
        assert group["retention_in_days"] == 365
        assert group["kms_key_id"] == "${aws_kms_key.logs_key_key.arn}"


def test_only_flow_logs_of_this_account_use_their_role(network: Workspace) -> None:
    (trust,) = _statements(network.resource("aws_iam_role.flow_role")["assume_role_policy"])
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}


@pytest.mark.parametrize("tunnel", ["tunnel1", "tunnel2"])
def test_both_tunnels_agree_on_nothing_weak(network: Workspace, tunnel: str) -> None:
    connection = network.resource("aws_vpn_connection.vpn_connection")
    assert connection[f"{tunnel}_ike_versions"] == ["ikev2"]
    for phase in ("phase1", "phase2"):
        assert connection[f"{tunnel}_{phase}_encryption_algorithms"] == ["AES256-GCM-16"]
        assert connection[f"{tunnel}_{phase}_integrity_algorithms"] == ["SHA2-384", "SHA2-512"]
        assert connection[f"{tunnel}_{phase}_dh_group_numbers"] == [19, 20, 21]
    log = connection[f"{tunnel}_log_options"]["cloudwatch_log_options"]
    assert log["log_enabled"] is True
    assert log["log_group_arn"] == "${aws_cloudwatch_log_group.tunnel_log.arn}"


def test_the_vpn_leads_to_the_data_centre_by_a_static_route(network: Workspace) -> None:
    connection = network.resource("aws_vpn_connection.vpn_connection")
    assert connection["static_routes_only"] is True
    route = network.resource("aws_vpn_connection_route.vpn_data_centre")
    assert route["destination_cidr_block"] == DATA_CENTRE
    device = network.resource("aws_customer_gateway.vpn_device")
    assert (device["ip_address"], device["bgp_asn"]) == ("203.0.113.20", "65000")


def test_no_pre_shared_key_is_in_code_or_state(network: Workspace) -> None:
    connection = network.resource("aws_vpn_connection.vpn_connection")
    assert connection["preshared_key_storage"] == "SecretsManager"
    assert not [name for name in connection if name.endswith("preshared_key")]
    assert "lifecycle" not in connection  # somebody who moves the keys is noticed


def test_logins_and_parameters_are_read_without_leaving_the_network(network: Workspace) -> None:
    for service in ("secretsmanager", "ssm", "dms"):
        endpoint = network.resource(f"aws_vpc_endpoint.endpoint_{service}")
        assert endpoint["service_name"] == f"com.amazonaws.us-east-2.{service}"
        assert endpoint["private_dns_enabled"] is True
        assert endpoint["subnet_ids"] == [f"${{aws_subnet.app_{letter}.id}}" for letter in "abc"]
        for statement in _statements(endpoint["policy"]):
            account = {"aws:PrincipalAccount": "123456789012"}
            assert statement["Condition"] == {"StringEquals": account}
            assert not [action for action in statement["Action"] if "*" in action]


def test_tasks_are_turned_through_an_endpoint_that_lets_nothing_be_changed_but_their_state(
    network: Workspace,
) -> None:
    statements = _statements(network.resource("aws_vpc_endpoint.endpoint_dms")["policy"])
    assert {one["Sid"]: (one["Action"], one["Resource"]) for one in statements} == {
        "SeeTasks": (
            [
                "dms:DescribeConnections",
                "dms:DescribeOrderableReplicationInstances",
                "dms:DescribeReplicationTasks",
            ],
            ["*"],
        ),
        "TryConnections": (
            ["dms:TestConnection"],
            [
                "arn:aws:dms:us-east-2:123456789012:endpoint:*",
                "arn:aws:dms:us-east-2:123456789012:rep:*",
            ],
        ),
        "OwnTasks": (
            ["dms:StartReplicationTask", "dms:StopReplicationTask"],
            ["arn:aws:dms:us-east-2:123456789012:task:*"],
        ),
    }


def test_a_custom_resource_can_answer_cloudformation_through_the_endpoint_of_s3(
    network: Workspace,
) -> None:
    endpoint = network.resource("aws_vpc_endpoint.endpoint_objects")
    assert endpoint["route_table_ids"] == [
        f"${{aws_route_table.app_routes_{letter}.id}}" for letter in "abc"
    ]
    own, answer, packages = _statements(endpoint["policy"])
    assert (packages["Action"], packages["Resource"]) == (
        ["s3:GetObject"],
        ["arn:aws:s3:::al2023-repos-us-east-2-de612dc2/*"],
    )
    assert own["Condition"] == {"StringEquals": {"s3:ResourceAccount": "123456789012"}}
    bucket = "arn:aws:s3:::cloudformation-custom-resource-response-useast2/*"
    assert (own["Effect"], answer["Effect"]) == ("Allow", "Allow")
    assert (answer["Action"], answer["Resource"]) == (["s3:PutObject"], [bucket])


def test_endpoints_are_called_from_app_and_data_by_https_only(network: Workspace) -> None:
    callers = network.resources("aws_vpc_security_group_ingress_rule").values()
    inside = {*_blocks(network, "app"), *_blocks(network, "data")}
    assert {(one["cidr_ipv4"], one["from_port"], one["to_port"]) for one in callers} == {
        (block, 443, 443) for block in inside
    }
    assert "aws_vpc_security_group_egress_rule" not in network.kinds()


def _blocks(network: Workspace, tier: str) -> list[str]:
    subnets = network.resources("aws_subnet")
    return [str(subnets[f"{tier}_{letter}"]["cidr_block"]) for letter in "abc"]


def _statements(policy: str) -> list[Json]:
    statements: list[Json] = json.loads(policy)["Statement"]
    return statements


def test_the_doctor_asks_for_as_many_interface_endpoints_as_are_made(network: Workspace) -> None:
    made = [
        one
        for one in network.resources("aws_vpc_endpoint").values()
        if one["vpc_endpoint_type"] == "Interface"
    ]
    wanted = {need.quota: need.wanted for need in needs(load_environment("production"))}
    assert len(made) == wanted["L-29B6F2EB"] == 3
