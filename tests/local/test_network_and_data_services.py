"""What the local AWS API answers about VPN, RDS and buckets, where moto alone would not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.migration.evidence.chain import EvidenceChain
from app.pipeline.audit.verify import verify
from tests.local.world import World

pytestmark = pytest.mark.slow


def test_a_vpn_connection_remembers_its_tunnels_and_hides_its_keys(world: World) -> None:
    ec2 = world.client("ec2")
    device = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.20", BgpAsn=65000)
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")
    made = ec2.create_vpn_connection(
        Type="ipsec.1",
        CustomerGatewayId=device["CustomerGateway"]["CustomerGatewayId"],
        VpnGatewayId=gateway["VpnGateway"]["VpnGatewayId"],
        PreSharedKeyStorage="SecretsManager",
        Options={
            "StaticRoutesOnly": True,
            "TunnelOptions": [{"IKEVersions": [{"Value": "ikev2"}], "DPDTimeoutAction": "restart"}],
        },
    )["VpnConnection"]
    wanted = made["VpnConnectionId"]
    (found,) = ec2.describe_vpn_connections(VpnConnectionIds=[wanted])["VpnConnections"]
    assert found["Options"]["StaticRoutesOnly"] is True
    (tunnel,) = found["Options"]["TunnelOptions"]
    assert tunnel == {"IkeVersions": [{"Value": "ikev2"}], "DpdTimeoutAction": "restart"}
    assert found["PreSharedKeyArn"].endswith(f":secret:s2svpn!{wanted}")
    assert "<pre_shared_key>REDACTED</pre_shared_key>" in found["CustomerGatewayConfiguration"]


def test_a_vpn_connection_has_the_static_routes_that_it_was_given(world: World) -> None:
    ec2 = world.client("ec2")
    device = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="203.0.113.21", BgpAsn=65000)
    wanted = ec2.create_vpn_connection(
        Type="ipsec.1", CustomerGatewayId=device["CustomerGateway"]["CustomerGatewayId"]
    )["VpnConnection"]["VpnConnectionId"]
    block = "192.168.0.0/16"
    by_route = [
        {"Name": "route.destination-cidr-block", "Values": [block]},
        {"Name": "vpn-connection-id", "Values": [wanted]},
    ]
    ec2.create_vpn_connection_route(VpnConnectionId=wanted, DestinationCidrBlock=block)
    (found,) = ec2.describe_vpn_connections(Filters=by_route)["VpnConnections"]
    assert found["Routes"] == [
        {"DestinationCidrBlock": block, "Source": "Static", "State": "available"}
    ]
    ec2.delete_vpn_connection_route(VpnConnectionId=wanted, DestinationCidrBlock=block)
    assert ec2.describe_vpn_connections(Filters=by_route)["VpnConnections"] == []


def test_parameters_of_instances_are_listed(world: World) -> None:
    rds = world.client("rds")
    group, family = "parameters", "aurora-postgresql14"
    rds.create_db_parameter_group(
        DBParameterGroupName=group, DBParameterGroupFamily=family, Description="test"
    )
    parameter = {
        "ParameterName": "track_io_timing",
        "ParameterValue": "1",
        "ApplyMethod": "immediate",
    }
    rds.modify_db_parameter_group(DBParameterGroupName=group, Parameters=[parameter])
    found = rds.describe_db_parameters(DBParameterGroupName=group)["Parameters"]
    assert found == [parameter | {"Source": "user"}]


def test_only_a_serverless_cluster_has_a_scaling_configuration(world: World) -> None:
    rds = world.client("rds")
    login = {"MasterUsername": "master", "ManageMasterUserPassword": True}
    scaling = {"MinCapacity": 2, "MaxCapacity": 4}
    made = {"provisioned": {}, "serverless": {"ScalingConfiguration": scaling}}
    for mode, more in made.items():
        rds.create_db_cluster(
            DBClusterIdentifier=mode, Engine="aurora-postgresql", EngineMode=mode, **login, **more
        )
    found = {
        one["DBClusterIdentifier"]: one.get("ScalingConfigurationInfo")
        for one in rds.describe_db_clusters()["DBClusters"]
    }
    assert found["provisioned"] is None
    assert found["serverless"].items() >= scaling.items()


def test_a_cluster_is_enrolled_in_extended_support_unless_it_says_otherwise(world: World) -> None:
    rds = world.client("rds")
    login = {"MasterUsername": "master", "ManageMasterUserPassword": True}
    support = "open-source-rds-extended-support"
    found: dict[str, str] = {}
    said = {"silent": {}, "without": {"EngineLifecycleSupport": f"{support}-disabled"}}
    for name, asked in said.items():
        made = rds.create_db_cluster(
            DBClusterIdentifier=name, Engine="aurora-postgresql", **login, **asked
        )
        found[name] = made["DBCluster"]["EngineLifecycleSupport"]
    assert found == {"silent": support, "without": f"{support}-disabled"}


def test_an_instance_remembers_its_performance_insights(world: World) -> None:
    rds = world.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier="insights",
        Engine="aurora-postgresql",
        MasterUsername="master",
        ManageMasterUserPassword=True,
    )
    rds.create_db_instance(
        DBInstanceIdentifier="insights-a",
        DBClusterIdentifier="insights",
        Engine="aurora-postgresql",
        DBInstanceClass="db.r6g.large",
        EnablePerformanceInsights=True,
        PerformanceInsightsKMSKeyId="a-key",
        PerformanceInsightsRetentionPeriod=31,
    )
    (found,) = rds.describe_db_instances(DBInstanceIdentifier="insights-a")["DBInstances"]
    assert found["PerformanceInsightsEnabled"] is True
    assert found["PerformanceInsightsKMSKeyId"] == "a-key"
    assert found["PerformanceInsightsRetentionPeriod"] == 31


def test_a_bucket_tells_that_its_events_go_to_eventbridge(world: World) -> None:
    s3 = world.client("s3")
    s3.create_bucket(Bucket="events", CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    s3.put_bucket_notification_configuration(
        Bucket="events", NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    found = s3.get_bucket_notification_configuration(Bucket="events")
    assert found["EventBridgeConfiguration"] == {}


def test_writers_of_evidence_at_the_same_moment_never_take_one_number(world: World) -> None:
    s3, bucket = world.client("s3"), "payshift-evidence-of-many"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    chain = EvidenceChain(s3, bucket)

    def write(number: int) -> int:
        return chain.add(f"records/{number}/x.json", {"n": number}, author="many").number

    with ThreadPoolExecutor(max_workers=6) as pool:
        taken = list(pool.map(write, range(12)))
    assert sorted(taken) == list(range(1, 13))
    verdict = verify(s3, bucket=bucket)
    assert (verdict.whole, len(verdict.links)) == (True, 12)
