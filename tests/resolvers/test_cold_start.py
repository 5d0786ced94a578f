"""Lambdas start fast: no handler's module imports what only a request needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HANDLERS = (
    "admit_orders",
    "authorize_iot",
    "authorize_payment",
    "count_changes",
    "enqueue_order",
    "fanout",
    "finish_import",
    "import_lines",
    "manage_dead_letters",
    "manage_imports",
    "manage_summaries",
    "manage_webhooks",
    "prepare_import",
    "project_summaries",
    "publish_webhooks",
    "read_figures",
    "reconcile",
    "record_fulfilment",
    "redeliver",
    "release_stock",
    "reserve_stock",
    "run_order",
    "settle_cancelled",
    "start_orders",
    "stream_events",
    "tell_imports",
    "trace_order",
    "validate_order",
    "void_payment",
)
# boto3 and botocore's session take over 100 ms, http.client with TLS 25 ms.
# What runs a handler is loaded before it.
RUNTIMES = {
    # Every stream opens two connections, and copies of an environment have what is loaded at first in common.
    "stream_events": ["streaming_runtime", "http.client"],
    # AWS's own SDK of durable functions, which brings boto3 with it.
    "run_order": ["aws_durable_execution_sdk_python"],
}
IDEMPOTENCY = "aws_lambda_powertools.utilities.idempotency"
LATE = (
    IDEMPOTENCY,
    "aws_xray_sdk",
    "boto3",
    "botocore.session",
    "botocore.auth",
    "botocore.client",
    "urllib3",
    "http.client",
)
PROBE = """
import importlib, json, sys
handlers, runtime = json.loads(sys.argv[1])
[importlib.import_module(name) for name in runtime]
added = {}
for name in handlers:
    before = set(sys.modules)
    importlib.import_module("resolvers." + name)
    added[name] = sorted(set(sys.modules) - before)
print(json.dumps(added))
"""


@pytest.fixture(scope="module")
def added() -> dict[str, list[str]]:
    """Return what each handler's module adds to what is loaded; what runs it is loaded first.

    Handlers that the same runs are imported one after the other: what is heavy is found with the first.
    """
    alike = [name for name in HANDLERS if name not in RUNTIMES]
    groups = [(alike, list[str]()), *(([name], runtime) for name, runtime in RUNTIMES.items())]
    names: dict[str, list[str]] = {}
    for group in groups:
        done = subprocess.run(
            [sys.executable, "-c", PROBE, json.dumps(group)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            env={},
        )
        names |= json.loads(done.stdout)
    return names


@pytest.mark.parametrize("name", HANDLERS)
def test_handlers_import_nothing_heavy(name: str, added: dict[str, list[str]]) -> None:
    assert f"resolvers.{name}" in added[name]
    assert set(added[name]).isdisjoint(LATE)


def test_every_handler_is_listed() -> None:
    handlers = {
        path.stem for path in (ROOT / "resolvers").glob("*.py") if "\ndef handler(" in path.read_text("utf-8")
    }
    assert handlers == set(HANDLERS)
