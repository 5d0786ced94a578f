"""A JavaScript client as a test drives it, in node or in a page: commands go in, what happens comes out."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

NODE: Final = Path(__file__).resolve().parent / "node"
PATIENCE: Final = 120.0
"""Seconds: Amplify tries to connect again after 5 s, and if that fails 60 s later."""

Message = dict[str, Any]


class Thrown(Exception):
    """What the client threw, as a document."""

    def __init__(self, document: Message) -> None:
        super().__init__(json.dumps(document))
        self.document = document


class Driven(ABC):
    """One client."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._changed = asyncio.Event()
        self._calls = 0

    @abstractmethod
    async def _send(self, line: str) -> None:
        """Give the client a command."""

    def hear(self, line: str) -> None:
        """Take what the client tells."""
        self.messages.append(json.loads(line))
        self._changed.set()

    async def expect(self, **wanted: object) -> Message:
        """Wait until the client tells something like this, and take it off the list."""
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    for message in self.messages:
                        if wanted.items() <= message.items():
                            self.messages.remove(message)
                            return message
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"waited for {wanted}, and heard {self.messages}") from None

    async def do(self, command: str, **arguments: object) -> Any:
        """Have the client do something, and return what came of it.

        Raises
        ------
        Thrown
            When the client threw.
        """
        self._calls += 1
        call = self._calls
        await self._send(json.dumps({"call": call, "do": command, **arguments}))
        reply = await self.expect(reply=call)
        if "thrown" in reply:
            raise Thrown(reply["thrown"])
        return reply["value"]


class InNode(Driven):
    """A client in a node process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__()
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout

    async def listen(self) -> None:
        """Read the process until it ends."""
        while line := await self._stdout.readline():
            self.hear(line.decode())

    async def _send(self, line: str) -> None:
        self._stdin.write(line.encode() + b"\n")
        await self._stdin.drain()


class InPage(Driven):
    """A client in a page of its own."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    async def _send(self, line: str) -> None:
        await self._page.evaluate("line => window.carryOut(line)", line)


@asynccontextmanager
async def in_node(library: Path) -> AsyncIterator[Driven]:
    """Start a client in node, and end it."""
    process = await asyncio.create_subprocess_exec(
        "node",
        "src/node.mjs",
        str(library),
        cwd=NODE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    client = InNode(process)
    listening = asyncio.create_task(client.listen())
    try:
        await client.expect(told="up")
        yield client
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(60):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await listening


@asynccontextmanager
async def in_page(browser: Browser, pages: str, library: str) -> AsyncIterator[Driven]:
    """Open a client in a page, and close it."""
    context = await browser.new_context()
    try:
        page = await context.new_page()
        client = InPage(page)
        await page.expose_function("hear", client.hear)
        await page.goto(f"{pages}/{library}.html")
        await client.expect(told="up")
        yield client
    finally:
        await context.close()


@dataclass(frozen=True)
class Ways:
    """Where clients run: node, and a browser that finds the pages; ``folder`` has what is bundled."""

    chromium: str
    pages: str
    folder: Path

    @asynccontextmanager
    async def open(self, library: str, place: str, many: int = 1) -> AsyncIterator[list[Driven]]:
        """Open so many clients of a library, ``in`` node or Chromium."""
        async with AsyncExitStack() as stack:
            if place == "node":
                module = (
                    self.folder / "apollo.cjs" if library == "apollo" else NODE / "src" / f"{library}.mjs"
                )
                opening = [in_node(module) for _ in range(many)]
            else:
                from playwright.async_api import async_playwright  # only here: it is large

                playwright = await stack.enter_async_context(async_playwright())
                browser = await playwright.chromium.launch(executable_path=self.chromium)
                stack.push_async_callback(browser.close)
                opening = [in_page(browser, self.pages, library) for _ in range(many)]
            yield [await stack.enter_async_context(message) for message in opening]
