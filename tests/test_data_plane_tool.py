"""The tool that serves an API by the data plane alone."""

from __future__ import annotations

import json
from pathlib import Path

from tools.data_plane import definition, describe

ROOT = Path(__file__).resolve().parent.parent


def test_described_resolvers_name_data_sources_of_the_description() -> None:
    api = definition(json.loads(json.dumps(describe(ROOT / "appsync" / "template.yaml"))))
    named = {resolver.data_source for resolver in api.resolvers.values()}
    assert named - {None} <= api.data_sources.keys()
