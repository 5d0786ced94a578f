"""Lines that are written the short way are those that Powertools writes."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from aws_lambda_powertools.logging import Logger
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resolvers.log import LineLogger, logger
from tests.resolvers.conftest import HEADER, Log

values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
names = st.from_regex(r"k_[a-z]{1,8}", fullmatch=True) | st.just("correlation_id")
documents = st.dictionaries(names, values | st.lists(values, max_size=3), max_size=4)
messages = st.text().map(lambda text: f"order {text}")  # a text that is JSON is no line of ours


def written(log: LineLogger | Logger, stream: io.StringIO) -> dict[str, Any]:
    text = stream.getvalue()
    assert text.endswith("\n") and text.count("\n") == 1
    line: dict[str, Any] = json.loads(text)
    stream.truncate(stream.seek(0))
    return line


@pytest.mark.parametrize("header", ["", HEADER])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=messages, kept=documents, keys=documents)
def test_short_line_is_the_one_that_powertools_writes(
    monkeypatch: pytest.MonkeyPatch, header: str, message: str, kept: Any, keys: Any
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)
    stream = io.StringIO()
    both = [
        kind(service="orderwire", name=f"compared {kind.__name__}", stream=stream)
        for kind in (Logger, LineLogger)
    ]
    lines = []
    for each in both:
        each.handlers[0].stream = stream  # type: ignore[attr-defined]
        each.structure_logs(cold_start=False, **kept)
        each.info(message, **keys)
        lines.append(written(each, stream))
    theirs, ours = lines
    assert list(ours) == list(theirs)
    assert ours.pop("timestamp")[:10] == theirs.pop("timestamp")[:10]
    assert ours == theirs


def test_line_names_the_place_that_wrote_it(log: Log) -> None:
    logger.info("short")
    logger.info("with an argument: %s", 1)
    short, long = log.lines
    name = "test_line_names_the_place_that_wrote_it"
    place = int(short["location"].partition(":")[2])  # type: ignore[attr-defined]
    assert (short["location"], long["location"]) == (f"{name}:{place}", f"{name}:{place + 1}")
    assert long["message"] == "with an argument: 1"


def test_line_below_the_level_is_not_written(log: Log) -> None:
    before = logger.log_level
    logger.setLevel("WARNING")
    try:
        logger.info("not written")
    finally:
        logger.setLevel(before)
    assert log.lines == []


def test_line_may_carry_an_exception(log: Log) -> None:
    try:
        raise ValueError("no")
    except ValueError:
        logger.info("failed", exc_info=True)
    assert log.lines[0]["exception_name"] == "ValueError"
