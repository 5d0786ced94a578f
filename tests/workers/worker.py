"""A forked worker: it runs the tests that it is handed, and sends their reports."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import pytest
from _pytest.capture import CaptureManager, FDCapture
from _pytest.config import create_terminal_writer

from tests.workers.messages import Ready, Run, TestEnded, Trouble


class Silent:
    """Stands where the terminal's reporter is expected: the other process reports."""

    def __init__(self, config: pytest.Config) -> None:
        # What is said of a test that hangs is for the reader at once.
        self._tw = create_terminal_writer(config, sys.__stderr__)


class Sender:
    """Sends the reports of each test once it is over."""

    def __init__(self, config: pytest.Config, connection: Connection) -> None:
        self._config = config
        self._connection = connection
        self._reports: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what pytest makes of a report."""
        self._reports.append(
            self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        )

    def pytest_runtest_logfinish(self) -> None:
        """Send what there is."""
        self._connection.send(TestEnded(self._reports))
        self._reports = []


def work(session: pytest.Session, connection: Connection, others: Iterable[Connection], name: str) -> None:
    """Run tests until there are no more, or until the other process has gone.

    Parameters
    ----------
    connection
        To the process that hands out the tests.
    others
        That process's connections, of which a fork has copies: a worker must notice that it has ended.
    name
        Of the folder that the tests' own are in.
    """
    for other in others:
        other.close()
    _be_a_worker(session.config, connection, name)
    try:
        with contextlib.suppress(EOFError, BrokenPipeError, KeyboardInterrupt):
            _run(session, connection)
        session._setupstate.teardown_exact(None)
    except BaseException:
        with contextlib.suppress(OSError):
            connection.send(Trouble(traceback.format_exc()))


def _be_a_worker(config: pytest.Config, connection: Connection, name: str) -> None:
    """Have files of its own for what tests print and write."""
    plugins = config.pluginmanager
    capture = plugins.get_plugin("capturemanager")
    if isinstance(capture, CaptureManager) and capture._global_capturing is not None:
        for captured in (capture._global_capturing.out, capture._global_capturing.err):
            if isinstance(captured, FDCapture):
                _have_own_file(captured.tmpfile.fileno())
    plugins.unregister(name="terminalreporter")
    plugins.register(Silent(config), "terminalreporter")
    plugins.register(Sender(config, connection))
    factory = config._tmp_path_factory  # type: ignore[attr-defined]
    factory._basetemp = factory.getbasetemp() / name
    factory._basetemp.mkdir(mode=0o700)


def _have_own_file(descriptor: int) -> None:
    """Let a descriptor be another file's: handlers of logs have the object that it belongs to."""
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), descriptor, inheritable=False)


def _run(session: pytest.Session, connection: Connection) -> None:
    tests = _tests(connection)
    test = next(tests, None)
    while test is not None:
        item = session.items[test]
        following = next(tests, None)
        nextitem = None if following is None else session.items[following]
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        test = following


def _tests(connection: Connection) -> Iterator[int]:
    """Yield what comes; more is wanted when the last of a unit is to start, to know what comes after it."""
    while True:
        connection.send(Ready())
        message = connection.recv()
        assert isinstance(message, Run)
        if not message.tests:
            return
        yield from message.tests
