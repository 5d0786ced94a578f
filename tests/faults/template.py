"""The application's own template, with a gate in front of everything that it calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from localcloud.stack.template import properties, read_template, resources
from tests.localcloud.running import ROOT


def gated_template(folder: Path, *, aws: str, graphql: str) -> Path:
    """Write the application's own template, with the addresses that it calls sent to the gates."""
    base = folder / "appsync"
    base.mkdir()
    for name in ("functions", "js", "nested", "workflow"):
        (base / name).symlink_to(ROOT / "appsync" / name)
    for name in ("build", "schema.graphql"):
        (folder / name).symlink_to(ROOT / name)
    document: Any = read_template(ROOT / "appsync" / "template.yaml")
    for resource in resources(document).values():
        declared: Any = properties(resource)
        if resource["Type"] == "AWS::Lambda::Function":
            variables = declared["Environment"]["Variables"]
            variables["AWS_ENDPOINT_URL"] = aws
            if "GRAPHQL_URL" in variables:
                variables["GRAPHQL_URL"] = graphql
        if resource["Type"] == "AWS::AppSync::DataSource" and declared["Type"] == "HTTP":
            declared["HttpConfig"]["Endpoint"] = f"{aws}/"
    template = base / "template.json"
    template.write_text(json.dumps(document))
    return template
