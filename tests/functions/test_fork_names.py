"""A forked environment's name in lists of processes."""

from __future__ import annotations

import sys

import pytest

from tests.functions.conftest import Bench
from tests.functions.helpers import value

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="environments are forked on Linux alone")


@pytest.fixture
def forked() -> bool:
    return True


async def test_fork_is_named_after_the_module_of_its_handler(bench: Bench) -> None:
    await bench.service.prepared()
    bench.define("run", "inside.run")
    look = b'{"code": "import pathlib; answer = pathlib.Path(\'/proc/self/comm\').read_text()"}'
    assert value(await bench.service.invoke("run", look)) == "inside\n"
