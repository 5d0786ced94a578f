"""Every handler is traced, by Powertools' Tracer on our own provider, and says whose order it was about."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from resolvers import start_orders, validate_order
from resolvers.redelivery import read_message, to_message
from tests.orders.samples import an_order
from tests.resolvers.conftest import HEADER, Documents, World, event
from tests.resolvers.test_cold_start import HANDLERS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", sorted(set(HANDLERS) - {"stream_events"}))
def test_every_handler_is_traced(name: str) -> None:
    source = (ROOT / "resolvers" / f"{name}.py").read_text("utf-8")
    assert re.search(
        r"^@traced\n@logger\.inject_lambda_context\(clear_state=True\)\n(@durable_execution\n)?def handler\(",
        source,
        re.M,
    )


def test_each_order_of_a_batch_is_a_subsegment(
    world: World, context: LambdaContext, documents: Documents
) -> None:
    start_orders.handler(event("order_queue"), context)
    document = documents.next()
    assert document["name"] == "## handler"
    assert document["trace_id"] == "1-6569a0c0-0123456789abcdef01234567"
    assert document["parent_id"] == "53995c3f42cd8ad8"
    assert document["annotations"]["Service"] == "orderwire"
    parts = document["subsegments"]
    requests = [json.loads(record["body"])["orderId"] for record in event("order_queue")["Records"]]
    assert [part["annotations"]["order_id"] for part in parts] == requests
    assert {part["name"] for part in parts} == {"start order"}


def test_message_of_another_trace_is_recorded_in_its_own(
    world: World, context: LambdaContext, documents: Documents
) -> None:
    batch = event("order_queue")
    other = "Root=1-6569a0c0-ffffffffffffffffffffffff;Parent=53995c3f42cd8ad9;Sampled=1"
    for record, header in zip(batch["Records"], [other, HEADER], strict=False):
        record["attributes"]["AWSTraceHeader"] = header
    start_orders.handler(batch, context)
    segment, invocation = documents.next(), documents.next()
    assert (segment["name"], invocation["name"]) == ("orderwire-worker", "## handler")
    assert (segment["trace_id"], segment["parent_id"]) == (
        "1-6569a0c0-ffffffffffffffffffffffff",
        "53995c3f42cd8ad9",
    )
    assert segment["subsegments"] == invocation["subsegments"][:1]


def test_exception_of_a_handler_is_traced_without_its_event(
    world: World, context: LambdaContext, documents: Documents
) -> None:
    order = an_order()
    with pytest.raises(Exception, match="order"):
        validate_order.handler({"orderId": order.order_id}, context)
    document = documents.next()
    assert document["fault"] is True
    assert document["annotations"]["order_id"] == order.order_id
    assert "metadata" not in document


def test_order_is_started_within_the_trace_of_its_message(world: World, context: LambdaContext) -> None:
    from orders.submission import record_order

    document = event("order_queue")
    order_id = json.loads(document["Records"][0]["body"])["orderId"]
    record_order(an_order(order_id), world.store, HEADER)
    document["Records"] = document["Records"][:1]
    start_orders.handler(document, context)
    assert world.workflows.traces == {order_id: HEADER}


@pytest.mark.parametrize("trace", [None, HEADER])
def test_delayed_change_keeps_its_trace(trace: str | None) -> None:
    from orders.model import received

    change = received(an_order(), trace).change(1)
    assert read_message(to_message("appsync", change)) == ("appsync", change)


def test_tracer_loads_no_sdk() -> None:
    code = "import sys, resolvers.tracer; print('aws_xray_sdk.core' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_stream_is_traced_until_it_is_open(
    world: World, context: LambdaContext, documents: Documents
) -> None:
    from resolvers import stream_events

    answer = stream_events.handler({"requestContext": {"resourcePath": "/events"}}, context)
    document = documents.next()
    assert (document["name"], document["annotations"]) == ("## handler", {"status": answer.status})
    stream_events.RECORDER.close()
