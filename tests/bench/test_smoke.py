"""Benchmarks, shortly, against a real local cloud and against the data plane alone."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bench import __main__ as cli
from bench import crowd, load, rivals, servers
from bench.model import Context, NotMeasured
from bench.wire import FRAME


@pytest.mark.slow
@pytest.mark.integration
def test_benchmark_measures_and_writes_figures(tmp_path: Path) -> None:
    assert cli.main(["invoke", "--quick", "--json", str(tmp_path)]) == 0
    (path,) = tmp_path.glob("*.json")
    (benchmark,) = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
    values = {figure["name"]: figure["value"] for figure in benchmark["figures"]}
    assert set(values) == {
        "a function through AppSync",
        "an APPSYNC_JS resolver without a data source",
        "no resolver at all",
    }
    assert all(0 < value < 1000 for value in values.values())


def measured(folder: Path, *names: str) -> dict[str, float]:
    assert cli.main([*names, "--quick", "--json", str(folder)]) == 0
    (path,) = folder.glob("*.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    assert [benchmark["name"] for benchmark in document["benchmarks"]] == list(names)
    return {
        figure["name"]: figure["value"]
        for benchmark in document["benchmarks"]
        for figure in benchmark["figures"]
    }


def test_appsync_mutations_are_measured(tmp_path: Path) -> None:
    assert measured(tmp_path, "mutations")["mutations, 16 connections"] > 10


@pytest.mark.slow
def test_mappings_of_data_streams_are_measured_beside_ministack(tmp_path: Path) -> None:
    figures = measured(tmp_path, "streams.mappings")
    assert figures["the local cloud: records through a mapping"] > 100
    assert 0 < figures["the local cloud: put to handler at 100/s, p50"] < 10_000
    assert figures["records a second, of those of MiniStack"] > 0
    assert figures["put to handler, of that of MiniStack"] > 0


@pytest.mark.slow
def test_durable_executions_are_measured_beside_awss_runner(tmp_path: Path) -> None:
    figures = measured(tmp_path, "durable.executions", "durable.waiting")
    for way in ("AWS's SDK", "the bare protocol"):
        assert figures[f"the local cloud: executions of three steps, by {way}"] > 1
        assert figures[f"executions a second by {way}, of those of AWS's local runner"] > 0
    assert 0 < figures["the local cloud: a step's checkpoint, p50"] < 1000
    assert "an execution that waits: memory" in figures


@pytest.mark.slow
def test_data_plane_is_measured_alone_and_with_installed_peers(tmp_path: Path) -> None:
    figures = measured(tmp_path, "plane", "fanout")
    assert 0 < figures["start of the data plane alone to its first answer"] < 30
    assert 10 < figures["its memory then"] < 500
    assert 0 < figures["200 idle subscribers: memory of each"] < 500
    assert figures["frames to 50 subscribers"] > 100
    assert figures["bare aiohttp: frames"] > 100
    assert figures["the data plane's, of those of bare picows"] > 0
    assert 0 < figures["50 subscribers, paced: p99"] < 60_000


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="needs Node and npm")
async def test_peers_publish_what_the_data_plane_publishes(tmp_path: Path) -> None:
    async with rivals.amplify() as simulator, rivals.ministack() as ministack:
        elsewhere = await load.elsewhere(crowd.fan_out, simulator.endpoint, 3, 0.1)
        assert (elsewhere.frames % 3, elsewhere.length) == (0, FRAME)
        for server in (simulator, ministack):
            assert await load.elsewhere(crowd.mutations, server.endpoint, 2, 0.1) > 1


@pytest.mark.slow
@pytest.mark.integration
def test_carrying_benchmark_reports_cost_by_process(tmp_path: Path) -> None:
    figures = measured(tmp_path, "throughput", "throughput.channels", "throughput.paced")
    assert figures["delivered"] > 0
    assert figures["processor time an order: engine"] > 0
    assert figures["processor time an order: local cloud"] > 0
    assert figures["rate from the first order sent to the last one's end"] > 0


@pytest.mark.slow
@pytest.mark.integration
def test_a_cold_burst_is_measured(tmp_path: Path) -> None:
    figures = measured(tmp_path, "burst", "burst.orders", "burst.flood", "burst.memory")
    assert figures["invocations that failed"] == 0
    assert figures["environments that answered"] > 0
    assert figures["a cold environment's processor time"] > 0
    assert figures["idle memory"] > 0


@pytest.mark.slow
@pytest.mark.integration
def test_state_machines_are_measured(tmp_path: Path) -> None:
    names = ("states.transitions", "states.functions", "states.order", "states.waiting", "states.dollars")
    figures = measured(tmp_path, *names)
    assert figures["ten Pass and Choice states: executions"] > 10
    assert figures["eight lambda:invoke: executions"] > 1
    assert figures["an order's 15 transitions without its calls: processor time"] > 0
    assert figures["an execution that waits on a task token: memory"] < 1000
    assert figures["a million orders by Standard executions: Step Functions"] >= 375


async def test_missing_peer_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rivals, "PEERS", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    async with AsyncExitStack() as stack:
        peers = {"the simulator": rivals.amplify(), "another": rivals.bare("no_such_library")}
        running, missing = await servers.start_peers(Context(tmp_path), stack, peers)
    assert running == []
    assert missing == {
        "the simulator": "Node and npm are not here",
        "another": "no_such_library is not here: `make setup-dev` installs it",
    }
    assert next((figure.name, figure.note) for figure in servers.absent(missing)) == (
        "the simulator: not measured",
        "Node and npm are not here",
    )


async def test_program_that_does_not_start_is_reported_with_its_output() -> None:
    script = "import sys; sys.exit('no luck today')"
    with pytest.raises(NotMeasured, match="it did not start: no luck today"):
        async with servers.program("it", sys.executable, "-c", script):
            pass
