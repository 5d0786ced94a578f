"""Requests for Firehose, from clients and from other services of the engine."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from localcloud.engine.asgi import Application
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Response
from localcloud.engine.settings import Settings
from localcloud.engine.streams.workers import Workers
from localcloud.journal import Journal

if TYPE_CHECKING:
    from localcloud.engine.streams.firehose_services import FirehoseServices
    from localcloud.streams.firehose.facade import FirehoseService, Keeping

logger = logging.getLogger("localcloud.firehose")
_HEADERS: Final = {"Content-Type": "application/x-amz-json-1.1"}
STREAM: Final = "firehose.Stream"
FLUSH_SECONDS: Final = 60.0


class FirehoseAdapter:
    """Answers what MiniStack's own module for Firehose would be asked.

    Nothing is loaded before the first request.
    """

    def __init__(
        self, application: Application, gate: EngineGate, settings: Settings, workers: Workers
    ) -> None:
        self._application, self._gate, self._settings = application, gate, settings
        self._workers = workers
        self._account: Callable[[], str] = responses.get_account_id
        self._region: Callable[[], str] = responses.get_region
        self._services: dict[tuple[str, str], FirehoseService] = {}
        self._keeping: Keeping | None = None
        self._journal: Journal | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        # How often there was something new in a Kinesis stream, by its ARN.
        self._changes: dict[str, int] = {}
        self._stored: list[tuple[tuple[str, str], str, dict[str, Any]]] = []

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver on this event loop."""
        self._loop = loop

    def service(self, place: tuple[str, str] | None = None) -> FirehoseService:
        """Return the service of an account and Region; without one, of the request being answered."""
        place = place or (self._account(), self._region())
        service = self._services.get(place)
        if service is None:
            from localcloud.streams.firehose.facade import Around, FirehoseService, LoopClock  # noqa: PLC0415

            around = Around(
                self._around(place),
                self._gate.meter.metrics,
                LoopClock(),
                self._keeping,
                lambda: self._gate.quotas.scale(STREAM),
            )
            service = self._services[place] = FirehoseService(*place, around)
        return service

    def _around(self, place: tuple[str, str]) -> FirehoseServices:
        from localcloud.engine.streams.around import Around  # noqa: PLC0415
        from localcloud.engine.streams.firehose_services import FirehoseServices  # noqa: PLC0415

        around = Around(self._application, self._gate, self._settings, place)
        return FirehoseServices(around, self._workers, self._changes)

    def source_changed(self, arn: str, _shard: str) -> None:
        """Note that there is something to read in a Kinesis stream; callable from any thread."""
        if self._services:
            self._changes[arn] = self._changes.get(arn, 0) + 1

    # Keeper.

    def keep_in(self, journal: Journal) -> None:
        """Read what the journal holds, and write from now on."""
        from localcloud.streams.firehose.facade import Keeping  # noqa: PLC0415

        self._keeping = Keeping(journal)
        for key, document in self._keeping.streams():
            account, region, name = key.split("/", 2)
            self._stored.append(((account, region), name, document))

    def resume(self) -> None:
        """Take up what waited in buffers, and read on."""
        stored, self._stored = self._stored, []
        for place, name, document in stored:
            self.service(place).restore(name, document)
        for place, name, _document in stored:
            self.service(place).streams[name].read_source()

    def close(self) -> None:
        """Deliver nothing more: what waits is in the journal."""
        self._stop_streams()

    def stop(self) -> None:
        """End, and say what is lost with this process."""
        waiting = self._stop_streams()
        if waiting and self._keeping is None:
            logger.warning(
                "Firehose: %d records in buffers are dropped with everything else (--data keeps them)",
                waiting,
            )

    def _stop_streams(self) -> int:
        waiting = 0
        for service in self._services.values():
            for stream in service.streams.values():
                stream.stop()
                waiting += stream.waiting[0]
        return waiting

    # Requests.

    async def handle_request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any
    ) -> Response:
        """Answer a request."""
        from localcloud.streams.firehose.facade import FirehoseError  # noqa: PLC0415

        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            request = json.loads(body) if body else {}
        except ValueError:
            return _refusal("SerializationException", "The request is no JSON", 400)
        try:
            answer = self.service().answer(operation, request)
        except FirehoseError as error:
            return _refusal(error.code, error.message, error.status)
        return 200, dict(_HEADERS), json.dumps(answer, separators=(",", ":")).encode()

    def on_loop(self, call: Callable[[FirehoseService], Any]) -> Any:
        """Do something with the service of the request being answered, from whatever thread."""
        place = (self._account(), self._region())

        async def run() -> Any:
            return call(self.service(place))

        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here or self._loop is None:
            return call(self.service(place))
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    async def flush(self, name: str | None = None) -> int:
        """Deliver now what waits in buffers; return how many records still do."""
        unsent = 0
        for service in list(self._services.values()):
            for stream in list(service.streams.values()):
                if name in {None, stream.description.name}:
                    # While S3 refuses, a delivery goes on for a day.
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stream.flush(), FLUSH_SECONDS)
                    unsent += stream.waiting[0]
        return unsent


def _refusal(code: str, message: str, status: int) -> Response:
    body = json.dumps({"__type": code, "message": message}).encode()
    return status, {**_HEADERS, "x-amzn-errortype": code}, body
