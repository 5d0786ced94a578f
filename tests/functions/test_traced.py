"""The segments of invocations, with AWS's own runtime client in between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from localcloud.aws import EngineAddress
from localcloud.functions import LambdaService, Settings, SourceTree, TooManyRequests
from localcloud.functions.mappings.linked import use_traces_of
from localcloud.functions.mappings.records import Record
from localcloud.functions.traced import FUNCTION, SERVICE, InvocationTrace
from localcloud.watchtower.traces.documents import parse_document
from localcloud.watchtower.traces.facade import (
    Document,
    TraceHeader,
    current,
    links,
    new_trace_id,
    parse_header,
    use,
    working_for,
)
from tests.functions.fakes import HANDLERS, World
from tests.functions.helpers import until

CALLER = TraceHeader("1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8", True)


class Recorder:
    """Samples everything, and keeps it."""

    def __init__(self) -> None:
        self.kept: list[InvocationTrace] = []

    def begin(self, header: TraceHeader | None, service: str, kind: str, **request: str) -> TraceHeader:
        header = header or TraceHeader(new_trace_id())
        return header if header.sampled is not None else header._replace(sampled=True)

    def record(self, segment: InvocationTrace) -> None:
        self.kept.append(segment)

    def documents(self, origin: str) -> list[Document]:
        documents = [document for kept in self.kept for document in kept.documents()]
        for document in documents:
            parse_document(json.dumps(document))
        return [document for document in documents if document["origin"] == origin]


@dataclass
class Traced:
    service: LambdaService
    world: World
    recorder: Recorder

    def define(self, name: str, handler: str, **changes: object) -> str:
        self.world.control.define(name, handler, **changes)
        self.service.use_sources({name: SourceTree(HANDLERS)})
        return name


@pytest.fixture
async def traced(
    engine: EngineAddress, world: World, settings: Settings, parent: None
) -> AsyncIterator[Traced]:
    recorder = Recorder()
    service = LambdaService(engine, settings=settings, ports=world.ports(), traces=recorder)
    await service.start()
    yield Traced(service, world, recorder)
    await service.stop()


def names(document: Document) -> list[object]:
    inner = document.get("subsegments")
    return [part["name"] for part in inner if isinstance(part, dict)] if isinstance(inner, list) else []


async def header_in(traced: Traced, function: str) -> TraceHeader | None:
    result = await traced.service.invoke(function, b'["_X_AMZN_TRACE_ID"]')
    return parse_header(json.loads(result.payload)["_X_AMZN_TRACE_ID"])


async def test_traced_function_begins_a_trace_with_two_segments(traced: Traced) -> None:
    function = traced.define("show", "basic.environment", tracing="Active")
    header = await header_in(traced, function)
    assert header is not None
    (service,), (own,) = traced.recorder.documents(SERVICE), traced.recorder.documents(FUNCTION)
    assert service["trace_id"] == own["trace_id"] == header.root
    assert (own["parent_id"], header.parent, header.sampled) == (service["id"], own["id"], True)
    assert "parent_id" not in service
    assert service["http"] == {"response": {"status": 200}}
    assert names(own) == ["Initialization", "Invocation", "Overhead"]
    await header_in(traced, function)
    assert names(traced.recorder.documents(FUNCTION)[1]) == ["Invocation", "Overhead"]


async def test_passing_function_continues_the_trace_of_its_caller(traced: Traced) -> None:
    function = traced.define("show", "basic.environment")
    alone = await header_in(traced, function)
    assert alone is not None
    assert alone.sampled is False
    assert traced.recorder.kept == []
    with working_for(CALLER):
        header = await header_in(traced, function)
    assert header is not None
    assert (header.root, header.sampled) == (CALLER.root, True)
    (service,) = traced.recorder.documents(SERVICE)
    assert service["parent_id"] == CALLER.parent
    with working_for(CALLER._replace(sampled=False)):
        assert await header_in(traced, function) == CALLER._replace(sampled=False)
    assert len(traced.recorder.kept) == 1


async def test_failure_is_a_fault_with_the_functions_exception(traced: Traced) -> None:
    function = traced.define("fail", "basic.fail", tracing="Active")
    result = await traced.service.invoke(function, b'"broken"')
    assert result.function_error == "Unhandled"
    (service,), (own,) = traced.recorder.documents(SERVICE), traced.recorder.documents(FUNCTION)
    assert service["fault"] is own["fault"] is True
    error = json.loads(result.payload)
    assert isinstance(own["cause"], dict)
    assert own["cause"]["exceptions"] == [
        {
            "id": own["cause"]["exceptions"][0]["id"],  # type: ignore[index, call-overload]
            "type": error["errorType"],
            "message": error["errorMessage"],
        }
    ]


async def test_throttled_invocation_has_a_throttle_segment(traced: Traced) -> None:
    function = traced.define("none", "basic.echo", tracing="Active", reserved_concurrency=0)
    with pytest.raises(TooManyRequests):
        await traced.service.invoke(function, b"{}")
    (service,) = traced.recorder.documents(SERVICE)
    assert service["throttle"] is True
    assert service["http"] == {"response": {"status": 429}}
    assert traced.recorder.documents(FUNCTION) == []


async def test_attempts_of_an_event_are_in_one_segment(traced: Traced) -> None:
    function = traced.define("fail", "basic.fail", tracing="Active")
    with working_for(CALLER):
        await traced.service.invoke(function, b'"broken"', asynchronous=True)
    await until(lambda: len(traced.recorder.kept) == 3)
    *_, last = traced.recorder.documents(SERVICE)
    assert len({document["id"] for document in traced.recorder.documents(SERVICE)}) == 1
    assert names(last) == ["Dwell Time", "Attempt #1", "Attempt #2", "Attempt #3"]
    inner = last["subsegments"]
    assert isinstance(inner, list)
    attempts = [part["id"] for part in inner if isinstance(part, dict) and part.get("fault") is True]
    assert [document["parent_id"] for document in traced.recorder.documents(FUNCTION)] == attempts
    assert last["parent_id"] == CALLER.parent


def message(header: TraceHeader | None) -> Record:
    return {"attributes": {} if header is None else {"AWSTraceHeader": str(header)}}


async def test_batch_of_one_trace_continues_it() -> None:
    use_traces_of([message(CALLER), message(None), message(CALLER._replace(parent="0" * 15 + "1"))])
    assert current() == CALLER
    assert links() == ()


async def test_batch_of_several_traces_links_to_sampled_ones(traced: Traced) -> None:
    other = CALLER._replace(root=new_trace_id())
    unsampled = TraceHeader(new_trace_id(), "0" * 16, False)

    async def batch() -> None:
        use_traces_of([message(CALLER), message(other), message(unsampled)])
        await traced.service.invoke(traced.define("show", "basic.echo", tracing="Active"), b"{}")

    await asyncio.create_task(batch())
    (service,) = traced.recorder.documents(SERVICE)
    assert service["trace_id"] not in {CALLER.root, other.root, unsampled.root}
    assert isinstance(service["links"], list)
    linked = [
        (document["trace_id"], document["id"]) for document in service["links"] if isinstance(document, dict)
    ]
    assert linked == [(CALLER.root, CALLER.parent), (other.root, other.parent)]


async def test_batch_without_traces_has_no_caller() -> None:
    use(CALLER)
    use_traces_of([message(None)])
    assert current() is None
