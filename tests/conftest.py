"""How tests are spread over the cores."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHARING = ("doors", "faults", "appsync/datasources", "integration", "web")
"""Folders whose modules share a running cloud: on two workers they would start it twice, or more often."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each file on one worker, and each folder that shares a cloud (``--dist loadgroup``)."""
    for item in items:
        if not item.path.is_relative_to(HERE):
            continue  # a doctest somewhere else
        file = item.path.relative_to(HERE).as_posix()
        group = next((folder for folder in SHARING if file.startswith(f"{folder}/")), file)
        item.add_marker(pytest.mark.xdist_group(group))
