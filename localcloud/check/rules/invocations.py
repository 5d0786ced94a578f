"""Asynchronous invocations, dead letters and event source mappings that Lambda refuses, or that lose records.

What Lambda refuses is said by the very rules that the engine refuses by.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.check.arns import Arns
from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values
from localcloud.lambda_rules import (
    EVENT_RANGES,
    MAPPING_RANGES,
    POLLED,
    Problem,
    dead_letter_problems,
    event_invoke_problems,
    mapping_problems,
    service_of,
    undeliverable,
)
from localcloud.stack.template import Json, properties, resources

# What SAM calls a destination's service, and its ARN where SAM makes one.
_SAM_TYPES: Final = {
    "SQS": "arn:aws:sqs:us-east-1:000000000000:sam",
    "SNS": "arn:aws:sns:us-east-1:000000000000:sam",
}
_SAM_SOURCES: Final = {"SQS": "Queue", "DynamoDB": "Stream", "Kinesis": "Stream"}
# What else a mapping polls on AWS.
_SAM_UNPOLLED: Final = {"MSK": "kafka", "SelfManagedKafka": "kafka", "MQ": "mq", "DocumentDB": "rds"}


def check_invocations(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find configurations that Lambda refuses, and destinations that get nothing."""
    reader = _Reader(template)
    for logical_id, resource in resources(template).items():
        for path, rule, problem in reader.problems(logical_id, str(resource["Type"]), properties(resource)):
            at = places.of(logical_id, *path, problem.name)
            yield Finding(at, Severity.ERROR, rule, f"{logical_id}: {problem.message}")


_Problems = Iterator[tuple[tuple[str, ...], str, Problem]]


class _Reader:
    """Reads the parts of a template that say when and for whom functions are invoked."""

    def __init__(self, template: dict[str, Json]) -> None:
        self._arns = Arns(template)
        self._resources = resources(template)
        self._values = Values(template)

    def problems(self, name: str, kind: str, values: Mapping[str, Json]) -> _Problems:
        """Yield where a problem of a resource stands, the rule that finds it, and the problem."""
        match kind:
            case "AWS::Lambda::EventInvokeConfig":
                function = self._arns.read(values.get("FunctionName")) or ""
                # A Ref is the function's name: of its logical id, as in its ARN here.
                function = function.removeprefix("the Ref of ").partition(" ")[0]
                yield from self._event_config((), values, function, self._own_name(function))
            case "AWS::Lambda::Function":
                yield from self._dead_letters("DeadLetterConfig", values)
                yield from self._concurrency(values)
            case "AWS::Lambda::EventSourceMapping":
                source = self._arns.read(values.get("EventSourceArn")) or ""
                yield from self._mapping((), values, source)
            case "AWS::Serverless::Function":
                yield from self._dead_letters("DeadLetterQueue", values)
                yield from self._concurrency(values)
                config = values.get("EventInvokeConfig")
                if isinstance(config, dict) and config:
                    yield from self._event_config(("EventInvokeConfig",), config, name, self._own_name(name))
                events = values.get("Events")
                for event, body in events.items() if isinstance(events, dict) else ():
                    yield from self._event(event, body)

    def _own_name(self, logical_id: str) -> str:
        """Return the name that a template gives a function; without one its logical id."""
        values = properties(self._resources.get(logical_id, {}))
        return self._values.text(values.get("FunctionName")) or logical_id

    def _event(self, event: str, body: Json) -> _Problems:
        kind = body.get("Type") if isinstance(body, dict) else None
        values = body.get("Properties") if isinstance(body, dict) else None
        if isinstance(kind, str) and kind in _SAM_SOURCES and isinstance(values, dict):
            source = self._arns.read(values.get(_SAM_SOURCES[kind])) or ""
            yield from self._mapping(("Events", event, "Properties"), values, source)
        if isinstance(kind, str) and kind in _SAM_UNPOLLED:
            yield ("Events", event), "unsupported-source", Problem("Type", _unpolled(_SAM_UNPOLLED[kind]))

    def _event_config(self, path: tuple[str, ...], values: Mapping[str, Json], *functions: str) -> _Problems:
        """Check a configuration of the function that has these names: its logical id, and its own."""
        config = self._config(values, tuple(EVENT_RANGES))
        problems = {problem: None for name in functions for problem in event_invoke_problems(config, name)}
        for problem in problems:
            yield path, "event-invoke-config", problem
        yield from self._undeliverable(path, config)

    def _mapping(self, path: tuple[str, ...], values: Mapping[str, Json], source: str) -> _Problems:
        config = self._config(values, (*MAPPING_RANGES, "StartingPositionTimestamp"))
        for problem in mapping_problems(config, source):
            yield path, "event-source-mapping", problem
        yield from self._undeliverable(path, config)
        service = service_of(source)
        if source and service is None:
            yield path, "event-source-mapping", Problem("EventSourceArn", f"{source} is no ARN")
        if service is not None and service not in POLLED:
            yield path, "unsupported-source", Problem("EventSourceArn", _unpolled(service))
        if values.get("SelfManagedEventSource"):
            yield path, "unsupported-source", Problem("SelfManagedEventSource", _unpolled("kafka"))

    def _dead_letters(self, name: str, values: Mapping[str, Json]) -> _Problems:
        config = values.get(name)
        arn = self._arns.read(config.get("TargetArn")) if isinstance(config, dict) else None
        for problem in dead_letter_problems(arn):
            yield (), "dead-letter-config", Problem(name, problem.message)
        if arn is not None and (reason := undeliverable(arn)):
            yield (), "dead-letter-config", Problem(name, f"{arn}: {reason}")

    def _concurrency(self, values: Mapping[str, Json]) -> _Problems:
        name = "ReservedConcurrentExecutions"
        text = self._values.text(values.get(name))
        if text is not None and not text.isdecimal():
            message = f"{name} is {text}, and 0 is the least: then events go straight to their destination"
            yield (), "reserved-concurrency", Problem(name, message)

    def _undeliverable(self, path: tuple[str, ...], config: Mapping[str, Json]) -> _Problems:
        both = config.get("DestinationConfig")
        for side in both.values() if isinstance(both, dict) else ():
            arn = side.get("Destination") if isinstance(side, dict) else None
            if isinstance(arn, str) and (reason := undeliverable(arn)):
                problem = Problem("DestinationConfig", f"{arn}: {reason}")
                yield path, "destination-undeliverable", problem

    def _config(self, values: Mapping[str, Json], numbers: tuple[str, ...]) -> dict[str, Json]:
        """Return the values with what their functions come to; what is not known stays as it is."""
        config = dict(values)
        for name in numbers:
            if name in config:
                text = self._values.text(config[name])
                config[name] = config[name] if text is None else text
        both = config.get("DestinationConfig")
        if isinstance(both, dict):
            config["DestinationConfig"] = {side: self._destination(body) for side, body in both.items()}
        return config

    def _destination(self, body: Json) -> Json:
        if not isinstance(body, dict):
            return body
        if body.get("Destination") is None:  # SAM makes queues and topics
            return {"Destination": _SAM_TYPES.get(str(body.get("Type")))}
        return {"Destination": self._arns.read(body["Destination"])}


def _unpolled(service: str) -> str:
    return f"the local cloud polls queues, table streams and Kinesis, and not {service}"
