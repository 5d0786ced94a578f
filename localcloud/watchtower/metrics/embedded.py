"""CloudWatch's embedded metric format: metrics in a line of a function's log.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from typing import Any, Final

from localcloud.watchtower.metrics.limits import MOST_DIMENSIONS, is_value
from localcloud.watchtower.metrics.sink import Metrics

# What every such line has; looking for it is all that other lines cost.
MARK: Final = '"_aws"'
# Milliseconds since 1970 of the last moment that a clock can show.
LAST_MOMENT: Final = 253_402_300_799_999


class EmbeddedError(ValueError):
    """A line that says it holds metrics, and does not follow the specification."""


def take_embedded(line: str, metrics: Metrics) -> int:
    """Put the metrics of a log line; return how many values there were.

    Raises
    ------
    EmbeddedError
        The line has the metadata's key, and breaks the specification: AWS drops it in silence.

    Examples
    --------
    >>> metrics = Metrics(clock=lambda: 0.0)
    >>> take_embedded('{"_aws": {"Timestamp": 0, "CloudWatchMetrics": [{"Namespace": "Shop", '
    ...               '"Dimensions": [["Service"]], "Metrics": [{"Name": "Orders", "Unit": "Count"}]}]}, '
    ...               '"Service": "pay", "Orders": [1, 2]}', metrics)
    2
    >>> [(drained.namespace, drained.dimensions) for drained in metrics.drain()]
    [('Shop', (('Service', 'pay'),))]
    """
    if MARK not in line:
        return 0
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return 0
    metadata = document.get("_aws") if isinstance(document, dict) else None
    if not isinstance(metadata, dict) or "CloudWatchMetrics" not in metadata:
        return 0
    moment = metadata.get("Timestamp")
    if not is_value(moment) or not 0 <= moment <= LAST_MOMENT:
        raise EmbeddedError("_aws.Timestamp is not a number of milliseconds")
    directives = metadata["CloudWatchMetrics"]
    if not isinstance(directives, list):
        raise EmbeddedError("_aws.CloudWatchMetrics is not a list")
    return sum(_directive(directive, document, moment / 1000, metrics) for directive in directives)


def _directive(directive: Any, document: dict[str, Any], at: float, metrics: Metrics) -> int:
    if not isinstance(directive, dict) or not isinstance(directive.get("Namespace"), str):
        raise EmbeddedError("a metric directive has no Namespace")
    listed, definitions = directive.get("Dimensions") or [[]], directive.get("Metrics") or []
    if not isinstance(listed, list) or not isinstance(definitions, list):
        raise EmbeddedError("Dimensions and Metrics of a metric directive are lists")
    sets = [_dimensions(names, document) for names in listed]
    metrics_read = 0
    for definition in definitions:
        name = definition.get("Name") if isinstance(definition, dict) else None
        if not isinstance(name, str):
            raise EmbeddedError("a metric definition has no Name")
        values = document.get(name)
        numbers: list[Any] = values if isinstance(values, list) else [values]
        if not all(map(is_value, numbers)):
            raise EmbeddedError(f"the value of {name} is not a number that CloudWatch takes")
        resolution = 1 if definition.get("StorageResolution") == 1 else None
        for dimensions in sets:
            for number in numbers:
                metrics.put(
                    directive["Namespace"],
                    name,
                    dimensions,
                    number,
                    str(definition.get("Unit") or "None"),
                    at,
                    resolution=resolution,
                )
        metrics_read += len(numbers)
    return metrics_read


def _dimensions(names: Any, document: dict[str, Any]) -> dict[str, str]:
    if not isinstance(names, list) or len(names) > MOST_DIMENSIONS:
        raise EmbeddedError(f"a dimension set is a list of up to {MOST_DIMENSIONS} names")
    missing = [name for name in names if not isinstance(name, str) or not isinstance(document.get(name), str)]
    if missing:
        raise EmbeddedError(f"the dimension {missing[0]} has no text as its value")
    return {name: document[name] for name in names}
