from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from localcloud.aws import EngineAddress, new_credentials
from localcloud.functions import LambdaService, Settings, SourceTree
from localcloud.functions.prepared.parent import PreparedParent
from localcloud.functions.prepared.rules import POSSIBLE
from localcloud.functions.processor import Processor
from tests.functions.fakes import ACCOUNT, HANDLERS, REGION, World
from tests.functions.shared_parent import SharedParent


@pytest.fixture
def engine() -> EngineAddress:
    return EngineAddress("http://127.0.0.1:1", REGION, ACCOUNT, new_credentials(ACCOUNT))


@pytest.fixture
def world() -> World:
    return World()


class Bench:
    """A running service, and what it logged."""

    def __init__(self, service: LambdaService, world: World, lines: list[tuple[str, str, str]]) -> None:
        self.service = service
        self.world = world
        self.lines = lines

    def define(self, name: str, handler: str, **changes: object) -> str:
        """Define a function whose sources are the test handlers."""
        self.world.control.define(name, handler, **changes)
        self.service.use_sources({name: SourceTree(HANDLERS)})
        return name


@pytest.fixture
def forked() -> bool:
    """Whether environments are forked, as they usually are: a fork is cheaper than a fresh interpreter."""
    return POSSIBLE


@pytest.fixture(scope="session")
def shared_parent() -> Iterator[SharedParent]:
    """One prepared parent for all tests that are not about the parent: it needs 0.3 s of the processor."""
    parent = SharedParent()
    yield parent
    parent.end()


@pytest.fixture(scope="module")
def joined_parent(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have the services of a module fork from that one, too."""
    with pytest.MonkeyPatch.context() as patch:
        if POSSIBLE:
            patch.setattr(PreparedParent, "start", request.getfixturevalue("shared_parent").joined)
        yield


@pytest.fixture
def parent(forked: bool, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the service has its prepared parent from; a module with one of its own for each overrides it."""
    if forked and POSSIBLE:
        monkeypatch.setattr(PreparedParent, "start", request.getfixturevalue("shared_parent").joined)


@pytest.fixture
def settings(forked: bool) -> Settings:
    return Settings(
        scan_seconds=0.0, retry_delays=(0.0, 0.0), stream_backoff=(0.001, 0.001), prepared_parent=forked
    )


@pytest.fixture
def processor() -> Processor | None:
    """Whose time decides how patient the service is: the machine's own."""
    return None


@pytest.fixture
async def bench(
    engine: EngineAddress, world: World, settings: Settings, processor: Processor | None, parent: None
) -> AsyncIterator[Bench]:
    lines: list[tuple[str, str, str]] = []
    service = LambdaService(
        engine,
        log=lambda *line: lines.append(line),
        settings=settings,
        ports=world.ports(),
        processor=processor,
    )
    await service.start()
    yield Bench(service, world, lines)
    await service.stop()
