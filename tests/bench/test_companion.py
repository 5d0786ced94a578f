"""The companion's benchmarks: what they count, and one of them, shortly, against a real local cloud."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from bench import __main__ as cli
from bench import probe
from bench.benchmarks import companion
from bench.listeners import Deliveries


def test_delivery_counts_once_per_connection_at_its_first_time() -> None:
    deliveries = Deliveries()
    for connection, version, at in ((0, 2, 1.0), (1, 2, 2.0), (0, 2, 3.0), (0, 3, 4.0)):
        deliveries.add(connection, "o1", version, at)
    assert deliveries.first == {(0, "o1", 2): 1.0, (1, "o1", 2): 2.0, (0, "o1", 3): 4.0}
    assert deliveries.again == 1


async def test_wait_ends_at_once_when_its_condition_holds() -> None:
    deliveries = Deliveries()
    deliveries.add(0, "o1", 2, 1.0)
    assert await deliveries.wait(lambda: len(deliveries.first) == 1, 0.01)
    assert not await deliveries.wait(lambda: len(deliveries.first) == 2, 0.01)


def test_orders_have_unique_names() -> None:
    assert len(set(probe.names(50))) == 50


def test_package_is_unpacked_into_each_folder(tmp_path: Path) -> None:
    package = tmp_path / "package.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("chalicelib/graphql/view.py", "pass")
    folders = [str(tmp_path / name) for name in ("cached", "sources")]
    assert companion._unpack(package, *folders) == package.stat().st_size
    assert all((Path(folder) / "chalicelib" / "graphql" / "view.py").exists() for folder in folders)


@pytest.mark.slow
@pytest.mark.integration
def test_the_companion_is_measured(tmp_path: Path) -> None:
    assert cli.main(["companion", "--quick", "--json", str(tmp_path)]) == 0
    (path,) = tmp_path.glob("*.json")
    (benchmark,) = json.loads(path.read_text(encoding="utf-8"))["benchmarks"]
    values = {figure["name"]: figure["value"] for figure in benchmark["figures"]}
    assert values["package"] < 4
    assert values.keys() > {
        "cold import of the application",
        "GET /orders/{id}, warm, through the front: p50",
        "the same, not modified (304): p50",
    }
