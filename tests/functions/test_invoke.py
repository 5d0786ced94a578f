"""A function, invoked: against real processes of AWS's runtime client."""

from __future__ import annotations

import json

import pytest

from localcloud.functions import FunctionNotFound
from tests.functions.conftest import Bench
from tests.functions.fakes import function_arn


async def test_returns_what_the_handler_returns(bench: Bench) -> None:
    bench.define("echo", "basic.echo")
    result = await bench.service.invoke("echo", b'{"order": 1}')
    assert json.loads(result.payload) == {"order": 1}
    assert result.function_error is None


async def test_is_found_by_arn_and_unknown_ones_are_not(bench: Bench) -> None:
    bench.define("echo", "basic.echo")
    assert (await bench.service.invoke(function_arn("echo"), b"1")).payload == b"1"
    with pytest.raises(FunctionNotFound, match="nobody"):
        await bench.service.invoke("nobody", b"{}")
