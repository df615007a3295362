"""What the state machine of a comparison does: every part of a list, read by a function."""

from __future__ import annotations

import json

from app.config.names import Names

# A comparison of 5 TB by one worker ends within this time.
LONGEST_SECONDS = 12 * 3600
# Lambda's own faults, too many copies, and a database that was away for a moment. Whoever asks
# again reads the same; a part that makes no sense or whose snapshot is gone is not asked again.
_TRANSIENT = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "States.Timeout",
    "DatabaseFailed",
    "LoginRefused",
)


def comparison_definition(names: Names, *, function_arn: str, part_seconds: int) -> str:
    """Return the definition in Amazon States Language.

    The input names the list and how many parts are read at once: `{"parts": key, "workers": n}`.
    What was read goes into the bucket, not through the state machine, whose states hold 256 KiB.
    """
    definition = {
        "Comment": "Reads the parts of a comparison; payshift verify --distributed starts it",
        "StartAt": "ReadParts",
        "TimeoutSeconds": LONGEST_SECONDS,
        "States": {
            "ReadParts": {
                "Type": "Map",
                "Label": "Parts",
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:getObject",
                    "ReaderConfig": {"InputType": "JSON"},
                    "Parameters": {"Bucket": names.evidence_bucket, "Key.$": "$.parts"},
                },
                "MaxConcurrencyPath": "$.workers",
                # One part that nobody read makes all others useless.
                "ToleratedFailureCount": 0,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "ReadPart",
                    "States": {"ReadPart": _read_part(function_arn, part_seconds)},
                },
                "ResultPath": None,
                "End": True,
            }
        },
    }
    return json.dumps(definition, sort_keys=True)


def _read_part(function_arn: str, seconds: int) -> dict[str, object]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function_arn, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        "TimeoutSeconds": seconds,
        "Retry": [
            {
                "ErrorEquals": list(_TRANSIENT),
                "IntervalSeconds": 2,
                "MaxAttempts": 4,
                "BackoffRate": 2,
                "JitterStrategy": "FULL",
            }
        ],
        "End": True,
    }
