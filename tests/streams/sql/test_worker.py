"""The worker's process: there when it is needed, and gone with its work, its time or its parent."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from localcloud.streams.sql.client import Worker
from localcloud.streams.sql.errors import QueryFailed, QueryTimedOut
from localcloud.streams.sql.worker.databases import KEPT
from tests.streams.sql.lake import OPENX, ROOT, Lake, worker

SLOW = "SELECT count(*) FROM range(100000000000) AS a(x) WHERE x % 7 = 3"


def gone(pid: int) -> bool:
    """Wait for the end of a process that is not our own child."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.005)
    return False


def is_running(worker: Worker) -> bool:
    return worker.pid is not None


async def test_idle_worker_process_ends() -> None:
    resting = worker(idle=0.05)
    assert not is_running(resting)
    async with resting.use() as folder:
        pid = resting.pid
        assert pid is not None
        assert (await resting.request("tables", 30, sql="SELECT * FROM a.b"))["tables"] == [
            {"catalogue": "", "database": "a", "name": "b"}
        ]
    await resting.ended()
    assert gone(pid) and not folder.exists() and not is_running(resting)


def test_slow_request_is_ended_and_the_next_is_answered(lake: Lake) -> None:
    async def ask() -> None:
        async with lake.worker.use() as folder:
            query = {"sql": SLOW, "database": "a", "tables": [], "output": str(folder / "a.csv")}
            with pytest.raises(QueryTimedOut, match=r"longer than 0\.05 seconds"):
                await lake.worker.request("query", 0.05, **query)
            answer = await lake.worker.request("query", 60, **{**query, "sql": "SELECT 1 AS a"})
            assert answer["rows"] == 1

    lake.runner.run(ask())


def folders(lake: Lake) -> set[str]:
    """Return the folders of the databases that the worker has."""

    async def listed() -> set[str]:
        async with lake.worker.use() as folder:
            return {path.name for path in folder.glob("query-*")}

    return lake.runner.run(listed())


def test_database_answers_again_while_its_objects_are_the_same() -> None:
    lake = Lake()
    try:
        lake.table("sales", {"id": "bigint"})
        lake.write_parquet("sales/1.parquet", id=pa.array([1, 2], pa.int64()))
        assert lake.rows("SELECT sum(id) FROM sales") == [["3"]]
        first = folders(lake)
        assert lake.rows("SELECT max(id) FROM sales") == [["2"]]
        assert folders(lake) == first

        lake.write_parquet("sales/1.parquet", id=pa.array([5], pa.int64()))
        assert lake.rows("SELECT sum(id) FROM sales") == [["5"]]
        lake.table("sales", {"id": "string", "note": "string"}, OPENX)
        lake.write("sales/1.parquet", b'{"id": "a", "note": "b"}\n')
        assert lake.rows("SELECT * FROM sales") == [["a", "b"]]
        assert first < folders(lake)
    finally:
        lake.close()


def test_only_the_databases_that_were_asked_last_are_kept(lake: Lake) -> None:
    for number in range(2 * KEPT):
        lake.table(f"t{number}", {"id": "bigint"})
        assert lake.rows(f"SELECT * FROM t{number}") == []
    # The answer is there before what it makes superfluous is gone.
    deadline = time.monotonic() + 60
    while len(folders(lake)) > KEPT and time.monotonic() < deadline:
        pass
    assert len(folders(lake)) == KEPT


def test_query_after_a_failed_one_over_the_same_table_is_answered(lake: Lake) -> None:
    lake.table("rates", {"rate": "bigint"})
    lake.write_parquet("rates/1.parquet", rate=pa.array([0], pa.int64()))
    assert lake.rows("SELECT rate FROM rates") == [["0"]]
    lake.reason("SELECT 1 / rate FROM rates")
    assert lake.rows("SELECT rate FROM rates") == [["0"]]


def test_record_refused_by_python_or_duckdb_fails_alone(lake: Lake) -> None:
    deep, digits = b'{"id":' + b"[" * 100_000, b'{"n":' + b"9" * 5000 + b"}"
    records = [b'{"id":"a"}', b'{"id":"\\ud800"}', digits, b'{"n":"' + digits[5:-1] + b'"}', deep, b'{"n":1}']
    columns = [{"name": "id", "type": "string"}, {"name": "n", "type": "bigint"}]

    async def convert() -> dict[str, Any]:
        async with lake.worker.use() as folder:
            source = folder / "records"
            source.write_bytes(b"".join(len(record).to_bytes(4, "big") + record for record in records))
            paths = {"input": str(source), "output": str(folder / "records.parquet")}
            more = {"columns": columns, "compression": "SNAPPY", "options": {}}
            return dict(await lake.worker.request("convert", 60, **paths, **more))

    answer = lake.runner.run(convert())
    assert (answer["rows"], sorted(answer["failed"])) == (2, ["1", "2", "3", "4"])


def test_a_query_is_stopped_and_cancelled(lake: Lake) -> None:
    async def stop() -> str:
        operations = lake.service.operations
        started = await operations["StartQueryExecution"]({"QueryString": SLOW})
        await asyncio.sleep(0)
        await operations["StopQueryExecution"](started)
        while True:
            execution = (await operations["GetQueryExecution"](started))["QueryExecution"]
            if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
                return str(execution["Status"]["State"])
            await asyncio.sleep(0.005)

    assert lake.runner.run(stop()) == "CANCELLED"


def test_waiting_caller_learns_of_a_killed_process_and_the_next_starts_another(lake: Lake) -> None:
    async def kill() -> None:
        async with lake.worker.use() as folder:
            waiting = asyncio.ensure_future(
                lake.worker.request(
                    "query", 60, sql=SLOW, database="a", tables=[], output=str(folder / "a.csv")
                )
            )
            await asyncio.sleep(0)
            assert lake.worker.pid is not None
            os.kill(lake.worker.pid, signal.SIGKILL)
            with pytest.raises(QueryFailed, match="the worker ended"):
                await waiting

    lake.runner.run(kill())
    assert lake.value("1") == "1"


def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    script = (
        "import subprocess, sys, time\n"
        "command = [sys.executable, '-P', '-m', 'localcloud.streams.sql.worker', sys.argv[1]]\n"
        "child = subprocess.Popen(command, stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid) and not folder.exists()
