"""What holds for all tests: random examples, and what a quick run leaves out."""

from __future__ import annotations

import functools
import gc
import re
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.session
import botocore.useragent
import pytest
from botocore.hooks import EventAliaser
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.workers.plugin"]
# What takes long on a busy machine is not wrong.
settings.register_profile(
    "thorough", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
# The same examples each time: a quick run says of one commit what it said of it before.
settings.register_profile(
    "quick", settings.get_profile("thorough"), max_examples=12, derandomize=True, database=None
)
settings.load_profile("thorough")

# What runs in the background of a script ignores SIGINT, and so does all that it starts: tests of Ctrl-C
# would wait for ever.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SLOW_MODULE = re.compile(r"^pytestmark = (\[[^\]]*)?pytest\.mark\.slow\b", re.MULTILINE)


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
        # A test's garbage is little beside what stays: look for it less often than every 700 objects.
        gc.set_threshold(20_000)
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Iterator[None]:
    """Start once what the tests of all workers fork processes from; which tests do, their imports say."""
    if session.config.option.workers and not session.config.option.collectonly:
        for name, start in (("tests.forked", "start"), ("tests.engine.template", "template")):
            if name in sys.modules:
                getattr(sys.modules[name], start)()
    return (yield)


@pytest.fixture(scope="session", autouse=True)
def _botocore() -> Iterator[None]:
    """Work out once what is the same for all of botocore's sessions.

    Each would read AWS's service models again, 60 ms a client, and the names of its events, 3 ms a session;
    each call would clean the same parts of its user agent.
    """
    names: dict[str, str] = {}
    alias: Callable[[EventAliaser, str], str] = vars(EventAliaser)["_alias_event_name"]

    def alias_once(emitter: EventAliaser, name: str) -> str:
        if name not in names:
            names[name] = alias(emitter, name)
        return names[name]

    with pytest.MonkeyPatch.context() as patch:
        clean = botocore.useragent.sanitize_user_agent_string_component
        patch.setattr(botocore.useragent, clean.__name__, functools.cache(clean))
        patch.setattr(EventAliaser, "_alias_event_name", alias_once)
        patch.setattr(botocore.session, "create_loader", functools.cache(botocore.session.create_loader))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """Fail the test that leaves SIGINT to another handler: a later test of Ctrl-C would wait for ever."""
    yield
    handler = signal.getsignal(signal.SIGINT)
    if handler is not signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        pytest.fail(f"SIGINT is handled by {handler}")
