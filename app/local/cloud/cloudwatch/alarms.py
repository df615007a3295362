"""Alarms: Terraform makes and reads many at once, while moto walks through its dictionary."""

from __future__ import annotations

from moto.cloudwatch.models import Alarm, CloudWatchBackend

from app.local.cloud.replacing import replace


def adapt() -> None:
    """Adapt moto's CloudWatch: alarms are looked up by name, nothing is walked through."""

    def get_alarms_by_alarm_names(self: CloudWatchBackend, alarm_names: list[str]) -> list[Alarm]:
        return [self.alarms[name] for name in alarm_names if name in self.alarms]

    replace(CloudWatchBackend, "get_alarms_by_alarm_names", get_alarms_by_alarm_names)
