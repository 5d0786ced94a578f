"""Lambda: event source mappings are refused as AWS refuses them, and read back as they were asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from localcloud.engine.mends.functions_rules import checked, fail, refusal_of
from localcloud.engine.ministack.lambda_svc import Lambda, lambda_svc
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    wrap_handler,
)
from localcloud.lambda_rules import Problem, mapping_problems, service_of

MAPPING = "AWS::Lambda::EventSourceMapping"
NUMBERS = (
    "BatchSize",
    "MaximumBatchingWindowInSeconds",
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
)
# What the rules of an update look at beside what the update changes.
TOGETHER = (
    *("BatchSize", "MaximumBatchingWindowInSeconds", "StartingPosition", "StartingPositionTimestamp"),
    *("ParallelizationFactor", "TumblingWindowInSeconds"),
)
STREAM_BATCH = 100


@mend("lambda.stream_consumers")
def consumers_are_sources(context: Context) -> None:
    """Take the ARN of a stream's consumer, with a throughput of its own, for a source.

    MiniStack calls it an invalid event source.
    """

    @Lambda.kinesis_stream_name_from_arn_spec.wrap
    def _(before: Function) -> Function:
        def name(spec: Any) -> str | None:
            parts = spec.resource.split("/")
            if spec.service == "kinesis" and len(parts) == 4 and parts[::2] == ["stream", "consumer"]:
                return str(parts[1])
            stream: str | None = before(spec)
            return stream

        return name


@mend("lambda.mapping_properties")
def mapping_properties_are_kept(context: Context) -> None:
    """Store an event source mapping's numbers as numbers, its window and real state, and AWS's batch size.

    MiniStack's CloudFormation keeps numbers as the text that a template may hold, calls a mapping
    with ``Enabled: false`` enabled, drops StartingPositionTimestamp, and gives streams the queues'
    default batch of 10 where AWS has 100. It maps a source to the same function twice.
    """

    def prepared(props: Record) -> Record:
        fixed = {
            **props,
            **{name: int(props[name]) for name in NUMBERS if props.get(name) is not None},
        }
        if fixed.get("BatchSize") is None and ":sqs:" not in str(props.get("EventSourceArn", "")):
            fixed["BatchSize"] = STREAM_BATCH
        fixed["Enabled"] = str(props.get("Enabled", True)).lower() == "true"
        return fixed

    def settle(mapping_id: str, props: Record) -> None:
        mapping = lambda_svc.event_source_mappings[mapping_id]
        mapping["State"] = "Enabled" if prepared(props)["Enabled"] else "Disabled"
        mapping["TumblingWindowInSeconds"] = int(props.get("TumblingWindowInSeconds") or 0)
        if props.get("StartingPositionTimestamp") is not None:
            mapping["StartingPositionTimestamp"] = float(props["StartingPositionTimestamp"])

    @wrap_handler(MAPPING, "create")
    def _(before: Function) -> Function:
        def create(logical_id: str, props: Record, stack: str) -> Any:
            conflict = _conflict(lambda_svc, props)
            if conflict is not None:
                raise ValueError(f"{conflict} (Service: Lambda, Status Code: 409)")
            mapping_id, attributes = before(logical_id, prepared(props), stack)
            settle(mapping_id, props)
            return mapping_id, attributes

        return create

    @wrap_handler(MAPPING, "update")
    def _(before: Function) -> Function:
        def update(physical_id: str, old: Record, new: Record, stack: str) -> Any:
            mapping_id, attributes = before(physical_id, old, prepared(new), stack)
            settle(mapping_id, new)
            return mapping_id, attributes

        return update


@mend("lambda.mapping_rules")
def mappings_are_checked(context: Context) -> None:
    """Refuse event source mappings that AWS refuses, by the API and by a template.

    MiniStack checks the source's ARN and ScalingConfig alone, and maps a source to a function twice.
    By the API it also drops TumblingWindowInSeconds and StartingPositionTimestamp, and gives streams
    batches of 10.
    """

    @Lambda.create_event_source_mapping.wrap
    def _(before: Function) -> Function:
        def create(data: Record) -> Response:
            source = str(data.get("EventSourceArn", ""))
            refusal = refusal_of(lambda_svc, mapping_problems(data, source))
            if refusal is not None:
                return refusal
            conflict = _conflict(lambda_svc, data)
            if conflict is not None:
                response: Response = lambda_svc.error_response_json(
                    "ResourceConflictException", conflict, 409
                )
                return response
            size = {} if service_of(source) == "sqs" else {"BatchSize": STREAM_BATCH}
            return _with_stream_options(lambda_svc, before({**size, **data}), data)

        return create

    @Lambda.update_event_source_mapping.wrap
    def _(before: Function) -> Function:
        def update(mapping_id: str, data: Record) -> Response:
            current = lambda_svc.event_source_mappings.get(mapping_id)
            if current is None:
                response: Response = before(mapping_id, data)
                return response
            merged = {**{name: current[name] for name in TOGETHER if name in current}, **data}
            source = current["EventSourceArn"]
            if service_of(source) == "sqs":  # MiniStack keeps a position for queues that a template made
                merged.pop("StartingPosition", None)
                if not merged.get("TumblingWindowInSeconds"):
                    merged.pop("TumblingWindowInSeconds", None)
            refusal = refusal_of(lambda_svc, mapping_problems(merged, source))
            return refusal or _with_stream_options(lambda_svc, before(mapping_id, data), data)

        return update

    def problems(props: Record) -> Iterable[Problem]:
        return mapping_problems(props, str(props.get("EventSourceArn", "")))

    for verb, place in (("create", 1), ("update", 2)):
        wrap_handler(MAPPING, verb)(checked(lambda props: fail(problems(props)), place))
    Lambda.validate_scaling_config.replace(lambda _data, _source="": None)


def _with_stream_options(lambda_svc: Lambda, response: Response, data: Record) -> Response:
    names = ("TumblingWindowInSeconds", "StartingPositionTimestamp")
    options = {name: data[name] for name in names if data.get(name) is not None}
    if response[0] >= 300 or not options:
        return response
    mapping = lambda_svc.event_source_mappings[json.loads(response[2])["UUID"]]
    mapping.update(options)
    return response[0], response[1], json.dumps(lambda_svc.esm_response(mapping)).encode()


def _conflict(lambda_svc: Lambda, config: Record) -> str | None:
    """Return AWS's words about a mapping of the same source to the same function; None without one."""
    resolve = lambda_svc.resolve_existing_esm_function
    name, qualifier, refusal = resolve(config.get("FunctionName", ""))
    source = config.get("EventSourceArn")
    if refusal is not None or not source:
        return None
    for mapping in lambda_svc.event_source_mappings.values():
        own = mapping["EventSourceArn"], mapping["FunctionName"], mapping.get("Qualifier") or None
        if own == (source, name, qualifier or None):
            return (
                f'The event source arn (" {source} ") and function (" {name} ") provided mapping already '
                f"exists. Please update or delete the existing mapping with UUID {mapping['UUID']}"
            )
    return None
