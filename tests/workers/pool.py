"""The process that has collected the tests: it hands them out, and reports how they ended."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess

import pytest

from tests.workers.messages import Ready, Run, TestEnded, Trouble
from tests.workers.worker import work

CONTEXT = multiprocessing.get_context("fork")
# To end what its tests have started: local clouds, engines, functions.
SECONDS_TO_END = 60


class Worker:
    """A forked process, and the tests that it still has, the current one first.

    Parameters
    ----------
    backwards
        Whether it takes the last unit that is left. The first ones wait for processes more than they compute;
        the last ones compute meanwhile.
    """

    def __init__(self, process: ForkProcess, connection: Connection, *, backwards: bool) -> None:
        self.process = process
        self.connection = connection
        self.backwards = backwards
        self.tests: deque[int] = deque()


class Pool:
    """The workers of a run.

    Parameters
    ----------
    session
        After its collection.
    units
        Indexes of its tests; each unit goes to one worker, in this order but for the workers that take them
        from the end.
    """

    def __init__(self, session: pytest.Session, units: Iterable[Sequence[int]]) -> None:
        self._session = session
        self._hook = session.config.hook
        self._units = deque(units)
        self._longest = self._units[0][0] if self._units else None
        self._workers: list[Worker] = []
        self._forks = 0

    def run(self, count: int) -> None:
        """Run all tests, ``count`` units of them at a time, a third of the workers from the end."""
        # The folder for all of them, before there are several that would look for a name.
        self._session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]
        try:
            for number in range(min(count, len(self._units))):
                self._fork(backwards=number < count // 3)
            while self._workers:
                ready = wait([worker.connection for worker in self._workers])
                for worker in [each for each in self._workers if each.connection in ready]:
                    self._receive(worker)
        finally:
            self._end()

    def _fork(self, *, backwards: bool) -> None:
        ours, theirs = CONTEXT.Pipe()
        others = [worker.connection for worker in self._workers]
        name = f"worker-{self._forks}"
        self._forks += 1
        process = CONTEXT.Process(target=work, args=(self._session, theirs, [ours, *others], name))
        process.start()
        theirs.close()
        self._workers.append(Worker(process, ours, backwards=backwards))

    def _receive(self, worker: Worker) -> None:
        message: object = None
        with contextlib.suppress(EOFError, ConnectionResetError):
            message = worker.connection.recv()
        match message:
            case Ready():
                unit = self._next_unit(worker)
                worker.tests.extend(unit)
                worker.connection.send(Run(unit))
            case TestEnded(reports):
                self._report(worker.tests.popleft(), reports)
            case None:
                self._gone(worker)
            case Trouble(text):
                pytest.exit(text, returncode=pytest.ExitCode.INTERNAL_ERROR)

    def _next_unit(self, worker: Worker) -> Sequence[int]:
        if not self._units:
            return ()
        # A worker asks when its last test begins. What follows the longest of all waits for its end.
        begins_the_longest = list(worker.tests) == [self._longest]
        return self._units.pop() if worker.backwards or begins_the_longest else self._units.popleft()

    def _report(self, test: int, reports: Iterable[dict[str, object]]) -> None:
        location = None
        for data in reports:
            report = self._hook.pytest_report_from_serializable(config=self._session.config, data=data)
            self._hook.pytest_runtest_logreport(report=report)
            location = report.location  # of the item itself it would be worked out again
        self._hook.pytest_runtest_logfinish(nodeid=self._session.items[test].nodeid, location=location)
        if self._session.shouldfail:
            raise self._session.Failed(self._session.shouldfail)
        if self._session.shouldstop:
            raise self._session.Interrupted(self._session.shouldstop)

    def _gone(self, worker: Worker) -> None:
        """Go on without a worker; the test that ended it has failed, and another runs the others."""
        worker.process.join()
        worker.connection.close()
        self._workers.remove(worker)
        if not worker.tests:
            return
        item = self._session.items[worker.tests[0]]
        text = f"the test's process ended with exit code {worker.process.exitcode}"
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", text, "call")
        data = self._hook.pytest_report_to_serializable(config=self._session.config, report=report)
        self._report(worker.tests.popleft(), [data])
        if worker.tests:
            self._units.appendleft(tuple(worker.tests))
        if self._units:
            self._fork(backwards=worker.backwards)

    def _end(self) -> None:
        """End the workers that are left: the run was interrupted, or has failed as often as it may."""
        for worker in self._workers:
            worker.connection.close()
            if worker.process.pid is not None and worker.process.is_alive():
                os.kill(worker.process.pid, signal.SIGINT)
        for worker in self._workers:
            worker.process.join(SECONDS_TO_END)
            worker.process.kill()
        self._workers.clear()
