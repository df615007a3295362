"""AWS Lambda: requests, duration, provisioned concurrency and its autoscaling."""

from __future__ import annotations

from app.config.colours import COLOURS, payment_api
from app.pipeline.cost.line import HOURS, Context
from app.pipeline.cost.prices import Unpriced
from app.pipeline.cost.registry import Bill, free, priced
from app.pipeline.cost.resource import Resource, Unresolvable

SERVICE = "Lambda"
COMPARISON = "comparison"
_CONFIG = "aws_lambda_provisioned_concurrency_config"
_ALARMS_OF_TARGET_TRACKING = 2
_FREE_MEGABYTES = 512

free(
    "settings of a function; its runs are billed",
    "aws_lambda_alias",
    "aws_lambda_permission",
    "aws_lambda_function_event_invoke_config",
)


@priced("aws_lambda_function", service=SERVICE)
def function(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the runs: requests of the payment API, parts of comparisons, or runs of the engine."""
    usage = context.usage
    _check_storage(resource)
    if _is_api(resource, context):
        runs, seconds = _of_apis(resource, context, context.requests), _request_seconds(context)
        said = "transactions * requests of each, shared by the colours"
    elif _is(resource, context, COMPARISON):
        runs, seconds = usage.comparison_parts_per_month, usage.engine_run_seconds
        said = "comparison_parts_per_month"
    else:
        runs = _of_the_engine(resource, context, usage.engine_runs_per_month)
        seconds = usage.engine_run_seconds
        said = "engine_runs_per_month, shared by all functions of the engine"
    name = resource.text("function_name")
    provisioned = any(_names(one, name) for one in context.of(_CONFIG))
    kind = "provisioned_duration" if provisioned else "duration"
    gigabyte_seconds = runs * seconds * _gigabytes(resource)
    bill.add("requests", runs / 1e6, "lambda_requests_million", how=said)
    bill.add("duration", gigabyte_seconds, f"lambda_{_processor(resource)}_{kind}_gb_second",
             how=f"{said} * {seconds:g} s * {_gigabytes(resource):g} GB")  # fmt: skip
    if _is_api(resource, context):
        _measurements(resource, context, bill)
    else:
        volume = _of_the_others(resource, context, context.usage.engine_log_gigabytes_per_month)
        how = "engine_log_gigabytes_per_month, shared by all but the payment API"
        bill.add("log", volume, "log_ingestion_gigabyte", how=how)


@priced(_CONFIG, service=SERVICE)
def provisioned_concurrency(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge the instances that are kept warm all month."""
    count = resource.number("provisioned_concurrent_executions")
    name = resource.text("function_name")
    _charge_instances(_function(resource, context, name), bill, hours=count * HOURS,
                      how=f"{count:g} instances * 730 hours")  # fmt: skip


@priced("aws_appautoscaling_target", service=SERVICE)
def scalable_target(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge what scaling keeps above the configured concurrency: to its minimum, and at peaks."""
    _, name, alias = resource.text("resource_id").split(":", 2)
    configured = sum(
        one.number("provisioned_concurrent_executions")
        for one in context.of(_CONFIG)
        if _names(one, name) and one.text("qualifier") == alias
    )
    raised = max(0.0, resource.number("min_capacity") - configured) * HOURS
    peaks = context.shared(resource, context.usage.provisioned_hours_above_minimum)
    how = "up to min_capacity all month, and provisioned_hours_above_minimum shared by all"
    _charge_instances(_function(resource, context, name), bill, hours=raised + peaks, how=how)


@priced("aws_appautoscaling_policy", service="CloudWatch")
def scaling_policy(resource: Resource, _context: Context, bill: Bill) -> None:
    """Charge the two alarms that target tracking creates; scaling itself is free."""
    if resource.text("policy_type", "StepScaling") == "TargetTrackingScaling":
        how = "target tracking keeps one alarm for scaling out and one for in"
        bill.add("alarms of autoscaling", _ALARMS_OF_TARGET_TRACKING, "alarm_standard", how=how)


def _check_storage(resource: Resource) -> None:
    sizes = [block.get("size", _FREE_MEGABYTES) for block in resource.blocks("ephemeral_storage")]
    if any(size != _FREE_MEGABYTES for size in sizes):
        where = f"{resource.workspace}: {resource.address}"
        message = f"{where} has no price: its temporary store is above 512 MB"
        raise Unpriced(message, remedy="leave ephemeral_storage out, or add its price")


def _measurements(resource: Resource, context: Context, bill: Bill) -> None:
    """Charge what the payment API leaves behind: its log, its metrics, its traces."""
    usage = context.usage
    volume = _of_apis(resource, context, context.request_log_gigabytes)
    bill.add("request log", volume, "log_ingestion_gigabyte",
             how="requests * request_log_kilobytes, shared by the colours")  # fmt: skip
    metrics = _of_apis(resource, context, usage.custom_metrics)
    bill.add("custom metrics", metrics, "custom_metric", how="custom_metrics, shared")
    if any(block.get("mode") == "Active" for block in resource.blocks("tracing_config")):
        requests = _of_apis(resource, context, context.requests)
        traces = requests * usage.traced_requests_percent / 100
        bill.add("traces", traces / 1e6, "traces_million", how="traced_requests_percent")


def _charge_instances(function: Resource, bill: Bill, *, hours: float, how: str) -> None:
    size = _gigabytes(function)
    price = f"lambda_{_processor(function)}_provisioned_gb_second"
    bill.add("provisioned concurrency", hours * 3600 * size, price, how=f"{how} * {size:g} GB")


def _is_api(function: Resource, context: Context) -> bool:
    return any(_is(function, context, payment_api(colour)) for colour in COLOURS)


def _is(function: Resource, context: Context, purpose: str) -> bool:
    return function.text("function_name") == context.names.function(purpose)


def _request_seconds(context: Context) -> float:
    return context.usage.request_milliseconds / 1000


def _of_apis(resource: Resource, context: Context, total: float) -> float:
    return context.shared(resource, total, by=lambda one: _is_api(one, context))


def _of_the_engine(resource: Resource, context: Context, total: float) -> float:
    return context.shared(
        resource,
        total,
        by=lambda one: not (_is_api(one, context) or _is(one, context, COMPARISON)),
    )


def _of_the_others(resource: Resource, context: Context, total: float) -> float:
    return context.shared(resource, total, by=lambda one: not _is_api(one, context))


def _function(resource: Resource, context: Context, name: str) -> Resource:
    for one in context.of("aws_lambda_function"):
        if one.text("function_name") == name:
            return one
    message = (
        f"{resource.workspace}: {resource.address} scales {name}, which is synthesized nowhere"
    )
    raise Unresolvable(message, remedy="name a function of the workspaces")


def _names(config: Resource, function_name: str) -> bool:
    return config.text("function_name") == function_name


def _processor(function: Resource) -> str:
    architectures = function.value("architectures")
    return "arm" if architectures == ["arm64"] else "x86"


def _gigabytes(function: Resource) -> float:
    return function.number("memory_size", 128) / 1024
