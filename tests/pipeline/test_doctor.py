"""What the doctor says of an account (AWS over HTTP) and of names (a real DNS server)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from dnslib.server import DNSServer
from dnslib.zoneresolver import ZoneResolver

from app.config.loading import load_environment
from app.errors import InputError
from app.pipeline import aws
from app.pipeline.doctor.context import DoctorContext
from app.pipeline.doctor.probes.quotas import needs
from app.pipeline.doctor.run import chosen_probes, examine
from app.pipeline.probing.base import Outcome
from tests.pipeline.by_hand import forget_zones

ENVIRONMENT = load_environment("local")
Answers = dict[str, tuple[Outcome, str]]


@pytest.fixture
def client(aws_variables: dict[str, str]) -> Callable[[str], Any]:
    assert aws_variables
    return partial(aws.client, ENVIRONMENT)


def answering(client: Callable[[str], Any], **answers: Any) -> Callable[[str], Any]:
    """Return clients that answer some operations themselves, where moto knows nothing of them.

    `service__Operation` names one; an answer may be a function of the request.
    """

    def made(service: str) -> Any:
        found = client(service)
        for name, answer in answers.items():
            of, _, operation = name.partition("__")
            if of.replace("_", "-") == service:
                found.meta.events.register(
                    f"before-call.{found.meta.service_model.service_id.hyphenize()}.{operation}",
                    partial(_answered, answer),
                )
        return found

    return made


def _answered(answer: Any, *, params: dict[str, Any], **_: Any) -> tuple[Any, Any]:
    given = answer(params) if callable(answer) else answer

    class _Http:
        status_code = 400 if "Error" in given else 200

    return _Http(), given


def ask(client: Callable[[str], Any], probe: str, **changes: Any) -> Answers:
    values: dict[str, Any] = {"environment": ENVIRONMENT, "client": client}
    report = examine(DoctorContext(**values | changes), only=[probe])
    return {line.subject: (line.outcome, line.message) for line in report.lines}


def test_every_probe_is_found_by_its_file() -> None:
    assert set(chosen_probes(())) == {
        "carrier", "certificate", "credentials", "dns_delegation", "figures", "images",
        "permissions", "quotas", "source_extensions", "source_indexes", "source_roles",
        "source_settings", "source_tables", "versions", "vpn",
    }  # fmt: skip
    with pytest.raises(InputError, match="there is no probe 'magic'"):
        chosen_probes(["magic"])


def test_credentials_of_another_account_fail(client: Callable[[str], Any]) -> None:
    assert ask(client, "credentials")["credentials"][0] is Outcome.PASSED
    other = ENVIRONMENT.model_copy(update={"account_id": "999999999999"})
    assert ask(client, "credentials", environment=other)["credentials"][0] is Outcome.FAILED


IDENTITY = {
    "Account": "123456789012",
    "Arn": "arn:aws:sts::123456789012:assumed-role/payshift-local-deliver/session",
    "UserId": "A",
}
ROLE = {"Role": {"Arn": "arn:aws:iam::123456789012:role/teams/payshift-local-deliver"}}


def simulate(denied: str) -> Callable[[dict[str, Any]], Any]:
    def answer(params: dict[str, Any]) -> Any:
        body = params["body"]
        assert body["PolicySourceArn"] == ROLE["Role"]["Arn"]
        actions = [value for name, value in body.items() if name.startswith("ActionNames.member")]
        return {
            "IsTruncated": False,
            "EvaluationResults": [
                {
                    "EvalActionName": one,
                    "EvalDecision": "implicitDeny" if one == denied else "allowed",
                }
                for one in actions
            ],
        }

    return answer


def test_a_right_that_is_missing_is_named_with_its_workspace(client: Callable[[str], Any]) -> None:
    asked = answering(
        client, sts__GetCallerIdentity=IDENTITY, iam__GetRole=ROLE,
        iam__SimulatePrincipalPolicy=simulate("rds:CreateDBCluster"),
    )  # fmt: skip
    found = ask(asked, "permissions")
    assert len(found) == 7
    assert found.pop("rights for data") == (
        Outcome.FAILED,
        f"{ROLE['Role']['Arn']} may not rds:CreateDBCluster",
    )
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}


def test_rights_that_nobody_may_ask_about_are_unknown(client: Callable[[str], Any]) -> None:
    refused = {"Error": {"Code": "AccessDenied", "Message": "no"}}
    asked = answering(
        client, sts__GetCallerIdentity=IDENTITY, iam__GetRole=ROLE,
        iam__SimulatePrincipalPolicy=refused,
    )  # fmt: skip
    outcome, message = ask(asked, "permissions")["permissions"]
    assert outcome is Outcome.UNKNOWN
    assert "AccessDenied" in message


def test_a_quota_below_what_the_target_takes_fails(client: Callable[[str], Any]) -> None:
    wanted = {need.quota: need.wanted for need in needs(ENVIRONMENT)}
    # Reserved, the payment API's for each colour, and what Lambda keeps free.
    assert wanted["L-B99A9384"] == 2 * 100 + 2 + 2 + 4 + 24 + 100

    def small_account(params: dict[str, Any]) -> Any:
        quota = next(code for code in wanted if code in params["body"].decode())
        value = 10 if quota == "L-B99A9384" else wanted[quota]
        return {"Quota": {"Value": value}}

    asked = answering(client, service_quotas__GetServiceQuota=small_account)
    found = ask(asked, "quotas")
    assert found.pop("copies of functions at once") == (
        Outcome.FAILED,
        "10 are allowed in all, the target takes 332",
    )
    assert {outcome for outcome, _ in found.values()} == {Outcome.PASSED}


def test_a_quota_without_a_value_of_its_own_has_the_default(client: Callable[[str], Any]) -> None:
    absent = {"Error": {"Code": "NoSuchResourceException", "Message": "none"}}
    asked = answering(
        client, service_quotas__GetServiceQuota=absent,
        service_quotas__GetAWSDefaultServiceQuota={"Quota": {"Value": 1000}},
    )  # fmt: skip
    assert {outcome for outcome, _ in ask(asked, "quotas").values()} == {Outcome.PASSED}
    unknown = answering(
        client, service_quotas__GetServiceQuota=absent,
        service_quotas__GetAWSDefaultServiceQuota=absent,
    )  # fmt: skip
    assert {outcome for outcome, _ in ask(unknown, "quotas").values()} == {Outcome.UNKNOWN}


@pytest.fixture
def name_server() -> Iterator[Callable[[list[str]], tuple[str, int]]]:
    """Return what serves NS records of the zone on a free port of this machine."""
    servers: list[DNSServer] = []

    def serve(names: list[str]) -> tuple[str, int]:
        zone = "\n".join(f"{ENVIRONMENT.dns.zone}. 60 IN NS {name}." for name in names)
        resolver = ZoneResolver(zone)
        server = DNSServer(resolver, address="127.0.0.1", port=0)
        server.start_thread()
        servers.append(server)
        return "127.0.0.1", server.server.server_address[1]

    yield serve
    for server in servers:
        server.stop()
        server.server.server_close()


def test_a_zone_that_its_parent_gives_to_others_fails(
    client: Callable[[str], Any], name_server: Callable[[list[str]], tuple[str, int]]
) -> None:
    zone, route53 = ENVIRONMENT.dns.zone, client("route53")
    forget_zones(route53)
    theirs = name_server(["ns1.registrar.example"])
    context = DoctorContext(environment=ENVIRONMENT, client=client, name_server=theirs)
    (line,) = examine(context, only=["dns_delegation"]).lines
    assert (line.outcome, "ns1.registrar.example" in line.message) == (Outcome.UNKNOWN, True)
    assert "payshift bootstrap" in line.remedy
    made = route53.create_hosted_zone(Name=zone, CallerReference="doctor")
    assert ask(client, "dns_delegation", name_server=theirs)[zone][0] is Outcome.FAILED
    ours = name_server(made["DelegationSet"]["NameServers"])
    assert ask(client, "dns_delegation", name_server=ours)[zone][0] is Outcome.PASSED
    nobody = name_server([])
    assert ask(client, "dns_delegation", name_server=nobody)[zone][0] is Outcome.FAILED


def test_an_image_that_nobody_pushed_fails_and_says_who_pushes_it(
    client: Callable[[str], Any],
) -> None:
    ecr, digest = client("ecr"), f"sha256:{'0' * 64}"
    repository = f"payshift-{ENVIRONMENT.name}"
    for old in ecr.describe_repositories()["repositories"]:
        ecr.delete_repository(repositoryName=old["repositoryName"], force=True)
    found = ask(client, "images", images=(digest,))
    assert found == {digest: (Outcome.UNKNOWN, f"there is no repository {repository} yet")}
    ecr.create_repository(repositoryName=repository)
    context = DoctorContext(environment=ENVIRONMENT, client=client, images=(digest,))
    (line,) = examine(context, only=["images"]).lines
    assert (line.outcome, "the workflow release" in line.remedy) == (Outcome.FAILED, True)
    ecr.put_image(
        repositoryName=repository,
        imageManifest="{}",
        imageManifestMediaType="application/vnd.oci.image.manifest.v1+json",
        imageTag="one",
        imageDigest=digest,
    )
    assert ask(client, "images", images=(digest,))[digest][0] is Outcome.PASSED


def test_a_name_server_that_does_not_answer_is_unknown(
    client: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.pipeline.doctor.probes.dns_delegation.SECONDS", 0.5)
    found = ask(client, "dns_delegation", name_server=("127.0.0.1", 9))
    assert found[ENVIRONMENT.dns.zone][0] is Outcome.UNKNOWN


def certificates(client: Callable[[str], Any], status: str) -> Callable[[str], Any]:
    name, record = ENVIRONMENT.dns.name, {"Name": "_x.", "Type": "CNAME", "Value": "_y."}
    return answering(
        client,
        acm__ListCertificates={"CertificateSummaryList": [
            {"CertificateArn": "arn:aws:acm:us-east-2:123456789012:certificate/1",
             "DomainName": name}]},
        acm__DescribeCertificate={"Certificate": {
            "Status": status, "DomainValidationOptions": [{"ResourceRecord": record}]}},
    )  # fmt: skip


def test_a_certificate_that_waits_fails_with_the_record_that_it_waits_for(
    client: Callable[[str], Any],
) -> None:
    name = ENVIRONMENT.dns.name
    assert ask(certificates(client, "ISSUED"), "certificate")[name][0] is Outcome.PASSED
    context = DoctorContext(
        environment=ENVIRONMENT, client=certificates(client, "PENDING_VALIDATION")
    )
    (line,) = examine(context, only=["certificate"]).lines
    assert line.outcome is Outcome.FAILED
    assert line.remedy == "see that DNS tells _x. CNAME _y."


def vpn(client: Callable[[str], Any], *statuses: str, cidr: str) -> Callable[[str], Any]:
    connection = {
        "VpnConnectionId": "vpn-1", "State": "available", "VpnGatewayId": "vgw-1",
        "Tags": [{"Key": "Name", "Value": "payshift-local-data-centre"}],
        "VgwTelemetry": [{"Status": status} for status in statuses],
        "Routes": [{"DestinationCidrBlock": cidr, "State": "available"}],
    }  # fmt: skip
    route = {"GatewayId": "vgw-1", "DestinationCidrBlock": "192.168.0.0/16"}
    return answering(
        client,
        ec2__DescribeVpnConnections={"VpnConnections": [connection]},
        ec2__DescribeRouteTables={"RouteTables": [{"RouteTableId": "rtb-1", "Routes": [route]}]},
    )


def test_a_tunnel_that_is_down_or_a_route_that_is_missing_fails(
    client: Callable[[str], Any],
) -> None:
    good = ask(vpn(client, "UP", "UP", cidr="192.168.0.0/16"), "vpn")
    assert {outcome for outcome, _ in good.values()} == {Outcome.PASSED}
    bad = ask(vpn(client, "UP", "DOWN", cidr="10.9.0.0/16"), "vpn")
    assert bad["tunnels of vpn-1"] == (Outcome.FAILED, "1 of 2 are up")
    assert bad["routes of vpn-1"][0] is Outcome.FAILED
    assert bad["route tables towards vgw-1"][0] is Outcome.PASSED


def offers(client: Callable[[str], Any], *, version: str, zones: int, dms: str) -> Any:
    database = {
        "EngineVersion": version,
        "AvailabilityZones": [{"Name": name} for name in ENVIRONMENT.zones[:zones]],
    }
    instance = {
        "EngineVersion": dms,
        "ReplicationInstanceClass": ENVIRONMENT.replication.instance_class,
    }
    return answering(
        client,
        rds__DescribeOrderableDBInstanceOptions={"OrderableDBInstanceOptions": [database]},
        dms__DescribeOrderableReplicationInstances={"OrderableReplicationInstances": [instance]},
    )


def test_versions_that_the_region_no_longer_offers_fail(client: Callable[[str], Any]) -> None:
    wanted = ENVIRONMENT.database.engine_version
    dms = ENVIRONMENT.replication.engine_version
    good = ask(offers(client, version=wanted, zones=3, dms=dms), "versions")
    assert {outcome for outcome, _ in good.values()} == {Outcome.PASSED}
    for other in ({"version": "14.99"}, {"zones": 1}, {"dms": "3.5.4"}):
        asked = offers(client, **{"version": wanted, "zones": 3, "dms": dms} | other)  # type: ignore[arg-type]
        outcomes = [outcome for outcome, _ in ask(asked, "versions").values()]
        assert outcomes.count(Outcome.FAILED) == 1


def test_figures_of_the_data_centre_that_never_came_are_unknown_and_a_silence_fails(
    client: Callable[[str], Any],
) -> None:
    subject, now = "requests at legacy", datetime.now(UTC)
    assert ask(client, "figures")[subject] == (Outcome.UNKNOWN, "none has ever arrived")
    for moment, expected in (
        (now - timedelta(minutes=30), (Outcome.FAILED, "none arrived for 15 minutes")),
        (now - timedelta(minutes=2), (Outcome.PASSED, "arrive")),
    ):
        client("cloudwatch").put_metric_data(
            Namespace="Payshift",
            MetricData=[
                {
                    "MetricName": "Requests",
                    "Dimensions": [
                        {"Name": "Environment", "Value": ENVIRONMENT.name},
                        {"Name": "Site", "Value": "legacy"},
                    ],
                    "Timestamp": moment,
                    "Value": 3,
                }
            ],
        )
        assert ask(client, "figures")[subject] == expected


def test_before_anything_is_made_nothing_is_called_right(client: Callable[[str], Any]) -> None:
    for probe in ("vpn", "certificate", "source_settings"):
        outcomes = {outcome for outcome, _ in ask(client, probe).values()}
        assert outcomes == {Outcome.UNKNOWN}
