"""The control plane's documents, read into this service's own values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.functions.mapping_definition import MappingDefinition
from localcloud.functions.model import DurableConfig, FunctionDefinition

if TYPE_CHECKING:
    from mypy_boto3_lambda.type_defs import (
        DurableConfigTypeDef,
        EventSourceMappingConfigurationResponseTypeDef,
        EventSourceMappingConfigurationTypeDef,
        FunctionEventInvokeConfigResponseTypeDef,
        GetFunctionResponseTypeDef,
    )


@dataclass(frozen=True)
class AsynchronousConfig:
    """How asynchronous invocations are retried and where their results go (EventInvokeConfig).

    ``maximum_age`` is in seconds. Destinations are ARNs.
    """

    maximum_retries: int = 2
    maximum_age: float = 21600
    on_success: str | None = None
    on_failure: str | None = None

    @classmethod
    def of(cls, document: FunctionEventInvokeConfigResponseTypeDef) -> AsynchronousConfig:
        """Read GetFunctionEventInvokeConfig's answer; what it leaves out has AWS's default."""
        destinations = document.get("DestinationConfig") or {}
        return cls(
            maximum_retries=document.get("MaximumRetryAttempts", 2),
            maximum_age=document.get("MaximumEventAgeInSeconds", 21600),
            on_success=(destinations.get("OnSuccess") or {}).get("Destination"),
            on_failure=(destinations.get("OnFailure") or {}).get("Destination"),
        )


def function_of(document: GetFunctionResponseTypeDef, qualifier: str) -> FunctionDefinition:
    """Read GetFunction's answer."""
    config = document["Configuration"]
    logging = config.get("LoggingConfig") or {}
    arn = config["FunctionArn"]
    # GetFunction by a version answers with that version's ARN.
    plain_arn = ":".join(arn.split(":")[:7])
    return FunctionDefinition(
        name=config["FunctionName"],
        arn=plain_arn,
        runtime=config.get("Runtime") or "",
        handler=config.get("Handler") or "",
        role_arn=config.get("Role") or "",
        timeout=config.get("Timeout") or 3,
        memory=config.get("MemorySize") or 128,
        version=config.get("Version") or "$LATEST",
        qualifier=qualifier,
        package_type=config.get("PackageType") or "Zip",
        environment=dict((config.get("Environment") or {}).get("Variables") or {}),
        code_sha256=config.get("CodeSha256") or "",
        code_location=(document.get("Code") or {}).get("Location") or "",
        layers=tuple(layer["Arn"] for layer in config.get("Layers") or []),
        reserved_concurrency=(document.get("Concurrency") or {}).get("ReservedConcurrentExecutions"),
        dead_letter_arn=(config.get("DeadLetterConfig") or {}).get("TargetArn") or None,
        log_group=logging.get("LogGroup") or "",
        log_format=logging.get("LogFormat") or "Text",
        log_level=logging.get("ApplicationLogLevel") or "",
        tracing=(config.get("TracingConfig") or {}).get("Mode") or "PassThrough",
        system_log_level=logging.get("SystemLogLevel") or "",
        durable=_durable(config.get("DurableConfig")),
    )


def mapping_of(
    document: EventSourceMappingConfigurationTypeDef | EventSourceMappingConfigurationResponseTypeDef,
) -> MappingDefinition:
    """Read one of ListEventSourceMappings' entries."""
    filters = (document.get("FilterCriteria") or {}).get("Filters") or []
    destinations = document.get("DestinationConfig") or {}
    moment = document.get("StartingPositionTimestamp")
    return MappingDefinition(
        id=document["UUID"],
        source_arn=document.get("EventSourceArn") or "",
        function_arn=document.get("FunctionArn") or "",
        enabled=document.get("State") not in ("Disabled", "Disabling", "Deleting"),
        batch_size=document.get("BatchSize") or 10,
        window=document.get("MaximumBatchingWindowInSeconds") or 0,
        partial="ReportBatchItemFailures" in (document.get("FunctionResponseTypes") or []),
        filters=tuple(item["Pattern"] for item in filters if item.get("Pattern")),
        maximum_concurrency=(document.get("ScalingConfig") or {}).get("MaximumConcurrency"),
        starting_position=document.get("StartingPosition") or "LATEST",
        bisect=bool(document.get("BisectBatchOnFunctionError")),
        maximum_retries=_limit(document.get("MaximumRetryAttempts")),
        maximum_record_age=_limit(document.get("MaximumRecordAgeInSeconds")),
        on_failure=(destinations.get("OnFailure") or {}).get("Destination"),
        parallelization=document.get("ParallelizationFactor") or 1,
        tumbling_window=document.get("TumblingWindowInSeconds") or 0,
        starting_timestamp=moment.timestamp() if moment else None,
    )


def _durable(config: DurableConfigTypeDef | None) -> DurableConfig | None:
    if config is None:
        return None
    return DurableConfig(
        int(config.get("ExecutionTimeout") or 86_400),
        int(config.get("RetentionPeriodInDays") or 14),
        config.get("KMSKeyArn") or "",
    )


def _limit(value: int | None) -> int | None:
    """AWS writes "no limit" as -1, and leaves it out where it was never set."""
    return None if value is None or value < 0 else value
