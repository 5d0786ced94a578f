"""What a person sees of the local cloud: its steps, its warnings, its addresses, its logs."""

from __future__ import annotations

import asyncio
import functools
import logging
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console as RichConsole
from rich.markup import escape

from localcloud.appsync.tracing import RequestTrace
from localcloud.check.finding import display_path
from localcloud.deploying.deployment import of_resources
from localcloud.lifecycle.cloud import LocalCloud, Redeployed
from localcloud.reporting import request_log
from localcloud.reporting.progress import Progress
from localcloud.stack.deploy import ResourceEvent
from localcloud.stack.inspection import Stack

if TYPE_CHECKING:
    from localcloud.functions.durable.tree import Invocation

FLUSH_SECONDS = 0.05
"""How long a line may wait for others before it is in the log file."""
KINDS = {"HTTP": "HTTP", "REST": "REST", "WEBSOCKET": "WebSocket"}


def listed(changed: Sequence[Path]) -> str:
    """Name the files that changed; many are counted."""
    first = ", ".join(display_path(path) for path in changed[:3])
    return first if len(changed) <= 3 else f"{first} and {len(changed) - 3} more"


class Console:
    """Writes to the terminal, and the logs of functions and engine to a file.

    Parameters
    ----------
    quiet
        Show warnings and errors only.
    log_file
        Where the logs go; without one they are dropped.
    log
        Show each GraphQL request.
    """

    def __init__(self, *, quiet: bool, log_file: TextIO | None, log: bool = False) -> None:
        self._quiet = quiet
        self._requests = log
        self._code: dict[str, str] = {}
        self._log_file = log_file
        self._flushing = False
        self._out = RichConsole(file=sys.stderr, highlight=False, soft_wrap=True, emoji=False)
        self.serving = False
        # Our own records go where the functions' logs go; without a file the alarming ones are seen.
        handler = logging.StreamHandler(log_file or sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(name)s: %(message)s", "%H:%M:%S"))
        logger = logging.getLogger("localcloud")
        logger.setLevel(logging.INFO if log_file else logging.WARNING)
        logger.addHandler(handler)

    def progress(self) -> Progress:
        """Return the functions through which the local cloud reports what it does."""
        return Progress(
            step=self._step,
            resource=self._resource,
            warning=self.warning,
            function_log=self._function_log,
            engine_log=lambda line: self._log("engine", line),
            trace=self._request if self._requests else None,
            durable=self._invocation if self._requests else None,
        )

    def know_code(self, files: Mapping[str, Path]) -> None:
        """Take note where code is, by the names that errors have for it."""
        self._code = {name: display_path(path) for name, path in files.items()}

    def _request(self, trace: RequestTrace) -> None:
        self._tree(request_log.lines(trace, self._code), bad=request_log.is_bad(trace))

    def _invocation(self, invocation: Invocation) -> None:
        from localcloud.functions.durable import tree  # noqa: PLC0415 - where there is none, nothing of it is

        self._tree(tree.lines(invocation), bad=invocation.failed)

    def _tree(self, lines: Iterable[str], *, bad: bool) -> None:
        first, *rest = lines
        self._out.print(f"[{'red' if bad else 'green'}]{time.strftime('%H:%M:%S')}[/]    {escape(first)}")
        for line in rest:
            style = "red" if "✗" in line else "dim"
            self._out.print(f"            [{style}]{escape(line)}[/]")

    def _step(self, text: str) -> None:
        if not self._quiet:
            self._out.print(f"[dim]localcloud[/]  {escape(text)}")

    def _resource(self, event: ResourceEvent) -> None:
        self._log("stack", f"{event.status} {event.resource_type} {event.logical_id} {event.reason or ''}")
        if event.status.endswith("FAILED"):
            self._out.print(f"[red]failed[/]      {event.logical_id}: {escape(event.reason or '')}")

    def warning(self, text: str) -> None:
        """Show one warning."""
        self._out.print(f"[yellow]warning[/]     {escape(text)}")

    def error(self, text: str) -> None:
        """Show what went wrong."""
        self._out.print(f"[red]error[/]       {escape(text)}")

    def ready(
        self, local: LocalCloud, stacks: Sequence[Stack], seconds: float, *, web: str | None = None
    ) -> None:
        """Show where everything is; ``web`` is the page's address."""
        self.serving = True
        if self._quiet:
            return
        sizes = ", ".join(f"stack {stack.name}: {of_resources(stack.size)}" for stack in stacks)
        self._step(f"{sizes} in place, ready after {seconds:.1f} s")
        self._address("engine", local.address.endpoint, "any AWS SDK: set AWS_ENDPOINT_URL to it")
        self._address("", "AWS_DISABLE_HOST_PREFIX_INJECTION=true", "for StartSyncExecution, TestState")
        for api in local.apis:
            self._address(api.name, api.graphql, "GraphQL")
            self._address("", api.realtime, "real time")
            self._address("", api.graphql.removesuffix("graphql"), "GraphiQL")
            self._keys(api.api_keys)
        for events in local.appsync.events.addresses():
            self._address(events.name, events.http, "AppSync Events: publish")
            self._address("", events.realtime, "subscribe")
            self._keys(events.api_keys)
        for address in local.gateway:
            self._address(address.name, address.url, KINDS[address.kind])
        for function_url in local.urls.addresses():
            self._address(function_url.function, function_url.url, "function URL")
        if local.iot.in_use:
            self._address("AWS IoT", local.iot.address.websocket, "MQTT over WebSockets")
        if web is not None:
            self._address("page", web, "open it in a browser")
        if self._log_file is not None:
            self._address("logs", display_path(Path(self._log_file.name).resolve()), "functions and engine")
        for stack in stacks:
            self._outputs(stack.outputs, stack.name if len(stacks) > 1 else "the stack")

    def reloaded(self, changed: Sequence[Path], done: Redeployed, seconds: float) -> None:
        """Say that an edit is live."""
        if not self._quiet:
            what = f"{', '.join(done.changed)} reloaded" if done.changed else "stack updated"
            self._out.print(
                f"[green]reloaded[/]    {escape(listed(changed))}: {escape(what)} ({seconds:.1f} s)"
            )

    def refused(self, changed: Sequence[Path], reasons: Sequence[str]) -> None:
        """Say why an edit is not live."""
        head, *rest = reasons
        more = f" (and {len(rest)} more)" if rest else ""
        self.error(f"{listed(changed)}: not applied, what ran before stays: {head}{more}")

    def staying(self, code: int = 0) -> None:
        """Say that the local cloud goes on, how to end it, and with which code it will exit."""
        self._step(f"up until Ctrl-C{f', and then exits with code {code}' if code else ''}")

    def _address(self, name: str, url: str, note: str) -> None:
        self._out.print(f"[bold]{escape(name):<11}[/] {escape(url)}  [dim]{note}[/]")

    def _keys(self, keys: Sequence[str]) -> None:
        """Show the keys that open an API: made for this machine alone, and kept out of the log file."""
        for key in keys:
            self._address("", key, "API key")

    def _outputs(self, outputs: Mapping[str, str], of: str) -> None:
        if not outputs:
            return
        self._step(f"outputs of {of}")
        width = max(map(len, outputs))
        for name, value in outputs.items():
            self._out.print(f"            [dim]{escape(name):<{width}}[/]  {escape(value)}")

    def _function_log(self, function: str, request_id: str, line: str) -> None:
        self._log(function, line)

    def _log(self, source: str, line: str) -> None:
        if self._log_file is None:
            return
        self._log_file.write(f"{_clock(int(time.time()))} {source}: {line}\n")
        if self._flushing:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a thread's line, or one before there is a loop
            self._log_file.flush()
        else:  # each line by itself would be a system call
            self._flushing = True
            loop.call_later(FLUSH_SECONDS, self._flush)

    def _flush(self) -> None:
        self._flushing = False
        if self._log_file is not None and not self._log_file.closed:
            self._log_file.flush()


@functools.lru_cache(maxsize=2)
def _clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.localtime(second))
