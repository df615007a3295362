"""The workspace `observability`: dashboards, alarms, events, queries, and whom they tell."""

from __future__ import annotations

from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard
from cdktf_cdktf_provider_aws.data_aws_acm_certificate import DataAwsAcmCertificate
from cdktf_cdktf_provider_aws.data_aws_lb import DataAwsLb
from constructs import Construct

from app.components.alarm_topic import AlarmTopic
from app.components.dashboards.errors import errors
from app.components.dashboards.latency import latency
from app.components.dashboards.progress import progress
from app.components.event_rules import event_rule, patterns
from app.components.handover_schedule import handover_schedule
from app.components.log_queries import log_queries, save_query
from app.components.metric_alarms import metric_alarm
from app.components.monthly_budget import monthly_budget
from app.components.replication_events import replication_events
from app.config.alarms import Found, all_alarms
from app.config.environment import Environment
from app.stacks.workspace import Workspace


class ObservabilityWorkspace(Workspace):
    """The last one: it looks at all others, and none needs it."""

    def __init__(self, scope: Construct, *, environment: Environment) -> None:
        super().__init__(scope, name="observability", environment=environment)
        self._environment = environment
        topic = AlarmTopic(
            self, "alarms", names=self.names, subscribers=environment.observability.subscribers
        )
        found = self._found()
        alarm_arns = self._alarms(topic, found)
        self._dashboards(alarm_arns, found)
        self._events(topic)
        monthly_budget(
            self,
            "budget",
            names=self.names,
            limit_usd=environment.cost.monthly_limit_usd,
            topic_arn=topic.arn,
            depends_on=[topic.policy],
        )
        for query in log_queries(self.names):
            save_query(self, f"query-{query.name}", names=self.names, query=query)
        self._schedules()

    def _found(self) -> Found:
        balancer = DataAwsLb(self, "entrance", name=self.names.load_balancer)
        certificate = DataAwsAcmCertificate(
            self,
            "certificate",
            domain=self._environment.dns.name,
            statuses=["ISSUED"],
            most_recent=True,
        )
        return Found(load_balancer=balancer.arn_suffix, certificate_arn=certificate.arn)

    def _alarms(self, topic: AlarmTopic, found: Found) -> list[str]:
        return [
            metric_alarm(
                self,
                f"alarm-{_without_digits(alarm.name)}",
                names=self.names,
                alarm=alarm,
                topic_arn=topic.arn,
            ).arn
            for alarm in all_alarms(self._environment, found)
        ]

    def _dashboards(self, alarm_arns: list[str], found: Found) -> None:
        bodies = {
            "progress": progress(self._environment, alarm_arns=alarm_arns),
            "latency": latency(self._environment, found=found),
            "errors": errors(self._environment, found=found),
        }
        for name, body in bodies.items():
            CloudwatchDashboard(
                self,
                f"dashboard-{name}",
                dashboard_name=f"{self.names.prefix}-{name}",
                dashboard_body=body,
            )

    def _events(self, topic: AlarmTopic) -> None:
        for name, pattern in patterns(self.names).items():
            event_rule(
                self,
                f"event-{name}",
                names=self.names,
                pattern=pattern,
                topic_arn=topic.arn,
                depends_on=[topic.policy],
            )
        replication_events(
            self,
            "subscription",
            names=self.names,
            topic_arn=topic.arn,
            depends_on=[topic.policy],
        )

    def _schedules(self) -> None:
        handover_schedule(
            self,
            "status",
            names=self.names,
            rate="1 minute",
            action="status",
            description="Measures writer, lag, phase and weight every minute",
        )
        handover_schedule(
            self,
            "resting-slot",
            names=self.names,
            rate="5 minutes",
            action="move-resting-slot",
            description="Moves the slot on that rests until the next handover",
        )


def _without_digits(name: str) -> str:
    """Spell the digits of `5xx` and `p95`: names of resources hold none."""
    return name.replace("5xx", "server-errors").replace("p95", "slow-requests")
