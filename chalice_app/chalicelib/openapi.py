"""The API's own description, which ``tools/openapi.py`` generates from its types."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def text() -> str:
    """Return the OpenAPI document, read when it is first asked for."""
    return Path(__file__).with_name("openapi.json").read_text("utf-8")
