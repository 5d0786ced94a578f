"""Names, ARNs, and when the control plane is asked again."""

from __future__ import annotations

import asyncio

import pytest
from botocore.exceptions import EndpointConnectionError

from localcloud.functions import EngineUnavailable, FunctionNotFound
from localcloud.functions.model import FunctionDefinition
from localcloud.functions.registry import FunctionReference, Registry, parse_reference
from tests.functions.fakes import FakeControl


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("work", ("work", "")),
        ("work:live", ("work", "live")),
        ("work:$LATEST", ("work", "$LATEST")),
        ("work:3", ("work", "3")),
        ("123456789012:function:work", ("work", "")),
        ("arn:aws:lambda:eu-west-1:123456789012:function:work", ("work", "")),
        ("arn:aws:lambda:eu-west-1:123456789012:function:work:live", ("work", "live")),
    ],
)
def test_function_reference_is_parsed(text: str, reference: tuple[str, str]) -> None:
    assert parse_reference(text) == reference


@pytest.mark.parametrize("text", ["", "a b", "work:a:b", "arn:aws:sqs:eu-west-1:123456789012:work"])
def test_invalid_reference_names_no_function(text: str) -> None:
    with pytest.raises(FunctionNotFound):
        parse_reference(text)


WORK = FunctionReference("work", "")


async def test_definition_is_read_once_until_something_changes() -> None:
    control = FakeControl()
    control.define("work", "app.handler")
    registry = Registry(control)
    await asyncio.gather(*(registry.find(WORK) for _ in range(5)))
    assert control.calls == 1
    control.define("work", "app.other")
    assert (await registry.find(WORK)).handler == "app.handler"
    registry.changed()
    assert (await registry.find(WORK)).handler == "app.other"


async def test_missing_function_is_read_again_each_time() -> None:
    control = FakeControl()
    registry = Registry(control)
    with pytest.raises(FunctionNotFound):
        await registry.find(WORK)
    control.define("work", "app.handler")
    assert (await registry.find(WORK)).name == "work"


async def test_unreachable_engine_is_named() -> None:
    class Gone(FakeControl):
        async def function(self, name: str, qualifier: str) -> FunctionDefinition | None:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    with pytest.raises(EngineUnavailable, match="Function work cannot be read from the engine: Could not"):
        await Registry(Gone()).find(WORK)
