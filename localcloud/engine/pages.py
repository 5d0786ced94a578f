"""The engine's own pages: meter, commits, faults and quotas, to be read and changed while it runs.

========================  ==========================================================
GET /_localcloud/meter    what was counted since the start or the last DELETE
DELETE ...                counts from zero again
GET /_localcloud/commits  when each change in a stream happened (``?arn=``, ``&after=``)
GET /_localcloud/faults   the plan, and how many calls each fault has hit
PUT ...                   another plan (the form of ``--faults``), from its beginning
DELETE ...                no faults
GET /_localcloud/quotas   the quotas
PUT, DELETE ...           as for faults; buckets start full
GET /_localcloud/alarms   the alarms' states, and how many times faster than time they run
POST ...                  evaluates them now, as if the period that is running were over
PUT ...                   ``{"factor": N}``: runs them faster than time, or as fast again
GET /_localcloud/clock    the clock of Step Functions and durable executions, and their next timer
PUT ...                   ``{"jump": SECONDS, "PT24H" or "next"}`` or ``{"factor": N}``: ahead, or faster
DELETE ...                at the pace of time again; it does not go back
POST /_localcloud/resume  lets executions and deliveries go on that the last end of the process cut off
POST /_localcloud/settle  holds in large pages what is in memory by now: the start is over
POST .../firehose         delivers now what waits in Firehose's buffers; answers how many records still do
GET /_localcloud/iam      what each role used, lacked and never used, with the policy that would be enough
PUT, DELETE ...           ``{"mode": "enforce"}`` or ``"warn"``; forgets what roles did
POST ...                  decides on an action of a role, or of a service, on a resource
GET .../function-urls     every function URL, with its function and configuration
GET .../pipes             every pipe of EventBridge Pipes
POST ...                  calls an API destination for a pipe
GET .../http-apis         every HTTP and WebSocket API, with all of its parts
========================  ==========================================================
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import urllib3

from localcloud.engine import gateway_v2, pipes
from localcloud.engine.asgi import Receive
from localcloud.engine.commits import Commits
from localcloud.engine.faults import FaultPlan, parse_faults
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.lambda_svc import lambda_svc
from localcloud.engine.patching import Record
from localcloud.engine.quotas import parse_quotas
from localcloud.engine.rules import RulesError
from localcloud.engine.time_machine import ClockPage
from localcloud.engine.watchtower import Watchtower
from localcloud.processes.memory import take_large_pages
from localcloud.watchtower.facade import MINUTE

if TYPE_CHECKING:
    from localcloud.engine.iam import AuthorizationLayer

PageReply = tuple[int, bytes]
METHODS = {
    "meter": ("GET", "DELETE"),
    "commits": ("GET",),
    "function-urls": ("GET",),
    "http-apis": ("GET",),
    "pipes": ("GET", "POST"),
    "faults": ("GET", "DELETE", "PUT"),
    "quotas": ("GET", "DELETE", "PUT"),
    "alarms": ("GET", "POST", "PUT"),
    "clock": ("GET", "PUT", "DELETE"),
    "resume": ("POST",),
    "settle": ("POST",),
    "firehose": ("POST",),
    "iam": ("GET", "POST", "PUT", "DELETE"),
}


class Pages:
    """Answers for a gate.

    Parameters
    ----------
    lambda_url
        The Lambda service, which counts invocations: few of them pass the engine.
    resume
        Lets go on what the last end of the process cut off.
    flush
        Has Firehose deliver what waits, and returns how many records still do.
    clock
        Reads and moves the clock of orchestrations.
    """

    def __init__(
        self,
        gate: EngineGate,
        commits: Commits,
        lambda_url: str,
        watch: Watchtower,
        resume: Callable[[], None] | None = None,
        *,
        flush: Callable[[], Awaitable[int]] | None = None,
        clock: ClockPage | None = None,
        destination: Callable[[Record], Awaitable[Record]] | None = None,
        iam: AuthorizationLayer | None = None,
    ) -> None:
        self._destination = destination
        self._resume, self._flush, self._clock, self._iam = resume, flush, clock, iam
        self._watch = watch
        self._gate = gate
        self._commits = commits
        self._lambda_meter = f"{lambda_url}/_localcloud/meter"
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(2))

    async def answer(self, method: str, path: str, query: bytes, receive: Receive) -> PageReply:
        """Return the status and the JSON body for a request of one of the pages."""
        page = path.removeprefix("/_localcloud/")
        if method not in METHODS.get(page, (method,)):
            return _error(405, f"{page} takes {', '.join(METHODS[page])}")
        match page:
            case "meter":
                return await self._meter(method)
            case "faults" | "quotas":
                return await self._rules(page, method, receive)
            case "alarms":
                return await self._alarms(method, receive)
            case "clock" | "firehose" | "resume" | "settle" | "iam" | "pipes":
                return await self._pass(page, method, receive)
        pages = {
            "commits": lambda: self._when(query),
            "function-urls": _function_urls,
            "http-apis": _http_apis,
        }
        return pages[page]() if page in pages else _error(404, "the engine has no such page")

    async def _pass(self, page: str, method: str, receive: Receive) -> PageReply:
        """Let time pass, or what waits for it; ask IAM."""
        body = await _body(receive) if method in {"PUT", "POST"} else b""
        if page == "pipes":
            return await self._pipes(method, body)
        if page == "iam":
            return _error(404, "IAM is off") if self._iam is None else self._iam.answer(method, body)
        if page == "clock":
            status, document = (404, {}) if self._clock is None else await self._clock.answer(method, body)
            return status, json.dumps(document).encode()
        if page == "settle":
            await asyncio.to_thread(take_large_pages)
            return 200, b"{}"
        if page == "firehose":
            waiting = 0 if self._flush is None else await self._flush()
            return 200, json.dumps({"waiting": waiting}).encode()
        if self._resume is not None:
            self._resume()
        return _error(200, "what the last end cut off goes on")

    async def _pipes(self, method: str, body: bytes) -> PageReply:
        """Show every pipe, or call an API destination for one."""
        if method == "GET" or self._destination is None:
            return 200, json.dumps({"Pipes": pipes.every_pipe()}).encode()
        return 200, json.dumps(await self._destination(json.loads(body))).encode()

    async def _rules(self, page: str, method: str, receive: Receive) -> PageReply:
        """Read or change the faults or the quotas."""
        rules: dict[str, tuple[Callable[[object], None], Callable[[], dict[str, object]]]] = {
            "faults": (self._set_faults, self._gate.faults.describe),
            "quotas": (self._set_quotas, self._gate.quotas.describe),
        }
        change, describe = rules[page]
        if method == "PUT":
            try:
                change(json.loads(await _body(receive)))
            except RulesError as error:
                return _error(400, str(error))
            except ValueError as error:
                return _error(400, f"the body is not JSON: {error}")
        elif method == "DELETE":
            change({page: []})
        return 200, json.dumps(describe()).encode()

    def _set_faults(self, document: object) -> None:
        plan: FaultPlan = parse_faults(document)
        self._gate.faults.set(plan)

    def _set_quotas(self, document: object) -> None:
        self._gate.quotas.set(parse_quotas(document))

    async def _alarms(self, method: str, receive: Receive) -> PageReply:
        """Read the alarms' states, evaluate them now, or have them run faster than time."""
        alarms = self._watch.alarms
        if method == "POST":
            await alarms.evaluate_now()
        elif method == "PUT":
            try:
                factor = int(json.loads(await _body(receive))["factor"])
            except (ValueError, KeyError, TypeError):
                factor = 0
            if not 1 <= factor <= MINUTE:
                return _error(400, f'alarms takes {{"factor": N}}, from 1 to {MINUTE}')
            self._watch.run_alarms_faster(factor)
            # What happens from here on is measured finely, wherever it does.
            await self._watch.collect()
        return 200, json.dumps(alarms.describe()).encode()

    def _when(self, query: bytes) -> PageReply:
        parameters = parse_qs(query.decode("ascii", "replace"))
        arn, after = parameters.get("arn", [""])[0], parameters.get("after", ["0"])[0]
        if not arn or not after.isdecimal():
            return _error(400, "commits takes ?arn= of a stream, and &after= a sequence number")
        return 200, json.dumps(self._commits.describe(arn, after)).encode()

    async def _meter(self, method: str) -> PageReply:
        """Read the meter, or read it a last time and start over."""
        document = self._gate.meter.snapshot()
        document["lambda"] = await asyncio.to_thread(self._lambda_counts, method)
        if method == "DELETE":
            self._gate.meter.reset()
        return 200, json.dumps(document).encode()

    def _lambda_counts(self, method: str) -> object:
        """Ask the Lambda service; one that does not count has nothing to say."""
        try:
            answer = self._pool.request(method, self._lambda_meter)
            return json.loads(answer.data) if answer.status == 200 else {}
        except (urllib3.exceptions.HTTPError, ValueError):
            return {}


def _function_urls() -> PageReply:
    stored = lambda_svc.function_urls.all_items()
    urls = [{"function": key, "config": config} for (_account, _region, key), config in stored]
    return 200, json.dumps({"urls": urls}).encode()


def _http_apis() -> PageReply:
    return 200, json.dumps(gateway_v2.described()).encode()


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _error(status: int, message: str) -> PageReply:
    return status, json.dumps({"message": message}).encode()
