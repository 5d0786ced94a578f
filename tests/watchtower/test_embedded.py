"""The embedded metric format: what a line that breaks it does, and what it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localcloud.watchtower.facade import EmbeddedError, Metrics, take_embedded


def line(*, moment: Any = 0, directive: Any = None, **members: Any) -> str:
    directive = directive or {"Namespace": "Shop", "Dimensions": [["S"]], "Metrics": [{"Name": "Took"}]}
    metadata = {"Timestamp": moment, "CloudWatchMetrics": [directive]}
    return json.dumps({"_aws": metadata, "S": "pay", "Took": 1, **members})


def test_metrics_of_an_embedded_line_are_read() -> None:
    metrics = Metrics()
    assert take_embedded(line(Took=[1, 2.5]), metrics) == 2


@pytest.mark.parametrize(
    "text",
    [
        line(Took="1"),
        line(Took=True),
        line(Took=float("nan")),
        line(Took=[1, float("inf")]),
        line(Took=10**400),
        line(moment=float("nan")),
        line(moment=1e300),
        line(moment=-1),
        line(moment=True),
        line(S=3),
        line(directive={"Namespace": "Shop", "Dimensions": 5, "Metrics": [{"Name": "Took"}]}),
        line(directive={"Namespace": "Shop", "Dimensions": [[["S"]]], "Metrics": [{"Name": "Took"}]}),
        line(directive={"Namespace": "Shop", "Dimensions": [["S"]], "Metrics": 5}),
    ],
)
def test_malformed_embedded_line_is_refused_whole(text: str) -> None:
    metrics = Metrics()
    with pytest.raises(EmbeddedError):
        take_embedded(text, metrics)
    assert metrics.drain() == []


@pytest.mark.parametrize(
    "text", ['{"_aws":' * 3000, '{"_aws": {"a":' + "[" * 100_000 + "]" * 100_000 + "}}", '{"_aws": 5}']
)
def test_line_without_metrics_is_a_plain_line(text: str) -> None:
    assert take_embedded(text, Metrics()) == 0
