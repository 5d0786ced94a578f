"""Imports of files, typed: announced, uploaded, followed to their end, and cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

from gql import GraphQLRequest

from clients import operations, reading
from clients.auth import TokenSource
from clients.backoff import Backoff
from clients.connection import from_connection
from clients.errors import ImportNotFound, Unavailable
from clients.settings import Settings
from clients.transport import STARTED, AppSyncLiveTransport
from clients.uploading import Upload

Execute = Callable[[GraphQLRequest], Awaitable[dict[str, object]]]
FINAL = frozenset({"COMPLETED", "CANCELLED", "FAILED", "EXPIRED"})
LOOK_SECONDS = 10.0
"""After so long without a message an import is read: the lost one may have been the last."""
AWAY_SECONDS = 1.0
"""The same while the subscription is not live."""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A line of which nothing is done."""

    line: int
    code: str
    reason: str

    @classmethod
    def parse(cls, value: object, where: str) -> RefusedLine:
        """Read GraphQL's ``RefusedLine``."""
        data = reading.mapping(value, where)
        return cls(
            line=reading.whole(data.get("line"), f"{where}.line"),
            code=reading.text(data.get("code"), f"{where}.code"),
            reason=reading.text(data.get("reason"), f"{where}.reason"),
        )


@dataclass(frozen=True, slots=True)
class Import:
    """How far an import is; ``document`` is GraphQL's whole answer.

    Attributes
    ----------
    lines
        None until they are counted.
    refusals
        The first of all when it was read; those since the last message when it was pushed.
    report_url
        None before the end, and in a message.
    """

    id: str
    status: str
    version: int
    reason: str | None
    detail: str | None
    lines: int | None
    accepted: int
    repeated: int
    refused: int
    refusals: tuple[RefusedLine, ...]
    report_url: str | None = field(repr=False)
    document: dict[str, object] = field(repr=False)

    @property
    def final(self) -> bool:
        """Whether it is over."""
        return self.status in FINAL

    @property
    def done(self) -> int:
        """How many lines came to something."""
        return self.accepted + self.repeated + self.refused

    @classmethod
    def parse(cls, value: object, where: str = "import") -> Import:
        """Read GraphQL's ``Import`` or ``ImportProgress``."""
        data = reading.mapping(value, where)
        lines = data.get("lines")
        refusals = reading.sequence(data.get("refusals"), f"{where}.refusals")
        return cls(
            id=reading.text(data.get("id"), f"{where}.id"),
            status=reading.text(data.get("status"), f"{where}.status"),
            version=reading.whole(data.get("version"), f"{where}.version"),
            reason=reading.optional_text(data.get("reason"), f"{where}.reason"),
            detail=reading.optional_text(data.get("detail"), f"{where}.detail"),
            lines=None if lines is None else reading.whole(lines, f"{where}.lines"),
            accepted=reading.whole(data.get("accepted"), f"{where}.accepted"),
            repeated=reading.whole(data.get("repeated"), f"{where}.repeated"),
            refused=reading.whole(data.get("refused"), f"{where}.refused"),
            refusals=tuple(RefusedLine.parse(item, f"{where}.refusals[]") for item in refusals),
            report_url=reading.optional_text(data.get("reportUrl"), f"{where}.reportUrl"),
            document=data,
        )


class ImportDesk:
    """The operations.

    Parameters
    ----------
    execute
        Sends a request, and returns its data.
    settings, tokens
        Where messages come from, and the caller.
    """

    def __init__(self, execute: Execute, settings: Settings, tokens: TokenSource) -> None:
        self._execute = execute
        self._settings = settings
        self._tokens = tokens

    async def create(self, file_name: str, size: int, token: str) -> Upload:
        """Announce a file; ``token`` is a UUID, which becomes the import's id. Raises ``ImportProblem``."""
        document = {"fileName": file_name, "size": size, "clientToken": token}
        request = operations.with_variables(operations.CREATE_IMPORT, input=document)
        return Upload.parse((await self._execute(request)).get("createImport"))

    async def find(self, import_id: str) -> Import:
        """Return an import. Raises ``ImportNotFound``."""
        data = await self._execute(operations.with_variables(operations.IMPORT, id=import_id))
        if data.get("import") is None:
            raise ImportNotFound("You have no import with this id.", "ImportNotFound", {})
        return Import.parse(data["import"])

    async def cancel(self, import_id: str) -> Import:
        """Cancel an import. Raises ``ImportProblem``."""
        request = operations.with_variables(operations.CANCEL_IMPORT, id=import_id)
        return Import.parse((await self._execute(request)).get("cancelImport"), "cancelImport")

    async def follow(
        self, import_id: str, *, live: asyncio.Event | None = None
    ) -> AsyncGenerator[Import, None]:
        """Yield each state that is newer than the one before, to the final one; the last one was read.

        Parameters
        ----------
        live
            Set once nothing that happens from then on is missed. The import may not exist before.
        """
        updates: asyncio.Queue[Import | None] = asyncio.Queue()
        listening = asyncio.create_task(self._listen(import_id, updates, live or asyncio.Event()))
        version = 0
        away = True
        try:
            while True:
                state: Import | None = None
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(AWAY_SECONDS if away else LOOK_SECONDS):
                        state = await updates.get()
                        # None says that the subscription is live: what was before has to be read.
                        away = False
                if state is None or state.final:
                    # What is published has no address of the report: a final state is one that was read.
                    over, state = state is not None, None
                    with contextlib.suppress(Unavailable, *(() if version else (ImportNotFound,))):
                        state = await self.find(import_id)
                    away = away or (over and state is None)
                if state is not None and state.version > version:
                    version = state.version
                    yield state
                    if state.final:
                        return
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(
        self, import_id: str, updates: asyncio.Queue[Import | None], live: asyncio.Event
    ) -> None:
        request = operations.with_variables(operations.ON_IMPORT, id=import_id)
        backoff = Backoff(0.2, 5.0)
        while True:
            token = await self._tokens.token()
            transport = AppSyncLiveTransport(
                self._settings.realtime, host=self._settings.host, jwt=token.value
            )
            try:
                await transport.connect()
                async with asyncio.timeout(max(1.0, self._tokens.remaining(token))):
                    async for result in transport.subscribe(request):
                        if result is STARTED:
                            backoff.reset()
                            live.set()
                            updates.put_nowait(None)
                        elif result.data is not None:
                            updates.put_nowait(Import.parse(result.data.get("onImport"), "onImport"))
            except Exception as error:
                # Whatever it is, the import is read meanwhile, and that says what is wrong for good.
                from_connection(error)
            finally:
                await transport.close()
            await asyncio.sleep(backoff.next())
