"""What holds for all tests: random examples, what a quick run leaves out, and how workers share it."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
# What takes long on a busy machine is not wrong.
settings.register_profile(
    "thorough", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# The same examples each time: a quick run says of one commit what it said of it before.
settings.register_profile(
    "quick", settings.get_profile("thorough"), max_examples=25, derandomize=True, database=None
)
settings.load_profile("thorough")

# What runs in the background of a script ignores SIGINT, and so does all that it starts: tests of Ctrl-C
# would wait for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Folders whose tests share a local cloud or an engine, which is to start once and not once a worker.
TOGETHER = frozenset(
    f"tests/{name}" for name in ("access", "companion", "engine", "faults", "integration", "shape")
)
# What waits most comes first, so that no worker is left alone with it at the end.
FIRST = (
    "tests/faults",
    "tests/demo/test_cold_burst.py",
    "tests/demo/test_local_cloud.py",
    "tests/engine",
    "tests/orders/test_fulfilment_life.py",
    "tests/orders/test_order_life.py",
    "tests/localcloud",
    "tests/companion",
    "tests/stack/test_deployer_local.py",
    "tests/shape",
    "tests/access",
    "tests/integration",
    "tests/projects",
    "tests/clients",
    "tests/functions",
    "tests/appsync_clients",
)
SLOW_MODULE = re.compile(r"^pytestmark = (\[[^\]]*)?pytest\.mark\.slow\b", re.MULTILINE)


def unit_of(nodeid: str) -> str:
    """Return the folder or the file that a test goes to a worker with."""
    file = nodeid.partition("::")[0]
    folder = "/".join(file.split("/")[:2])
    return folder if folder in TOGETHER else file


def place_of(nodeid: str) -> int:
    """Return where a test comes in a run that several workers share."""
    return next((n for n, start in enumerate(FIRST) if nodeid.startswith(start)), len(FIRST))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import modules all of whose tests are left out; their packages are large."""
    if config.option.markexpr == "not slow" and collection_path.name.startswith("test_"):
        return bool(SLOW_MODULE.search(collection_path.read_text(encoding="utf-8"))) or None
    return None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without garbage collections: all that comes into being stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Before the first module is collected, let the workers of a whole run compile them all."""
    config = collector.config
    if hasattr(config, "workerinput") and config.args == config.getini("testpaths"):
        _import_all(config)


@functools.cache
def _import_all(config: pytest.Config) -> None:
    """Import all modules, each worker from another place in their row.

    In a fresh clone nothing is compiled: side by side, all workers would compile all of it. Whoever comes
    to a module later finds what another one has compiled.
    """
    paths = [
        path
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if (path.parent / "__init__.py").exists() and not pytest_ignore_collect(path, config)
    ]
    worker: dict[str, Any] = config.workerinput  # type: ignore[attr-defined]
    start = len(paths) * int(worker["workerid"].removeprefix("gw")) // worker["workercount"]
    for path in paths[start:] + paths[:start]:
        with contextlib.suppress(Exception, pytest.skip.Exception):  # pytest tells of it when it comes there
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put first what waits most, where workers share the run."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are processors: tests wait for local clouds half of their time."""
    return min(os.cpu_count() or 1, 5) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give whole files to workers, or whole folders, in their order."""
    if config.option.dist != "loadfile":
        return None
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    config.option.loadscopereorder = False
    scheduling: Any = LoadScopeScheduling(config, log)
    scheduling._split_scope = unit_of  # what xdist's own subclasses override
    return scheduling


@pytest.fixture(scope="session", autouse=True)
def _models() -> Iterator[None]:
    """Read AWS's service models once: each of boto3's sessions reads them anew, for 60 ms a client."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield


@pytest.fixture(autouse=True)
def _interruptible() -> Iterator[None]:
    """Fail the test that leaves SIGINT to another handler: a later test of Ctrl-C would wait for ever."""
    yield
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        pytest.fail(f"SIGINT is handled by {handler}")
