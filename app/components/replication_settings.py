"""Settings of the DMS tasks: nothing is skipped, nothing is cut, and a fault stops the task."""

from __future__ import annotations

import json

from app.components.replication_streams import ENGINE_SCHEMA, Stream
from app.config.first_load import LARGEST_TEXT_KILOBYTES, ROWS_A_COMMIT
from app.config.replication import Replication

_LOGGED = (
    "DATA_STRUCTURE",
    "IO",
    "METADATA_MANAGER",
    "PERFORMANCE",
    "SORTER",
    "SOURCE_CAPTURE",
    "SOURCE_UNLOAD",
    "TABLES_MANAGER",
    "TARGET_APPLY",
    "TARGET_LOAD",
    "TASK_MANAGER",
    "TRANSFORMATION",
    "VALIDATOR_EXT",
)
# Above it, rows appear in the log.
_SEVERITY = "LOGGER_SEVERITY_DEFAULT"


def task_settings(stream: Stream, *, settings: Replication) -> str:
    """Return a stream's task settings as JSON.

    https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TaskSettings.html
    """
    sections = {
        "TargetMetadata": _target(),
        "FullLoadSettings": _full_load(stream, settings),
        "Logging": _logging(),
        "ControlTablesSettings": _control_tables(),
        "ChangeProcessingTuning": _change_processing(),
        "ChangeProcessingDdlHandlingPolicy": _definitions(),
        "ErrorBehavior": _errors(),
        "ValidationSettings": _validation(stream),
        "FailTaskWhenCleanTaskResourceFailed": True,
    }
    return json.dumps(sections, sort_keys=True)


def _target() -> dict[str, object]:
    return {
        # Row by row and in commit order: markers tell how far the data came only then.
        "BatchApplyEnabled": False,
        # PostgreSQL's text and bytea are LOBs to DMS: inline up to a size is fast, and parts of a
        # table cannot be loaded side by side otherwise.
        "SupportLobs": True,
        "FullLobMode": False,
        "LimitedSizeLobMode": True,
        "LobMaxSize": LARGEST_TEXT_KILOBYTES,
        # After a restart, what was applied already is known and not applied again.
        "TaskRecoveryTableEnabled": True,
    }


def _full_load(stream: Stream, settings: Replication) -> dict[str, object]:
    return {
        # The engine has made the tables, with the fence on them.
        "TargetTablePrepMode": "DO_NOTHING",
        "CreatePkAfterFullLoad": False,
        "StopTaskCachedChangesApplied": False,
        # The engine makes the indexes then: a change that met one being made would wait for its
        # lock until DMS gives the statement up.
        "StopTaskCachedChangesNotApplied": stream.full_load,
        "MaxFullLoadSubTasks": settings.first_load.subtasks,
        "TransactionConsistencyTimeout": 600,
        "CommitRate": ROWS_A_COMMIT,
    }


def _logging() -> dict[str, object]:
    components = [{"Id": name, "Severity": _SEVERITY} for name in _LOGGED]
    return {"EnableLogging": True, "LogComponents": components}


def _control_tables() -> dict[str, object]:
    return {
        "ControlSchema": ENGINE_SCHEMA,
        "HistoryTableEnabled": True,
        "HistoryTimeslotInMinutes": 5,
        "StatusTableEnabled": True,
        "SuspendedTablesTableEnabled": True,
    }


def _change_processing() -> dict[str, object]:
    return {
        "CommitTimeout": 1,
        "MemoryKeepTime": 60,
        "MemoryLimitTotal": 1_024,
        "MinTransactionSize": 1_000,
        "StatementCacheSize": 50,
    }


def _definitions() -> dict[str, object]:
    """Whoever drops or empties a table at the source does not do it at the target as well."""
    return {
        "HandleSourceTableAltered": False,
        "HandleSourceTableDropped": False,
        "HandleSourceTableTruncated": False,
    }


def _errors() -> dict[str, object]:
    """Every row is money: none is skipped, set aside or changed to fit; the task stops instead."""
    stop = "STOP_TASK"
    return {
        "ApplyErrorDeletePolicy": stop,
        "ApplyErrorEscalationCount": 0,
        "ApplyErrorEscalationPolicy": stop,
        "ApplyErrorFailOnTruncationDdl": True,
        "ApplyErrorInsertPolicy": stop,
        "ApplyErrorUpdatePolicy": stop,
        "DataErrorEscalationCount": 0,
        "DataErrorEscalationPolicy": stop,
        "DataErrorPolicy": stop,
        "DataTruncationErrorPolicy": stop,
        "FailOnNoTablesCaptured": True,
        "FailOnTransactionConsistencyBreached": True,
        # Changes that were made during the load meet rows that it has brought already.
        "FullLoadIgnoreConflicts": True,
        # A line that is down for hours is no reason to give up: the slot keeps what is missing.
        "RecoverableErrorCount": -1,
        "RecoverableErrorInterval": 5,
        "RecoverableErrorStopRetryAfterThrottlingMax": False,
        "RecoverableErrorThrottling": True,
        "RecoverableErrorThrottlingMax": 60,
        "TableErrorEscalationCount": 0,
        "TableErrorEscalationPolicy": stop,
        "TableErrorPolicy": stop,
    }


def _validation(stream: Stream) -> dict[str, object]:
    """Compare every row, texts too. Probes live for milliseconds: there is nothing to compare."""
    if not stream.business:
        return {"EnableValidation": False}
    return {
        "EnableValidation": True,
        "FailureMaxCount": 10_000,
        "HandleCollationDiff": False,
        "PartitionSize": 10_000,
        "RecordFailureDelayInMinutes": 5,
        "RecordSuspendDelayInMinutes": 30,
        "SkipLobColumns": False,
        "TableFailureMaxCount": 1_000,
        "ThreadCount": 5,
        "ValidationMode": "ROW_LEVEL",
        "ValidationOnly": False,
    }
