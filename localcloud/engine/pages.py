"""The engine's own pages: the meter, the faults and the quotas, to be read and changed while it runs.

=======================  ===========================================================
GET /_localcloud/meter   what was counted since the start or the last DELETE
DELETE ...               counts from zero again
GET /_localcloud/faults  the plan, and how many calls each fault has hit
PUT ...                  another plan (the form of ``--faults``), from its beginning
DELETE ...               no faults
GET /_localcloud/quotas  the quotas
PUT, DELETE ...          as for faults; buckets start full
=======================  ===========================================================
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import urllib3

from localcloud.engine.asgi import Receive
from localcloud.engine.faults import Plan, parse_faults
from localcloud.engine.gate import Gate
from localcloud.engine.quotas import parse_quotas
from localcloud.engine.rules import RulesError

Answer = tuple[int, bytes]


class Pages:
    """Answers for a gate.

    Parameters
    ----------
    lambda_url
        The Lambda service, which counts invocations: few of them pass the engine.
    """

    def __init__(self, gate: Gate, lambda_url: str) -> None:
        self._gate = gate
        self._lambda_meter = f"{lambda_url}/_localcloud/meter"
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(2))

    async def answer(self, method: str, path: str, receive: Receive) -> Answer:
        """Return the status and the JSON body for a request of one of the pages."""
        page = path.removeprefix("/_localcloud/")
        if page == "meter" and method in {"GET", "DELETE"}:
            return await self._meter(method)
        rules: dict[str, tuple[Callable[[object], None], Callable[[], dict[str, object]]]] = {
            "faults": (self._set_faults, self._gate.faults.describe),
            "quotas": (self._set_quotas, self._gate.quotas.describe),
        }
        if page not in {"meter", *rules}:
            return _told(404, "the engine has no such page")
        if page == "meter" or method not in {"GET", "PUT", "DELETE"}:
            return _told(405, f"{page} takes GET, DELETE" + ("" if page == "meter" else " and PUT"))
        change, describe = rules[page]
        if method == "PUT":
            try:
                change(json.loads(await _body(receive)))
            except RulesError as error:
                return _told(400, str(error))
            except ValueError as error:
                return _told(400, f"the body is not JSON: {error}")
        elif method == "DELETE":
            change({page: []})
        return 200, json.dumps(describe()).encode()

    def _set_faults(self, document: object) -> None:
        plan: Plan = parse_faults(document)
        self._gate.faults.set(plan)

    def _set_quotas(self, document: object) -> None:
        self._gate.quotas.set(parse_quotas(document))

    async def _meter(self, method: str) -> Answer:
        """Read the meter, or read it a last time and start anew."""
        shown = self._gate.meter.snapshot()
        shown["lambda"] = await asyncio.to_thread(self._lambda_counts, method)
        if method == "DELETE":
            self._gate.meter.reset()
        return 200, json.dumps(shown).encode()

    def _lambda_counts(self, method: str) -> object:
        """Ask the Lambda service; one that does not count has nothing to say."""
        try:
            answer = self._pool.request(method, self._lambda_meter)
            return json.loads(answer.data) if answer.status == 200 else {}
        except (urllib3.exceptions.HTTPError, ValueError):
            return {}


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _told(status: int, message: str) -> Answer:
    return status, json.dumps({"message": message}).encode()
