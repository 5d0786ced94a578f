"""The QuickJS context of one API: loads its files, starts and resumes runs.

QuickJS crashes the process when two threads use one context, so a context belongs to the thread that
made it (the event loop's). It cannot call back into Python while a time limit is set; that is why
``util.*`` is JavaScript, in ``runtime/``, and why a run that needs a data source returns to Python
and is resumed with the answer.
"""

from __future__ import annotations

import functools
import json
import os
import re
import struct
import threading
from collections.abc import Callable
from importlib.resources import files
from typing import Final, Protocol, cast

import quickjs  # type: ignore[import-untyped]

from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import Module
from localcloud.appsync.js.zones import zone_changes, zone_names

MEMORY_LIMIT: Final = 64 * 1024 * 1024
"""Bytes for all that one API's resolvers keep; what AWS gives is not documented."""
TIME_LIMIT: Final = 2.0
"""Seconds of processor time for one handler's stretch of work."""
STACK_LIMIT: Final = 512 * 1024

_FILES: Final = (
    *("core", "java_pattern", "codec", "time", "dynamodb", "search", "transform", "dynamodb_helpers"),
    *("rds_conditions", "rds", "ai", "xml", "util", "vtl_java", "vtl_strings", "vtl_util"),
    *("jsonpath", "vtl_gateway", "vtl_operators", "vtl", "run", "alone", "lockdown"),
)
# Our own files begin at this line, so that a stack's lower lines are the resolver's: QuickJS calls
# every file "<input>". AppSync's files hold 32,000 characters at most, hence fewer lines.
_OWN_LINES: Final = 40_000
_NEEDS_ZONE: Final = '{"zone":'
_NEEDS_REST: Final = '{"rest":true}'
_CALL: Final = re.compile(r"at (\S+) \(<input>:(\d+):\d+\)")
_FRAME: Final = re.compile(r"<input>:(\d+):(\d+)")


class JavaScriptFault(Exception):
    """QuickJS gave up on a run: out of memory, time or stack. ``module`` is the file that ran."""

    def __init__(self, message: str, stack: str, module: str = "") -> None:
        super().__init__(message)
        self.stack = stack
        self.module = module


Rarely = Callable[[], str]


class _Call(Protocol):
    def __call__(self, *arguments: object) -> object: ...


@functools.cache
def _source() -> str:
    folder = files("localcloud.appsync.js").joinpath("runtime")
    bodies = [f"{{\n{folder.joinpath(f'{name}.js').read_text('utf-8')}\n}}" for name in _FILES]
    return (
        "\n" * _OWN_LINES
        + "(function () { 'use strict'; const rt = {};\n"
        + "\n".join(bodies)
        + "\nreturn rt.entry; })()"
    )


def own_line(stack: str) -> int | None:
    """Return the resolver's line in a QuickJS stack: that of the innermost frame not ours."""
    lines = (int(match.group(1)) for match in _FRAME.finditer(stack))
    return next((line for line in lines if line < _OWN_LINES), None)


def own_frames(stack: str) -> list[tuple[str, int]]:
    """Return the resolver's functions in a QuickJS stack, the innermost first, with their lines."""
    frames = ((match.group(1), int(match.group(2))) for match in _CALL.finditer(stack))
    return [(name, line) for name, line in frames if line < _OWN_LINES]


class JavaScriptContext:
    """A QuickJS context with AppSync's ``util``, ``runtime`` and ``extensions`` in it.

    Parameters
    ----------
    environment
        The API's environment variables: ``ctx.env``.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        self._thread = threading.get_ident()
        self._context = quickjs.Context()
        self._context.set_memory_limit(MEMORY_LIMIT)
        self._context.set_max_stack_size(STACK_LIMIT)
        self._context.set("__entry", self._context.eval(_source()))
        self._lines: dict[str, int] = {}
        self._curious: set[int] = set()  # the plans whose handlers looked at what few look at
        self._define = self._entry("define")
        self._plan = self._entry("plan")
        self._start = self._entry("start")
        self._resume = self._entry("resume")
        self._drop = self._entry("drop")
        self._evaluate = self._entry("evaluate")
        self._functions = self._entry("functions")
        self._zone = self._entry("zone")
        self._waiting = self._entry("waiting")
        self._where = self._entry("where")
        self._entry("seed")(*struct.unpack("<4i", os.urandom(16)))
        self._entry("environment")(json.dumps(environment))
        self._context.eval("delete this.__entry")
        # It counts from the beginning of each call into the context.
        self._context.set_time_limit(TIME_LIMIT)

    def _entry(self, name: str) -> _Call:
        return cast("_Call", self._context.eval(f"__entry.{name}"))

    def _guarded(self, call: _Call, *arguments: object) -> object:
        if threading.get_ident() != self._thread:
            msg = "a JavaScript context is used from the thread that made it alone: QuickJS would crash"
            raise RuntimeError(msg)
        try:
            return call(*arguments)
        except (quickjs.JSException, quickjs.StackOverflow) as error:
            message, _, stack = str(error).partition("\n")
            raise JavaScriptFault(message, stack, cast("str", self._where())) from None

    def _text(self, call: _Call, *arguments: object) -> str:
        answer = cast("str", self._guarded(call, *arguments))
        while answer.startswith(_NEEDS_ZONE):
            self._bring_zone(json.loads(answer)["zone"])
            answer = cast("str", self._guarded(call, *arguments))
        return answer

    def _bring_zone(self, name: str) -> None:
        self._zone(name, json.dumps(zone_changes(name) if name in zone_names() else None))

    def define(self, module: Module) -> int:
        """Load a file and return its number.

        Raises
        ------
        CodeError
            It does not parse, or its top level fails.
        """
        self._lines[module.name] = module.line
        try:
            return cast("int", self._define(module.name, self._context.eval(module.body)))
        except (quickjs.JSException, quickjs.StackOverflow) as error:
            message, _, stack = str(error).partition("\n")
            match = _FRAME.search(stack)
            line, column = (int(match.group(1)), int(match.group(2))) if match else (1, 1)
            line = own_line(stack) or line
            if line == 1:
                column = max(1, column - module.margin)
            raise CodeError(module.name, line, column, "syntax", message) from None

    def place(self, name: str) -> str:
        """Return where the request handler of a file is: ``Query.order.js:3``."""
        return f"{name}:{self._lines[name]}" if name in self._lines else name

    def plan(self, plan: dict[str, object]) -> int:
        """Add a resolver (its modules and steps; see ``runtime/run.js``) and return its number."""
        return cast("int", self._plan(json.dumps(plan)))

    def start(self, plan: int, often: str, rarely: Rarely, auth_type: str) -> str:
        """Begin a run; what returns is JSON.

        Parameters
        ----------
        often, rarely
            The unchanging part of ``ctx`` as JSON: ``arguments`` and ``source``; and what is called for only
            when a handler looks at it, ``identity``, ``request`` and ``info``.

        Raises
        ------
        JavaScriptFault
            It ran out of memory, time or stack. The context itself survives that.
        """
        if plan not in self._curious:
            answer = self._text(self._start, plan, often, "", auth_type)
            if answer != _NEEDS_REST:
                return answer
            self._curious.add(plan)  # from now on it is given what it looks at
        return self._text(self._start, plan, often, rarely(), auth_type)

    def resume(self, plan: int, run: int, reply: str, rarely: Rarely) -> str:
        """Go on with what a data source answered, ``{"result": …, "error": …}`` as JSON."""
        answer = self._text(self._resume, run, reply, "")
        if answer != _NEEDS_REST:
            return answer
        self._curious.add(plan)
        return self._text(self._resume, run, reply, rarely())

    def drop(self, run: int) -> None:
        """Forget a run that is not going to be resumed."""
        self._guarded(self._drop, run)

    def evaluate(
        self, module: int, function: str, context: str, auth_type: str = "", *, traced: bool = False
    ) -> str:
        """Run one exported handler of a file by itself, with a ``ctx`` that is given whole.

        Parameters
        ----------
        module
            The file's number, from :meth:`define`.
        function
            The export's name, or that of a member of one: ``request``, ``onPublish.request``.
        context
            ``ctx`` as a JSON object; ``args``, ``stash``, ``env``, ``prev``, ``result`` and ``error`` are
            added where they are missing.
        auth_type
            What ``util.authType()`` puts in words, such as ``API_KEY``.
        traced
            Report for each line of the log where it was written (its ``stack``), and strings in quotes.

        Returns
        -------
        str
            A JSON object: ``value``; ``stash``; ``earlyReturn`` (``{"skipTo": …}``) when
            ``runtime.earlyReturn`` gave the value; ``failure`` (``message``, ``type``, ``data``, ``info``)
            when ``util.error`` or ``util.unauthorized`` ended it; ``crash`` (``module``, ``text``, ``stack``)
            when the code failed, which ``outcomes.crash_error`` words; ``errors`` of ``util.appendError``;
            ``logs``; and the effects ``filter``, ``invalidationFilter``, ``invalidations``, ``evictions``
            and ``headers``. What there is none of is left out, but for ``value`` and ``stash``.

        Raises
        ------
        JavaScriptFault
            It ran out of memory, time or stack.
        """
        return self._text(self._evaluate, module, function, context, auth_type, traced)

    def functions(self, module: int) -> frozenset[str]:
        """Return what :meth:`evaluate` can run of a file: ``onPublish``, or ``onPublish.request``."""
        return frozenset(json.loads(self._text(self._functions, module)))

    def global_names(self) -> frozenset[str]:
        """Return the names that a resolver finds without importing anything."""
        return frozenset(
            cast(
                "str", self._context.eval("Object.keys(Object.getOwnPropertyDescriptors(this)).join()")
            ).split(",")
        )

    def waiting(self) -> int:
        """Return how many runs wait for a data source."""
        return cast("int", self._waiting())
