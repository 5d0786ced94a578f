"""What keeps an edited template from being taken over by a cloud that runs."""

from __future__ import annotations

from pathlib import Path

from localcloud.stack.template import Json


def blocking(template: dict[str, Json], base: Path) -> list[str]:
    """Return what AWS would refuse in a template's schemas and code, one sentence each."""
    return []
