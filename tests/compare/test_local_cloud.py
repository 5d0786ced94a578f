"""The whole comparison against the real local cloud with the companion."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

from compare.channels import discover
from tests.compare.test_reports import SCHEMA
from tests.localcloud.running import ROOT, Running, running

pytestmark = [pytest.mark.integration, pytest.mark.slow]

COMMAND = [sys.executable, "-m", "compare"]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("compare")
    deploy = [sys.executable, "tools/companion.py", "deploy", "--stage", "local"]
    deploy += ["--project-dir", str(folder / "companion")]
    set_to = ("PaceSeconds=1", "PaymentTimeoutSeconds=20", "AllowPrivateWebhooks=true")
    parameters = [word for parameter in set_to for word in ("--parameter", parameter)]
    with running(
        folder, ROOT / "appsync" / "template.yaml", *parameters, "--also", shlex.join(deploy)
    ) as running_cloud:
        yield running_cloud


def where(cloud: Running, out: Path) -> list[str]:
    return ["--ready-file", str(cloud.printed.parent / "ready.json"), "--out", str(out)]


def test_every_channel_is_compared_alone_and_together(cloud: Running, tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, *where(cloud, tmp_path), "--orders", "3", "--rate", "2", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    assert "Traceback" not in done.stderr
    document = json.loads(done.stdout)
    jsonschema_rs.validate(SCHEMA, document)
    names = [channel.name for channel in discover()]
    assert [(channel["name"], channel["mode"]) for channel in document["channels"]] == [
        *((name, "alone") for name in names),
        *((name, "together") for name in names),
    ]
    for channel in document["channels"]:
        assert (channel["orders"], channel["changes"], channel["lost"], channel["failed"]) == (
            3,
            18,
            0,
            [],
        ), channel["name"]
        # Every receipt is timed from the commit that the engine noted.
        assert channel["timedFromCommit"] == channel["commitToReceiptMs"]["count"] == 18
    alone = {channel["name"]: channel for channel in document["channels"] if channel["mode"] == "alone"}
    assert alone["synchronous"]["missed"] == 15
    assert alone["synchronous"]["perOrder"]["requests"] >= 1
    assert alone["appsync"]["aws"]["operationsPerOrder"]["dynamodb.GetItem"] >= 1
    assert all(channel["cost"]["usdPerMillionOrders"] > 0 for channel in alone.values())
    assert any(item["price"] == "lambda.request" for item in alone["poll-fixed"]["cost"]["items"])
    assert set(document["sample"]["receipts"]) == set(names)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".json", ".json"]
    assert json.loads((tmp_path / "latest.json").read_text()) == document


def test_orchestrators_carry_the_same_orders_and_bear_a_crash(cloud: Running, tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "orchestrators", *where(cloud, tmp_path), "--orders", "3", "--crashes", "1", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    document = json.loads(done.stdout)
    assert document["pausesSeconds"] == 3
    standard, express, durable = document["variants"]
    for variant in (standard, express, durable):
        assert (variant["orders"], variant["refused"], variant["crash"]["delivered"]) == (3, [], 1), variant[
            "name"
        ]
        assert variant["crash"]["doubled"] == 0 < variant["crash"]["killed"]
        assert variant["cost"]["usdPerMillionOrders"] > 0
    assert standard["afterwards"]["events"] > 20
    assert express["afterwards"]["events"] is None
    assert durable["afterwards"]["events"] > 20
    assert standard["transitionsPerOrder"] > 8
    assert durable["transitionsPerOrder"] == 0
    assert durable["durableOperationsPerOrder"] > 8
    assert any(item["price"] == "durable.operation" for item in durable["cost"]["items"])


def test_interrupt_ends_the_comparison_at_once(cloud: Running, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, *where(cloud, tmp_path), "--orders", "500", "--channels", "appsync,longpoll"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "warming up: 8 of 8" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, complaints = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert complaints.splitlines()[-1] == "orderwire compare: interrupted; nothing was written"
    assert "Traceback" not in complaints
    assert list(tmp_path.iterdir()) == []
