"""The parts of benchmarks: machine, processes, receipts, the meter's figures."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import machine, processes
from bench.benchmarks import meter
from bench.load import paced
from bench.model import NotMeasured
from bench.receive import Receipts
from clients import Change, Status
from tests.bench.proc import FakeProc

AT = datetime(2026, 11, 20, tzinfo=UTC)


def change(version: int, status: Status = Status.VALIDATED, order_id: str = "o1") -> Change:
    return Change(order_id=order_id, customer_id="c", version=version, status=status, at=AT, reason=None)


def test_processor_name_is_read_from_cpuinfo(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Fast CPU @ 3 GHz\n")
    assert machine.processor_name(cpuinfo) == "Fast CPU @ 3 GHz"
    assert machine.processor_name(tmp_path / "none") != ""


def test_this_machine_is_described() -> None:
    here = machine.describe()
    assert here.cores >= 1
    assert here.memory > 100
    assert here.python.startswith("3.")
    assert f"{here.cores} cores" in str(here)


def test_process_tree_has_all_descendants(tmp_path: Path) -> None:
    for pid, parent in ((1, 0), (10, 1), (11, 10), (12, 11), (20, 1)):
        FakeProc(tmp_path).put(pid, parent)
    (tmp_path / "self").mkdir()
    assert sorted(processes.tree(10, tmp_path)) == [10, 11, 12]


def test_memory_is_the_sum_of_proportional_set_sizes(tmp_path: Path) -> None:
    proc = FakeProc(tmp_path)
    proc.put(10, 1, pss=1000)
    proc.put(11, 10, pss=500)
    assert processes.memory([10, 11], tmp_path) == pytest.approx(1500 * 1024 / 1e6)


def test_ended_process_has_no_memory(tmp_path: Path) -> None:
    FakeProc(tmp_path).put(10, 1, pss=1000)
    assert processes.memory([10, 11], tmp_path) == pytest.approx(1000 * 1024 / 1e6)


def test_processes_are_sampled_only_where_proc_exists(tmp_path: Path) -> None:
    with pytest.raises(NotMeasured, match="on Linux only"):
        processes.tree(10, tmp_path / "none")


def test_memory_is_not_measured_without_proc(tmp_path: Path) -> None:
    with pytest.raises(NotMeasured, match="on Linux only"):
        processes.memory([10], tmp_path / "none")


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs Linux's /proc")
def test_started_returns_command_and_folder_of_this_process() -> None:
    here = processes.started(os.getpid())
    assert here is not None
    assert here.command
    assert here.folder == Path.cwd()


def test_started_returns_none_for_an_ended_process(tmp_path: Path) -> None:
    assert processes.started(1, tmp_path) is None


async def test_order_is_complete_with_every_version_in_any_order() -> None:
    receipts = Receipts()
    receipts.add(change(1, Status.RECEIVED), 1.0)
    receipts.add(change(3, Status.DELIVERED), 2.0)
    assert receipts.complete == set()
    assert not await receipts.wait_complete({"o1"}, 0.01)
    receipts.add(change(2), 3.0)
    assert receipts.complete == {"o1"}
    assert await receipts.wait_complete({"o1"}, 1)
    assert receipts.versions("o1") == [1, 3, 2]
    assert receipts.versions("another") == []


async def test_even_pace_yields_all_numbers() -> None:
    assert [number async for number in paced(10_000, 5)] == [0, 1, 2, 3, 4]


def test_meter_figures_are_per_order() -> None:
    document: dict[str, object] = {
        "operations": {"dynamodb.UpdateItem": 20},
        "capacity": {"t1": {"read": 5.0, "write": 30.0}},
        "transitions": {"arn:m": 40},
        "lambda": {"f": {"invocations": 6, "ms": 12.5}, "g": {"invocations": 4, "ms": 1}},
    }
    figure_list = meter.figures(document, {"t1": "orders table", "arn:m": "workflow"}, orders=10)
    assert {figure.name: (figure.value, figure.unit) for figure in figure_list} == {
        "orders table: read units per order": (0.5, "units"),
        "orders table: write units per order": (3.0, "units"),
        "workflow: state transitions per order": (4.0, "transitions"),
        "Lambda invocations per order": (1.0, "invocations"),
    }


def test_meter_with_text_instead_of_numbers_is_not_measured() -> None:
    document: dict[str, object] = {"capacity": {"t": {"read": "many"}}, "transitions": {}, "lambda": {}}
    with pytest.raises(NotMeasured, match="'many', not a number"):
        meter.figures(document, {}, orders=1)
