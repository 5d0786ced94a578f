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
[importlib.import_module(name) for name in sys.argv[2:]]
before = set(sys.modules)
importlib.import_module("resolvers." + sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.mark.parametrize("name", HANDLERS)
def test_handlers_import_nothing_heavy(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, name, *RUNTIMES.get(name, [])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={},
    )
    imported = set(json.loads(done.stdout))
    assert f"resolvers.{name}" in imported
    assert imported.isdisjoint(LATE)


def test_every_handler_is_listed() -> None:
    handlers = {
        path.stem for path in (ROOT / "resolvers").glob("*.py") if "\ndef handler(" in path.read_text("utf-8")
    }
    assert handlers == set(HANDLERS)
