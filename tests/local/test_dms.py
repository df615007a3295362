"""What the local cloud adds to DMS, to CloudWatch and to Budgets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.world import World

pytestmark = pytest.mark.slow

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
TAGS = [{"Key": "owner", "Value": "payments"}]


def test_a_certificate_is_imported_found_and_deleted(world: World) -> None:
    dms = world.client("dms")
    made = dms.import_certificate(CertificateIdentifier="ca", CertificatePem=PEM, Tags=TAGS)
    arn = made["Certificate"]["CertificateArn"]
    asked = [{"Name": "certificate-id", "Values": ["ca"]}]
    (found,) = dms.describe_certificates(Filters=asked)["Certificates"]
    assert (found["CertificateArn"], found["CertificatePem"]) == (arn, PEM)
    assert dms.list_tags_for_resource(ResourceArn=arn)["TagList"][0]["Value"] == "payments"
    dms.delete_certificate(CertificateArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundFault"):
        dms.describe_certificates(Filters=asked)


def test_an_event_subscription_is_made_changed_and_deleted(world: World) -> None:
    dms = world.client("dms")
    topic = "arn:aws:sns:us-east-2:123456789012:alarms"
    dms.create_event_subscription(
        SubscriptionName="tasks",
        SnsTopicArn=topic,
        SourceType="replication-task",
        SourceIds=["forward"],
        EventCategories=["failure"],
        Tags=TAGS,
    )
    dms.modify_event_subscription(SubscriptionName="tasks", EventCategories=["state change"])
    (found,) = dms.describe_event_subscriptions(SubscriptionName="tasks")["EventSubscriptionsList"]
    assert (found["SnsTopicArn"], found["Enabled"]) == (topic, True)
    assert found["EventCategoriesList"] == ["state change"]
    dms.delete_event_subscription(SubscriptionName="tasks")
    with pytest.raises(ClientError, match="ResourceNotFoundFault"):
        dms.describe_event_subscriptions(SubscriptionName="tasks")


def test_a_subnet_group_lies_where_it_was_put(world: World) -> None:
    subnets = world.client("ec2").describe_subnets()["Subnets"][:2]
    wanted = {one["SubnetId"]: one["AvailabilityZone"] for one in subnets}
    dms = world.client("dms")
    dms.create_replication_subnet_group(
        ReplicationSubnetGroupIdentifier="group",
        ReplicationSubnetGroupDescription="test",
        SubnetIds=list(wanted),
        Tags=TAGS,
    )
    (group,) = dms.describe_replication_subnet_groups()["ReplicationSubnetGroups"]
    found = {
        one["SubnetIdentifier"]: one["SubnetAvailabilityZone"]["Name"] for one in group["Subnets"]
    }
    assert found == wanted
    assert group["VpcId"] == subnets[0]["VpcId"]


def test_a_task_has_the_arn_that_was_asked_for_and_can_be_changed_and_tagged(
    world: World,
) -> None:
    dms = world.client("dms")
    instance = dms.create_replication_instance(
        ReplicationInstanceIdentifier="instance", ReplicationInstanceClass="dms.t3.medium"
    )["ReplicationInstance"]
    ends = {
        kind: dms.create_endpoint(
            EndpointIdentifier=kind, EndpointType=kind, EngineName="postgres"
        )["Endpoint"]["EndpointArn"]
        for kind in ("source", "target")
    }
    arn = dms.create_replication_task(
        ReplicationTaskIdentifier="payshift-forward",
        ResourceIdentifier="local-forward",
        SourceEndpointArn=ends["source"],
        TargetEndpointArn=ends["target"],
        ReplicationInstanceArn=instance["ReplicationInstanceArn"],
        MigrationType="cdc",
        TableMappings="{}",
    )["ReplicationTask"]["ReplicationTaskArn"]
    assert arn == "arn:aws:dms:us-east-2:123456789012:task:local-forward"
    dms.modify_replication_task(ReplicationTaskArn=arn, TableMappings='{"rules": []}')
    asked = [{"Name": "replication-task-arn", "Values": [arn]}]
    (task,) = dms.describe_replication_tasks(Filters=asked)["ReplicationTasks"]
    assert (task["Status"], task["TableMappings"]) == ("ready", '{"rules": []}')
    # fact: AWS resumes only what has run before
    with pytest.raises(ClientError, match="InvalidResourceStateFault"):
        dms.start_replication_task(
            ReplicationTaskArn=arn, StartReplicationTaskType="resume-processing"
        )
    dms.add_tags_to_resource(ResourceArn=arn, Tags=TAGS)
    assert dms.list_tags_for_resource(ResourceArn=arn)["TagList"][0]["Value"] == "payments"
    dms.remove_tags_from_resource(ResourceArn=arn, TagKeys=["owner"])
    assert dms.list_tags_for_resource(ResourceArn=arn)["TagList"] == []


def test_a_query_is_saved_changed_and_deleted(world: World) -> None:
    logs, name = world.client("logs"), str(uuid4())
    made = logs.put_query_definition(name=name, queryString="limit 1", logGroupNames=["group"])
    identifier = made["queryDefinitionId"]
    logs.put_query_definition(name=name, queryString="limit 2", queryDefinitionId=identifier)
    found = logs.describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"]
    assert [(one["queryDefinitionId"], one["queryString"]) for one in found] == [
        (identifier, "limit 2")
    ]
    assert logs.delete_query_definition(queryDefinitionId=identifier)["success"] is True
    assert logs.describe_query_definitions(queryDefinitionNamePrefix=name)["queryDefinitions"] == []


def test_a_budget_tells_who_hears_of_it(world: World) -> None:
    topic = {"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-2:123456789012:alarms"}
    notification = {
        "NotificationType": "FORECASTED",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": 80.0,
        "ThresholdType": "PERCENTAGE",
    }
    budgets = world.client("budgets")
    budgets.create_budget(
        AccountId="123456789012",
        Budget={
            "BudgetName": "told",
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "3000", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[{"Notification": notification, "Subscribers": [topic]}],
    )
    told = budgets.describe_subscribers_for_notification(
        AccountId="123456789012", BudgetName="told", Notification=notification
    )
    assert told["Subscribers"] == [topic]


def test_alarms_are_found_while_others_are_made(world: World) -> None:
    alarms = world.client("cloudwatch")

    def make_and_find(number: int) -> list[str]:
        name = f"alarm-{number}"
        alarms.put_metric_alarm(
            AlarmName=name,
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="Errors",
            Namespace="Payshift",
            Period=60,
            Statistic="Sum",
            Threshold=0,
        )
        return [
            one["AlarmName"] for one in alarms.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        ]

    with ThreadPoolExecutor(max_workers=8) as pool:
        found = list(pool.map(make_and_find, range(40)))
    assert found == [[f"alarm-{number}"] for number in range(40)]
