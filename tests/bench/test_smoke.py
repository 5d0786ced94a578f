"""One benchmark, shortly, against a real local cloud."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench import __main__ as cli


@pytest.mark.integration
def test_a_benchmark_runs(tmp_path: Path) -> None:
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
