"""What the meter says of a run, and which of it was the followers' doing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from clients import Unavailable
from clients.reading import Unexpected
from compare.commits import EngineCommits, NoCommits, committed
from compare.meter import Count, EngineMeter, attribute, parse
from compare.runner import paced, settled
from compare.usage import FunctionUse
from tests.compare.fakes import change

PROCESSORS = {"stack-FanoutFunction-1": "arm64", "api": "x86_64"}
DOCUMENT = {
    "since": "2026-11-20T21:00:00.000Z",
    "operations": {"dynamodb.GetItem": 3},
    "by": {"client": {}, "states": {}},
    "refused": {},
    "capacity": {"orders": {"read": 1.5, "write": 2}},
    "reads": {"orders": {"dynamodb.GetItem": 3}},
    "transitions": {"machine": 7, "other": 1},
    "lambda": {"api": {"invocations": 2, "ms": 40.0, "billed_ms": 30, "gb_seconds": 0.0075}},
}


def count(**functions: tuple[float, float]) -> Count:
    return Count({}, {}, {name.replace("_", "-"): pair for name, pair in functions.items()}, 0.0)


def test_meter_document_is_parsed() -> None:
    used = parse(DOCUMENT)
    gets = {"dynamodb.GetItem": 3.0}
    assert used == Count(gets, {"orders": (1.5, 2.0)}, {"api": (2.0, 0.0075)}, 8.0, {"orders": gets})
    assert used.since(used).functions == {"api": (0.0, 0.0)}


@pytest.mark.parametrize("missing", ["operations", "capacity", "transitions", "lambda"])
def test_incomplete_meter_document_is_refused(missing: str) -> None:
    with pytest.raises(Unexpected, match=missing):
        parse({name: value for name, value in DOCUMENT.items() if name != missing})


def test_baseline_functions_are_attributed_to_no_channel() -> None:
    alone = count(workflow=(10.0, 1.0), api=(0.0, 0.0))
    run = count(workflow=(10.0, 1.9), api=(4.0, 0.5))
    assert attribute(run, alone, PROCESSORS, pushes=False).functions == {
        "api": FunctionUse(4.0, 0.5, "x86_64")
    }


def test_additional_invocations_alone_are_attributed() -> None:
    used = attribute(count(api=(10.0, 5.0)), count(api=(8.0, 1.0)), PROCESSORS, pushes=False)
    assert used.functions == {"api": FunctionUse(2.0, 1.0, "x86_64")}


def test_fan_out_is_attributed_to_pushing_channels_alone() -> None:
    alone = Count({}, {}, {"stack-FanoutFunction-1": (6.0, 0.5)}, 0.0)
    run = Count({}, {}, {"stack-FanoutFunction-1": (7.0, 0.7)}, 0.0)
    assert attribute(run, alone, PROCESSORS, pushes=False).functions == {}
    assert attribute(run, alone, PROCESSORS, pushes=True).functions == {
        "stack-FanoutFunction-1": FunctionUse(7.0, 0.7, "arm64")
    }


def test_table_of_a_channel_is_attributed_whole() -> None:
    alone = Count({}, {"orders": (0.0, 12.0), "connections": (3.0, 0.0)}, {}, 0.0)
    run = Count({}, {"orders": (4.0, 12.0), "connections": (5.0, 2.0)}, {}, 0.0)
    used = attribute(run, alone, PROCESSORS, pushes=True, tables=("connections",))
    assert (used.reads, used.writes) == (9.0, 2.0)
    assert attribute(run, alone, PROCESSORS, pushes=False).reads == 6.0


def test_sns_delivery_is_an_operation_of_its_protocol() -> None:
    used = parse(DOCUMENT | {"deliveries": {"http": 5, "lambda": 1}})
    assert used.operations == {"dynamodb.GetItem": 3, "sns.delivery.http": 5, "sns.delivery.lambda": 1}


def test_scheduled_work_is_attributed_to_no_channel() -> None:
    def of(schedules: float, looks: float, queries: float) -> Count:
        functions = {"stack-ReconcileFunction-1": (schedules, 0.1)}
        reads = {"connections": {"dynamodb.Query": looks}}
        return Count({"dynamodb.Query": queries}, {"connections": (looks, 0.0)}, functions, 0.0, reads)

    alone, run = of(1.0, 30.0, 31.0), of(2.0, 33.0, 39.0)
    used = attribute(run, alone, PROCESSORS, pushes=True, others=("connections",))
    # Eight queries more: one by a schedule, three by fan-out on a table of another channel.
    assert (used.operations, used.functions, used.reads) == ({"dynamodb.Query": 4.0}, {}, 0.0)


@pytest.mark.parametrize("channel", ["its own", "another"])
def test_fan_outs_lookups_are_no_operations_of_followers_however_its_batches_fall(channel: str) -> None:
    """Without followers it reads markers, with them it also queries: neither is a follower's doing."""
    reads = {"dynamodb.BatchGetItem": 5.0, "dynamodb.Query": 2.0}
    more = {"dynamodb.BatchGetItem": 9.0, "dynamodb.Query": 14.0}
    stock, gets = 10.0, {"dynamodb.GetItem": 4.0}

    def of(lookups: dict[str, float], units: float, **operations: float) -> Count:
        total = lookups | {"dynamodb.BatchGetItem": stock + lookups["dynamodb.BatchGetItem"]}
        return Count(total | operations, {"connections": (units, 1.0)}, {}, 0.0, {"connections": lookups})

    table = ("connections",)
    tables, others = (table, ()) if channel == "its own" else ((), table)
    used = attribute(of(more, 60.0, **gets), of(reads, 30.0), {}, pushes=True, tables=tables, others=others)
    assert used.operations == gets
    # The units on a channel's own table are its bill's all the same.
    assert used.reads == (60.0 if tables else 0.0)


def test_counts_of_two_times_are_added_and_subtracted_by_table() -> None:
    early = Count({}, {}, {}, 0.0, {"orders": {"dynamodb.GetItem": 2.0}})
    late = Count({}, {}, {}, 0.0, {"orders": {"dynamodb.GetItem": 5.0, "dynamodb.Query": 1.0}})
    assert late.since(early).reads == {"orders": {"dynamodb.GetItem": 3.0, "dynamodb.Query": 1.0}}
    assert early.plus(late.since(early)).reads == late.reads


def test_background_polling_is_no_operation() -> None:
    run = Count({"sqs.ReceiveMessage": 9, "dynamodbstreams.GetRecords": 9, "sqs.SendMessage": 1}, {}, {}, 0.0)
    assert attribute(run, Count({}, {}, {}, 0.0), {}, pushes=False).operations == {"sqs.SendMessage": 1}


async def test_meter_waits_until_its_counts_stand_still() -> None:
    class Busy:
        readings = iter((1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 4.0))

        async def read(self) -> Count:
            return Count({}, {}, {}, next(self.readings))

    assert (await settled(Busy(), pause=0.0, quiet=2)).transitions == 3.0


class Engine:
    """Answers as the local engine does."""

    def __init__(self) -> None:
        self.queries: list[dict[str, str]] = []
        self.commits: list[dict[str, object]] = []
        self.status = 200
        self.address = ""

    def commit(self, key: str, sort: str, time: float) -> None:
        keys = {"pk": {"S": key}, "sk": {"S": sort}}
        self.commits.append({"sequence": str(100 + len(self.commits)), "time": time, "keys": keys})

    async def answer_meter(self, _: web.Request) -> web.Response:
        return web.json_response(DOCUMENT, status=self.status)

    async def answer_commits(self, request: web.Request) -> web.Response:
        self.queries.append(dict(request.query))
        after = int(request.query.get("after", 0))
        news = [commit for commit in self.commits if int(str(commit["sequence"])) > after]
        return web.json_response({"arn": "stream", "dropped": 0, "commits": news}, status=self.status)


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    created, app = Engine(), web.Application()
    app.router.add_get("/_localcloud/meter", created.answer_meter)
    app.router.add_get("/_localcloud/commits", created.answer_commits)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    created.address = f"http://{host}:{port}"
    yield created
    await runner.cleanup()


async def test_meter_is_read_over_http(engine: Engine) -> None:
    assert await EngineMeter(engine.address).read() == parse(DOCUMENT)
    engine.status = 503
    with pytest.raises(Unavailable, match="answers HTTP 503"):
        await EngineMeter(engine.address).read()


async def test_unreachable_meter_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        await EngineMeter("http://127.0.0.1:9").read()


async def test_nth_write_of_a_state_item_is_version_n(engine: Engine) -> None:
    commits = EngineCommits(f"{engine.address}/_localcloud/commits", "arn:stream")
    engine.commit("ORDER#one", "CONTENTS", 9.0)
    engine.commit("ORDER#one", "STATE", 10.0)
    engine.commit("STOCK#tea", "STATE", 10.5)
    engine.commit("ORDER#two", "STATE", 11.0)
    engine.commit("ORDER#one", "STATE", 12.0)
    assert await commits.times({"one": 2, "two": 1}) == {
        ("one", 1): 10.0,
        ("one", 2): 12.0,
        ("two", 1): 11.0,
    }
    engine.commit("ORDER#three", "STATE", 20.0)
    assert await commits.times({"three": 1}) == {("three", 1): 20.0}
    assert engine.queries == [{"arn": "arn:stream"}, {"arn": "arn:stream", "after": "104"}]


@pytest.mark.parametrize("versions", [1, 3])
async def test_commits_are_unknown_when_writes_and_versions_differ(engine: Engine, versions: int) -> None:
    engine.commit("ORDER#one", "STATE", 10.0)
    engine.commit("ORDER#one", "STATE", 12.0)
    commits = EngineCommits(f"{engine.address}/_localcloud/commits", "arn:stream")
    assert await commits.times({"one": versions}) == {}


async def test_change_time_replaces_a_missing_commit_time() -> None:
    changed = change("order", 3)
    assert committed(changed, await NoCommits().times({"order": 6})) == (changed.at.timestamp(), "at")
    assert committed(changed, {("order", 3): 5.0}) == (5.0, "commit")


async def test_pace_does_not_wait_for_late_orders() -> None:
    loop = asyncio.get_running_loop()
    start = loop.time()
    assert [number async for number in paced(1000.0, 5)] == [0, 1, 2, 3, 4]
    assert loop.time() - start >= 0.004


def test_bus_consumers_are_billed_to_the_channel_that_they_serve() -> None:
    run = count(PublishWebhooks=(12.0, 1.2), ProjectSummaries=(3.0, 0.3))
    alone = count(PublishWebhooks=(12.0, 1.2), ProjectSummaries=(2.0, 0.2))
    assert attribute(run, alone, PROCESSORS, pushes=True).functions == {}
    used = attribute(run, alone, PROCESSORS, pushes=True, serving=("PublishWebhooks",)).functions
    assert {name: use.invocations for name, use in used.items()} == {"PublishWebhooks": 12.0}
